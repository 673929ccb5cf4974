// What `pnpm new:strategy` writes is not only there: it is a strategy, by the contract that every strategy passes.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { at } from '../lib/tools.mjs';

const folder = at('scripts', '.generated');
rmSync(folder, { recursive: true, force: true });
const newStrategy = (...args) =>
  execFileSync(process.execPath, [at('scripts', 'new-strategy.mjs'), ...args, folder], { encoding: 'utf8', stdio: 'pipe' });
const said = newStrategy('regularization', 'pull-back');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const files = () =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

test('writes one source file, one test, one page, one changeset and one line', () => {
  expect(files()).toEqual([
    '.changeset/new-pull-back.md',
    'docs/methods/pull-back.md',
    'packages/regularization/src/index.ts',
    'packages/regularization/src/pull-back.ts',
    'packages/regularization/test/pull-back.test.ts',
  ]);
  expect(said).toContain('contributing/add-a-strategy.md');
});

test('leaves no blank to fill in but those that it names', () => {
  const texts = files().map((path) => readFileSync(join(folder, path), 'utf8'));
  expect(texts.join('\n')).not.toMatch(/__\w+__/);
  expect(readFileSync(join(folder, 'packages/regularization/src/index.ts'), 'utf8')).toBe(
    "export { type PullBackOptions, pullBack } from './pull-back.js';\n",
  );
});

test('refuses to write over what is there, and a family or name that cannot be', () => {
  expect(() => newStrategy('regularization', 'pull-back')).toThrow('exists already');
  expect(() => newStrategy('nonsense', 'pull-back')).toThrow('Usage');
  expect(() => newStrategy('replay', 'PullBack')).toThrow('Usage');
});

await import(join(folder, 'packages/regularization/test/pull-back.test.ts'));
