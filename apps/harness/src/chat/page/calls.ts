import { codeOf, messageOf } from '../../cli/failure.js';

/** One end of a channel: a worker, what a worker calls itself, or a port. */
export interface Port {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

/** What can be asked for at the other end: by name, of one argument, for one result. */
export type Methods<T> = { readonly [K in keyof T]: (argument: never, context: Context) => unknown };

/** What a method has beside its argument. */
export interface Context {
  /** Whoever called does not want the result any more. */
  readonly signal: AbortSignal;
  /** Hands out a part of the result, or how far it is. */
  part(part: unknown): void;
}

type ToServer = { readonly id: number; readonly name: string; readonly argument: unknown } | { readonly id: number; readonly stop: true };
type FromServer = { readonly id: number } & (
  | { readonly part: unknown }
  | { readonly result: unknown }
  | { readonly code: string; readonly message: string }
);

/** A call that failed, as the other end said it. */
export class CallFailed extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'CallFailed';
    this.code = code;
  }
}

/** Answers calls that come through a port. */
export function serve<T extends Methods<T>>(port: Port, methods: T): void {
  const running = new Map<number, AbortController>();
  const send = (message: FromServer) => port.postMessage(message);
  port.addEventListener('message', async ({ data }) => {
    const message = data as ToServer;
    if ('stop' in message) return running.get(message.id)?.abort();
    const { id, name, argument } = message;
    const stop = new AbortController();
    running.set(id, stop);
    try {
      const context: Context = { signal: stop.signal, part: (part) => send({ id, part }) };
      send({ id, result: await methods[name as keyof T](argument as never, context) });
    } catch (error) {
      send({ id, code: codeOf(error), message: messageOf(error) });
    } finally {
      running.delete(id);
    }
  });
}

export interface CallOptions<P> {
  readonly signal?: AbortSignal;
  readonly onPart?: (part: P) => void;
}

interface Waiting {
  onPart?: ((part: never) => void) | undefined;
  resolve(result: never): void;
  reject(error: unknown): void;
}

/** Calls what is served at the other end of a port. */
export class Calls<T extends Methods<T>> {
  readonly #port: Port;
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;

  constructor(port: Port) {
    this.#port = port;
    port.addEventListener('message', ({ data }) => this.#hear(data as FromServer));
  }

  /**
   * @throws CallFailed with the code of what went wrong there; the signal's reason where it stopped the call.
   */
  call<K extends keyof T & string, P = unknown>(
    name: K,
    argument: Parameters<T[K]>[0],
    { signal, onPart }: CallOptions<P> = {},
  ): Promise<Awaited<ReturnType<T[K]>>> {
    const id = this.#count++;
    const stop = () => this.#port.postMessage({ id, stop: true } satisfies ToServer);
    signal?.addEventListener('abort', stop);
    return new Promise<Awaited<ReturnType<T[K]>>>((resolve, reject) => {
      const failed = (error: unknown) => reject(signal?.aborted ? signal.reason : error);
      this.#waiting.set(id, { onPart, resolve: resolve as Waiting['resolve'], reject: failed });
      this.#port.postMessage({ id, name, argument } satisfies ToServer);
      if (signal?.aborted) stop();
    }).finally(() => {
      this.#waiting.delete(id);
      signal?.removeEventListener('abort', stop);
    });
  }

  /** The other end is no more: all that is waited for fails. */
  fail(error: unknown): void {
    for (const { reject } of this.#waiting.values()) reject(error);
  }

  #hear(message: FromServer): void {
    const waiting = this.#waiting.get(message.id);
    if (!waiting) return;
    if ('part' in message) waiting.onPart?.(message.part as never);
    else if ('result' in message) waiting.resolve(message.result as never);
    else waiting.reject(new CallFailed(message.code, message.message));
  }
}
