import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { setTimeout as pause } from 'node:timers/promises';
import { count, dataError, reasonOf } from './data-error.js';
import { claimPart, clearParts, releasePart } from './part-file.js';
import type { DataFile } from './sets.js';

/** How far a download is. */
export interface DownloadProgress {
  readonly file: string;
  readonly url: string;
  /** Bytes that are here, those of an earlier attempt included. */
  readonly received: number;
  readonly total: number;
}

export interface DownloadOptions {
  /** The file's addresses, tried in this order. */
  readonly urls: readonly string[];
  /** Path of the finished file. */
  readonly to: string;
  readonly file: Pick<DataFile, 'name' | 'bytes' | 'sha256'>;
  readonly progress?: (progress: DownloadProgress) => void;
  readonly signal?: AbortSignal;
  /** Attempts at each address. Default 3. */
  readonly attempts?: number;
  /** Milliseconds before the second attempt, doubled before each further one. Default 1000. */
  readonly wait?: number;
  /** Milliseconds without a byte after which a connection counts as dead. Default 30 000. */
  readonly patience?: number;
}

/**
 * Downloads a file of known size and checksum. What arrived before a connection broke is kept and continued, in this attempt,
 * from a mirror, or by a later process. The file appears under its name in one step, once its checksum is right.
 *
 * @throws CL_DATA with what happened at each address, and how to get the file otherwise; the signal's reason if it was stopped.
 */
export async function download(options: DownloadOptions): Promise<void> {
  const { urls, to, file, signal, attempts = 3, wait = 1000 } = options;
  await mkdir(dirname(to), { recursive: true }).catch((error: unknown) => {
    throw dataError(`${dirname(to)}: cannot be made: ${reasonOf(error)}.`, error);
  });
  const part = await claimPart(to);
  const failures: string[] = [];
  try {
    for (const url of urls) {
      for (let attempt = 1; attempt <= attempts; attempt++) {
        try {
          const resumed = await receive(url, part, options);
          await check(part, file, resumed);
          await rename(part, to);
          await clearParts(to);
          return;
        } catch (error) {
          signal?.throwIfAborted();
          const failure = failureOf(error, to);
          failures.push(`${url}: ${failure.message}`);
          if (failure.what === 'elsewhere') break;
          if (attempt < attempts) await pause(wait * 2 ** (attempt - 1), undefined, { ...(signal && { signal }) });
        }
      }
    }
  } finally {
    await releasePart(part, to);
  }
  const remedy = `Download it another way and put it at ${to}, or pass --data with a folder that has it.`;
  throw dataError(`${file.name}: could not be downloaded.\n${[...new Set(failures)].map((line) => `  ${line}`).join('\n')}\n${remedy}`);
}

/** Why an attempt failed, and where to try next: here again, or at the next address. */
class Failure extends Error {
  constructor(
    message: string,
    readonly what: 'again' | 'elsewhere',
  ) {
    super(message);
  }
}

/** What fetch throws is a TypeError, and worth another attempt; anything else comes from the disk, and is not. */
function failureOf(error: unknown, to: string): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof TypeError) return new Failure(reasonOf(error), 'again');
  throw dataError(`${to}: cannot be written: ${reasonOf(error)}.`, error);
}

/** Adds to the part what it lacks. True if a part of it was there before. */
async function receive(url: string, part: string, { file, progress, signal, patience = 30_000 }: DownloadOptions): Promise<boolean> {
  const have = await sizeOf(part);
  if (have >= file.bytes) return true;
  const stalled = new AbortController();
  const dead = () => stalled.abort(new Failure(`nothing came for ${patience / 1000} s`, 'again'));
  let timer = setTimeout(dead, patience);
  try {
    // Compressed files as they are: some servers would have them unpacked on the way.
    const headers = { 'accept-encoding': 'identity', ...(have > 0 && { range: `bytes=${have}-` }) };
    const response = await fetch(url, { headers, signal: AbortSignal.any([stalled.signal, ...(signal ? [signal] : [])]) });
    const start = await startOf(response, have, file.bytes);
    if (start === 0) await truncate(part, 0).catch(() => undefined);

    let received = start;
    const target = await open(part, 'a');
    try {
      for await (const chunk of Readable.fromWeb(response.body as ReadableStream<Uint8Array>)) {
        clearTimeout(timer);
        timer = setTimeout(dead, patience);
        received += chunk.length;
        if (received > file.bytes) throw new Failure(`sends more than the expected ${count(file.bytes)} bytes`, 'elsewhere');
        await target.writeFile(chunk);
        progress?.({ file: file.name, url, received, total: file.bytes });
      }
      await target.sync();
    } finally {
      await target.close();
    }
    if (received < file.bytes) throw new Failure(`ended after ${count(received)} of ${count(file.bytes)} bytes`, 'again');
    return start > 0;
  } catch (error) {
    throw stalled.signal.aborted ? stalled.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

/** The byte that a response begins at. Throws where it is not the file. */
async function startOf(response: Response, asked: number, bytes: number): Promise<number> {
  const { status, headers } = response;
  const refuse = async (message: string, what: 'again' | 'elsewhere') => {
    await response.body?.cancel();
    return new Failure(message, what);
  };
  if (status === 206 && headers.get('content-range')?.startsWith(`bytes ${asked}-`)) return asked;
  if (status === 206 || status === 416) throw await refuse(`cannot continue at byte ${count(asked)} (status ${status})`, 'elsewhere');
  if (status === 408 || status === 429 || status >= 500) throw await refuse(`answered with status ${status}`, 'again');
  if (status !== 200) throw await refuse(`answered with status ${status}`, 'elsewhere');
  const length = headers.get('content-length');
  if (length !== null && Number(length) !== bytes) {
    throw await refuse(`has ${count(Number(length))} bytes, expected ${count(bytes)}`, 'elsewhere');
  }
  return 0;
}

/**
 * Throws away a part with a wrong checksum, so that the next attempt begins anew: here if the beginning came from elsewhere,
 * else at the next address.
 */
async function check(part: string, file: DownloadOptions['file'], resumed: boolean): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(part), hash);
  const found = hash.digest('hex');
  if (found === file.sha256) return;
  await rm(part, { force: true });
  throw new Failure(`expected SHA-256 ${file.sha256}, found ${found}`, resumed ? 'again' : 'elsewhere');
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );
