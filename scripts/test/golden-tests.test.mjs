// `npm run test:golden` finds comparisons with golden files by the names of their tests.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { published } from '../lib/packages.mjs';
import { at } from '../lib/tools.mjs';

/** Compares with what a golden file expects; others may only borrow what is given there. */
const compares = (code) => /\bgoldenFiles\b/.test(code) && /[{,.] ?expected\b/.test(code);

test('a test that compares with golden files is called so', () => {
  const tests = published.flatMap(({ path }) =>
    readdirSync(path, { recursive: true })
      .filter((file) => /^test\/.*\.test\.ts$/.test(file))
      .map((file) => `${path}/${file}`),
  );
  const comparing = tests.filter((path) => compares(readFileSync(path, 'utf8')));
  expect(comparing.length).toBeGreaterThan(25);
  expect(comparing.filter((path) => !path.endsWith('.golden.test.ts')).map((path) => path.slice(at().length))).toEqual([]);
});
