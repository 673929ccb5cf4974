import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Column, hashedWords, read } from '@cl/core';
import { describe, expect, it } from 'vitest';
import { entityBenchmarks, entityFiles, nerBionlp13cg, nerCrossner, nerDomains, nerGum } from '../../src/benchmarks/entities.js';
import { folderWith } from '../data/with-data.js';

const data = folderWith(
  'ner-gum',
  'ner-wnut17',
  'ner-biomed',
  'ner-fewnerd36',
  'ner-crossner',
  'ner-btc',
  'ner-sec-filings',
  'ner-wikigold',
);
const LENGTH = 100; // No sentence of GUM is longer.
const encoder = hashedWords({ length: LENGTH, long: 'split' });

describe.skipIf(!data)('benchmarks of named-entity recognition', () => {
  it.each(entityBenchmarks.map((each) => [each.name, each] as const))(
    '%s: labels of a step are among its classes',
    { timeout: 120_000 },
    async (_name, benchmark) => {
      const stream = await benchmark.load({ data, encoder });
      for (const { train, test, classes } of stream.tasks) {
        const own = new Set(classes);
        expect([...read(train.y).values].every((label) => label < 0 || own.has(label))).toBe(true);
        expect(Math.max(...new Set(read(test.y).values))).toBeLessThan(stream.outputs);
        expect(Math.min(train.length, test.length)).toBeGreaterThan(50);
      }
    },
  );

  it('have the steps that they are known for', async () => {
    const gum = await nerGum.load({ data, encoder });
    expect(gum.steps.map(([type]) => type).slice(0, 3)).toEqual(['abstract', 'animal', 'event']);
    expect([gum.tasks.length, gum.outputs]).toEqual([11, 23]);
    expect(gum.tasks.reduce((sum, { train }) => sum + train.length, 0)).toBe(2495);
    const bio = await nerBionlp13cg.load({ data, encoder });
    expect(bio.steps.map((step) => step.length)).toEqual([8, 2, 2, 2, 2]);
    expect((await nerDomains.load({ data, encoder })).tags.types).toEqual(['LOC', 'ORG', 'PER']);
    const cross = await nerCrossner.load({ data, encoder });
    expect([cross.tasks.length, cross.tags.types.length, cross.scenario]).toEqual([5, 39, 'class']);
  });

  it('lose no entity of a sentence that is longer than a row', async () => {
    // A seed is that of the training here.
    const { tasks, tags } = await nerDomains.load({ data, seed: 3 });
    const begun = read(tasks[1]!.test.y).values.filter((label) => label % 2 === 1).length;
    // Contracts: 39 places, 56 organisations, 216 persons, in sentences of up to 641 words.
    expect(tags.types).toEqual(['LOC', 'ORG', 'PER']);
    expect(begun).toBe(39 + 56 + 216);
  });

  it('come in other orders', async () => {
    const orders = await Promise.all([1, 2, 3].map((order) => nerGum.load({ data, encoder, order, protocol: 'filter' })));
    expect(new Set(orders.map(({ steps }) => `${steps[0]}`)).size).toBe(3);
    await expect(nerGum.load({ data, encoder, order: 12 })).rejects.toThrow(/order must be/);
    await expect(nerGum.load({ data, encoder, orders: 1 } as object)).rejects.toThrow(/'orders'/);
  });

  it('are taken in part, with sentences held out where there are none for validation', async () => {
    const rowsOf = ({ x }: { readonly x: unknown }) => {
      const { values } = read((x as { readonly ids: Column }).ids);
      return Array.from({ length: values.length / LENGTH }, (_, row) => values.subarray(LENGTH * row, LENGTH * (row + 1)).join());
    };
    const all = await nerGum.load({ data, encoder, joint: true });
    const { tasks } = await nerGum.load({ data, encoder, joint: true, take: { train: 600, validation: 100, test: 50 } });
    const [task] = tasks;
    expect([tasks.length, task!.train.length, task!.validation!.length, task!.test.length]).toEqual([1, 600, 100, 50]);
    expect(all.tasks[0]!.validation).toBeUndefined();
    // Short sentences occur twice in the set itself.
    const [learned, heldOut] = [new Set(rowsOf(task!.train)), rowsOf(task!.validation!)];
    expect(heldOut.filter((row) => learned.has(row)).length).toBeLessThan(8);
    const parts = await nerGum.load({ data, encoder, take: { train: 600, validation: 100 } });
    expect(parts.tasks.reduce((sum, { train }) => sum + train.length, 0)).toBe(600);
    await expect(nerGum.load({ data, encoder, take: { train: 0 } })).rejects.toThrow(/take.train/);
  });
});

it('own files without entities to learn, or sentences to test on, are refused by name', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'entities-'));
  try {
    const path = async (name: string, text: string) => {
      await writeFile(join(folder, name), text);
      return join(folder, name);
    };
    const [full, none, empty] = [await path('full', 'Ada B-PER\n'), await path('none', 'slept O\n'), await path('empty', '\n')];
    const code = 'CL_DATA';
    await expect(entityFiles({ train: empty, test: full })).rejects.toMatchObject({
      code,
      message: `${empty}: has no entities to learn, in 0 sentences.`,
    });
    await expect(entityFiles({ train: none, test: full })).rejects.toMatchObject({
      code,
      message: expect.stringContaining('in 1 sentences'),
    });
    await expect(entityFiles({ train: full, test: empty })).rejects.toMatchObject({ code, message: `${empty}: has no sentences.` });
    await expect(entityFiles({ train: full, test: full, validation: empty })).rejects.toMatchObject({ code });
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('a stream of own files', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'entities-'));
  try {
    const [train, test] = [join(folder, 'eng.train'), join(folder, 'eng.testb')];
    await writeFile(
      train,
      '-DOCSTART- -X- O O\n\nEU NNP I-NP I-ORG\nrejects VBZ I-VP O\n\nPeter NNP I-NP I-PER\nBlackburn NNP I-NP I-PER\n',
    );
    await writeFile(test, 'Rome NNP I-NP I-LOC\n\nAnn NNP I-NP I-PER\n');
    const stream = await entityFiles({ train, test, protocol: 'filter', encoder });
    expect(stream.steps).toEqual([['ORG'], ['PER']]);
    expect(stream.tasks.map((task) => [task.train.length, task.test.length])).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect([...read(stream.tasks[1]!.train.y).values.slice(0, 3)]).toEqual([3, 4, -100]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
