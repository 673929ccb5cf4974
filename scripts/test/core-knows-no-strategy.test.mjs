// Core offers slots and never asks which strategy fills one: no strategy's name stands in its code.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { families } from '../lib/packages.mjs';
import { at } from '../lib/tools.mjs';

const sources = (folder) =>
  readdirSync(folder, { recursive: true })
    .filter((path) => path.endsWith('.ts') && !/\.(test|test-d)\.ts$/.test(path))
    .map((path) => ({ path, code: readFileSync(`${folder}/${path}`, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '') }));

const names = new Set(
  families.flatMap((family) =>
    sources(at('packages', family, 'src')).flatMap(({ code }) => [...code.matchAll(/^ {4}name: '([\w-]+)'/gm)].map(([, name]) => name)),
  ),
);

const offences = (files) =>
  files.flatMap(({ path, code }) =>
    [...code.matchAll(/(['"`])([\w-]+)\1/g)].filter(([, , word]) => names.has(word)).map(([literal]) => `${path}: ${literal}`),
  );

test('the strategies have names to look for', () => {
  expect([...names]).toEqual(expect.arrayContaining(['ewc', 'agem', 'lwf', 'replay', 'packnet', 'spg']));
});

test('the search finds a name', () => {
  expect(offences([{ path: 'x.ts', code: "if (strategy.name === 'ewc') return;" }])).toEqual(["x.ts: 'ewc'"]);
});

test('core has none of them', () => {
  expect(offences(sources(at('packages', 'core', 'src')))).toEqual([]);
});
