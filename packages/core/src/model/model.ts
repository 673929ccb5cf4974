import type { NamedTensorMap, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import type { TensorTree } from '../tree.js';

/** How the layer that owns a kernel uses it; needed where gradients of single examples are wanted. */
export type KernelUse = { readonly op: 'dense' } | { readonly op: 'conv2d'; readonly strides: number; readonly padding: 'same' | 'valid' };

/** Shape, start value and role of one parameter. */
export interface ParameterSpec {
  readonly shape: readonly number[];
  readonly initializer:
    | 'zeros'
    | 'ones'
    | { readonly name: 'glorotUniform' | 'heUniform' | 'pytorchUniform'; readonly fanIn: number; readonly fanOut: number }
    | { readonly name: 'normal'; readonly deviation: number };
  /** `head`: the classifier, whose last axis is the outputs. `trunk`: everything else. */
  readonly role: 'trunk' | 'head';
  /** For kernels of layers; absent for biases and gains. */
  readonly use?: KernelUse;
}

/** A place in a model where a strategy may look or intervene. */
export interface Site {
  /** 'dense0/input', 'dense0/preactivation', 'dense0', 'features'. */
  readonly name: string;
  /**
   * `heads`: what attention heads give, one after another along the last axis. `hidden`: embeddings and layer outputs of a network whose
   * layers add to what is there, so that no parameter has these units to itself. `features`: what the classifier sees.
   */
  readonly kind: 'input' | 'preactivation' | 'activation' | 'heads' | 'hidden' | 'features';
  /** Size of the last (channel) axis. */
  readonly units: number;
  /** How many heads share the units of a site of kind 'heads': each has `units / heads` of them in a row. */
  readonly heads?: number;
  /** Parameters whose input axis is this site's unit axis. */
  readonly feeds?: readonly string[];
  /** Parameters whose output axis is this site's unit axis. */
  readonly fedBy?: readonly string[];
}

/** Called at every site with its value; what it returns flows on. */
export type AtSite = (site: Site, value: Tensor) => Tensor;

export interface ApplyOptions {
  /** True in a training step: dropout acts, running statistics move. Default false. */
  readonly training?: boolean;
  /** True: running statistics are used as they are and do not move, in training too. Default false. */
  readonly frozen?: boolean;
  /** Seed of this call's dropout masks: int32 [2], a tensor so that it can vary inside a compiled step. */
  readonly seed?: Tensor1D;
  /** Records, gates, masks or replaces the value at a site. */
  readonly at?: AtSite;
}

/** What a model returns: logits or values [batch, outputs], and running statistics where it has any. */
export interface Output {
  readonly outputs: Tensor;
  readonly buffers?: NamedTensorMap;
}

/** A pure function from named parameters and inputs to outputs. */
export interface Model {
  readonly name: string;
  /** By a name that survives a reload: 'dense0/kernel'. */
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
  /** State that is not trained, such as running statistics; absent in most models. */
  readonly buffers?: Readonly<Record<string, ParameterSpec>>;
  /** In the order in which `apply` passes them. */
  readonly sites: readonly Site[];
  /** Shape of one input row; the batch axis is left out. Of several inputs, by name. */
  readonly inputs: readonly number[] | { readonly [name: string]: readonly number[] };
  /** Size of the last axis of the outputs. */
  readonly outputs: number;
  apply(parameters: NamedTensorMap, x: TensorTree, options?: ApplyOptions): Output;
  /** The same model with `count` more outputs; old columns keep their values. */
  grow?(count: number): Model;
}
