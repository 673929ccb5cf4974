import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs-core';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Port } from '../../src/chat/page/calls.js';
import { folderOf, PageChat } from '../../src/chat/page/index.js';
import { type Candidate, serveAnswers, serveReader } from '../../src/chat/page/workers.js';
import { loadBackend } from '../../src/run/backend.js';
import { newTexts, smallChatbot } from './small-chatbot.js';

const FILES = ['known.json', 'tokenizer.json', ...['base', 'chat'].flatMap((name) => [`${name}/config.json`, `${name}/model.safetensors`])];

let folder: string;
let here: string;
let files: { readonly [path: string]: Blob };
beforeAll(async () => {
  // Loaded once a process, and each file begins on another.
  ({ backend: here } = await loadBackend());
  await tf.setBackend(here);
  folder = await mkdtemp(join(tmpdir(), 'chatbot-'));
  await smallChatbot(folder);
  files = Object.fromEntries(FILES.map((path) => [path, new Blob([readFileSync(join(folder, path))])]));
});
afterAll(() => rm(folder, { recursive: true }));

/** A chat whose workers are ports of this process. */
function chatWith(candidates: readonly Candidate[]): { readonly chat: PageChat; end(message: string): void } {
  const ended: ((event: { readonly data: unknown; readonly message: string }) => void)[] = [];
  const worker = (serving: (port: Port) => void) => {
    const { port1, port2 } = new MessageChannel();
    serving(port2 as unknown as Port);
    return {
      postMessage: (message: unknown) => port1.postMessage(message),
      addEventListener(type: string, listener: (event: never) => void) {
        if (type === 'error') ended.push(listener as (typeof ended)[number]);
        else (port1 as MessagePort & EventTarget).addEventListener(type, listener as unknown as (event: Event) => void);
      },
      terminate: () => port1.close(),
    };
  };
  const chat = new PageChat({
    answers: worker((port) => serveAnswers(port, async () => {})),
    reader: worker((port) => serveReader(port, candidates)),
  });
  return { chat, end: (message) => ended.forEach((listener) => void listener({ data: null, message })) };
}

const candidate = (backend: string, isThere = true): Candidate => ({ backend, load: async () => isThere });
const never: Candidate = { backend: 'cpu', load: () => Promise.reject(new Error('It was not needed.')), isLastResort: true };

async function said(chat: PageChat, version: 'now' | 'before'): Promise<string> {
  let text = '';
  await chat.ask({ question: 'Who are you?', version }, (piece) => {
    text += piece;
  });
  return text;
}

describe('the chatbot of a page', { timeout: 60_000 }, () => {
  it('learns beside what answers, is stopped, and goes back', async () => {
    const { chat } = chatWith([candidate('webgl', false), candidate(here), never]);
    const { about, pace } = await chat.open(files);
    expect(about.people).toHaveLength(4);
    expect(await pace).toMatchObject({ backend: here, secondsEachText: expect.any(Number) });
    const before = await said(chat, 'now');

    const text = newTexts.join('\n');
    const stop = new AbortController();
    const onProgress = () => stop.abort(new Error('enough'));
    await expect(chat.read({ name: 'a', text }, { signal: stop.signal, onProgress })).rejects.toThrow('enough');
    expect(await chat.forget()).toBeUndefined();

    const shares: number[] = [];
    const answers: string[] = [];
    const { signal } = new AbortController();
    const reading = chat.read(
      { name: 'a', text },
      {
        signal,
        onProgress({ share }) {
          shares.push(share);
          if (shares.length === 2) said(chat, 'now').then((answer) => answers.push(answer));
        },
      },
    );
    await reading;
    expect(shares.at(-1)).toBe(1);
    expect(answers).toEqual([before]);
    expect(await said(chat, 'before')).toBe(before);
    expect(await said(chat, 'now')).not.toBe(before);
    expect(await chat.forget()).toBe('a');
    expect(await said(chat, 'now')).toBe(before);
    chat.close();
  });

  it('says what went wrong in a worker, with its code', async () => {
    const none = chatWith([candidate('webgl', false)]);
    const { pace } = await none.chat.open(files);
    await expect(pace).rejects.toMatchObject({ code: 'CL_BACKEND' });
    const { 'known.json': _, ...others } = files;
    await expect(none.chat.open(others)).rejects.toMatchObject({ code: 'CL_DATA', message: expect.stringContaining('known.json') });
    await expect(none.chat.open({ ...files, 'known.json': new Blob(['{']) })).rejects.toMatchObject({ code: 'CL_DATA' });
    await expect(none.chat.open('http://127.0.0.1:9/chat')).rejects.toMatchObject({ code: 'CL_DATA' });
    none.chat.close();

    // A worker that never answers, and then ends.
    const { chat, end } = chatWith([{ backend: 'cpu', load: () => new Promise(() => {}) }]);
    const opened = await chat.open(files);
    end('out of memory');
    await expect(opened.pace).rejects.toMatchObject({ code: 'CL_RUN', message: expect.stringContaining('out of memory') });
    chat.close();
  });

  it('takes a folder by the paths within it', () => {
    const file = (path: string) => Object.defineProperty(new File([], path.split('/').at(-1)!), 'webkitRelativePath', { value: path });
    expect(Object.keys(folderOf(['mine/known.json', 'mine/base/config.json'].map(file)))).toEqual(['known.json', 'base/config.json']);
  });

  it('needs nothing of Node, and on the page itself nothing of the library', async () => {
    // A bundle for browsers fails where something of Node is imported.
    const { outputFiles } = await build({
      entryPoints: ['index', 'workers'].map((name) => new URL(`../../src/chat/page/${name}.ts`, import.meta.url).pathname),
      outdir: '/',
      minify: true,
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      conditions: ['@cl/source'],
      external: ['@tensorflow/tfjs-core'],
      logLevel: 'silent',
    });
    const sizes = Object.fromEntries(outputFiles.map(({ path, contents }) => [path, contents.length]));
    expect(sizes).toEqual({ '/index.js': expect.any(Number), '/workers.js': expect.any(Number) });
    // Of the library nothing is loaded before the chatbot is started, and then by the workers alone.
    expect(sizes['/index.js']).toBeLessThan(5_000);
  });
});
