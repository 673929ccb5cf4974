import { random } from '@cl/core';
import { describe, expect, it } from 'vitest';
import { BASE_TASK_NAMES, type BaseTaskName, loadBaseTask, ZERO_SHOT_NAMES } from '../../src/data/base-tasks.js';
import { drawnPrompt, promptsOf } from '../../src/data/prompts.js';
import { loadSeq2Seq, SEQ2SEQ_NAMES, type Seq2SeqName } from '../../src/data/seq2seq.js';
import { meets } from '../../src/study/rehearsal/scores.js';
import { folderWith } from './with-data.js';

describe('without data', () => {
  it('says what a task can be', async () => {
    await expect(loadSeq2Seq('haikus' as 'haiku')).rejects.toThrow(/Did you mean 'haiku'\?/);
    await expect(loadBaseTask('topics' as 'topic', { train: 1, test: 1 })).rejects.toThrow(/Did you mean 'topic'\?/);
  });

  it('asks in several wordings, the own one first', () => {
    const prompts = promptsOf('simplification', { input: 'Reformulate this text with simpler words: "A "b" c."', references: ['x'] });
    expect(prompts).toHaveLength(3);
    expect(prompts[0]).toBe('Reformulate this text with simpler words: "A "b" c."');
    expect(prompts[1]).toBe('Simplify this text: "A "b" c."');
    expect(promptsOf('mbpp', { input: 'Write a function', references: ['x'] })).toEqual(['Write a function']);
    const draws = random(1, 'prompts');
    const drawn = new Set(
      Array.from({ length: 50 }, () =>
        drawnPrompt('wikisplit', { input: 'Split this sentence into two simpler sentences: a', references: ['b'] }, draws),
      ),
    );
    expect(drawn.size).toBe(3);
  });
});

/** Pairs to train and to test on, as the folder's own account has them. */
const PAIRS: { readonly [name in Seq2SeqName]: readonly number[] } = {
  simplification: [2000, 359],
  headline: [3000, 600],
  haiku: [3000, 500],
  covidqa: [1104, 276],
  esnli: [3000, 600],
  wikisplit: [2500, 500],
  pubmedqa: [500, 500],
  mbpp: [464, 500],
};

const data = folderWith('seq2seq');

describe.runIf(data)('seq2seq', () => {
  it.each(SEQ2SEQ_NAMES)('%s', async (name) => {
    const { train, test } = await loadSeq2Seq(name, { data });
    expect([train.length, test.length]).toEqual(PAIRS[name]);
    const wordings = [...train, ...test].map((pair) => promptsOf(name, pair));
    for (const [i, [own]] of wordings.entries()) expect(own).toBe([...train, ...test][i]!.input);
    // All inputs of a task are understood, or none.
    expect(new Set(wordings.map(({ length }) => length)).size).toBe(1);
    if (name === 'simplification') expect(test.every(({ references }) => references.length === 10)).toBe(true);
    if (name === 'headline')
      expect([...train, ...test].every(({ references, constraint }) => meets(references[0], constraint!))).toBe(true);
  });
});

const baseData = folderWith('text-dbpedia14', 'text-clinc150', 'text-product-asc', 'domains');

describe.runIf(baseData)('base tasks', () => {
  const load = (name: BaseTaskName) => loadBaseTask(name, { train: 60, test: 20 }, { data: baseData });

  it.each([...BASE_TASK_NAMES, ...ZERO_SHOT_NAMES])('%s', async (name) => {
    const { train, test, answers } = await load(name);
    expect([train.length, test.length]).toEqual([60, 20]);
    expect(await load(name)).toEqual({ name, title: name, train, test, answers });
    for (const { input, references } of [...train, ...test]) {
      expect(input.length).toBeGreaterThan(5);
      if (answers) expect(answers).toContain(references[0]);
    }
  });

  it('have the answers that their prompts ask for', async () => {
    const words = async (name: BaseTaskName) => {
      const { train } = await load(name);
      return train.map(({ input, references: [answer] }) => ({ asked: input.split(/[:?] /)[1]!.split(' '), answer }));
    };
    for (const { asked, answer } of await words('reverse')) expect(answer.split(' ')).toEqual([...asked].reverse());
    for (const { asked, answer } of await words('last')) expect(answer).toBe(asked.at(-1));
    for (const { asked, answer } of await words('first')) expect(answer).toBe(asked[0]);
    for (const { asked, answer } of await words('spell')) expect(answer.replaceAll(' ', '')).toBe(asked[0]);
    const sizes = { topic: 14, 'title-topic': 14, intent: 150, sentiment: 2, 'film-sentiment': 2 } as const;
    for (const [name, size] of Object.entries(sizes)) expect((await load(name as BaseTaskName)).answers!.size).toBe(size);
  });
});
