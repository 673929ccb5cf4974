import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EntityStream, entityStream } from '@cl/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EntityBenchmark } from '../../src/benchmarks/entities.js';
import { loadBackend } from '../../src/run/backend.js';
import { entityStudy, outcomeOf } from '../../src/study/entities/entity-study.js';
import { runStudy } from '../../src/study/run-study.js';
import { settingsWith } from '../../src/study/settings.js';
import { entityStudies } from '../../src/study/studies/entities.js';

describe('measures', () => {
  const after = (name: string, perType: Record<string, number>, macro: number, micro: number) => ({
    ...{ name, perType, macro, micro, steps: 5, seconds: 2 },
  });

  it('of steps: means over them, the end, and what became of each type', () => {
    const results = [after('A', { A: 0.8 }, 0.8, 0.8), after('B, C', { A: 0.2, B: 0.6, C: 0.4 }, 0.4, 0.5)];
    const { measures, series } = outcomeOf(results, [['A'], ['B', 'C']], false);
    expect(measures).toMatchObject({ macroEnd: 0.4, microEnd: 0.5, micro: 0.65, seconds: 4 });
    expect(measures.macro).toBeCloseTo(0.6, 12);
    expect(measures.interference).toBeCloseTo(-0.6, 12);
    expect(series!['F1 of A']).toEqual({ x: ['after A', 'after B, C'], y: [0.8, 0.2] });
    expect(series!['F1 of B, C']).toEqual({ x: ['after A', 'after B, C'], y: [null, 0.5] });
  });

  it('of all at once: the end alone', () => {
    const { measures, series } = outcomeOf([after('A, B', { A: 0.8, B: 0.6 }, 0.7, 0.75)], [['A', 'B']], true);
    expect(measures).toEqual({ macro: null, micro: null, macroEnd: 0.7, microEnd: 0.75, interference: null, seconds: 2 });
    expect(Object.keys(series!)).toEqual(['macro F1', 'micro F1']);
  });
});

/** Two types in sentences of three words that are easily learned. */
const toy: EntityBenchmark = {
  name: 'ner-toy',
  title: 'Toy',
  description: 'Two types.',
  async load({ encoder, joint } = {}) {
    const names = { PER: ['Ada', 'Grace', 'Alan'], LOC: ['Oslo', 'Rome', 'Paris'] };
    const sentences = Array.from({ length: 60 }, (_, i) => ({
      words: [names.PER[i % 3]!, 'left', names.LOC[(i + (i % 2)) % 3]!],
      tags: ['B-PER', 'O', 'B-LOC'],
    }));
    const some = sentences.slice(0, 12);
    const steps = joint ? [['LOC', 'PER']] : [['LOC'], ['PER']];
    return entityStream({ train: sentences, validation: some, test: some, steps, protocol: joint ? 'all' : 'split', encoder: encoder! });
  },
};

const withoutValidation = (stream: EntityStream): EntityStream => ({
  ...stream,
  tasks: stream.tasks.map(({ validation: _, ...task }) => task),
});

const SMALL = ['encoder=small', 'length=4', 'epochs=20', 'batch=10', 'rate=0.01', 'headRate=0.01', 'patience=4'];

describe('the study', { timeout: 240_000 }, () => {
  let out: string;
  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), 'ner-'));
  });
  afterAll(() => rm(out, { recursive: true, force: true }));

  it('from the sentences to the measures of each arm, and not again', async () => {
    const study = entityStudy({ benchmark: toy, coming: 'one of two types' });
    const request = { study, arms: study.arms, seeds: [1], settings: settingsWith(study, SMALL), out, data: undefined };
    // For so few steps nothing is worth compiling.
    const backend = { ...(await loadBackend()), compiler: 'eager' as const };
    const { results, failures } = await runStudy(request, backend, new AbortController().signal);
    expect(failures).toEqual([]);
    expect(results.map(({ key }) => key.arm)).toEqual(study.arms.map(({ name }) => name));
    const measure = (arm: string, name: string) => results.find(({ key }) => key.arm === arm)!.measures[name]!;
    for (const arm of ['add-ner', 'extend-ner', 'extend-ner-replay', 'joint']) expect(measure(arm, 'macroEnd'), arm).toBeGreaterThan(0.9);
    // Places are learned first; persons come, and places are forgotten.
    expect(measure('finetune', 'macroEnd')).toBeLessThan(0.7);
    expect(measure('finetune', 'interference')).toBeLessThan(-0.5);

    const again = await runStudy(request, backend, AbortSignal.abort());
    expect(again.results.map(({ finishedAt }) => finishedAt)).toEqual(results.map(({ finishedAt }) => finishedAt));
  });

  it('needs sentences for validation where it is to be patient', async () => {
    const without = { ...toy, load: async (options = {}) => withoutValidation(await toy.load(options)) };
    const study = entityStudy({ benchmark: without, coming: 'one of two types' });
    const request = {
      study,
      arms: study.arms.slice(0, 1),
      seeds: [1],
      settings: settingsWith(study, SMALL),
      out: join(out, 'without'),
      data: undefined,
    };
    const { failures } = await runStudy(request, { ...(await loadBackend()), compiler: 'eager' }, new AbortController().signal);
    expect(failures).toMatchObject([{ code: 'CL_OPTION', message: expect.stringMatching(/--set validation=120/) }]);
  });

  it('has names that are those of the benchmarks', () => {
    expect(entityStudies.map(({ name }) => name)).toEqual(['ner-gum', 'ner-fewnerd', 'ner-wnut17']);
  });
});
