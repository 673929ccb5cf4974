import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CELLS, cellsNamed } from '../../src/bench/cells.js';
import { METHODS, methodsNamed } from '../../src/bench/methods.js';
import { catalog } from '../../src/strategies/catalog.js';

const python = (path: string) => readFileSync(new URL(`../../bench/pytorch/${path}`, import.meta.url), 'utf8');

test('every strategy is timed, but for those whose steps are those of another', () => {
  const timed = new Set(METHODS.map(({ name }) => name));
  const untimed = catalog.map(({ name }) => name).filter((name) => !timed.has(name));
  expect(untimed).toEqual(['joint', 'cumulative', 'ncm', 'slda']);
});

test('every method and every cell has its loop in PyTorch', () => {
  const names = (text: string) => [...text.matchAll(/^ {4}"([\w-]+)": /gm)].map(([, name]) => name);
  expect(new Set(METHODS.map(({ pytorch }) => pytorch))).toEqual(new Set(names(python('methods/__init__.py'))));
  expect(CELLS.map(({ name }) => name)).toEqual(names(python('cells.py')));
});

test('a method makes a strategy for each network that it is timed on, with a name of its own', () => {
  for (const method of METHODS) for (const cell of CELLS.filter(method.suits)) expect(() => method.create(cell), method.name).not.toThrow();
  expect(new Set(METHODS.map(({ name }) => name)).size).toBe(METHODS.length);
});

test('methods and cells are chosen by whole names; a method without a task is that method in every task', () => {
  const names = (...wanted: string[]) => methodsNamed(wanted).map(({ name }) => name);
  expect(names('ewc')).toEqual(['ewc', 'ewc@10']);
  expect(names('ewc-kfac@10', 'spg')).toEqual(['ewc-kfac@10', 'spg']);
  expect(names()).toEqual(METHODS.map(({ name }) => name));
  expect(cellsNamed(['cnn-b32-sgd']).map(({ name }) => name)).toEqual(['cnn-b32-sgd']);
  expect(() => names('ewcc')).toThrow(/There is no strategy 'ewcc'\. Did you mean 'ewc'\?/);
  expect(() => cellsNamed(['mlp'])).toThrow(/There is no cell 'mlp'\..* There are: mlp-100-b10-sgd, /);
});

test('has a target of its own for fine-tuning, and for the methods that the table began with', () => {
  const aimed = (aim: string) => METHODS.filter((method) => method.aim === aim).map(({ name }) => name);
  expect(aimed('finetune')).toEqual(['finetune']);
  expect(aimed('first')).toEqual(['ewc', 'ewc@10', 'ewc-online', 'ewc-online@10', 'spg', 'agem', 'lwf', 'lwf@10', 'replay']);
});
