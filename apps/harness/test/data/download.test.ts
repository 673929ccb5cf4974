import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContinualLearningError } from '@cl/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DownloadOptions, type DownloadProgress, download } from '../../src/data/download.js';
import { type Answer, cutOff, file, inTurn, type Server, serve, status } from './server.js';

const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) % 251);
const wrong = bytes.map((byte) => 255 - byte);
const known = { name: 'a.gz', bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };

// How much of what was sent before the cut has arrived is the system's affair.
const CONTINUED = /^GET \/a\.gz bytes=[1-9]\d*-$/;

let folder = '';
let servers: Server[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'download-'));
});
afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
  rmSync(folder, { recursive: true });
});

async function start(answer: Answer): Promise<Server> {
  const server = await serve(answer);
  servers.push(server);
  return server;
}

const to = () => join(folder, 'set', 'a.gz');
const filesLeft = () => readdirSync(join(folder, 'set'));
const get = (from: readonly Server[], more: Partial<DownloadOptions> = {}) =>
  download({ urls: from.map(({ origin }) => `${origin}a.gz`), to: to(), file: known, wait: 1, ...more });
const isHere = () => expect(Buffer.compare(readFileSync(to()), bytes)).toBe(0);

async function failure(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(ContinualLearningError.is(error, 'CL_DATA')).toBe(true);
  return (error as Error).message;
}

describe('download', () => {
  it('puts the file in its place, reports progress and leaves nothing else', async () => {
    const server = await start(file(bytes));
    const progress: DownloadProgress[] = [];
    await get([server], { progress: (p) => progress.push(p) });
    isHere();
    expect(filesLeft()).toEqual(['a.gz']);
    expect(server.requests).toEqual(['GET /a.gz']);
    expect(progress.at(-1)).toEqual({ file: 'a.gz', url: `${server.origin}a.gz`, received: 300_000, total: 300_000 });
    expect(progress.every(({ received }, i) => received > (progress[i - 1]?.received ?? 0))).toBe(true);
  });

  it('continues where a connection was cut', async () => {
    const server = await start(inTurn(cutOff(bytes, 100_000), cutOff(bytes, 200_000), file(bytes)));
    await get([server]);
    isHere();
    expect(server.requests).toEqual(['GET /a.gz', expect.stringMatching(CONTINUED), expect.stringMatching(CONTINUED)]);
  });

  it('continues in a later call, and from a mirror', async () => {
    const broken = await start(cutOff(bytes, 100_000));
    expect(await failure(get([broken], { attempts: 1 }))).toContain(`${broken.origin}a.gz: `);
    expect(filesLeft()).toEqual(['a.gz.part']);
    const mirror = await start(file(bytes));
    await get([broken, mirror], { attempts: 1 });
    isHere();
    expect(mirror.requests).toEqual([expect.stringMatching(CONTINUED)]);
    expect(filesLeft()).toEqual(['a.gz']);
  });

  it('begins anew where the server does not continue', async () => {
    const whole: Answer = (request, response) => file(bytes)(request, response, 0);
    const server = await start(inTurn(cutOff(bytes, 100_000), whole));
    await get([server]);
    isHere();
  });

  it('takes over what a killed process left, but not what a running one writes', async () => {
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    const server = await start(file(bytes));
    await get([await start(status(404))]).catch(() => undefined);
    writeFileSync(`${to()}.${gone}-0a.part`, bytes.subarray(0, 50_000));
    writeFileSync(`${to()}.${process.ppid}-0b.part`, bytes.subarray(0, 70_000));
    await get([server]);
    isHere();
    expect(server.requests).toEqual(['GET /a.gz bytes=50000-']);
    expect(filesLeft().sort()).toEqual(['a.gz', `a.gz.${process.ppid}-0b.part`]);
  });

  it('may run twice at once', async () => {
    const server = await start(file(bytes));
    await Promise.all([get([server]), get([server]), get([server])]);
    isHere();
    expect(filesLeft()).toEqual(['a.gz']);
  });

  it('refuses wrong bytes and asks the mirror', async () => {
    const [bad, good] = [await start(file(wrong)), await start(file(bytes))];
    await get([bad, good]);
    isHere();
    expect([bad.requests.length, good.requests.length]).toEqual([1, 1]);
  });

  it('begins anew where a continued file turns out wrong', async () => {
    const server = await start(inTurn(cutOff(wrong, 100_000), file(bytes)));
    await get([server], { attempts: 3 });
    isHere();
    expect(server.requests).toEqual(['GET /a.gz', expect.stringMatching(CONTINUED), 'GET /a.gz']);
  });

  it('says what happened at each address and what to do', async () => {
    const [bad, none, short, page] = [
      await start(file(wrong)),
      await start(status(403)),
      await start(file(bytes.subarray(1))),
      await start(status(200)),
    ];
    const message = await failure(get([bad, none, short, page]));
    expect(message.split('\n')).toEqual([
      'a.gz: could not be downloaded.',
      `  ${bad.origin}a.gz: expected SHA-256 ${known.sha256}, found ${createHash('sha256').update(wrong).digest('hex')}`,
      `  ${none.origin}a.gz: answered with status 403`,
      `  ${short.origin}a.gz: has 299,999 bytes, expected 300,000`,
      expect.stringContaining(`  ${page.origin}a.gz: `),
      `Download it another way and put it at ${to()}, or pass --data with a folder that has it.`,
    ]);
    expect(existsSync(to())).toBe(false);
  });

  it('tries again after a fault of the server or of the connection', async () => {
    const server = await start(inTurn(status(503), (_request, response) => response.destroy(), file(bytes)));
    await get([server]);
    isHere();
    const gone = await start(status(500));
    await gone.close();
    expect(await failure(get([gone]))).toContain('ECONNREFUSED');
    const busy = await start(status(503));
    await failure(download({ urls: [`${busy.origin}b.gz`], to: join(folder, 'set', 'b.gz'), file: known, wait: 1 }));
    expect(busy.requests.length).toBe(3);
  });

  it('does not wait for a dead connection, nor take more than the file', async () => {
    const silent: Answer = (_request, response) => {
      response.writeHead(200);
      response.write(bytes.subarray(0, 10));
    };
    expect(await failure(get([await start(silent)], { patience: 50, attempts: 1 }))).toContain('nothing came for 0.05 s');
    const endless: Answer = (_request, response) => {
      response.writeHead(200);
      response.write(Buffer.concat([bytes, bytes]));
    };
    rmSync(join(folder, 'set'), { recursive: true });
    expect(await failure(get([await start(endless)]))).toContain('sends more than the expected 300,000 bytes');
  });

  it('stops when it is told to, and keeps what it has', async () => {
    const stop = new AbortController();
    const server = await start(cutOff(bytes, 100_000));
    const progress = () => stop.abort(new Error('stopped by the user'));
    await expect(get([server], { progress, signal: stop.signal })).rejects.toThrow('stopped by the user');
    expect(filesLeft()).toEqual(['a.gz.part']);
    await expect(get([server], { signal: stop.signal })).rejects.toThrow('stopped by the user');
  });

  it('says where it cannot write', async () => {
    writeFileSync(join(folder, 'set'), 'a file in place of a folder');
    expect(await failure(get([await start(file(bytes))]))).toContain(`${join(folder, 'set')}: cannot be made: `);
  });
});
