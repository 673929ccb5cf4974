import { type Memory, random, sgd } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import { fc, test } from '@fast-check/vitest';
import { beforeAll, describe, expect, it } from 'vitest';
import { useCpu } from '../../../testing/places.js';
import { clouds, learned } from '../../../testing/toy.js';
import { fitCorrection } from '../src/bias-correction.js';
import { bic } from '../src/index.js';

strategyContract({
  create: (options) => bic({ capacity: 12, ...options }),
  changesFirstTask: true,
  badOptions: [{ capacity: 1 }, { validation: 1 }, { temperature: 0 }, { batchSize: 0 }, { herding: 'random' }],
  goodOptions: [{ herding: 'code' }, { batchSize: 3 }, { validation: 0.5 }],
});

beforeAll(useCpu);

describe('the two numbers', () => {
  const OUTPUTS = 4;
  const fresh = [2, 3];

  /** Logits whose softmax is exactly how labels are drawn, many rows of them. */
  const draws = random(5, 'logits');
  const honest = Array.from({ length: 3000 }, () => Array.from({ length: OUTPUTS }, () => 1.5 * draws.normal()));
  const labels = honest.map((row) => {
    const powers = row.map(Math.exp);
    const drawn = draws.uniform() * powers.reduce((a, b) => a + b);
    const reached = powers.map((_, c) => powers.slice(0, c + 1).reduce((a, b) => a + b));
    return Math.max(
      0,
      reached.findIndex((sum) => drawn < sum),
    );
  });
  const distorted = (scale: number, shift: number) => honest.map((row) => row.map((z, c) => (fresh.includes(c) ? scale * z + shift : z)));

  test.prop([fc.constantFrom(0.5, 1, 2, 4), fc.constantFrom(-3, 0, 2, 5)], { numRuns: 8 })(
    'undo a scale and a shift of the new logits',
    (scale, shift) => {
      const found = fitCorrection(distorted(scale, shift).flat(), labels, OUTPUTS, fresh, 1e-9);
      expect(found.scale * scale).toBeGreaterThan(0.9);
      expect(found.scale * scale).toBeLessThan(1.1);
      expect(Math.abs(found.scale * shift + found.shift)).toBeLessThan(0.15);
    },
  );

  it('are where the loss has no slope', () => {
    const logits = distorted(2, 3);
    const { scale, shift } = fitCorrection(logits.flat(), labels, OUTPUTS, fresh);
    const loss = (a: number, b: number) => {
      const rows = logits.map((row, i) => {
        const z = row.map((value, c) => (fresh.includes(c) ? a * value + b : value));
        return Math.log(z.reduce((sum, value) => sum + Math.exp(value), 0)) - z[labels[i]!]!;
      });
      return rows.reduce((sum, value) => sum + value) / rows.length + 5e-4 * ((a - 1) ** 2 + b ** 2);
    };
    const h = 1e-4;
    expect(Math.abs(loss(scale + h, shift) - loss(scale - h, shift)) / (2 * h)).toBeLessThan(1e-6);
    expect(Math.abs(loss(scale, shift + h) - loss(scale, shift - h)) / (2 * h)).toBeLessThan(1e-6);
  });

  it('stay finite where old and new can be told apart without an error', () => {
    const { scale, shift } = fitCorrection([5, 0, -5, 0, 0, 5, 0, -5, -5, 0, 5, 0, 0, -5, 0, 5], [0, 1, 2, 3], OUTPUTS, fresh);
    expect(Number.isFinite(scale) && scale > 0 && scale < 20).toBe(true);
    expect(Number.isFinite(shift)).toBe(true);
  });
});

describe('examples for validation', () => {
  const stream = clouds({ scenario: 'class', rows: 20 });
  const mark = (memory: Memory) => {
    const { values } = memory.all()!.x as { values: Float32Array };
    return Array.from({ length: memory.size }, (_, i) => values[6 * i]!);
  };

  it('are as many of each class, never trained on, and not among the exemplars', async () => {
    const own = bic({ capacity: 24, validation: 0.25 });
    const trained = new Set<number>();
    const states: { memory: Memory; validation: Memory; correction: { classes: readonly number[] } | null }[] = [];
    const strategy: typeof own = {
      ...own,
      observe: (_ctx, { rows }) => {
        const { values } = rows.x as { values: Float32Array };
        for (let i = 0; i < rows.count; i++) trained.add(values[6 * i]!);
      },
      afterTask(ctx, state, summary) {
        const next = own.afterTask!(ctx, state, summary);
        states.push(next);
        return next;
      },
    };
    const learner = await learned({ stream, optimizer: sgd(0.1), strategy });
    learner.dispose();
    // 24 for 2, 4 and 6 classes: 12, 6 and 4 each, of which a quarter, 3, 1 and 1, are for validation.
    expect(states.map(({ memory }) => memory.size)).toEqual([18, 20, 18]);
    expect(states.map(({ validation }) => validation.size)).toEqual([6, 4, 6]);
    for (const { memory, validation } of states) {
      const held = mark(validation);
      for (const one of held) expect(trained.has(one)).toBe(false);
      for (const one of mark(memory)) expect(trained.has(one)).toBe(true);
      expect(new Set([...validation.labels()].map((label, _i, all) => all.filter((each) => each === label).length)).size).toBe(1);
    }
    expect(states.map(({ correction }) => correction?.classes ?? null)).toEqual([null, [2, 3], [4, 5]]);
  });
});
