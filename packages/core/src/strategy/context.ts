import type { NamedTensorMap, Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Block, Dataset, Rows } from '../data.js';
import type { Memory } from '../memory/memory.js';
import type { Model, Site } from '../model/model.js';
import type { Random } from '../random/random.js';
import type { Scenario, Task } from '../scenario/task.js';
import type { TensorTree } from '../tree.js';

/** Examples as a step sees them. Every mean over rows is weighted, so that rows of weight zero are not there. */
export type Batch = {
  readonly x: TensorTree;
  /**
   * Class numbers (int32 [batch]), values (float32 [batch, outputs]) or token labels: what the output at each token is to be (int32
   * [batch, sequence]; negative: nothing is asked).
   */
  readonly y: Tensor;
  /** 1, or 0 for a row of padding: [batch]. */
  readonly weight: Tensor1D;
  /** 1 where an output competes for the row, 0 elsewhere: [batch, outputs]. `null`: all compete. */
  readonly competing: Tensor2D | null;
  /** What a strategy stored with the rows: [batch, …] each. */
  readonly extra: { readonly [name: string]: Tensor };
};

/** A loss: a scalar from a model's outputs [batch, outputs] and the batch that they belong to. */
export type LossFunction = (outputs: Tensor, batch: Batch) => Scalar;

/** A loss for each row, [batch]; padding may have any value. */
export type RowLossFunction = (outputs: Tensor, batch: Batch) => Tensor1D;

/** Both factors of each layer's curvature, [inputs, inputs] and [units, units], by the layers' names. */
export type KroneckerFactors = { readonly [layer: string]: { readonly input: Tensor2D; readonly output: Tensor2D } };

/** The forward pass of a training step, as a loss term sees it. */
export interface Forward {
  readonly batch: Batch;
  /** Logits or values, [batch, outputs]. */
  readonly outputs: Tensor;
  /** The objective's own loss on the batch, before any strategy's term. */
  readonly loss: Scalar;
}

export interface StepResult {
  readonly before: NamedTensorMap;
  readonly after: NamedTensorMap;
  /** Gradients of the whole loss, after the strategies' `gradients` hooks. */
  readonly gradients: NamedTensorMap;
  /**
   * Gradients of the objective's own loss, without any strategy's term. Costs nothing where terms see parameters only; a second forward
   * and backward pass where one of them looks at the network's outputs. Call it only if needed.
   */
  taskGradients(): NamedTensorMap;
  readonly forward: Forward;
}

/** What a strategy may know when it is made part of a learner. */
export interface ModelInfo {
  readonly model: Model;
  readonly parameters: NamedTensorMap;
  /** Names of the classifier's parameters, whose last axis is the outputs. */
  readonly head: ReadonlySet<string>;
  readonly scenario: Scenario;
}

interface SharedContext {
  /** The task at hand: the one being learned or, in prediction where the task is known, the one that is asked about. */
  readonly task: Task;
  /** Tasks learned before, oldest first. */
  readonly past: readonly Task[];
  readonly scenario: Scenario;
  readonly model: Model;
  readonly head: ReadonlySet<string>;
  /** The part of the task's training that runs now, for a strategy that declares `stages`; else null. */
  readonly stage: string | null;
  /** Rows of a full batch of the stream, those of padding and of memories not counted. */
  readonly batchSize: number;
}

/** The world outside the step: JavaScript control flow, random draws, memories. */
export interface HostContext extends SharedContext {
  /** Training steps taken so far, over all tasks. */
  readonly step: number;
  /** Draws of this strategy at this step; the same again when asked again. */
  readonly random: Random;
  /**
   * Rows as tensors, padded with rows of weight zero up to `size` (default: as many as there are), with the outputs that
   * compete for each row by its task and the scenario as they are now.
   */
  batch(rows: Rows, size?: number): Batch;
}

