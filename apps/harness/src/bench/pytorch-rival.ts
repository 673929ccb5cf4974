import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Rival } from './rival.js';

/** What `bench/pytorch` is asked for: a cell and a method in a task, or a language model of a size that trains, or that writes so many texts. */
export type Loop =
  | { readonly cell: string; readonly strategy: string; readonly task: number }
  | { readonly cell: string; readonly size: Readonly<Record<string, number>>; readonly texts?: number };

/** A Python process with the PyTorch loops of `bench/pytorch`. */
export interface PyTorch {
  readonly version: string;
  readonly threads: number;
  rival(loop: Loop): Rival;
  close(): void;
}

/** Beside `dist`, where the command is built to. */
const SCRIPT = fileURLToPath(new URL('../bench/pytorch', import.meta.url));

/** Starts the loops, or returns null where there is no Python with torch. `python`: the command to run; `data`: the folder with mnist, which language models do without. */
export async function startPyTorch(python: string, data = ''): Promise<PyTorch | null> {
  if (spawnSync(python, ['-c', 'import torch'], { stdio: 'ignore' }).status !== 0) return null;
  const child = spawn(python, ['-B', SCRIPT, data], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = lines(child);
  const { torch: version, threads } = (await answers.next()) as { torch: string; threads: number };
  return {
    version,
    threads,
    rival: (loop) => ({
      mode: 'pytorch',
      async turn(iterations) {
        child.stdin.write(`${JSON.stringify({ ...loop, iterations })}\n`);
        return ((await answers.next()) as { ms: number }).ms;
      },
      dispose() {},
    }),
    close: () => child.stdin.end(),
  };
}

/** The JSON lines that a process prints, one after another. */
function lines(child: ChildProcess): { next(): Promise<unknown> } {
  const iterator = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  return {
    async next() {
      const { value, done } = await iterator.next();
      if (done) throw new Error('The PyTorch process ended before it answered; its own message stands above.');
      return JSON.parse(value);
    },
  };
}
