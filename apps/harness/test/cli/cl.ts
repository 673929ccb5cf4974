import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type Bundle, bundleCommand } from './bundle.js';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** The command, and a folder to work in, for the tests of one file. */
export interface Command {
  /** The bundled command's path. */
  script(): string;
  /** A path in a folder that goes with the tests. */
  at(name: string): string;
  /** Starts it. */
  start(args: readonly string[], environment?: Readonly<Record<string, string>>): Running;
  /** Starts it and waits for its end. */
  cl(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Ended>;
}

/** The `cl` command of the sources as they are, in processes of its own. Called where tests are declared. */
export function command(options: { readonly native?: boolean } = {}): Command {
  let bundle: Bundle | null = null;
  let folder = '';
  const running = new Set<ChildProcess>();
  beforeAll(async () => {
    bundle = await bundleCommand(options);
    folder = mkdtempSync(join(tmpdir(), 'cl-'));
  });
  afterAll(() => {
    for (const child of running) child.kill('SIGKILL');
    bundle?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const self: Command = {
    script: () => bundle!.cli,
    at: (name) => join(folder, name),
    start(args, environment = {}) {
      const child = spawn(process.execPath, [bundle!.cli, ...args], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...withoutColours(), ...environment },
      });
      running.add(child);
      const output = { stdout: '', stderr: '' };
      for (const name of ['stdout', 'stderr'] as const)
        child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text));
      const ended = new Promise<Ended>((resolve) => {
        child.on('close', (code, signal) => {
          running.delete(child);
          resolve({ code, signal, ...output });
        });
      });
      return { child, ended };
    },
    cl: (args, environment) => self.start(args, environment).ended,
  };
  return self;
}

/** A terminal's variables would change what is printed. */
function withoutColours(): Record<string, string | undefined> {
  const { FORCE_COLOR: _, CL_DATA: __, CL_DEBUG: ___, ...others } = process.env;
  return { ...others, NO_COLOR: '1' };
}
