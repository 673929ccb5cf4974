import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type Block, type Dataset, mapParts, type Rows, readRows, sizeOf } from '../data.js';
import { random } from '../random/index.js';
import type { TaskData } from '../scenario/task.js';
import type { Batch } from '../strategy/context.js';
import type { TensorTree } from '../tree.js';

/** Batches that an epoch takes; the last may be smaller. */
export const batchesIn = (data: Dataset, batchSize: number): number => Math.ceil(data.length / batchSize);

/**
 * The rows of any training step of a task: a pure function of seed, task and step, so that a resumed run sees what the
 * undisturbed one would have seen.
 *
 * @param reuse The rows of a step are overwritten by those of the next: half a megabyte a step of 128 images is a lot for a garbage collector.
 */
export function batchReader(task: TaskData, batchSize: number, seed: number, reuse: boolean): (iteration: number) => Rows {
  const perEpoch = batchesIn(task.train, batchSize);
  const inOrder = task.ordered ? Int32Array.from({ length: task.train.length }, (_, i) => i) : null;
  let order: Int32Array = inOrder ?? new Int32Array();
  let current = -1;
  let rows: Rows | undefined;
  return (iteration) => {
    const epoch = Math.floor(iteration / perEpoch);
    if (epoch !== current && !inOrder) order = random(seed, 'order', task.index, epoch).permutation(task.train.length);
    current = epoch;
    const start = (iteration % perEpoch) * batchSize;
    rows = readRows(task.train, order.subarray(start, start + batchSize), task.index, reuse ? rows : undefined);
    return rows;
  };
}

/** Rows of a data set in order, `batchSize` at a time. */
export function* inOrder(data: Dataset, batchSize: number, task: number): Generator<Rows> {
  for (let start = 0; start < data.length; start += batchSize) {
    const length = Math.min(batchSize, data.length - start);
    yield readRows(
      data,
      Int32Array.from({ length }, (_, i) => start + i),
      task,
    );
  }
}

/** Weights of the rows, and which outputs compete for them. */
export type RowInputs = Pick<Batch, 'weight' | 'competing'>;

/** A batch as a step gets it: without weights and competing outputs if those are part of the entry. */
export type BatchInputs = Omit<Batch, keyof RowInputs> & (RowInputs | { readonly weight: null; readonly competing: null });

/** What all full batches of a task have in common: every row counts, and the same outputs compete, [size × outputs]. */
export interface FullBatch {
  readonly size: number;
  readonly competing: Float32Array | null;
}

/** The batch, with what the entry knows of full ones: constants there, so that whatever follows from them is computed once. */
export const completed = (inputs: BatchInputs, { size, competing }: FullBatch): Batch =>
  inputs.weight ? inputs : { ...inputs, weight: weightsOf(size, size), competing: maskOf(competing, size) };

/** Weights of `count` rows of `size`: 1, and 0 for padding. */
export const weightsOf = (count: number, size: number) => tf.tensor1d(new Float32Array(size).fill(1, 0, count));

/** [size × outputs] as a tensor; null stays null. */
export const maskOf = (competing: Float32Array | null, size: number) =>
  competing && tf.tensor2d(competing, [size, competing.length / size]);

/** Rows as tensors, padded with rows up to `size` that should have weight zero. */
export function tensorsOfRows(rows: Rows, size: number): Omit<Batch, keyof RowInputs> {
  const tensor = (block: Block): Tensor => {
    const shape = [size, ...block.shape];
    const dtype = block.values instanceof Float32Array ? 'float32' : 'int32';
    if (rows.count === size) return tf.tensor(block.values, shape, dtype);
    const padded = dtype === 'float32' ? new Float32Array(sizeOf(shape)) : new Int32Array(sizeOf(shape));
    padded.set(block.values.subarray(0, rows.count * sizeOf(block.shape)));
    return tf.tensor(padded, shape, dtype);
  };
  return {
    x: mapParts(tensor, rows.x) as TensorTree,
    y: tensor(rows.y),
    extra: rows.extra ? Object.fromEntries(Object.entries(rows.extra).map(([name, block]) => [name, tensor(block)])) : NOTHING,
  };
}

const NOTHING = {};
