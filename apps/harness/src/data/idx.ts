import { dataError } from './data-error.js';

/** The idx type of unsigned bytes, the only one that MNIST and its relatives use. */
const BYTES = 0x08;

/**
 * The values of an idx file of unsigned bytes: two zero bytes, the type, the number of dimensions, each as a big-endian
 * 32-bit number, then the values, the last dimension varying fastest. They share the memory of `file`.
 *
 * @param what Name of the file, for messages.
 * @param shape Dimensions that it must have.
 * @throws CL_DATA if it is not an idx file of bytes, has other dimensions, or more or fewer values than it says.
 */
export function parseIdx(file: Uint8Array, what: string, shape: readonly number[]): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const magic = file.length < 4 ? null : view.getUint32(0);
  const expected = (BYTES << 8) | shape.length;
  if (magic !== expected) {
    const found = magic === null ? `only ${file.length} bytes` : hex(magic);
    throw dataError(
      `${what}: not an idx file of bytes with ${shape.length} dimensions; it begins with ${found}, expected ${hex(expected)}.`,
    );
  }
  const header = 4 + 4 * shape.length;
  if (file.length < header) throw dataError(`${what}: the file ends within its header, after ${file.length} bytes.`);
  const found = shape.map((_, i) => view.getUint32(4 + 4 * i));
  if (found.some((length, i) => length !== shape[i])) {
    throw dataError(`${what}: holds ${found.join(' × ')} values, expected ${shape.join(' × ')}.`);
  }
  const values = file.subarray(header);
  const needed = shape.reduce((product, length) => product * length, 1);
  if (values.length !== needed)
    throw dataError(`${what}: says that ${needed} values follow (${found.join(' × ')}), but ${values.length} do.`);
  return values;
}

const hex = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;
