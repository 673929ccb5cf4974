import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { directory } from '../../src/disk/index.js';

// Beside the package, so that its imports are found.
const built = fileURLToPath(new URL('../../node_modules/.writer/', import.meta.url));
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cl-kill-'));
  await build({
    configFile: false,
    logLevel: 'error',
    resolve: { conditions: ['@cl/source', 'node', 'import', 'module', 'default'] },
    ssr: { noExternal: [/^@cl\//], resolve: { conditions: ['@cl/source', 'node', 'import', 'module', 'default'] } },
    build: {
      ssr: fileURLToPath(new URL('writer.ts', import.meta.url)),
      outDir: built,
      rollupOptions: { output: { entryFileNames: 'writer.mjs' } },
    },
  });
}, 60_000);

afterAll(() => Promise.all([folder, built].map((path) => rm(path, { recursive: true, force: true }))));

/** Runs the writer for a while after its first checkpoint, kills it, and returns the last one that it said was written. */
async function writeUntilKilled(path: string, milliseconds: number): Promise<number> {
  const child = spawn(process.execPath, [join(built, 'writer.mjs'), path], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    if (said === '') setTimeout(() => child.kill('SIGKILL'), milliseconds);
    said += chunk.toString();
  });
  await new Promise((resolve) => child.on('close', resolve));
  return Number(said.trim().split('\n').at(-1));
}

it('leaves the last complete checkpoint whenever the process is killed', { timeout: 120_000 }, async () => {
  for (let round = 0; round < 12; round++) {
    const path = join(folder, String(round));
    const last = await writeUntilKilled(path, round * 3.7);
    const { files } = await directory(path).read();
    const { i, sha256 } = JSON.parse(new TextDecoder().decode(files['manifest.json'])) as { i: number; sha256: string };
    // What it said was written is there, or the one after it.
    expect(i === last || i === last + 1, `read ${i}, wrote ${last}`).toBe(true);
    for (const part of ['a.bin', 'b.bin']) expect(createHash('sha256').update(files[part]!).digest('hex')).toBe(sha256);
    // And writing goes on.
    await directory(path).write('next', files);
    expect((await directory(path).list()).at(-1)).toBe('next');
  }
});