/** The inside of a step, or of work at a task's boundary: tensors and pure functions of them. */
export interface GraphContext extends SharedContext {
  /** The parameters at hand; within `effective` and `at`, those of the pass that is made, before any `effective`. */
  readonly parameters: NamedTensorMap;
  /** Training steps taken so far, as a float32 scalar. */
  readonly step: Scalar;
  /** The learning rate of the training step at hand, as a float32 scalar. Outside of training null. */
  readonly learningRate: Scalar | null;
  /**
   * In a training step, where it stands in its pass over the task's data: which batch it takes, from 0, of how many. Float32 scalars, for
   * what is annealed. Outside of training null.
   */
  readonly epoch: { readonly batch: Scalar; readonly batches: Scalar } | null;
  /** The model's outputs with `parameters` (default: the current ones), seen through every strategy's `effective` and `at`. */
  forward(x: TensorTree, parameters?: NamedTensorMap, options?: ForwardOptions): Tensor;
  /** The weighted mean of the objective on a batch. */
  loss(outputs: Tensor, batch: Batch): Scalar;
  /** The objective on each row of a batch, [batch]; padding may have any value. */
  rowLosses(outputs: Tensor, batch: Batch): Tensor1D;
  /** Gradient of a loss (default: the objective's) on a batch, at `parameters` (default: the current ones). */
  gradientsOf(batch: Batch, loss?: LossFunction, parameters?: NamedTensorMap, options?: ForwardOptions): NamedTensorMap;
  /**
   * Σ over rows of weight × (∂ row loss / ∂θ)² or × |∂ row loss / ∂θ|, from gradients of single examples: what diagonal Fisher
   * information and MAS are made of.
   */
  perExample(measure: 'squares' | 'magnitudes', batch: Batch, loss: RowLossFunction): NamedTensorMap;
  /** Inner products of the gradients of single rows (of a loss; default: the objective's) with one another, [batch, batch]. */
  gradientProducts(batch: Batch, loss?: RowLossFunction): Tensor2D;
  /**
   * For each dense or convolutional layer, the sums over rows of weight × ā āᵀ and of weight × g gᵀ: of what its units see, with a 1 for the
   * bias, and of the gradients of single examples by what it gives. Kronecker-factored curvature is made of these.
   *
   * @throws CL_REQUIREMENT where some parameter belongs to no such layer.
   */
  kronecker(batch: Batch, loss: RowLossFunction): KroneckerFactors;
  /** Output columns that compete for the current task's rows. */
  readonly competing: readonly number[];
  /** Uniform in [0, 1), float32: a new draw at each step and each call site. */
  uniform(shape: readonly number[]): Tensor;
  /** Standard normal, float32. */
  normal(shape: readonly number[]): Tensor;
}

/**
 * A task's boundary: hooks run once and eagerly, may read tensors and arrange memories, and have the task's examples at hand. They give
 * the same when they are called again.
 */
export interface BoundaryContext extends GraphContext {
  /** The task's training examples, those held out included. `readRows` reads some of them. */
  readonly examples: Dataset;
  /** Draws of this strategy at this boundary. */
  readonly random: Random;
  /**
   * What `compute` makes of examples, batch by batch, as numbers on the host: a row for each of them, in their order. For decisions that
   * take all examples at once: which to keep, how far classes are apart.
   *
   * @param compute From a batch to a tensor [batch, …]; rows of weight zero are left out of the result.
   */
  readOut(examples: Dataset | Memory, compute: (batch: Batch) => Tensor): Block;
}

export interface ForwardOptions {
  /** Dropout and the like. Default: as the step at hand; false outside training. */
  readonly training?: boolean;
  /** Called at every site, after the strategies' own `at`. */
  readonly at?: (site: Site, value: Tensor) => Tensor;
}

/** What just happened, for memories: the rows of the stream in the batch (no replayed ones) and the model's outputs for them. */
export interface Seen {
  /** The next step overwrites them: copy what you keep, as memories do. */
  readonly rows: Rows;
  /** Outputs before the step, [rows, outputs], or null where no strategy asked for them with `wants: ['outputs']`. */
  readonly outputs: { readonly values: Float32Array; readonly shape: readonly number[] } | null;
  /** What the strategy's own `report` said of the rows, [rows, …] each; empty where it has none. */
  readonly report: { readonly [name: string]: Block };
}
