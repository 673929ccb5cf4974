import {
  type Batch,
  checkInteger,
  checkKnown,
  checkOneOf,
  concatBatches,
  defineStrategy,
  drawBatch,
  type GraphContext,
  type Memory,
  memoryOf,
  type Random,
  rowStore,
} from '@cl/core';
import type { NamedTensorMap, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

export interface GssOptions {
  /** Rows to keep, at least 1. */
  readonly capacity: number;
  /** Rows replayed in each step, at least 1; all, where the memory holds no more. Default: as many as the stream brings. */
  readonly batchSize?: number;
  /** Stored rows that new ones are compared with, at least 1; all, where the memory holds no more. Default 10, as in the paper. */
  readonly sample?: number;
  /**
   * What has to be unlike the stored rows before a row may take the place of one of them: `row`, itself, as in the paper; `batch`, the
   * gradient of all rows of its batch together, as in the authors' code and in Mammoth. Default 'row'.
   */
  readonly gate?: 'row' | 'batch';
}

/**
 * Gradient-based sample selection, greedy: experience replay from a memory whose rows pull the network in different directions.
 *
 *     c(x) = 1 + max over `sample` stored rows of cos(∇ℓ(x), ∇ℓ(xₘ))       for each new row, after the step that it took part in
 *
 * While there is room, a row is stored with its score. After that one with c < 1, unlike all that it was compared with, picks a stored row
 * i with probability Cᵢ / Σ C, and takes its place with probability Cᵢ / (Cᵢ + c). With `gate: 'batch'`, rows get in where the score of
 * the batch's gradient is below 1, whatever their own, and what comes in while there is room is stored with that score.
 *
 * Aljundi, Lin, Goujaud & Bengio, "Gradient based sample selection for online continual learning", NeurIPS 2019, arXiv 1903.08671,
 * algorithm 2. Keeps `capacity` examples and a number for each. A step costs as much as one with a batch larger by `batchSize`, and a
 * forward and a backward pass on the stream's rows and `sample` others; gradients of single rows are not formed for dense layers, and are
 * for convolutions.
 *
 * @throws CL_OPTION for options outside their ranges.
 * @example new Learner({ model, optimizer: sgd(0.05), scenario: 'class', strategy: gss({ capacity: 300 }) })
 */
export function gss(options: GssOptions) {
  checkKnown('gss', options, ['capacity', 'batchSize', 'sample', 'gate']);
  const { batchSize, sample = 10, gate = 'row' } = options;
  const capacity = checkInteger('gss', 'capacity', options.capacity, { min: 1 });
  if (batchSize !== undefined) checkInteger('gss', 'batchSize', batchSize, { min: 1 });
  checkInteger('gss', 'sample', sample, { min: 1 });
  checkOneOf('gss', 'gate', gate, ['row', 'batch']);

  return defineStrategy({
    name: 'gss',
    options: { capacity, batchSize: batchSize ?? null, sample, gate },
    init: () => ({ memory: diverse(capacity) }),

    feed(ctx, { memory }) {
      // One generator for both, so that the second draw is another one.
      const { random, batch } = ctx;
      const draw = (count: number) => drawBatch({ random, batch }, memory, Math.min(count, capacity));
      const replayed = draw(batchSize ?? ctx.batchSize);
      const compared = draw(sample);
      return replayed && compared && { replayed, compared };
    },

    batch: (_ctx, batch, _state, drawn) => (drawn ? concatBatches(batch, drawn.replayed) : batch),

    report: (ctx, batch, _state, drawn) => scores(ctx, batch, drawn?.compared ?? null, gate),

    observe: (ctx, { rows, report }, { memory }) => memory.add({ ...rows, extra: report }, ctx.random),
  });
}

const SCORE = 'score';
/** The score of a row's whole batch, where that decides. */
const OF_BATCH = 'batch';
/** Score of rows that there is nothing yet to compare with, from the authors' code. */
const FIRST = 0.1;

/** 1 + the largest cosine between the gradient of each row and those of the others, [batch]: from 0 to 2. And that of their sum. */
function scores(ctx: GraphContext, batch: Batch, others: Batch | null, gate: 'row' | 'batch'): NamedTensorMap {
  const rows = batch.weight.shape[0];
  if (!others) {
    const first = tf.fill([rows], FIRST);
    return { [SCORE]: first, ...(gate === 'batch' && { [OF_BATCH]: first }) };
  }
  const count = others.weight.shape[0];
  const products = ctx.gradientProducts(concatBatches(batch, others));
  const norms = tf.sqrt(tf.sum(tf.mul(products, tf.eye(rows + count)), 1));
  const [own, theirs] = [tf.reshape(tf.slice(norms, 0, rows), [rows, 1]), tf.slice(norms, rows, count)];
  const score = likeness(tf.slice(products, [0, rows], [rows, count]), tf.mul(own, theirs), others);
  if (gate === 'row') return { [SCORE]: score };

  // The sum's products are sums of products; padding is not among what is summed.
  const members = tf.reshape(tf.sign(batch.weight), [1, rows]);
  const sums = tf.matMul(members, tf.slice(products, 0, rows));
  const length = tf.sqrt(tf.sum(tf.mul(tf.slice(sums, [0, 0], [1, rows]), members)));
  const ofBatch = likeness(tf.slice(sums, [0, rows], [1, count]), tf.mul(length, theirs), others);
  return { [SCORE]: score, [OF_BATCH]: tf.tile(ofBatch, [rows]) };
}

/** 1 + the largest cosine of each line, [lines], from inner products and products of lengths, [lines, others] both. */
function likeness(products: Tensor, lengths: Tensor, others: Batch): Tensor1D {
  const cosines = tf.div(products, tf.maximum(lengths, 1e-20));
  // Padding is as unlike as can be.
  const real = tf.sign(others.weight);
  return tf.add(1, tf.max(tf.sub(tf.mul(cosines, real), tf.sub(1, real)), 1));
}

/** A memory that rows come into by their score: the lower, the likelier. */
export function diverse(capacity: number): Memory {
  const store = rowStore('gss');
  let scores: number[] = [];
  return memoryOf({
    kind: 'gss',
    capacity,
    store,
    offer(rows, row, put, random) {
      const { [SCORE]: own, [OF_BATCH]: ofBatch = own } = rows.extra!;
      const [score, deciding] = [own!.values[row]!, ofBatch!.values[row]!];
      const isRoom = store.size < capacity;
      const place = isRoom ? store.size : deciding < 1 ? placeFor(score, scores, random) : null;
      if (place === null) return;
      put(place, row);
      scores[place] = isRoom ? deciding : score;
    },
    save: () => [...scores],
    load: (saved) => {
      scores = [...(saved as number[])];
    },
  });
}

/** Whose place a row takes in a full memory, or null. */
function placeFor(score: number, scores: readonly number[], random: Random): number | null {
  let left = random.uniform() * scores.reduce((a, b) => a + b);
  const picked = scores.findIndex((each) => {
    left -= each;
    return left < 0;
  });
  const rival = scores[picked] ?? 0;
  return random.uniform() < rival / (rival + score) ? picked : null;
}
