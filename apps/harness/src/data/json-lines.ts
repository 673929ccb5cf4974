import { dataError } from './data-error.js';
import { type DataOptions, locate } from './locate.js';
import { readPacked } from './read-packed.js';
import type { DataFile, DataSource } from './sets.js';

/** One line of a file of JSON lines. */
export type JsonLine = { readonly [field: string]: unknown };

/**
 * The lines of a file of JSON lines, its checksum checked.
 *
 * @throws CL_DATA where it is missing, damaged or empty, or a line is no object.
 */
export async function readJsonLines(source: DataSource, file: DataFile, options: DataOptions = {}): Promise<readonly JsonLine[]> {
  return jsonLinesOf(await readPacked(await locate(source, file, options), file), `${source.name}/${file.name}`);
}

/** Lines of JSON, each an object. `what` names the file in messages. */
export function jsonLinesOf(bytes: Uint8Array, what: string): readonly JsonLine[] {
  const lines = new TextDecoder().decode(bytes).split('\n');
  const found = lines.flatMap((line, i) => (line.trim() === '' ? [] : [objectOf(line, `${what}: line ${i + 1}`)]));
  if (found.length === 0) throw dataError(`${what}: there is nothing in it.`);
  return found;
}

function objectOf(line: string, where: string): JsonLine {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw dataError(`${where} is no JSON: '${line.slice(0, 40)}'.`, error);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonLine;
  throw dataError(`${where} is no object: '${line.slice(0, 40)}'.`);
}

/** A field that must be there, as text. */
export function textIn(line: JsonLine, field: string, what: string): string {
  const value = line[field];
  if (typeof value === 'string' && value !== '') return value;
  throw dataError(`${what}: every line needs a text '${field}', received ${JSON.stringify(value)}.`);
}
