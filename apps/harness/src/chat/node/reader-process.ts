import { type ChildProcess, fork } from 'node:child_process';
import type { Progress } from '../reading.js';
import type { KnowledgeFiles } from '../versions.js';
import type { FromReader, ToReader } from './reader-child.js';

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

  /** Learns a text; gives what is known then. @throws ReadingFailed */
  async read(request: ToReader, onStep: (progress: Progress) => void): Promise<KnowledgeFiles> {
    // In a session of its own: a Ctrl-C in the terminal is for the chat. Knowledge is bytes, which JSON would not carry.
    const child = fork(process.argv[1]!, ['chat', '--reader'], {
      detached: true,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#child = child;
    try {
      return await new Promise<KnowledgeFiles>((resolve, reject) => {
        child.on('message', (message: FromReader) => {
          if (message.type === 'step') onStep(message);
          else if (message.type === 'done') resolve(message.knowledge);
          else reject(new ReadingFailed(message.code, message.message));
        });
        child.on('error', reject);
        const end = new Promise((ended) => child.on('exit', (code, signal) => ended(signal ?? `exit code ${code}`)));
        // It comes behind all messages, which the end of the process need not.
        child.on('disconnect', async () => reject(new ReadingFailed('CL_RUN', `The process that was reading ended with ${await end}.`)));
        child.send(request);
      });
    } finally {
      this.#child = null;
    }
  }

  /** Ends a reading at once. */
  close(): void {
    this.#child?.kill('SIGKILL');
  }
}
