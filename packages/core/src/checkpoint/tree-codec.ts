import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { ContinualLearningError } from '../errors.js';
import { isStored, type Snapshot } from '../memory/stored.js';
import type { Tree } from '../strategy/strategy.js';
import type { Json } from '../tree.js';
import type { StoredTensor } from './safetensors.js';

/**
 * A tree in two parts: numbers in bulk by name, and JSON that refers to them. In the JSON, `{ "$tensor": NAME }` stands for a
 * tensor, `{ "$stored": { json, arrays } }` for a memory, `{ "$number": "NaN" }` for a number that JSON lacks; other names that
 * begin with `$` have one more `$` in front.
 */
export interface EncodedTree {
  readonly json: Json;
  readonly arrays: { readonly [name: string]: StoredTensor };
}

const DTYPES = { float32: 'F32', int32: 'I32', bool: 'BOOL' } as const;

/**
 * Takes a tree apart. Everything is read when the function is called, so later steps do not change what is written.
 *
 * @throws CL_CHECKPOINT for what is neither tensor, JSON nor memory, with its place.
 */
export async function encodeTree(tree: Tree): Promise<EncodedTree> {
  const arrays = new Map<string, StoredTensor | Promise<StoredTensor>>();

  /** Names are paths. Where two paths read the same ('a/b' in one record, 'b' in 'a'), the second gets a number. */
  function put(path: string, array: StoredTensor | Promise<StoredTensor>): string {
    let name = path || 'tensor';
    for (let i = 2; arrays.has(name) || name === '__metadata__'; i++) name = `${path}#${i}`;
    arrays.set(name, array);
    return name;
  }

  function encode(value: unknown, path: string): Json {
    if (typeof value === 'number')
      return Number.isFinite(value) && !Object.is(value, -0) ? value : { $number: Object.is(value, -0) ? '-0' : String(value) };
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    if (value instanceof tf.Tensor) return { $tensor: put(path, bytesOfTensor(value, path)) };
    if (isStored(value)) return encodeSnapshot(value.save(), path);
    if (Array.isArray(value)) return value.map((item, i) => encode(item, join(path, String(i))));
    if (isRecord(value)) {
      const entries = Object.entries(value).filter(([, item]) => item !== undefined);
      return Object.fromEntries(entries.map(([name, item]) => [name.startsWith('$') ? `$${name}` : name, encode(item, join(path, name))]));
    }
    const found = typeof value === 'object' ? value.constructor.name : typeof value;
    throw new ContinualLearningError(
      'CL_CHECKPOINT',
      `'${path}' is a ${found}, which cannot be saved. State is made of tensors, JSON and memories.`,
    );
  }

  function encodeSnapshot({ json, arrays: blocks }: Snapshot, path: string): Json {
    const names = Object.entries(blocks).map(([name, { values, shape }]): [string, string] => {
      const dtype = values instanceof Float32Array ? 'F32' : 'I32';
      return [name, put(join(path, name), { dtype, shape, bytes: bytesOf(values) })];
    });
    return { $stored: { json: encode(json, path), arrays: Object.fromEntries(names) } };
  }

  const json = encode(tree, '');
  const read = await Promise.all([...arrays].map(async ([name, array]): Promise<[string, StoredTensor]> => [name, await array]));
  return { json, arrays: Object.fromEntries(read) };
}

/**
 * Puts a tree together again. Tensors are new and belong to the caller. Memories are those of the template: each loads what was
 * saved at its place. Everything else of the template is ignored.
 *
 * @throws CL_CHECKPOINT if the template has no memory where one was saved; then no tensor is left behind.
 */
