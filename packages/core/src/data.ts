import { ContinualLearningError } from './errors.js';
import { checkInteger, checkKnown, checkList, checkNumber, show } from './options.js';

/** Values of the rows of one column, one row after another. */
export type Values = Float32Array | Int32Array;

/**
 * One column of a data set: `length` rows of one shape, read on demand. Data may be stored packed (bytes), permuted or
 * computed; a reader sees plain numbers.
 */
export interface Column {
  readonly length: number;
  /** Shape of one row: [] for a label, [28, 28, 1] for an image. */
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
  /** Copies the rows at `indices`, one after another, into `into` from element `offset` on. */
  gather(indices: ArrayLike<number>, into: Values, offset: number): void;
}

/** The inputs of a model: one column, or several by name (token ids and their mask). */
export type Columns = Column | { readonly [name: string]: Column };

/** Examples to learn from: inputs, and a target for each. */
export interface Dataset {
  readonly length: number;
  readonly x: Columns;
  /** Class numbers (int32, []), values (float32, [outputs]) or token labels (int32, [sequence]). */
  readonly y: Column;
}

/** Rows in memory: `values.length` = rows × the size of `shape`. */
export interface Block {
  readonly values: Values;
  readonly shape: readonly number[];
}

/** A handful of examples in typed arrays: what a step was trained on, what a memory stores. */
export interface Rows {
  readonly count: number;
  readonly x: Block | { readonly [name: string]: Block };
  readonly y: Block;
  /** The index of the task that each row came from, [count]. Decides which outputs compete for it. */
  readonly task: Int32Array;
  /** What a strategy keeps with a row, such as the logits at the time. */
  readonly extra?: { readonly [name: string]: Block };
}

/** Number of elements of one row. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1);

/** True for a single block or column, false for several by name. */
export const isSingle = <T extends { readonly shape: readonly number[] }>(part: T | { readonly [name: string]: T }): part is T =>
  Array.isArray((part as T).shape);

/** Applies `f` to a single part, or to each of several by name. */
export function mapParts<A extends { readonly shape: readonly number[] }, B>(
  f: (part: A, name: string) => B,
  parts: A | { readonly [name: string]: A },
): B | { [name: string]: B } {
  return isSingle(parts) ? f(parts, '') : Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, f(part, name)]));
}

const shapeError = (message: string) => new ContinualLearningError('CL_SHAPE', message);

const noRow = (row: number, length: number) => shapeError(`There is no row ${row} in a column of ${length} rows, numbered from 0.`);

/** Those that a column reads: of others it would lose what comes after the point. The last is what a canvas gives. */
const ARRAYS = [Float32Array, Int32Array, Uint8Array, Uint8ClampedArray];

/**
 * A column over a typed array, which it keeps and does not copy.
 *
 * @param values Rows one after another. Bytes stay bytes and become numbers when they are read.
 * @param shape Shape of one row.
 * @param options `scale`: factor applied on reading (1 / 255 for images); the column is then float32.
 * @throws CL_SHAPE if the values are not a whole number of rows, and on reading a row that is not there; CL_DATA for values in another array.
 * @example column(new Uint8Array(60_000 * 784), [784], { scale: 1 / 255 })
 */
export function column(
  values: Float32Array | Int32Array | Uint8Array,
  shape: readonly number[],
  options: { readonly scale?: number } = {},
): Column {
  if (!ARRAYS.some((kind) => values instanceof kind)) {
    throw new ContinualLearningError(
      'CL_DATA',
      `column(): values must be a Float32Array, an Int32Array or a Uint8Array, received ${show(values)}. Make one: Float32Array.from(…).`,
    );
  }
  checkList('column', 'shape', shape, (side, name) => checkInteger('column', name, side, { min: 1 }));
  checkKnown('column', options, ['scale']);
  const { scale } = options;
  if (scale !== undefined) checkNumber('column', 'scale', scale);
  const size = sizeOf(shape);
  const length = values.length / size;
  if (!Number.isInteger(length)) {
    throw shapeError(`column(): ${values.length} values are not a whole number of rows of ${size} (shape [${shape.join(', ')}]).`);
  }
  return {
    length,
    shape,
    dtype: scale !== undefined || values instanceof Float32Array ? 'float32' : 'int32',
    gather(indices, into, offset) {
      for (let i = 0, at = offset; i < indices.length; i++, at += size) {
        const row = indices[i]!;
        if (!(row >= 0 && row < length && row % 1 === 0)) throw noRow(row, length);
        const start = row * size;
        into.set(values.subarray(start, start + size), at);
        if (scale !== undefined) for (let k = at; k < at + size; k++) into[k]! *= scale;
      }
    },
  };
}

/**
 * Examples from their inputs and targets.
 *
 * @throws CL_SHAPE if the columns differ in length; CL_DATA for what is no column.
 * @example dataset(column(pixels, [784], { scale: 1 / 255 }), column(labels, []))
 */
export function dataset(x: Columns, y: Column): Dataset {
  return checkDataset('dataset()', { length: y?.length, x, y });
}

/** The data set. Throws CL_DATA for what is none, CL_SHAPE if its columns differ in length. */
export function checkDataset(what: string, data: Dataset): Dataset {
  const { x, y, length } = data ?? {};
  const inputs = Object.entries(x && isSingle(x) ? { x } : { ...x });
  const columns = [...inputs, ['y', y] as const];
  // Tensors have a method `gather`, too.
  if (inputs.length === 0 || columns.some(([, part]) => typeof part?.gather !== 'function' || part.length === undefined)) {
    throw new ContinualLearningError(
      'CL_DATA',
      `${what}: expected a data set of columns, as dataset(column(…), column(…)) makes, received ${show(data)}.`,
    );
  }
  for (const [name, part] of columns) {
    if (part.length === length) continue;
    throw shapeError(`${what}: '${name}' has ${part.length} rows, expected ${length}; there must be one target for each input.`);
  }
  return data;
}

