import {
  type Batch,
  checkInteger,
  checkKnown,
  checkNumber,
  defineStrategy,
  drawBatch,
  MEMORY_OPTIONS,
  type Memory,
  type MemoryOptions,
  memoryFactory,
  memorySize,
  total,
  weightedMean,
} from '@cl/core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

export interface DerOptions extends MemoryOptions {
  /** Weight of the stored outputs, α ≥ 0. Default 0.3, for Split-CIFAR-10 in the paper; there 0.2 to 1 for MNIST. */
  readonly alpha?: number;
  /** Rows of each draw, at least 1; all, where the memory holds no more. Default: as many as the stream brings. */
  readonly batchSize?: number;
}

export interface DerppOptions extends MemoryOptions {
  /** Weight of the stored outputs, α ≥ 0. Default 0.1, for Split-CIFAR-10 and 200 rows in the paper; there 0.2 to 1 for MNIST. */
  readonly alpha?: number;
  /** Weight of the stored labels, β ≥ 0. Default 0.5, as there; 0.5 or 1 throughout the paper. */
  readonly beta?: number;
  /** Rows of each of the two draws, at least 1; all, where the memory holds no more. Default: as many as the stream brings. */
  readonly batchSize?: number;
}

/**
 * Dark experience replay: what the network once answered to a stored example, it should go on answering.
 *
 *     L = CE(B) + α · mean over M of ‖z − h(x)‖² / outputs,   (x, z) in M ~ memory, drawn before B enters it
 *
 * z: the outputs h(x) at the step that brought x, before its update, for all outputs of the network, whatever competes. Buzzega et al.,
 * "Dark experience for general continual learning: a strong, simple baseline", NeurIPS 2020, arXiv 2004.07211, eq. 5; the mean over outputs
 * as in the authors' code. Keeps `capacity` examples and a number for each output beside them; a step costs one more forward and backward
 * pass, on `batchSize` rows.
 *
 * @throws CL_OPTION unless exactly one of `capacity`, `perClass`, `perTask` and `memory` is given.
 * @example new Learner({ model, optimizer: sgd(0.03), scenario: 'class', strategy: der({ capacity: 500, alpha: 0.5 }) })
 */
export function der(options: DerOptions) {
  checkKnown('der', options, [...MEMORY_OPTIONS, 'alpha', 'batchSize']);
  const { alpha = 0.3 } = options;
  return darkReplay('der', options, { alpha });
}

/**
 * DER++: dark experience replay that trains on the stored labels too.
 *
 *     L = CE(B) + α · mean over M of ‖z − h(x)‖² / outputs + β · CE(M′),   M, M′ ~ memory, one independent of the other
 *
 * Buzzega et al., NeurIPS 2020, eq. 6. Keeps what `der` keeps; a step costs two more forward and backward passes, on `batchSize` rows each.
 *
 * @throws CL_OPTION unless exactly one of `capacity`, `perClass`, `perTask` and `memory` is given.
 * @example new Learner({ model, optimizer: sgd(0.03), scenario: 'class', strategy: derpp({ capacity: 500, alpha: 0.2, beta: 0.5 }) })
 */
export function derpp(options: DerppOptions) {
  checkKnown('derpp', options, [...MEMORY_OPTIONS, 'alpha', 'beta', 'batchSize']);
  const { alpha = 0.1, beta = 0.5 } = options;
  return darkReplay('derpp', options, { alpha, beta });
}

/** What a step replays: rows for their outputs, and others for their labels. */
type Draws = { readonly outputs: Batch | null; readonly labels: Batch | null };

/** Both methods; the first is the second without labels. */
function darkReplay<const Name extends string>(
  name: Name,
  options: DerOptions,
  weights: { readonly alpha: number; readonly beta?: number },
) {
  const { batchSize } = options;
  const newMemory = memoryFactory(name, options);
  if (batchSize !== undefined) checkInteger(name, 'batchSize', batchSize, { min: 1 });
  for (const [weight, value] of Object.entries(weights)) checkNumber(name, weight, value, { min: 0 });
  const { alpha, beta = 0 } = weights;

  return defineStrategy({
    name,
    options: { ...memorySize(options), ...weights, batchSize: batchSize ?? null },
    wants: ['outputs'],
    init: () => ({ memory: newMemory() }),

    beforeTask(ctx, state) {
      widen(state.memory, ctx.model.outputs);
      return state;
    },

    feed(ctx, { memory }): Draws | null {
      if (memory.size === 0) return null;
      // One generator for both, so that the second draw is another one.
      const { random, batch } = ctx;
      const draw = () => drawBatch({ random, batch }, memory, Math.min(batchSize ?? ctx.batchSize, memory.capacity));
      return { outputs: alpha > 0 ? draw() : null, labels: beta > 0 ? draw() : null };
    },

    loss(ctx, _forward, _state, drawn) {
      const terms: Scalar[] = [];
      if (drawn?.outputs) terms.push(tf.mul(alpha, distance(ctx.forward(drawn.outputs.x), drawn.outputs)));
      if (drawn?.labels) terms.push(tf.mul(beta, ctx.loss(ctx.forward(drawn.labels.x), drawn.labels)));
      return terms.length > 0 ? total(terms) : null;
    },

    observe: (ctx, { rows, outputs }, { memory }) => memory.add({ ...rows, extra: { [LOGITS]: outputs! } }, ctx.random),
  });
}

/** Name of the column of stored outputs. */
const LOGITS = 'logits';

/**
 * Mean squared difference between outputs [batch, outputs] and those that were stored. Left out is what was not stored, NaN, and what does not
 * answer, then or now: experts put the classes of others out of reach.
 */
function distance(outputs: Tensor, { extra, weight }: Batch): Scalar {
  const stored = extra[LOGITS]!;
  // A comparison with NaN is false; a step has a gradient, which is 0.
  const known = tf.greater(stored, OUT_OF_REACH);
  const share = tf.mul(tf.cast(known, 'float32'), tf.step(tf.sub(outputs, OUT_OF_REACH)));
  const rest = outputs.shape.slice(1).map((_, i) => i + 1);
  const shares = tf.div(share, tf.maximum(tf.sum(share, rest, true), 1));
  const squares = tf.squaredDifference(outputs, tf.where(known, stored, tf.zerosLike(stored)));
  return weightedMean(tf.sum(tf.mul(squares, shares), rest), weight);
}

/** No network means an output below this one. */
const OUT_OF_REACH = -1e8;

/** Gives stored outputs a column for each output that the network has got since. What it would have said is not known: NaN. */
function widen(memory: Memory, outputs: number): void {
  const width = memory.all((_task, place) => place === 0)?.extra?.[LOGITS]?.shape.at(-1);
  if (width === undefined || width === outputs) return;
  const { json, arrays } = memory.save();
  const { values, shape } = arrays[`extra/${LOGITS}`]!;
  const wide = new Float32Array((values.length / width) * outputs).fill(NaN);
  for (let row = 0; row * width < values.length; row++) wide.set(values.subarray(row * width, (row + 1) * width), row * outputs);
  memory.load({ json, arrays: { ...arrays, [`extra/${LOGITS}`]: { values: wide, shape: [...shape.slice(0, -1), outputs] } } });
}
