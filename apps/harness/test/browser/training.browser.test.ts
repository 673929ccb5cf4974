import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Learner, memoryStore } from '@cl/core';
import * as tf from '@tensorflow/tfjs';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath } from './chromium.js';
import { optionsOf, stream, type TrialResult, trial } from './trial.js';

/** One of each family, and a composition. */
const SUBJECTS: readonly (readonly [string, { readonly [name: string]: { readonly [option: string]: unknown } }])[] = [
  ['ewc+replay', { ewc: { lambda: 10 }, replay: { capacity: 30 } }],
  ['si', { si: { c: 1 } }],
  ['gem', { gem: { perTask: 10 } }],
  ['lwf', { lwf: {} }],
  ['derpp', { derpp: { capacity: 30 } }],
  ['packnet', { packnet: { prune: 0.5, tasks: 3 } }],
];
const executablePath = chromiumPath();

describe.runIf(executablePath)('training in a tab', { timeout: 120_000 }, () => {
  let server: Server;
  let browser: Browser;
  let page: Page;
  const said: string[] = [];

  beforeAll(async () => {
    const { outputFiles } = await build({
      entryPoints: [new URL('page.ts', import.meta.url).pathname],
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      conditions: ['@cl/source'],
      logLevel: 'silent',
    });
    const script = outputFiles[0]!.text;
    server = createServer((request, response) => {
      const isScript = request.url === '/page.js';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? script : '<!doctype html><title>Training</title><script type="module" src="/page.js"></script>');
    }).listen(0, '127.0.0.1');
    await new Promise((listening) => server.once('listening', listening));
    // Without a graphics card Chromium draws, and so computes, in software.
    browser = await chromium.launch({
      executablePath: executablePath!,
      args: ['--no-sandbox', '--disable-background-networking', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
    });
    page = await browser.newPage();
    page.on('pageerror', (error) => said.push(error.message));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction('typeof trial === "function"');
    await tf.setBackend('cpu');
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  const inTab = (backend: string, strategy: string, options: object): Promise<TrialResult> =>
    page.evaluate(
      ([b, s, o]) => (globalThis as unknown as { trial: typeof inTab }).trial(b as string, s as string, o as object),
      [backend, strategy, options],
    );

  it.each(SUBJECTS)('%s gives the same numbers as in Node, on WebGL and in plain JavaScript', async (strategy, options) => {
    const here = await trial(strategy, options);
    expect(Math.min(...here.accuracy)).toBeGreaterThan(0.5);
    for (const backend of ['cpu', 'webgl']) {
      const there = await inTab(backend, strategy, options);
      expect(there.backend).toBe(backend);
      expect(there.leaked).toEqual({ step: 0, trial: 0 });
      expect(there.accuracy, backend).toEqual(here.accuracy);
      for (const [name, values] of Object.entries(here.parameters)) {
        const off = Math.max(...values.map((value, i) => Math.abs(value - there.parameters[name]![i]!) / (1 + Math.abs(value))));
        expect(off, `${backend}: ${name}`).toBeLessThan(backend === 'cpu' ? 1e-6 : 1e-3);
      }
    }
    expect(said).toEqual([]);
  });

  it('hands a learner over to Node by its checkpoint', async () => {
    const [strategy, options] = SUBJECTS[0]!;
    const { checkpoint, accuracy } = await inTab('webgl', strategy, options);
    const store = memoryStore();
    await store.write('end', Object.fromEntries(Object.entries(checkpoint).map(([name, bytes]) => [name, Uint8Array.from(bytes)])));
    const learner = await Learner.restore(store, optionsOf(strategy, options), 'end');
    const found: number[] = [];
    for (const task of stream().tasks) found.push((await learner.evaluate(task)).accuracy!);
    expect(found).toEqual(accuracy);
    learner.dispose();
  });
});
