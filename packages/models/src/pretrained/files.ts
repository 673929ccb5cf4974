import { ContinualLearningError } from '@cl/core';
import { refused } from './refused.js';

/** Files of a pre-trained model, by name. */
export interface PretrainedFiles {
  /** Where they are, for messages. */
  readonly place: string;
  /** The bytes of a file; null where there is none of that name. */
  read(name: string): Promise<Uint8Array | null>;
}

/**
 * Where a pre-trained model is: the path of a folder (in Node), the address of one ('https://…', or a `URL`), files by name (`File`s that a
 * user picked, bytes), or anything that reads.
 */
export type PretrainedSource = string | URL | { readonly [name: string]: Blob | Uint8Array } | PretrainedFiles;

export function filesOf(source: PretrainedSource): PretrainedFiles {
  if (typeof source === 'string') return /^https?:\/\//.test(source) ? atAddress(new URL(source)) : inFolder(source);
  if (source instanceof URL) return source.protocol === 'file:' ? inFolder(source) : atAddress(source);
  if (typeof source !== 'object' || source === null) {
    const wanted = 'the path of a folder, the address of one, or files by name';
    throw new ContinualLearningError('CL_OPTION', `The source of a pre-trained model must be ${wanted}; received ${String(source)}.`);
  }
  if (isFiles(source)) return source;
  return {
    place: 'the given files',
    async read(name) {
      const file = source[name];
      if (file === undefined) return null;
      return file instanceof Uint8Array ? file : new Uint8Array(await file.arrayBuffer());
    },
  };
}

const isFiles = (source: object): source is PretrainedFiles => typeof (source as Partial<PretrainedFiles>).read === 'function';

function atAddress(folder: URL): PretrainedFiles {
  const base = folder.href.endsWith('/') ? folder.href : `${folder.href}/`;
  return {
    place: base,
    async read(name) {
      const response = await fetch(new URL(name, base)).catch((cause: unknown) => {
        throw refused(`${base}${name}: cannot be reached.`, cause);
      });
      if (response.status === 404) return null;
      if (!response.ok) throw refused(`${base}${name}: the server answered with status ${response.status}.`);
      return new Uint8Array(await response.arrayBuffer());
    },
  };
}

function inFolder(folder: string | URL): PretrainedFiles {
  const place = folder instanceof URL ? decodeURIComponent(folder.pathname) : folder;
  return {
    place,
    async read(name) {
      const { readFile } = disk();
      try {
        return await readFile(`${place.replace(/\/$/, '')}/${name}`);
      } catch (cause) {
        if ((cause as { code?: string }).code === 'ENOENT') return null;
        throw refused(`${place}/${name}: cannot be read.`, cause);
      }
    },
  };
}

/** What is used of Node's file system. */
interface Disk {
  readFile(path: string): Promise<Uint8Array>;
  writeFile(path: string, bytes: Uint8Array): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  mkdir(path: string, options: { recursive: true }): Promise<unknown>;
}

/** Node's file system, asked for when it is needed, so that nothing here stands in the way of a browser's bundle. */
export function disk(): Disk {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  const found = process?.getBuiltinModule?.('node:fs/promises');
  if (!found) throw refused('There are no folders here. Give the address of one (https://…), or files by name.');
  return found as Disk;
}

/** A file that must be there. */
export async function needed(files: PretrainedFiles, name: string): Promise<Uint8Array> {
  const bytes = await files.read(name);
  if (bytes) return bytes;
  throw refused(`${files.place}: there is no '${name}'. A folder as Python's transformers write it has config.json and model.safetensors.`);
}

/** A file of JSON. */
export function json(bytes: Uint8Array, name: string): { readonly [name: string]: unknown } {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as { [name: string]: unknown };
  } catch (cause) {
    throw refused(`${name}: expected JSON; it is damaged or truncated.`, cause);
  }
  throw refused(`${name}: expected a JSON object, found something else.`);
}
