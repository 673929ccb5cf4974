// Where things are, and how the tools of this repository are run. Node built-ins only: this runs before anything is installed.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const at = (...parts) => join(root, ...parts);
export const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** What every command gets: the repository's own tools first on the path (turbo and publint start `pnpm`), no telemetry. */
export const environment = {
  ...process.env,
  PATH: `${at('node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}`,
  TURBO_TELEMETRY_DISABLED: '1',
  TURBO_NO_UPDATE_NOTIFIER: '1',
  DO_NOT_TRACK: '1',
};

/** The command of a tool that a package brings, run by the Node that runs this: needs no shell and no shim. */
export function tool(packageName, command = packageName.split('/').at(-1)) {
  const folder = at('node_modules', packageName);
  const { bin } = readJson(join(folder, 'package.json'));
  return [process.execPath, join(folder, typeof bin === 'string' ? bin : bin[command])];
}

/**
 * Runs a command to its end. `quiet`: nothing is shown, the output is in the result; else it goes where ours goes.
 * A command that cannot be started counts as failed.
 */
export function run([command, ...args], { quiet = false, cwd = root, env = {} } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...environment, ...env },
      stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
      shell: process.platform === 'win32' && command !== process.execPath,
    });
    let output = '';
    let stdout = '';
    child.stdout?.on('data', (chunk) => {
      output += chunk;
      stdout += chunk;
    });
    child.stderr?.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve({ code: 127, output: `${command}: ${error.message}`, stdout }));
    child.on('close', (code, signal) => resolve({ code: code ?? 128, signal, output, stdout }));
  });
}

/** Where `npm test` leaves vitest's report. */
export const testReport = at('node_modules', '.cache', 'cl', 'tests.json');