export function restoreTree<T extends Tree>(template: T, { json, arrays }: EncodedTree): T {
  const created: Tensor[] = [];

  function decode(saved: Json, like: unknown, path: string): unknown {
    if (typeof saved !== 'object' || saved === null) return saved;
    if (Array.isArray(saved))
      return saved.map((item: Json, i) => decode(item, Array.isArray(like) ? like[i] : undefined, join(path, String(i))));
    const record = saved as { readonly [name: string]: Json };
    if (typeof record.$number === 'string') return Number(record.$number);
    if (typeof record.$tensor === 'string') {
      const tensor = tensorOf(arrayOf(record.$tensor), record.$tensor);
      created.push(tensor);
      return tensor;
    }
    if (record.$stored !== undefined) {
      if (!isStored(like)) {
        throw new ContinualLearningError(
          'CL_CHECKPOINT',
          `'${path}' was a memory when it was saved, and is none now. Restore with the options of the run that saved it.`,
        );
      }
      const { json: inner, arrays: names } = record.$stored as {
        readonly json: Json;
        readonly arrays: { readonly [name: string]: string };
      };
      const blocks = Object.entries(names).map(([name, array]) => [
        name,
        { values: valuesOf(arrayOf(array), array), shape: arrayOf(array).shape },
      ]);
      like.load({ json: decode(inner, undefined, path) as Json, arrays: Object.fromEntries(blocks) as Snapshot['arrays'] });
      return like;
    }
    const template = isRecord(like) ? like : {};
    const entries = Object.entries(record).map(([name, item]) => [name.startsWith('$') ? name.slice(1) : name, item] as const);
    return Object.fromEntries(entries.map(([name, item]) => [name, decode(item, template[name], join(path, name))]));
  }

  function arrayOf(name: string): StoredTensor {
    const array = arrays[name];
    if (!array) throw new ContinualLearningError('CL_CHECKPOINT', `Expected a tensor '${name}' in the checkpoint, found none.`);
    return array;
  }

  try {
    return decode(json, template, '') as T;
  } catch (error) {
    tf.dispose(created);
    throw error;
  }
}

const join = (path: string, name: string): string => (path ? `${path}/${name}` : name);

const isRecord = (value: unknown): value is Record<string, unknown> => {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/** A copy: what a back end hands out may change with the next step. */
const bytesOf = (values: Float32Array | Int32Array | Uint8Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();

/** Throws at once for a type that cannot be saved. */
export function bytesOfTensor(tensor: Tensor, path: string): Promise<StoredTensor> {
  const dtype = DTYPES[tensor.dtype as keyof typeof DTYPES];
  if (!dtype)
    throw new ContinualLearningError('CL_CHECKPOINT', `'${path}' is a ${tensor.dtype} tensor; float32, int32 and bool can be saved.`);
  const shape = [...tensor.shape];
  return tensor.data<'float32' | 'int32' | 'bool'>().then((values) => ({ dtype, shape, bytes: bytesOf(asDeclared(dtype, values)) }));
}

/** On the cpu, what was cast from bool has bytes for values, whatever its type says. */
function asDeclared(dtype: string, values: Float32Array | Int32Array | Uint8Array): Float32Array | Int32Array | Uint8Array {
  if (dtype === 'F32' && !(values instanceof Float32Array)) return Float32Array.from(values);
  if (dtype === 'I32' && !(values instanceof Int32Array)) return Int32Array.from(values);
  return values;
}

/** A copy, since the bytes of a file may begin anywhere and are one buffer. */
function valuesOf({ dtype, bytes }: StoredTensor, name: string): Float32Array | Int32Array | Uint8Array {
  const copy = bytes.slice();
  if (dtype === 'F32') return new Float32Array(copy.buffer);
  if (dtype === 'I32') return new Int32Array(copy.buffer);
  if (dtype === 'BOOL') return copy;
  throw new ContinualLearningError('CL_CHECKPOINT', `'${name}' has type ${dtype}; expected F32, I32 or BOOL.`);
}

function tensorOf(array: StoredTensor, name: string): Tensor {
  const values = valuesOf(array, name);
  const dtype = values instanceof Float32Array ? 'float32' : values instanceof Int32Array ? 'int32' : 'bool';
  return tf.tensor(values, [...array.shape], dtype);
}
