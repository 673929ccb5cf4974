/// <reference types="node" />
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** |actual − expected| ≤ abs + rel × |expected|. */
export interface Tolerance {
  readonly abs: number;
  readonly rel: number;
}

/** Numbers from an implementation that nobody here wrote. */
export interface Golden<Given = never, Expected = never> {
  /** Name of the file, for the name of the test. */
  readonly file: string;
  readonly method: string;
  readonly variant: string;
  readonly given: Given;
  readonly expected: Expected;
  readonly tolerance: Tolerance;
}

/**
 * The golden files of a method: the package's own and, if the environment names a folder in CL_GOLDEN, those in it too.
 * Both are laid out `<method>/<variant>-<number>.json`. Throws if the package has none, so that a test never passes by
 * finding nothing.
 *
 * @param folder The package's golden folder: `new URL('../../golden/', import.meta.url)`.
 * @param prefix Only files whose name begins with it: 'adam-' finds 'adam-1.json' and 'adam-eps8-1.json'.
 */
export function goldenFiles<Given, Expected>(method: string, folder: URL | string, prefix = ''): readonly Golden<Given, Expected>[] {
  const own = folder instanceof URL ? fileURLToPath(folder) : folder;
  const files = filesIn(join(own, method), prefix);
  if (files.length === 0) throw new Error(`No golden file '${prefix}*.json' in ${join(own, method)}.`);
  const others = process.env.CL_GOLDEN ? filesIn(join(process.env.CL_GOLDEN, method), prefix) : [];
  return [...files, ...others].map((path) => ({
    ...(JSON.parse(readFileSync(path, 'utf8')) as Golden<Given, Expected>),
    file: path.split(/[\\/]/).slice(-3).join('/'),
  }));
}

function filesIn(folder: string, prefix: string): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.startsWith(prefix) && name.endsWith('.json'));
  return names.sort().map((name) => join(folder, name));
}

/**
 * Throws where numbers differ by more than the tolerance, with the place. Lists and typed arrays are compared item by item,
 * records by the names in `expected`; anything else must be equal.
 */
export function expectClose(actual: unknown, expected: unknown, tolerance: Tolerance = { abs: 1e-5, rel: 1e-5 }, place = 'value'): void {
  if (typeof expected === 'number' && typeof actual === 'number') {
    const close = Object.is(actual, expected) || Math.abs(actual - expected) <= tolerance.abs + tolerance.rel * Math.abs(expected);
    if (!close) throw new Error(`${place}: expected ${expected}, received ${actual} (off by ${Math.abs(actual - expected)}).`);
  } else if (isList(expected) && isList(actual)) {
    if (actual.length !== expected.length) throw new Error(`${place}: expected ${expected.length} items, received ${actual.length}.`);
    for (let i = 0; i < expected.length; i++) expectClose(actual[i], expected[i], tolerance, `${place}[${i}]`);
  } else if (isRecord(expected) && isRecord(actual)) {
    for (const name of Object.keys(expected)) expectClose(actual[name], expected[name], tolerance, `${place}.${name}`);
  } else if (actual !== expected) {
    throw new Error(`${place}: expected ${JSON.stringify(expected)}, received ${JSON.stringify(actual)}.`);
  }
}

const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !isList(value);
