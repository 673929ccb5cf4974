import type { StoredTensor } from '@cl/core';
import { refused } from '../refused.js';
import { type Reader, readerOf } from './bytes.js';
import { type Meanings, unpickle } from './pickle.js';
import { meaningsOf, storedTensor, View } from './tensors.js';
import { storedFiles } from './zip.js';

/**
 * The tensors of a file that PyTorch wrote (`torch.save` of a dictionary of parameters), in either of its containers: an archive, or before
 * version 1.6 pickles one after another. Nothing in the file is run: it may name dictionaries, tensors and storages, and is refused where
 * it names anything else.
 *
 * @param name Of the file, for messages.
 * @throws CL_CHECKPOINT
 */
export function decodeTorch(bytes: Uint8Array, name: string): Record<string, StoredTensor> {
  const isArchive = bytes[0] === 0x50 && bytes[1] === 0x4b;
  return tensorsOf(isArchive ? fromArchive(bytes, name) : fromPickles(bytes, name), name);
}

function fromArchive(bytes: Uint8Array, name: string): unknown {
  const files = storedFiles(bytes, name);
  const pickled = [...files.keys()].find((file) => file.endsWith('/data.pkl'));
  if (pickled === undefined) throw refused(`${name}: there is no 'data.pkl' in it, so it is no file of PyTorch's.`);
  const folder = pickled.slice(0, -'data.pkl'.length);
  const order = files.get(`${folder}byteorder`);
  if (order && new TextDecoder().decode(order) !== 'little') throw refused(`${name}: its numbers are not little-endian.`);
  const meanings = meaningsOf(name, (key, { length, width }) => {
    const data = files.get(`${folder}data/${key}`);
    if (data && data.length >= length * width) return data;
    throw refused(`${name}: the values of a tensor ('data/${key}') are missing or truncated.`);
  });
  return unpickle(readerOf(files.get(pickled)!, name), name, meanings);
}

/** 'The magic number' of PyTorch's older files. */
const MAGIC = 0x1950a86a20f9469cfc6cn;

const NONE: Meanings = {
  named: (python) => {
    throw refused(`${python}: not expected here.`);
  },
  referred: () => null,
};

function fromPickles(bytes: Uint8Array, name: string): unknown {
  const reader = readerOf(bytes, name);
  if (bytes[0] !== 0x80 || unpickle(reader, name, NONE) !== MAGIC) throw refused(`${name}: not a file of tensors that PyTorch wrote.`);
  unpickle(reader, name, NONE);
  const system = unpickle(reader, name, NONE);
  if (system instanceof Map && system.get('little_endian') === false) throw refused(`${name}: its numbers are not little-endian.`);

  // Storages come behind the tensors, so that how wide their values are is known by then.
  const widths = new Map<string, number>();
  const found = new Map<string, Uint8Array>();
  const meanings = meaningsOf(name, (key, { length, width }) => {
    const data = found.get(key)!;
    if (data.length >= length * width) return data;
    throw refused(`${name}: the values of a tensor ('${key}') are truncated.`);
  });
  const value = unpickle(reader, name, {
    ...meanings,
    referred(id) {
      const storage = meanings.referred(id) as { readonly width: number };
      widths.set((id as string[])[2]!, storage.width);
      return storage;
    },
  });
  readStorages(reader, name, widths, found);
  return value;
}

function readStorages(reader: Reader, name: string, widths: ReadonlyMap<string, number>, found: Map<string, Uint8Array>): void {
  const keys = unpickle(reader, name, NONE);
  if (!Array.isArray(keys) || [...widths.keys()].some((key) => !keys.includes(key)))
    throw refused(`${name}: the values of a tensor are missing.`);
  for (const key of keys as string[]) {
    const width = widths.get(key);
    if (width === undefined) throw refused(`${name}: it has values that are of no tensor.`);
    found.set(key, reader.bytes(reader.long() * width));
  }
}

function tensorsOf(value: unknown, name: string): Record<string, StoredTensor> {
  if (!(value instanceof Map)) throw refused(`${name}: expected a dictionary of tensors, as \`model.state_dict()\` gives it.`);
  const entries = [...value].map(([key, tensor]: [unknown, unknown]) => {
    if (typeof key === 'string' && tensor instanceof View) return [key, storedTensor(tensor)] as const;
    const what = typeof key === 'string' ? `'${key}'` : 'an entry whose name is no text';
    throw refused(`${name}: ${what} is no tensor. A dictionary of tensors is expected, as \`model.state_dict()\` gives it.`);
  });
  return Object.fromEntries(entries);
}
