import type { StoredTensor } from '@cl/core';
import { refused } from '../refused.js';
import type { Meanings, PythonName } from './pickle.js';

/** Values that tensors lie in. */
export interface Storage {
  readonly dtype: string;
  /** Bytes of a value. */
  readonly width: number;
  /** How many values it has. */
  readonly length: number;
  /** Its bytes; of some files they are known only when all tensors are. */
  bytes(): Uint8Array;
}

/** A tensor in a storage: where it begins, and how far values along each axis are apart. */
export class View {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

const STORAGES: { readonly [name: string]: readonly [dtype: string, width: number] } = {
  FloatStorage: ['F32', 4],
  DoubleStorage: ['F64', 8],
  HalfStorage: ['F16', 2],
  BFloat16Storage: ['BF16', 2],
  LongStorage: ['I64', 8],
  IntStorage: ['I32', 4],
  ShortStorage: ['I16', 2],
  CharStorage: ['I8', 1],
  ByteStorage: ['U8', 1],
  BoolStorage: ['BOOL', 1],
};

/** What a file of tensors may name: nothing but dictionaries, tensors, parameters and storages. */
export function meaningsOf(file: string, bytesOf: (key: string, storage: Omit<Storage, 'bytes'>) => Uint8Array): Meanings {
  const functions: { readonly [python: string]: (args: readonly unknown[]) => unknown } = {
    'collections.OrderedDict': ([pairs = []]) => dictionaryOf(file, pairs),
    'torch._utils._rebuild_tensor_v2': ([storage, offset, shape, strides]) => viewOf(file, storage, offset, shape, strides),
    'torch._utils._rebuild_parameter': ([tensor]) => tensor,
  };
  return {
    named(python): PythonName {
      const call = Object.hasOwn(functions, python) ? functions[python] : undefined;
      if (call) return { python, call };
      if (python.startsWith('torch.') && Object.hasOwn(STORAGES, python.slice(6))) return { python };
      throw refused(
        `${file}: it names '${python}'. Files of tensors name dictionaries, tensors and their storages, and nothing else is accepted, since it could run code. Nothing was run.`,
      );
    },
    referred(id) {
      const [kind, type, key, , length, view] = (Array.isArray(id) ? id : []) as unknown[];
      const known = STORAGES[String((type as PythonName | undefined)?.python).slice(6)];
      if (kind !== 'storage' || !known || typeof key !== 'string' || !isCount(length) || (view ?? null) !== null) {
        throw refused(`${file}: it refers to something other than the storage of a tensor.`);
      }
      const storage = { dtype: known[0], width: known[1], length };
      return { ...storage, bytes: () => bytesOf(key, storage) } satisfies Storage;
    },
  };
}

/** Python 2 wrote dictionaries as lists of pairs. */
function dictionaryOf(file: string, pairs: unknown): Map<unknown, unknown> {
  if (Array.isArray(pairs) && pairs.every((pair) => Array.isArray(pair) && pair.length === 2))
    return new Map(pairs as [unknown, unknown][]);
  throw refused(`${file}: it is damaged: a dictionary is not made of pairs.`);
}

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isCounts = (value: unknown): value is number[] => Array.isArray(value) && value.every(isCount);

/** A tensor may repeat the values of its storage, but not so often that a small file fills the memory. */
const MOST_REPEATED = 2 ** 24;

function viewOf(file: string, storage: unknown, offset: unknown, shape: unknown, strides: unknown): View {
  const { length, bytes } = (storage ?? {}) as Partial<Storage>;
  if (
    typeof bytes !== 'function' ||
    !isCount(length) ||
    !isCount(offset) ||
    !isCounts(shape) ||
    !isCounts(strides) ||
    shape.length !== strides.length
  ) {
    throw refused(`${file}: it is damaged: a tensor is not described as one.`);
  }
  const last = offset + shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, 0);
  const size = shape.reduce((product, count) => product * count, 1);
  if (size > 0 && last >= length) throw refused(`${file}: it is damaged: a tensor reaches beyond its storage.`);
  if (!(size <= Math.max(length, MOST_REPEATED))) throw refused(`${file}: it is damaged: a tensor repeats few values ${size} times.`);
  return new View(storage as Storage, offset, shape, strides);
}

/** The values of a tensor, row-major: they may be stored in another order, such as transposed. */
export function storedTensor({ storage, offset, shape, strides }: View): StoredTensor {
  const { dtype, width } = storage;
  const size = shape.reduce((product, length) => product * length, 1);
  const from = storage.bytes();
  if (isRowMajor(shape, strides)) return { dtype, shape, bytes: from.subarray(offset * width, (offset + size) * width) };

  const bytes = new Uint8Array(size * width);
  const place = shape.map(() => 0);
  let at = offset;
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < width; k++) bytes[i * width + k] = from[at * width + k]!;
    // On to the next place: the last axis first, and back to its beginning where it is through.
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++place[axis]! < shape[axis]!) break;
      at -= strides[axis]! * shape[axis]!;
      place[axis] = 0;
    }
  }
  return { dtype, shape, bytes };
}

function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}
