import { ContinualLearningError } from '../errors.js';
import { textOf, utf8 } from './platform.js';

/** Bytes of one element, by the format's name of its type; in the order of the reference implementation's types. */
const WIDTHS: { readonly [dtype: string]: number } = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  F64: 8,
  I64: 8,
  U64: 8,
};

const TYPES = Object.keys(WIDTHS);

/** The format's own limit on its header. */
const LARGEST_HEADER = 100_000_000;

/** A tensor in a file: row-major, little-endian. */
export interface StoredTensor {
  /** 'F32', 'I32', 'BOOL', 'F16', … */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/**
 * A safetensors file (https://github.com/huggingface/safetensors): eight bytes with the length of a JSON header, the header,
 * the tensors' bytes. Wide types come first, then names in order: byte for byte what the reference implementation writes.
 *
 * @example encodeSafetensors({ 'dense0/kernel': { dtype: 'F32', shape: [2, 3], bytes: new Uint8Array(24) } })
 */
export function encodeSafetensors(
  tensors: { readonly [name: string]: StoredTensor },
  metadata?: { readonly [name: string]: string },
): Uint8Array {
  const order = Object.entries(tensors).sort(
    ([a, { dtype: x }], [b, { dtype: y }]) => TYPES.indexOf(y) - TYPES.indexOf(x) || (a < b ? -1 : 1),
  );
  const header: [string, unknown][] = metadata ? [['__metadata__', metadata]] : [];
  let end = 0;
  for (const [name, { dtype, shape, bytes }] of order) {
    header.push([name, { dtype, shape, data_offsets: [end, end + bytes.length] }]);
    end += bytes.length;
  }
  const text = utf8(JSON.stringify(Object.fromEntries(header)));
  // Spaces up to a multiple of eight, so that the data can be read in place.
  const start = 8 + Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(start + end).fill(0x20, 8, start);
  new DataView(file.buffer).setBigUint64(0, BigInt(start - 8), true);
  file.set(text, 8);
  let at = start;
  for (const [, { bytes }] of order) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}

/**
 * The tensors of a safetensors file, as views on its bytes.
 *
 * @param file Its name, for messages.
 * @throws CL_CHECKPOINT if it is truncated or does not keep to the format.
 */
export function decodeSafetensors(
  bytes: Uint8Array,
  file: string,
): { tensors: Record<string, StoredTensor>; metadata: Record<string, string> } {
  const fail = (what: string): never => {
    throw new ContinualLearningError('CL_CHECKPOINT', `${file}: ${what}`);
  };
  if (bytes.length < 8) fail(`expected a safetensors file, found ${bytes.length} bytes.`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0, true));
  if (length > LARGEST_HEADER) fail(`expected a safetensors header of at most ${LARGEST_HEADER} bytes, found a length of ${length}.`);
  if (8 + length > bytes.length) fail(`expected at least ${8 + length} bytes, found ${bytes.length}: the file is truncated.`);
  const { __metadata__: metadata = {}, ...entries } = parse(bytes.subarray(8, 8 + length), fail);

  const data = bytes.subarray(8 + length);
  const tensors: Record<string, StoredTensor> = Object.create(null);
  let end = 0;
  for (const [name, entry] of Object.entries(entries).sort(
    ([, a], [, b]) => offsetOf(a, 0) - offsetOf(b, 0) || offsetOf(a, 1) - offsetOf(b, 1),
  )) {
    const { dtype, shape, data_offsets: offsets } = checkEntry(name, entry, fail);
    if (offsets[0] !== end) fail(`'${name}' begins at ${offsets[0]}, but the tensor before it ends at ${end}.`);
    end = offsets[1];
    if (end > data.length) fail(`'${name}' ends at ${end}, found ${data.length} bytes of data: the file is truncated.`);
    tensors[name] = { dtype, shape, bytes: data.subarray(offsets[0], end) };
  }
  if (end !== data.length) fail(`expected ${end} bytes of data, found ${data.length}.`);
  return { tensors, metadata: metadata as Record<string, string> };
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

function parse(text: Uint8Array, fail: (what: string) => never): { readonly [name: string]: unknown } {
  try {
    const header: unknown = JSON.parse(textOf(text));
    if (typeof header === 'object' && header !== null && !Array.isArray(header)) return header as { [name: string]: unknown };
  } catch {
    // Said below.
  }
  return fail('expected a JSON object as the safetensors header, found something else.');
}

const offsetOf = (entry: unknown, side: 0 | 1): number => (entry as Partial<Entry> | null)?.data_offsets?.[side] ?? 0;

function checkEntry(name: string, entry: unknown, fail: (what: string) => never): Entry {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Partial<Entry>;
  const whole = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  const sound =
    typeof dtype === 'string' &&
    Object.hasOwn(WIDTHS, dtype) &&
    Array.isArray(shape) &&
    shape.every(whole) &&
    Array.isArray(offsets) &&
    offsets.length === 2 &&
    offsets.every(whole);
  if (!sound) return fail(`'${name}' has no sound type, shape and place: ${JSON.stringify(entry)}.`);
  const size = shape.reduce((product, side) => product * side, WIDTHS[dtype]!);
  if (offsets[1] - offsets[0] !== size)
    fail(`'${name}', ${dtype} [${shape.join(', ')}], needs ${size} bytes, found ${offsets[1] - offsets[0]}.`);
  return { dtype, shape, data_offsets: offsets };
}
