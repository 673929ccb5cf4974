import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Cell } from './cells.js';
import type { Method } from './methods.js';
import type { Rival } from './rival.js';

/** A Python process with the PyTorch loops of `bench/pytorch`. */
export interface PyTorch {
  readonly version: string;
  readonly threads: number;
  rival(cell: Cell, method: Method): Rival;
  close(): void;
}

/** Beside `dist`, where the command is built to. */
const SCRIPT = fileURLToPath(new URL('../bench/pytorch', import.meta.url));

/** Starts the loops, or returns null where there is no Python with torch. `python`: the command to run; `data`: the folder with mnist. */
export async function startPyTorch(python: string, data: string): Promise<PyTorch | null> {
  if (spawnSync(python, ['-c', 'import torch'], { stdio: 'ignore' }).status !== 0) return null;
  const child = spawn(python, ['-B', SCRIPT, data], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = lines(child);
  const { torch: version, threads } = (await answers.next()) as { torch: string; threads: number };
  return {
    version,
    threads,
    rival: (cell, method) => ({
      mode: 'pytorch',
      async turn(iterations) {
        child.stdin.write(`${JSON.stringify({ cell: cell.name, strategy: method.pytorch, task: method.task, iterations })}\n`);
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
