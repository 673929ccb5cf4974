import type * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  adam,
  type Block,
  column,
  type Dataset,
  dataset,
  defineStrategy,
  drawBatch,
  languageModel,
  type MaskedLanguageModelOptions,
  maskedLanguageModel,
  NO_TARGET,
  type Rows,
  random,
  reservoir,
  type TaskData,
} from '../../src/index.js';
import { tinyTagger } from '../../src/testing/index.js';
import { numbers, onCpu, refused, withLearner } from '../learner/support.js';

onCpu();

const [VOCABULARY, MASK, LENGTH] = [12, 11, 5];
const OPTIONS: MaskedLanguageModelOptions = { mask: MASK, vocabulary: VOCABULARY, special: [0, 1] };
const rowsOf = (...rows: number[][]): Rows => ({
  count: rows.length,
  x: { ids: { values: Int32Array.from(rows.flat()), shape: [rows[0]!.length] } },
  y: { values: Int32Array.from(rows.flat()), shape: [rows[0]!.length] },
  task: new Int32Array(rows.length),
});
const idsOf = (rows: Rows) => (rows.x as { readonly ids: Block }).ids.values as Int32Array;
/** Sentences 2 3 4 5 … that go round, so that each token tells its neighbours. */
const sentences = (count: number): Dataset => {
  const ids = Int32Array.from({ length: count * LENGTH }, (_, i) => 2 + ((Math.floor(i / LENGTH) * 5 + (i % LENGTH)) % 9));
  const ones = new Int32Array(ids.length).fill(1);
  return dataset({ ids: column(ids, [LENGTH]), attentionMask: column(ones, [LENGTH]) }, column(ids, [LENGTH]));
};
const task: TaskData = { index: 0, name: 'round', classes: [], train: sentences(64), test: sentences(20) };

