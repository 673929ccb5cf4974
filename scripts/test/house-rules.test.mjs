// Each house rule, shown to fire on what it forbids and to leave alone what it does not.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { at, readJson, tool } from '../lib/tools.mjs';

const strategy = 'packages/replay/src';
const tf = "import * as tf from '@tensorflow/tfjs-core';\n";
const use = (line) => `${tf}export const f = (x: tf.Tensor): unknown => ${line};\n`;

/** What is forbidden, where, and a word of what is said about it. */
const forbidden = [
  ['a tensor disposed', strategy, use('x.dispose()'), 'owns memory'],
  ['a tensor disposed, if there is one', strategy, use('x?.dispose()'), 'owns memory'],
  ['tf.dispose', strategy, use('tf.dispose(x)'), 'owns memory'],
  ['tf.dispose handed on', strategy, use('[x].forEach(tf.dispose)'), 'owns memory'],
  ['tf.tidy', strategy, use('tf.tidy(() => x)'), 'owns memory'],
  ['tf.keep', strategy, use('tf.keep(x)'), 'owns memory'],
  ['tidy imported by name', strategy, "import { tidy } from '@tensorflow/tfjs-core';\nexport const f = tidy;\n", 'owns memory'],
  ['dataSync', strategy, use('x.dataSync()'), 'reads the device'],
  ['arraySync', strategy, use('x.arraySync()'), 'reads the device'],
  ['data()', strategy, use('x.data()'), 'reads the device'],
  ['array()', strategy, use('x.array()'), 'reads the device'],
  ['Math.random', strategy, 'export const f = () => Math.random();\n', 'Draws are a function'],
  ['Math.random handed on', strategy, 'export const f = Math.random;\n', 'Draws are a function'],
  ['tf.randomNormal', strategy, use('tf.randomNormal(x.shape)'), 'Draws are a function'],
  ['a one-hot of floats', 'packages/core/src', use("tf.oneHot(x as tf.Tensor1D, 3, 1, 0, 'float32')"), 'writes integers'],
  ['a one-hot of floats in a strategy', strategy, use("tf.oneHot(x as tf.Tensor1D, 3, 1, 0, 'float32')"), 'writes integers'],
  ['the whole of tfjs', strategy, "import * as tf from '@tensorflow/tfjs';\nexport const f = tf.add;\n", 'every back end'],
  ['a back end', strategy, "import '@tensorflow/tfjs-backend-wasm';\n", 'every back end'],
  ['native TensorFlow', strategy, "import { add } from '@tensorflow/tfjs-node-gpu';\nexport const f = add;\n", 'every back end'],
  ['@cl/node', strategy, "import { graph } from '@cl/node';\nexport const f = graph;\n", 'every back end'],
  [
    'a Node module in core',
    'packages/core/src',
    "import { readFileSync } from 'node:fs';\nexport const f = readFileSync;\n",
    'noNodejsModules',
  ],
  ['any', 'packages/core/src', 'export const f = (x: any): unknown => x;\n', 'noExplicitAny'],
  ['a default export', 'packages/core/src', 'export default function f(): void {}\n', 'noDefaultExport'],
  ['export *', 'packages/core/src', "export * from './x.js';\n", 'noReExportAll'],
  ['console', 'packages/core/src', "export const f = () => console.log('x');\n", 'noConsole'],
  ['a test that is skipped', 'packages/core/test', "import { test } from 'vitest';\ntest.skip('x', () => {});\n", 'noSkippedTests'],
  [
    'a test that shuts out the others',
    'packages/core/test',
    "import { test } from 'vitest';\ntest.only('x', () => {});\n",
    'noFocusedTests',
  ],
  ['more than 300 lines', 'packages/core/src', `export const n = [\n${'  1,\n'.repeat(300)}];\n`, 'noExcessiveLinesPerFile'],
];

const allowed = [
  ['pure functions of tensors', strategy, use('tf.add(x, 1)')],
  ['a one-hot that is cast', strategy, use("tf.cast(tf.oneHot(x as tf.Tensor1D, 3), 'float32')")],
  [
    'a field called data',
    strategy,
    'export const f = (rows: { data: readonly number[]; array: number }): unknown => [rows.data[0], rows.array];\n',
  ],
  ['draws of the context', strategy, 'export const f = (ctx: { uniform(shape: number[]): unknown }): unknown => ctx.uniform([2]);\n'],
  ['a test of a strategy that reads', strategy, use('tf.add(x, 1).dataSync()'), '.test.ts'],
  ['core, which owns memory', 'packages/core/src', use('tf.tidy(() => x)')],
  ['a configuration with a default export', 'packages/core', 'export default {};\n', '.config.ts'],
];

const folder = mkdtempSync(join(tmpdir(), 'house-rules-'));
const file = (index, kind, where, suffix = '.ts') => join(where, `${kind}-${index}${suffix}`);
let said;

beforeAll(() => {
  const { $schema, vcs, ...config } = readJson(at('biome.json'));
  writeFileSync(join(folder, 'biome.json'), JSON.stringify(config));
  cpSync(at('scripts', 'biome'), join(folder, 'scripts', 'biome'), { recursive: true });
  const write =
    (kind) =>
    ([, where, source, last], index) => {
      const path = join(folder, file(index, kind, where, kind === 'allowed' ? last : undefined));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, source);
    };
  forbidden.forEach(write('forbidden'));
  allowed.forEach(write('allowed'));
  const [node, ...biome] = tool('@biomejs/biome', 'biome');
  const { stdout, stderr } = spawnSync(node, [...biome, 'lint', '--reporter=github', '--max-diagnostics=none', '.'], {
    cwd: folder,
    encoding: 'utf8',
  });
  said = `${stdout}\n${stderr}`.split('\n').filter((line) => /^::(error|warning)/.test(line));
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

const about = (path) => said.filter((line) => line.includes(`${path},`));

describe('house rules refuse', () => {
  test.each(forbidden.map((row, index) => [...row, index]))('%s (%s)', (_what, where, _source, expected, index) => {
    expect(about(file(index, 'forbidden', where)).join('\n')).toContain(expected);
  });
});

describe('house rules allow', () => {
  test.each(allowed.map(([what, where, _, suffix], index) => [what, where, suffix, index]))('%s (%s)', (_what, where, suffix, index) => {
    expect(about(file(index, 'allowed', where, suffix))).toEqual([]);
  });
});
