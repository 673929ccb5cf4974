import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { EXIT } from '../cli/exit-codes.js';

/** `cl setup` and `cl doctor` are those of @cl/node, under a name that is at hand. Returns the exit code. */
export function nodeCommand(args: readonly string[]): Promise<number> {
  const folder = dirname(createRequire(import.meta.url).resolve('@cl/node/package.json'));
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(folder, 'bin', 'cl-node.mjs'), ...args], { stdio: 'inherit' });
    // Ctrl-C reaches the child by itself; this process waits for what it makes of it.
    const wait = () => {};
    process.on('SIGINT', wait);
    child.on('error', () => resolve(EXIT.failed));
    child.on('close', (code, signal) => {
      process.off('SIGINT', wait);
      resolve(signal ? EXIT.interrupted : (code ?? EXIT.failed));
    });
  });
}
