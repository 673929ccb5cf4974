import { type Block, isSingle, type Rows, sizeOf, type Values } from '../data.js';
import { ContinualLearningError } from '../errors.js';
import type { Snapshot } from './stored.js';

/** Copies row `row` into a place. */
export type Put = (place: number, row: number) => void;

/** Numbered places for rows in typed arrays, one array a column. Grows as it fills. */
export interface RowStore {
  /** Places in use: 0 … size − 1. */
  readonly size: number;
  /**
   * Lays the columns out by the first rows; throws CL_SHAPE for later rows that do not fit. Returns what copies one of the rows
   * into a place in use, or into the next one.
   */
  accept(rows: Rows): Put;
  /** Copies of the rows in these places. */
  gather(places: ArrayLike<number>): Rows;
  /** The block of targets, `size` rows or more. */
  targets(): Block;
  task(place: number): number;
  save(): Snapshot['arrays'];
  load(arrays: Snapshot['arrays']): void;
}

interface Part {
  /** Row shape. */
  readonly shape: readonly number[];
  readonly size: number;
  values: Values;
}

/** @param owner Name of the memory, for messages. */
export function rowStore(owner: string): RowStore {
  let parts: Map<string, Part> | null = null;
  let size = 0;

  function layOut(blocks: ReadonlyMap<string, Block>): Map<string, Part> {
    return new Map([...blocks].map(([name, { values, shape }]) => [name, { shape, size: sizeOf(shape), values: emptyLike(values, 0) }]));
  }

  function grow(to: number): void {
    for (const part of parts!.values()) {
      if (to * part.size <= part.values.length) continue;
      const values = emptyLike(part.values, Math.max(to, 2 * size, 16) * part.size);
      values.set(part.values);
      part.values = values;
    }
  }

  return {
    get size() {
      return size;
    },
    accept(rows) {
      const blocks = blocksOf(rows);
      parts ??= layOut(blocks);
      if (!fits(parts, blocks)) {
        throw new ContinualLearningError(
          'CL_SHAPE',
          `${owner}: stores rows of ${describe(parts)}, received rows of ${describe(blocks)}. Use one memory for each layout.`,
        );
      }
      const into = parts;
      return (place, row) => {
        if (place === size) grow(++size);
        for (const [name, { values, size: width }] of into) {
          values.set(blocks.get(name)!.values.subarray(row * width, (row + 1) * width), place * width);
        }
      };
    },
    gather(places) {
      const taken = [...parts!].map(([name, part]): [string, Block] => {
        const values = emptyLike(part.values, places.length * part.size);
        const { size: width, values: stored } = part;
        for (let i = 0; i < places.length; i++) {
          // Of single numbers, a view takes longer than the copy.
          if (width === 1) values[i] = stored[places[i]!]!;
          else values.set(stored.subarray(places[i]! * width, (places[i]! + 1) * width), i * width);
        }
        return [name, { values, shape: part.shape }];
      });
      return rowsOf(new Map(taken), places.length);
    },
    targets: () => parts!.get('y')!,
    task: (place) => parts!.get('task')!.values[place]!,
    save: () =>
      Object.fromEntries(
        [...(parts ?? [])].map(([name, part]) => [name, { values: part.values.slice(0, size * part.size), shape: [size, ...part.shape] }]),
      ),
    load(arrays) {
      const saved = Object.entries(arrays);
      size = saved[0]?.[1].shape[0] ?? 0;
      parts =
        saved.length === 0
          ? null
          : new Map(
              saved.map(([name, { values, shape }]) => [
                name,
                { shape: shape.slice(1), size: sizeOf(shape.slice(1)), values: values.slice() },
              ]),
            );
    },
  };
}

/** The class number of a row. Throws CL_SHAPE where targets are no class numbers. */
export function classOf(owner: string, y: Block, row: number): number {
  if (sizeOf(y.shape) !== 1 || y.values instanceof Float32Array) {
    throw new ContinualLearningError(
      'CL_SHAPE',
      `${owner}: needs targets that are class numbers (int32, []), received ${describePart('y', y)}.`,
    );
  }
  return y.values[row]!;
}

/** The columns of rows by name: 'x' or 'x/NAME', 'y', 'task', 'extra/NAME'. */
function blocksOf(rows: Rows): Map<string, Block> {
  const blocks = new Map<string, Block>();
  if (isSingle<Block>(rows.x)) blocks.set('x', rows.x);
  else for (const [name, block] of Object.entries(rows.x)) blocks.set(`x/${name}`, block);
  blocks.set('y', rows.y).set('task', { values: rows.task, shape: [] });
  for (const [name, block] of Object.entries(rows.extra ?? {})) blocks.set(`extra/${name}`, block);
  return blocks;
}

function rowsOf(blocks: ReadonlyMap<string, Block>, count: number): Rows {
  const under = (prefix: string) =>
    Object.fromEntries([...blocks].filter(([name]) => name.startsWith(prefix)).map(([name, block]) => [name.slice(prefix.length), block]));
  const extra = under('extra/');
  return {
    count,
    x: blocks.get('x') ?? under('x/'),
    y: blocks.get('y')!,
    task: blocks.get('task')!.values as Int32Array,
    ...(Object.keys(extra).length > 0 && { extra }),
  };
}

const emptyLike = (values: Values, length: number): Values =>
  values instanceof Float32Array ? new Float32Array(length) : new Int32Array(length);

const describePart = (name: string, { values, shape }: Block): string =>
  `${name} ${values instanceof Float32Array ? 'float32' : 'int32'} [${shape.join(', ')}]`;

/** Whether rows have the columns that are stored, of the same shapes and types. Asked at each step. */
function fits(parts: ReadonlyMap<string, Part>, blocks: ReadonlyMap<string, Block>): boolean {
  if (parts.size !== blocks.size) return false;
  for (const [name, { shape, values }] of parts) {
    const block = blocks.get(name);
    if (!block || block.values.constructor !== values.constructor || block.shape.length !== shape.length) return false;
    if (shape.some((length, axis) => block.shape[axis] !== length)) return false;
  }
  return true;
}

/** In the order of the names, so that records with the same columns in another order fit. */
const describe = (blocks: ReadonlyMap<string, Block>): string =>
  [...blocks]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, block]) => describePart(name, block))
    .join(', ');
