import type { NamedTensorMap, Scalar } from '@tensorflow/tfjs-core';
import type { Json } from '../tree.js';

/** Learning rate as a function of the step, counted from 0 over all tasks. */
export type Schedule = (step: number) => number;

/** Running averages of an optimizer: by slot name, then by parameter name, so that a new parameter disturbs no other. */
export type Slots = { readonly [slot: string]: NamedTensorMap };

/** What changes from step to step, as tensors. */
export interface At {
  /** Steps taken with these slots, counted from 1: a float32 scalar. */
  readonly step: Scalar;
  readonly learningRate: Scalar;
}

/** A pure rule from gradients to what is added to the parameters. */
export interface Optimizer {
  readonly name: string;
  readonly options: { readonly [name: string]: Json };
  readonly learningRate: number | Schedule;
  init(parameters: NamedTensorMap): Slots;
  /** What to add to the parameters, and the new slots. Parameters without a gradient stay as they are, and so do their slots. */
  update(
    gradients: NamedTensorMap,
    slots: Slots,
    at: At,
    parameters: NamedTensorMap,
  ): { readonly updates: NamedTensorMap; readonly slots: Slots };
  /**
   * The new parameters and slots in one go, for when no strategy looks at the updates: the same formula through fused kernels
   * where the back end has them.
   */
  apply(
    gradients: NamedTensorMap,
    slots: Slots,
    at: At,
    parameters: NamedTensorMap,
  ): { readonly parameters: NamedTensorMap; readonly slots: Slots };
}