/** The rows of a column at `indices`, as a column of its own that copies nothing. */
export function subset(source: Column, indices: Int32Array): Column {
  return {
    length: indices.length,
    shape: source.shape,
    dtype: source.dtype,
    gather(rows, into, offset) {
      const chosen = new Int32Array(rows.length);
      for (let i = 0; i < rows.length; i++) {
        const row = indices[rows[i]!];
        if (row === undefined) throw noRow(rows[i]!, indices.length);
        chosen[i] = row;
      }
      source.gather(chosen, into, offset);
    },
  };
}

/** A column whose values pass through `f` when they are read: relabelled classes, for instance. */
export function mapped(source: Column, f: (value: number) => number): Column {
  const size = sizeOf(source.shape);
  return {
    length: source.length,
    shape: source.shape,
    dtype: source.dtype,
    gather(rows, into, offset) {
      source.gather(rows, into, offset);
      for (let i = offset; i < offset + rows.length * size; i++) into[i] = f(into[i]!);
    },
  };
}

/**
 * Columns one after another, as one column that copies nothing.
 *
 * @throws CL_SHAPE if there is none, or if shapes or types differ.
 */
export function concatColumns(columns: readonly Column[]): Column {
  const [first] = columns;
  if (!first) throw shapeError('concatColumns(): received no columns; at least one is needed to know the shape of a row.');
  const odd = columns.find((part) => kindOf(part) !== kindOf(first));
  if (odd) throw shapeError(`concatColumns(): columns of ${kindOf(first)} and of ${kindOf(odd)} cannot follow one another.`);
  if (columns.length === 1) return first;

  const size = sizeOf(first.shape);
  const starts = [0];
  for (const part of columns) starts.push(starts.at(-1)! + part.length);
  const length = starts.at(-1)!;

  return {
    length,
    shape: first.shape,
    dtype: first.dtype,
    gather(rows, into, offset) {
      // Neighbours from the same part are read together.
      for (let from = 0; from < rows.length; ) {
        const part = partOf(rows[from]!, starts);
        const [low, high] = [starts[part]!, starts[part + 1]!];
        let to = from + 1;
        while (to < rows.length && rows[to]! >= low && rows[to]! < high) to++;
        const within = new Int32Array(to - from);
        for (let i = from; i < to; i++) within[i - from] = rows[i]! - low;
        columns[part]!.gather(within, into, offset + from * size);
        from = to;
      }
    },
  };
}

const kindOf = ({ dtype, shape }: Column): string => `${dtype} [${shape.join(', ')}]`;

/** The part that a row lies in: the last that starts at or before it. By bisection. */
function partOf(row: number, starts: readonly number[]): number {
  const length = starts.at(-1)!;
  if (!(row >= 0 && row < length)) throw noRow(row, length);
  let [low, high] = [0, starts.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= row) low = middle;
    else high = middle;
  }
  return low;
}

/** The same values in rows of another shape: an image as a vector. */
export function reshaped(source: Column, shape: readonly number[]): Column {
  if (sizeOf(shape) !== sizeOf(source.shape)) {
    throw shapeError(`reshaped(): [${source.shape.join(', ')}] cannot become [${shape.join(', ')}]; the number of values differs.`);
  }
  return { length: source.length, shape, dtype: source.dtype, gather: (rows, into, offset) => source.gather(rows, into, offset) };
}

/** The examples at `indices`, as a data set that copies nothing. */
export function subsetData(source: Dataset, indices: Int32Array): Dataset {
  return { length: indices.length, x: mapParts((part) => subset(part, indices), source.x), y: subset(source.y, indices) };
}

/**
 * Data sets one after another, as one that copies nothing.
 *
 * @throws CL_SHAPE if there is none, or if their inputs or targets differ in kind.
 */
export function concatData(sources: readonly Dataset[]): Dataset {
  const parts = (name: string) =>
    sources.map(({ x }) => {
      const part = isSingle(x) ? (name === '' ? x : undefined) : x[name];
      if (part) return part;
      throw shapeError(`concatData(): the inputs of the data sets have different names; '${name}' is not in all of them.`);
    });
  const y = concatColumns(sources.map((source) => source.y));
  return { length: y.length, x: mapParts((_, name) => concatColumns(parts(name)), sources[0]!.x), y };
}

/** The whole column, or its rows at `indices`, in one typed array: `into`, if given, which must be of the right type and length. */
export function read(source: Column, indices?: ArrayLike<number>, into?: Values): Block {
  const rows = indices ?? Int32Array.from({ length: source.length }, (_, i) => i);
  const size = rows.length * sizeOf(source.shape);
  const values = into ?? (source.dtype === 'float32' ? new Float32Array(size) : new Int32Array(size));
  source.gather(rows, values, 0);
  return { values, shape: source.shape };
}

/**
 * The examples of a data set at `indices`, read into typed arrays and marked with their task.
 *
 * @param into Rows of the same data set that nobody needs any more: if they are as many, their arrays are used again.
 */
export function readRows(data: Dataset, indices: ArrayLike<number>, task: number, into?: Rows): Rows {
  const old = into?.count === indices.length ? into : undefined;
  return {
    count: indices.length,
    x: mapParts((part, name) => read(part, indices, (old && (isSingle<Block>(old.x) ? old.x : old.x[name]!))?.values), data.x) as Rows['x'],
    y: read(data.y, indices, old?.y.values),
    task: new Int32Array(indices.length).fill(task),
  };
}