describe('maskedLanguageModel', () => {
  it('asks for 15 % of the tokens: 80 % of them masked, 10 % random, 10 % as they are; never for special ones', () => {
    const tokens = random(1, 'tokens');
    const many = rowsOf(...Array.from({ length: 400 }, () => Array.from({ length: 100 }, () => tokens.integer(VOCABULARY))));
    const before = idsOf(many).slice();
    const shown = maskedLanguageModel(OPTIONS).present!(many, random(2));
    const [ids, labels] = [idsOf(shown), shown.y.values];
    const count = (of: (id: number, label: number, was: number) => boolean) =>
      ids.reduce((sum, id, i) => sum + Number(of(id, labels[i]!, before[i]!)), 0);

    const maskable = count((_, __, was) => was > 1 && was !== MASK);
    const asked = count((_, label) => label >= 0);
    expect(asked / maskable).toBeGreaterThan(0.14);
    expect(asked / maskable).toBeLessThan(0.16);
    const masked = count((id, label) => label >= 0 && id === MASK) / asked;
    // A random token is the mask, or the token itself, one time in twelve each.
    expect(Math.abs(masked - 0.8 - 0.1 / 12)).toBeLessThan(0.02);
    expect(Math.abs(count((id, label) => id === label) / asked - 0.1 - 0.1 / 12)).toBeLessThan(0.02);
    expect(count((id, label, was) => label === NO_TARGET && id !== was)).toBe(0);
    expect(count((_, label, was) => label !== NO_TARGET && label !== was)).toBe(0);
    expect(count((_, label, was) => label >= 0 && (was <= 1 || was === MASK))).toBe(0);
    // What was given is as it was.
    expect([...idsOf(many)]).toEqual([...before]);
  });

  it('leaves padding alone, which has no target', () => {
    const rows = { ...rowsOf([5, 6, 7]), y: { values: Int32Array.of(5, NO_TARGET, 7), shape: [3] } };
    const shown = maskedLanguageModel({ ...OPTIONS, rate: 1, random: 0, unchanged: 0 }).present!(rows, random(1));
    expect([[...idsOf(shown)], [...shown.y.values]]).toEqual([
      [MASK, 6, MASK],
      [5, NO_TARGET, 7],
    ]);
  });

  it('compact: the same tokens are asked for, at the places that it tells', () => {
    const rows = rowsOf(...Array.from({ length: 30 }, (_, row) => Array.from({ length: 40 }, (_, i) => 2 + ((row + i) % 9))));
    const [all, few] = [false, true].map((compact) => maskedLanguageModel({ ...OPTIONS, compact }).present!(rows, random(3))) as [
      Rows,
      Rows,
    ];
    expect(idsOf(few)).toEqual(idsOf(all));
    const { asked } = few.x as { readonly asked: Block };
    // 0.15 × 40, and four times √(0.15 × 0.85 × 40).
    expect([asked.shape, few.y.shape]).toEqual([[16], [16]]);
    const labels = new Int32Array(all.y.values.length).fill(NO_TARGET);
    few.y.values.forEach((label, i) => {
      if (label >= 0) labels[Math.floor(i / 16) * 40 + asked.values[i]!] = label;
    });
    expect(labels).toEqual(all.y.values);
  });

  it('compact: asks for the first ones where a row draws more than there is room for', () => {
    const rows = rowsOf(Array.from({ length: 40 }, (_, i) => 2 + (i % 9)));
    const all = { ...random(1), uniform: () => 0 };
    const { x, y } = maskedLanguageModel({ ...OPTIONS, compact: true }).present!(rows, all);
    expect([...(x as { readonly asked: Block }).asked.values]).toEqual(Array.from({ length: 16 }, (_, i) => i));
    expect([...y.values]).toEqual([...idsOf(rows)].slice(0, 16));
  });

  it('compact: refuses a model that does not read what is asked', async () => {
    const model = tinyTagger({ outputs: VOCABULARY, vocabulary: VOCABULARY });
    const objective = maskedLanguageModel({ ...OPTIONS, rate: 0.01, compact: true });
    await withLearner({ model, scenario: 'domain', objective }, async (learner) => {
      expect(await refused(() => learner.learn(task, { iterations: 1, batchSize: 8 }))).toMatch(
        /^CL_SHAPE .*outputs must be \[batch, 1, vocabulary\].*received \[8,5,12\].*compact: true/,
      );
    });
  });

  it('hides others at each step, the same in each evaluation and in batches of any size', async () => {
    const seen: string[] = [];
    const watching = defineStrategy({
      name: 'watching',
      init: () => ({}),
      batch(_ctx, batch) {
        seen.push(numbers(batch.y).join());
        return batch;
      },
    });
    const options = {
      model: tinyTagger({ outputs: VOCABULARY, vocabulary: VOCABULARY }),
      scenario: 'domain',
      optimizer: adam(0.02),
    } as const;
    await withLearner({ ...options, objective: maskedLanguageModel(OPTIONS), strategy: watching }, async (learner) => {
      const first = await learner.evaluate(task);
      expect(await learner.evaluate(task, { batchSize: 3 })).toEqual({ ...first, loss: expect.closeTo(first.loss!, 5) });
      await learner.learn({ ...task, ordered: true, train: sentences(8) }, { epochs: 20, batchSize: 8 });
      expect(new Set(seen).size).toBe(20);
      expect((await learner.evaluate(task)).loss).toBeLessThan(first.loss!);
    });
  });

  it('hides tokens anew in what a memory has kept, which are the tokens', async () => {
    const drawn: { ids: number[]; y: number[] }[] = [];
    const memory = reservoir({ capacity: 8 });
    const keeping = defineStrategy({
      name: 'keeping',
      init: () => ({ memory }),
      feed: (ctx, state) => drawBatch(ctx, state.memory, 8),
      batch(_ctx, batch, _state, feed) {
        if (feed) drawn.push({ ids: numbers((feed.x as tf.NamedTensorMap).ids!), y: numbers(feed.y) });
        return batch;
      },
      observe: (ctx, { rows }, state) => state.memory.add(rows, ctx.random),
    });
    const options = { model: tinyTagger({ outputs: VOCABULARY, vocabulary: VOCABULARY }), scenario: 'domain' } as const;
    await withLearner({ ...options, objective: maskedLanguageModel({ ...OPTIONS, rate: 0.5 }), strategy: keeping }, async (learner) => {
      await learner.learn(task, { iterations: 6, batchSize: 8 });
      const kept = memory.all()!;
      expect([...kept.y.values]).toEqual([...idsOf(kept)]);
      expect(new Set(drawn.map(({ y }) => y.map((label) => Number(label >= 0)).join(''))).size).toBe(drawn.length);
      expect(drawn.every(({ ids, y }) => ids.some((id, i) => id === MASK && y[i]! >= 2))).toBe(true);
    });
  });

  it.each([
    [{ rate: 0 }, 'rate must be a number in (0, 1]'],
    [{ mask: 12 }, 'mask must be a whole number in [0, 12)'],
    [{ random: 0.7, unchanged: 0.6 }, 'unchanged must be at most 1 − random'],
    [{ special: [-1] }, 'special[0] must be a whole number'],
    [{ compact: 1 }, 'compact must be true or false'],
    [{ ratio: 0.2 }, "there is no option 'ratio'"],
  ])('refuses %o', async (wrong, message) => {
    expect(await refused(() => maskedLanguageModel({ ...OPTIONS, ...wrong } as never))).toContain(message);
  });

  it('refuses targets that are no tokens', async () => {
    const rows = { ...rowsOf([1, 2]), y: { values: Int32Array.of(1), shape: [] } };
    expect(await refused(() => maskedLanguageModel(OPTIONS).present!(rows, random(1)))).toMatch(/^CL_SHAPE .*a target for each token/);
  });
});

describe('languageModel', () => {
  it('asks each position for the token after it', () => {
    const shown = languageModel().present!(rowsOf([5, 6, NO_TARGET], [7, 8, 9]), random(1));
    expect([...shown.y.values]).toEqual([6, NO_TARGET, NO_TARGET, 8, 9, NO_TARGET]);
    expect([...idsOf(shown)]).toEqual([5, 6, NO_TARGET, 7, 8, 9]);
  });

  it('is learned: the next token of a round, but for the first, which does not tell', async () => {
    const options = {
      model: tinyTagger({ outputs: VOCABULARY, vocabulary: VOCABULARY }),
      scenario: 'domain',
      optimizer: adam(0.03),
    } as const;
    await withLearner({ ...options, objective: languageModel() }, async (learner) => {
      const untrained = await learner.evaluate(task);
      await learner.learn(task, { epochs: 20, batchSize: 16 });
      const trained = await learner.evaluate(task);
      expect(untrained.accuracy).toBeLessThan(0.5);
      expect(trained.accuracy).toBe(1);
      expect(trained.loss).toBeLessThan(0.3);
    });
  });
});
