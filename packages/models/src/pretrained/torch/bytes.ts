import { refused } from '../refused.js';

/** Bytes that are read one after another. Little-endian. */
export interface Reader {
  /** Where the next byte is. */
  at: number;
  unsigned(size: 1 | 2 | 4): number;
  /** 32 bits with a sign. */
  signed(): number;
  /** 64 bits, which must be a number that JavaScript has. */
  long(): number;
  /** Big-endian, as pickle has it. */
  float(): number;
  bytes(count: number): Uint8Array;
  text(count: number): string;
  /** Text up to a line feed. */
  line(): string;
}

/**
 * @param name Of the file, for messages.
 * @throws CL_CHECKPOINT where the bytes end too early.
 */
export function readerOf(bytes: Uint8Array, name: string, start = 0): Reader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  /** Moves on by so many bytes, and gives the place where they begin. */
  function step(count: number): number {
    const from = reader.at;
    if (!(count >= 0 && from + count <= bytes.length)) throw refused(`${name}: it is damaged or truncated.`);
    reader.at = from + count;
    return from;
  }
  const reader: Reader = {
    at: start,
    unsigned(size) {
      const from = step(size);
      return size === 1 ? view.getUint8(from) : size === 2 ? view.getUint16(from, true) : view.getUint32(from, true);
    },
    signed: () => view.getInt32(step(4), true),
    long() {
      const value = Number(view.getBigInt64(step(8), true));
      if (!Number.isSafeInteger(value)) throw refused(`${name}: it is damaged: a length of ${value}.`);
      return value;
    },
    float: () => view.getFloat64(step(8)),
    bytes(count) {
      const from = step(count);
      return bytes.subarray(from, from + count);
    },
    text(count) {
      try {
        return utf8.decode(reader.bytes(count));
      } catch (cause) {
        throw refused(`${name}: it is damaged: a text in it is none.`, cause);
      }
    },
    line() {
      const end = bytes.indexOf(0x0a, reader.at);
      const text = reader.text((end < 0 ? bytes.length : end) - reader.at);
      step(1);
      return text;
    },
  };
  return reader;
}
