import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Environment } from '../results/schema.js';
import type { Backend } from './backend.js';

/** What a run's numbers may depend on besides its spec. */
export async function environmentOf({ backend, version, device, threads }: Backend): Promise<Environment> {
  return {
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    processor: processor(),
    backend,
    device,
    tensorflow: backend === 'tensorflow' ? version : null,
    threads,
    version: ownVersion(),
    commit: await commit(),
  };
}

/** How many of which kind, and how wide their vectors are: names such as 'AMD EPYC' stand for processors of very different speed. */
function processor(): string {
  const all = cpus();
  const vectors = VECTORS.find(({ flag }) => new RegExp(`^flags\\b.*\\b${flag}\\b`, 'm').test(kernelSays()));
  return `${all.length} × ${all[0]?.model.trim() ?? 'unknown'}${vectors ? ` with ${vectors.name}` : ''}`;
}

const VECTORS = [
  { flag: 'avx512f', name: 'AVX-512' },
  { flag: 'avx2', name: 'AVX2' },
];

/** What Linux says of the processors; nothing elsewhere. */
function kernelSays(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
}

const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));
let known: Promise<string | null> | null = null;

/** Commit of this code, or null where it is not a checkout. Asked once a process. */
function commit(): Promise<string | null> {
  known ??= ask();
  return known;
}

async function ask(): Promise<string | null> {
  try {
    const git = async (...args: string[]) => (await run('git', args, { cwd: here })).stdout.trim();
    const [hash, changes] = await Promise.all([git('rev-parse', 'HEAD'), git('status', '--porcelain', '--untracked-files=no')]);
    return changes === '' ? hash : `${hash}-dirty`;
  } catch {
    return null;
  }
}

/** Version of this package, seen from the sources and from the built file alike. */
export function ownVersion(): string {
  for (let above = here; above !== dirname(above); above = dirname(above)) {
    try {
      const manifest = JSON.parse(readFileSync(join(above, 'package.json'), 'utf8')) as { name?: string; version?: string };
      if (manifest.name === '@cl/harness') return manifest.version ?? '0.0.0';
    } catch {
      // No manifest here: one folder up.
    }
  }
  return '0.0.0';
}
