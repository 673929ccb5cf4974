import type { NamedTensorMap, Scalar, Tensor } from '@tensorflow/tfjs-core';
import type { Rows } from '../data.js';
import type { Stored } from '../memory/stored.js';
import type { Model, Site } from '../model/model.js';
import type { Task } from '../scenario/task.js';
import type { Json, TensorTree } from '../tree.js';
import type { Batch, BoundaryContext, Forward, GraphContext, HostContext, ModelInfo, Seen, StepResult } from './context.js';

/**
 * What a strategy cannot share. The first four have one owner in a composition. `parameters`, it adds parameters of its own, and `layers`, it
 * knows the network as the model's own layers and nothing else, may each have several, but not both be there.
 */
export type Claim = 'direction' | 'optimizer' | 'architecture' | 'prediction' | 'parameters' | 'layers';

/** What a strategy needs of the model and the scenario; checked once, when the learner is made. */
export type Requirement = 'task identity' | 'boundaries' | 'sites' | 'features' | 'growth' | 'classes';

/** State of a strategy: tensors, JSON and memories, in records and arrays. */
export type Tree = Tensor | Json | Stored | readonly Tree[] | { readonly [name: string]: Tree };

/** A part of a task's training. `share`: its part of the task's steps; the shares of a strategy sum to 1. */
export interface Stage {
  readonly name: string;
  readonly share: number;
}

/** A fold over a task's training data after its last step. */
export interface Scan<State, Summary> {
  start(ctx: GraphContext, state: State): Summary;
  add(ctx: GraphContext, summary: Summary, batch: Batch, state: State): Summary;
}

/**
 * A continual-learning strategy: pure hooks around a training step and around a task. Only what a method needs is filled in.
 *
 * Host hooks may branch, draw and remember. Graph hooks are pure functions of tensors, traced once and compiled: no device
 * reads, no JavaScript randomness, no number that changes from step to step. No hook disposes anything.
 */
export interface Strategy<Name extends string, State, Feed, Summary, Claims extends readonly Claim[] = readonly Claim[]> {
  readonly name: Name;
  readonly claims?: Claims;
  readonly requires?: readonly Requirement[];
  /** The options it was made with, for reports. A learner that is restored may have others; it must have strategies of the same names. */
  readonly options?: { readonly [name: string]: Json };
  /** Parts of a task's training, in order, where the method has more than one. */
  readonly stages?: readonly Stage[];
  /**
   * What it gets where it is to be had. `outputs`: `observe` gets the outputs. `task`: in scenario 'task', predictions are made in a context
   * of the task that is asked about, as they are for who requires 'task identity'.
   */
  readonly wants?: readonly ('outputs' | 'task')[];

  /**
   * Adds parameters or modules; most methods do not. Asked when the learner is made, without tasks, and again where each task begins: what
   * it then has more than before, the learner draws, and what it had stays as it is. Must give the same from the same, since a checkpoint
   * holds no model.
   *
   * @param tasks Those that have begun, oldest first, the one at hand last.
   */
  wrap?(model: Model, tasks: readonly Task[]): Model;
  init(info: ModelInfo): State;

  // At a task's boundaries: run once, eagerly.
  beforeTask?(ctx: BoundaryContext, state: State): State;
  /** Right after it: the parameters that the task's training begins with. Where one is another tensor, the optimizer begins anew too. */
  restart?(ctx: BoundaryContext, parameters: NamedTensorMap, state: State): NamedTensorMap;
  /** Right after it: which of the task's training examples, by their numbers, no step and no scan of this task will see. */
  heldOut?(state: State): readonly number[];
  /**
   * Right after it: rows of the past that join the task's training examples. Steps and epochs are counted over both, in one random order.
   * Scans, and memories that `observe` fills, see the task's own alone.
   */
  joins?(state: State): readonly Rows[];
  beforeStage?(ctx: BoundaryContext, state: State): State;
  readonly scan?: Scan<State, Summary>;
  afterTask?(ctx: BoundaryContext, state: State, summary: Summary): State;

  // Host, every step.
  feed?(ctx: HostContext, state: State): Feed | null;
  /** After the step. For memories only: tensors of the state are not there to be changed. */
  observe?(ctx: HostContext, seen: Seen, state: State): void;

  // Graph, every step.
  /** The parameters that the forward pass sees: masks on weights, rank-one factors, scores made into masks. Differentiable. */
  effective?(ctx: GraphContext, parameters: NamedTensorMap, state: State): NamedTensorMap;
  /** Called at every site of the model. */
  at?(ctx: GraphContext, site: Site, value: Tensor, state: State): Tensor;
  /** True where running statistics of the model must stay as they are: training steps then use them, and do not move them. */
  freezes?(ctx: GraphContext): boolean;
  /**
   * Whether the training of the task at hand moves a parameter. Of one that it does not, no gradient is taken, and no optimizer, decay or
   * other strategy changes a bit. Default: it moves all.
   */
  trains?(ctx: GraphContext, parameter: string, state: State): boolean;
  batch?(ctx: GraphContext, batch: Batch, state: State, feed: Feed | null): Batch;
  /** A term of the loss, or null for none. */
  loss?(ctx: GraphContext, forward: Forward, state: State, feed: Feed | null): Scalar | null;
  gradients?(ctx: GraphContext, gradients: NamedTensorMap, state: State, feed: Feed | null): NamedTensorMap;
  /** In place of the optimizer: what to add to the parameters. */
  optimize?(ctx: GraphContext, gradients: NamedTensorMap, state: State, feed: Feed | null): NamedTensorMap;
  /** Changes what will be added to the parameters. `gradients`: what the optimizer made that of. */
  updates?(ctx: GraphContext, updates: NamedTensorMap, state: State, feed: Feed | null, gradients: NamedTensorMap): NamedTensorMap;
  track?(ctx: GraphContext, result: StepResult, state: State, feed: Feed | null): State;
  /**
   * After the step, with the parameters that it left: small tensors about the rows of the stream, [batch, …] each, that `observe` gets as
   * numbers. For memories that choose by what the network makes of a row.
   */
  report?(ctx: GraphContext, batch: Batch, state: State, feed: Feed | null): NamedTensorMap;

  /** Numbers about the state, for reports: how much of the network is in use. Run eagerly, between steps. */
  measure?(ctx: GraphContext, state: State): { readonly [name: string]: Scalar };

  /** Scores [batch, outputs] in place of the model's outputs. */
  predict?(ctx: GraphContext, x: TensorTree, state: State): Tensor;
}

/**
 * The identity, for the compiler's benefit: infers the types of state, feed and summary from `init`, `feed` and `scan.start`,
 * so that a wrong hook is an error at the hook.
 */
export function defineStrategy<
  const Name extends string,
  State,
  Feed = never,
  Summary = never,
  const Claims extends readonly Claim[] = readonly [],
>(strategy: Strategy<Name, State, Feed, Summary, Claims>): Strategy<Name, State, Feed, Summary, Claims> {
  return strategy;
}
