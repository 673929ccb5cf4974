import { createHash } from 'node:crypto';
import { RESULT_FORMAT, type RunSpec } from './schema.js';

/** JSON with the keys of every record in order: equal texts for equal values. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`)
    .join(',')}}`;
}

/** SHA-256 of a text in hexadecimal digits. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Who a run is: equal for equal specs, whoever runs them, wherever. */
export const runId = (spec: RunSpec): string => sha256(canonicalJson({ format: RESULT_FORMAT, spec })).slice(0, 12);

/** Name of a run's folder: something to read, and the identity. */
export const folderName = (spec: RunSpec): string => `${spec.scenario}-${spec.strategy}-seed${spec.seed}-${runId(spec)}`;

/** Who a set of runs is, whatever their order. */
export const setId = (specs: readonly RunSpec[]): string => sha256(specs.map(runId).sort().join()).slice(0, 8);
