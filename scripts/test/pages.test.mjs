import { expect, test } from 'vitest';
import { fill, frontMatter, pages, read, snippets } from '../lib/pages.mjs';
import { table } from '../lib/results.mjs';

test('front matter: texts and lists', () => {
  expect(frontMatter('---\ntitle: EWC\ncreate: "ewc({ lambda: 1 })"\nhooks: [loss, scan]\n---\n# x\n')).toEqual({
    title: 'EWC',
    create: 'ewc({ lambda: 1 })',
    hooks: ['loss', 'scan'],
  });
});

test('generated parts are replaced between their markers, and only there', () => {
  const text = 'a\n<!-- generated: options ewc -->\nold\n<!-- /generated -->\nb';
  const filled = fill(text, { options: (name) => `options of ${name}` });
  expect(filled).toBe('a\n<!-- generated: options ewc -->\noptions of ewc\n<!-- /generated -->\nb');
  expect(fill(filled, { options: (name) => `options of ${name}` })).toBe(filled);
  expect(() => fill(text, {})).toThrow("no generated block called 'options'");
});

test('a cell of a table cannot break the table', () => {
  expect(table([['a'], ['x | y\nz']])).toBe('| a |\n| --- |\n| x \\| y z |');
});

test('every page of the guide and every method has an example that is checked', () => {
  const without = pages()
    // The command line has no TypeScript to check; its own --help examples are tested in the harness.
    .filter((path) => /^docs\/(methods|guide)\/(?!index|command-line)/.test(path))
    .filter((path) => snippets(path).length === 0);
  expect(without).toEqual([]);
  const methods = pages().filter((path) => /^docs\/methods\/(?!index)/.test(path));
  expect(methods.filter((path) => !snippets(path).some(({ words }) => words.includes('run')))).toEqual([]);
});

/** What a page on a method tells, in this order. */
const PARTS = [
  'The idea',
  'Equations',
  'Hooks',
  'Options',
  'What it keeps and costs',
  'Where it works, and where not',
  'Composes with',
  'Example',
  'Citation',
];

test('every method tells what it does, its equations, options, costs, where it fails, what it composes with, and an example', () => {
  for (const path of pages().filter((each) => /^docs\/methods\/(?!index)/.test(each))) {
    const parts = [...read(path).matchAll(/^## (.*)$/gm)].map(([, title]) => title).filter((title) => PARTS.includes(title));
    // Fine-tuning is no strategy: it has no options.
    expect(parts, path).toEqual(PARTS.filter((part) => part !== 'Options' || !path.endsWith('fine-tuning.md')));
  }
});

test('every error code has a paragraph', () => {
  const sources = read('packages/core/src/errors.ts') + read('apps/harness/src/cli/failure.ts');
  const codes = [...sources.matchAll(/'(CL_[A-Z_]+)'/g)].map(([, code]) => code);
  const described = [...read('docs/errors.md').matchAll(/^## (CL_\w+)/gm)].map(([, code]) => code);
  expect(described).toEqual([...new Set(codes)].sort());
});
