import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { count, dataError, reasonOf } from './data-error.js';
import type { DataFile } from './sets.js';

const unpack = promisify(gunzip);

/** SHA-256 in hexadecimal digits. */
export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/**
 * The content of a data file, checked before it is unpacked. The file may be as it was published, compressed again by
 * somebody else (Debian does so), or unpacked.
 *
 * @param path Of the file; unpacked unless it ends in `.gz`.
 * @throws CL_DATA if it cannot be read, is cut off, or is not what its publisher published.
 */
export async function readPacked(path: string, file: DataFile): Promise<Uint8Array> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw dataError(`${path}: cannot be read: ${reasonOf(error)}.`, error);
  });
  if (!path.endsWith('.gz')) {
    if (sha256(bytes) === file.unpacked.sha256) return bytes;
    throw wrong(path, { bytes, expected: file.unpacked });
  }
  const published = sha256(bytes) === file.sha256;
  const content = await unpack(bytes, { maxOutputLength: file.unpacked.bytes + 1 }).catch((error: NodeJS.ErrnoException) => {
    const cutOff = error.code === 'Z_BUF_ERROR' && bytes.length > 0;
    throw cutOff ? truncated(path, { bytes, file, error }) : wrong(path, { bytes, expected: file, error });
  });
  if (published || sha256(content) === file.unpacked.sha256) return content;
  throw wrong(path, { bytes, expected: file });
}

const REMEDY = 'delete it and run again, or pass --data with another folder';

function truncated(path: string, { bytes, file, error }: { bytes: Uint8Array; file: DataFile; error: unknown }) {
  return dataError(`${path}: the file is cut off after ${count(bytes.length)} of ${count(file.bytes)} bytes; ${REMEDY}.`, error);
}

function wrong(
  path: string,
  { bytes, expected, error }: { bytes: Uint8Array; expected: { bytes: number; sha256: string }; error?: unknown },
) {
  const sizes = bytes.length === expected.bytes ? '' : ` (${count(bytes.length)} bytes in place of ${count(expected.bytes)})`;
  const found = `expected SHA-256 ${expected.sha256}, found ${sha256(bytes)}${sizes}`;
  return dataError(`${path}: ${found}. ${basename(path)} is damaged or not the official one; ${REMEDY}.`, error);
}
