import type { Progress } from '../reading.js';
import type { About, Answers, Question } from './answers.js';
import { CallFailed, Calls, type Port } from './calls.js';
import type { Place } from './place.js';
import type { Pace, Reader } from './reader.js';

interface WorkerPort extends Port {
  addEventListener(type: 'message' | 'error', listener: (event: { readonly data: unknown } & { readonly message?: string }) => void): void;
  terminate(): void;
}

export interface Workers {
  /** Serves `serveAnswers`. */
  readonly answers: WorkerPort;
  /** Serves `serveReader`. */
  readonly reader: WorkerPort;
}

/** A chatbot on a page: one worker answers, another one learns, so that the version before answers until a text is learned. */
export class PageChat {
  readonly #workers: Workers;
  readonly #answers: Calls<Answers>;
  readonly #reader: Calls<Reader>;

  constructor(workers: Workers) {
    this.#workers = workers;
    this.#answers = new Calls(workers.answers);
    this.#reader = new Calls(workers.reader);
    for (const [worker, calls] of [
      [workers.answers, this.#answers],
      [workers.reader, this.#reader],
    ] as const) {
      worker.addEventListener('error', ({ message = 'it could not be loaded' }) =>
        calls.fail(new CallFailed('CL_RUN', `A worker of this page ended: ${message}.`)),
      );
    }
  }

  /** Opens a chatbot. It answers from then on; what trains it is found out meanwhile. */
  async open(place: Place): Promise<{ readonly about: About; readonly pace: Promise<Pace> }> {
    const pace = this.#reader.call('open', place);
    // Whoever waits for it hears what went wrong; if the chatbot cannot be opened, nobody does.
    pace.catch(() => {});
    return { about: await this.#answers.call('open', place), pace };
  }

  /** Asks one version; pieces of the answer come as they are made. */
  ask(question: Question, onPiece: (piece: string) => void): Promise<void> {
    return this.#answers.call('ask', question, { onPart: onPiece });
  }

  /** Learns a text on top of what is known. @throws The signal's reason where it stopped it: nothing has been learned then. */
  async read(
    { name, text }: { readonly name: string; readonly text: string },
    { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: (progress: Progress) => void },
  ): Promise<void> {
    const before = await this.#answers.call('knowledge', undefined);
    const knowledge = await this.#reader.call('read', { text, knowledge: before }, { signal, onPart: onProgress });
    await this.#answers.call('learned', { name, knowledge });
  }

  /** Forgets the last text. Its name; undefined where nothing has been read. */
  forget(): Promise<string | undefined> {
    return this.#answers.call('forget', undefined);
  }

  close(): void {
    for (const worker of [this.#workers.answers, this.#workers.reader]) worker.terminate();
  }
}
