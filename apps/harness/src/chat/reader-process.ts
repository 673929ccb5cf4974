import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FromReader, ToReader } from './reader.js';

/** A text could not be learned: what came in the way, as the reader said it. */
export class ReadingFailed extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'ReadingFailed';
    this.code = code;
  }
}

/** Learns texts, each in a process of its own, so that the chatbot goes on answering meanwhile. */
export class ReaderProcess {
  #child: ChildProcess | null = null;
  #place: string | null = null;
  #count = 0;

  /** Learns a text; gives the folder of what is known then. @throws ReadingFailed */
  async read(request: Omit<ToReader, 'to'>, onStep: (share: number) => void): Promise<string> {
    this.#place ??= await mkdtemp(join(tmpdir(), 'cl-chat-'));
    const to = join(this.#place, String(++this.#count));
    // In a session of its own: a Ctrl-C in the terminal is for the chat.
    const child = fork(process.argv[1]!, ['chat', '--reader'], { detached: true, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    this.#child = child;
    try {
      await new Promise<void>((resolve, reject) => {
        child.on('message', (message: FromReader) => {
          if (message.type === 'step') onStep(message.share);
          else if (message.type === 'done') resolve();
          else reject(new ReadingFailed(message.code, message.message));
        });
        child.on('error', reject);
        child.on('exit', (code, signal) =>
          reject(new ReadingFailed('CL_RUN', `The process that was reading ended with ${signal ?? `exit code ${code}`}.`)),
        );
        child.send({ ...request, to } satisfies ToReader);
      });
    } finally {
      this.#child = null;
    }
    return to;
  }

  /** Ends a reading at once, and takes away what readings have left. What the chatbot has loaded of it stands. */
  async close(): Promise<void> {
    this.#child?.kill('SIGKILL');
    if (this.#place) await rm(this.#place, { recursive: true, force: true });
  }
}
