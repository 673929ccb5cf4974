import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A web server on this machine, for the time of a test. */
export interface Server {
  readonly origin: string;
  /** What was asked, in order: 'GET /a bytes=3-'. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

export type Answer = (request: IncomingMessage, response: ServerResponse, asked: number) => void;

/** Starts a server that answers each request as it is told. `asked` is the first byte that the request wants. */
export async function serve(answer: Answer): Promise<Server> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const range = request.headers.range;
    requests.push([request.method, request.url, range].filter(Boolean).join(' '));
    answer(request, response, Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    requests,
    close: () =>
      new Promise((closed) => {
        server.closeAllConnections();
        server.close(() => closed());
      }),
  };
}

/** Answers with a file, from the byte that is asked for on. */
export const file =
  (bytes: Uint8Array): Answer =>
  (_request, response, asked) => {
    const headers = { 'content-length': bytes.length - asked };
    if (asked > 0) response.writeHead(206, { ...headers, 'content-range': `bytes ${asked}-${bytes.length - 1}/${bytes.length}` });
    else response.writeHead(200, headers);
    response.end(bytes.subarray(asked));
  };

/** Answers like `file`, but cuts the connection after `upTo` bytes of the file. */
export const cutOff =
  (bytes: Uint8Array, upTo: number): Answer =>
  (_request, response, asked) => {
    const headers = { 'content-length': bytes.length - asked };
    if (asked > 0) response.writeHead(206, { ...headers, 'content-range': `bytes ${asked}-${bytes.length - 1}/${bytes.length}` });
    else response.writeHead(200, headers);
    response.write(bytes.subarray(asked, upTo), () => setTimeout(() => response.destroy(), 50));
  };

/** A different answer to each request; the last one from then on. */
export const inTurn = (...answers: readonly Answer[]): Answer => {
  let next = 0;
  return (request, response, asked) => answers[Math.min(next++, answers.length - 1)]!(request, response, asked);
};

export const status =
  (code: number): Answer =>
  (_request, response) => {
    response.writeHead(code);
    response.end('<h1>no</h1>');
  };
