import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type Block, type Column, column, concatData, type Dataset, dataset, mapParts, type Rows, readRows, sizeOf } from '../data.js';
import { type Random, random } from '../random/index.js';
import type { TaskData } from '../scenario/task.js';
import type { Batch } from '../strategy/context.js';
import type { TensorTree } from '../tree.js';

/** Batches that an epoch takes; the last may be smaller. */
export const batchesIn = (data: Dataset, batchSize: number): number => Math.ceil(data.length / batchSize);

/** What a task is trained on: its own examples, and after them rows of the past that strategies let join. */
export interface Mixture {
  readonly data: Dataset;
  /** How many are the task's own. */
  readonly own: number;
  /** Which task each of the others came from. */
  readonly tasks: Int32Array;
}

/** A task's examples and the rows that join them. Throws CL_SHAPE where these have other columns. */
export function mixtureOf(own: Dataset, joined: readonly Rows[]): Mixture {
  const data = joined.length > 0 ? concatData([own, ...joined.map(examplesOf)]) : own;
  return { data, own: own.length, tasks: Int32Array.from(joined.flatMap(({ task }) => [...task])) };
}

const examplesOf = ({ x, y }: Rows): Dataset => {
  const columnOf = ({ values, shape }: Block): Column => column(values, shape);
  return dataset(mapParts(columnOf, x), columnOf(y));
};

/** The rows of a step, those of the task itself first. */
export interface StepRows {
  readonly rows: Rows;
  /** How many are the task's own. */
  readonly own: number;
}

/**
 * The rows of any training step of a task: a pure function of seed, task and step, so that a resumed run sees what the
 * undisturbed one would have seen.
 *
 * @param reuse The rows of a step are overwritten by those of the next: half a megabyte a step of 128 images is a lot for a garbage collector.
 */
export function batchReader(
  { index, ordered = false }: Pick<TaskData, 'index' | 'ordered'>,
  { data, own, tasks }: Mixture,
  { batchSize, seed, reuse }: { readonly batchSize: number; readonly seed: number; readonly reuse: boolean },
): (iteration: number) => StepRows {
  const perEpoch = batchesIn(data, batchSize);
  let order: Int32Array = new Int32Array();
  let current = -1;
  let rows: Rows | undefined;
  return (iteration) => {
    const epoch = Math.floor(iteration / perEpoch);
    if (epoch !== current) order = visits(data.length, random(seed, 'order', index, epoch), ordered ? own : 0);
    current = epoch;
    const start = (iteration % perEpoch) * batchSize;
    const chosen = ownFirst(order.subarray(start, start + batchSize), own);
    rows = readRows(data, chosen, index, reuse ? rows : undefined);
    const count = tasks.length > 0 ? chosen.filter((row) => row < own).length : rows.count;
    for (let i = count; i < rows.count; i++) rows.task[i] = tasks[chosen[i]! - own]!;
    return { rows, own: count };
  };
}

/** In which order `length` rows are visited: a random one, but for the first `ordered` of them, which keep theirs. */
function visits(length: number, draws: Random, ordered: number): Int32Array {
  const places = draws.permutation(length);
  let next = 0;
  return ordered > 0 ? places.map((row) => (row < ordered ? next++ : row)) : places;
}

/** The same rows; where some are not among the first `own`, these come last. */
const ownFirst = (rows: Int32Array, own: number): Int32Array =>
  rows.some((row) => row >= own) ? Int32Array.from([...rows.filter((row) => row < own), ...rows.filter((row) => row >= own)]) : rows;

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
