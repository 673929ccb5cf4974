import { type Batch, type Forward, type GraphContext, type Task, valueAndGradients } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useCpu } from '../../../testing/places.js';
import { tidied } from '../../../testing/watched.js';
import { type AddNerOptions, addNer, type ExtendNerOptions, extendNer } from '../src/index.js';

beforeAll(useCpu);

describe('the terms', () => {
  const tasks: readonly Task[] = [0, 1].map((index) => ({ index, name: `${index}`, classes: [0, 2 * index + 1, 2 * index + 2] }));
  type Made = { readonly loss?: unknown };
  const LABELS = [
    [0, 3, 0],
    [4, 0, -100],
  ];

  function termOf(
    strategy: Made,
    logits: number[][][],
    teacher: number[][][],
    { labels = LABELS, weight }: { readonly labels?: number[][]; readonly weight?: number[] } = {},
  ) {
    return tidied(() => {
      const ctx = {
        scenario: 'class',
        past: tasks.slice(0, 1),
        task: tasks[1],
        competing: [0, 1, 2, 3, 4],
        model: { outputs: logits[0]![0]!.length },
        forward: () => tf.tensor3d(teacher),
      } as unknown as GraphContext;
      const { loss, gradients } = valueAndGradients(
        ({ z }) => {
          const batch = {
            x: null,
            y: tf.tensor2d(labels, undefined, 'int32'),
            weight: tf.tensor1d(weight ?? labels.map(() => 1)),
          } as unknown as Batch;
          const forward = { batch, outputs: z, loss: tf.scalar(0) } as Forward;
          const term = (strategy as ReturnType<typeof extendNer>).loss!(ctx, forward, { teacher: {} }, null)!;
          return { loss: term, aux: null };
        },
        { z: tf.tensor3d(logits) },
      );
      return { value: loss.arraySync(), gradient: gradients.z!.arraySync() as number[][][] };
    });
  }
  const extend = (options: ExtendNerOptions) => extendNer(options);
  const add = (options: AddNerOptions) => addNer(options);
  const values = (outputs: number, shift: number) =>
    LABELS.map((row, n) => row.map((_, k) => Array.from({ length: outputs }, (_, c) => 2 * Math.sin(shift + 1.3 * c + 2.1 * k + 0.7 * n))));
  const zero = (slopes: readonly number[]) => expect(slopes.every((slope) => Math.abs(slope) < 1e-7)).toBe(true);
  const at = (gradient: number[][][], wanted: (label: number) => boolean) =>
    LABELS.flatMap((row, n) => row.flatMap((label, k) => (wanted(label) ? [gradient[n]![k]!] : [])));

  it('of ExtendNER: O follows the old model alone, a new tag its label alone, padding nothing', () => {
    const { gradient: labels } = termOf(extend({ alpha: 0 }), values(5, 0), values(5, 1));
    for (const token of at(labels, (label) => label === 0)) zero(token);
    const { gradient: told } = termOf(extend({ beta: 0 }), values(5, 0), values(5, 1));
    for (const token of at(told, (label) => label > 0)) zero(token);
    for (const gradient of [labels, told]) for (const token of at(gradient, (label) => label < 0)) zero(token);
    expect(at(labels, (label) => label > 0).every((token) => token.some((slope) => Math.abs(slope) > 1e-3))).toBe(true);
    expect(at(told, (label) => label === 0).every((token) => token.some((slope) => Math.abs(slope) > 1e-3))).toBe(true);
  });

  it('of ExtendNER at the start of a step: 0 where new tags are impossible, and else it makes them less likely', () => {
    const same = values(5, 0);
    const without = same.map((row) => row.map((token) => token.map((z, c) => (c < 3 ? z : -1e9))));
    expect(termOf(extend({ beta: 0 }), without, same).value).toBeCloseTo(0, 6);
    const { value, gradient } = termOf(extend({ beta: 0 }), same, same);
    expect(value).toBeGreaterThan(0.01);
    for (const token of at(gradient, (label) => label === 0)) for (const slope of token.slice(3)) expect(slope).toBeGreaterThan(0);
  });

  it("of ExtendNER by 'restricted': the new tags are none of its business", () => {
    const { gradient } = termOf(extend({ beta: 0, softmax: 'restricted' }), values(5, 0), values(5, 1));
    for (const token of gradient.flat()) expect(token.slice(3).map(Math.abs)).toEqual([0, 0]);
    expect(termOf(extend({ beta: 0, softmax: 'restricted' }), values(5, 0), values(5, 0)).value).toBeCloseTo(0, 6);
  });

  it('of AddNER: nothing between a student and a teacher who agree; the labels train the new head alone', () => {
    expect(termOf(add({ beta: 0 }), values(6, 0), values(6, 0)).value).toBeCloseTo(0, 6);
    const { gradient } = termOf(add({ alpha: 0 }), values(6, 0), values(6, 1));
    for (const token of gradient.flat()) expect(token.slice(0, 3).map(Math.abs)).toEqual([0, 0, 0]);
    const { gradient: told } = termOf(add({ beta: 0 }), values(6, 0), values(6, 1));
    for (const token of told.flat()) expect(token.slice(3).map(Math.abs)).toEqual([0, 0, 0]);
  });

  it('have the gradient (p − p_teacher) / T, and T² times it where asked', () => {
    const softmax = (row: readonly number[]) => {
      const powers = row.map((z) => Math.exp(z / 3));
      return powers.map((p) => p / powers.reduce((a, b) => a + b));
    };
    const [student, teacher] = [values(5, 0), values(5, 1)];
    const gradientOf = (squareTemperature: boolean) =>
      termOf(extend({ beta: 0, temperature: 3, softmax: 'restricted', squareTemperature }), student, teacher).gradient[0]![0]!;
    const [ours, theirs] = [softmax(student[0]![0]!.slice(0, 3)), softmax(teacher[0]![0]!.slice(0, 3))];
    // Three words say O.
    const expected = ours.map((p, c) => (p - theirs[c]!) / 3 / 3);
    for (const [c, slope] of expected.entries()) {
      expect(gradientOf(false)[c]).toBeCloseTo(slope, 6);
      expect(gradientOf(true)[c]).toBeCloseTo(9 * slope, 5);
    }
  });

  it('are sums over words by rows where asked', () => {
    // Three words of O and two of a new type in two rows.
    const [student, teacher] = [values(5, 0), values(5, 1)];
    const told = termOf(extend({ beta: 0 }), student, teacher).value;
    expect(termOf(extend({ beta: 0, reduction: 'rows' }), student, teacher).value).toBeCloseTo((told * 3) / 2, 5);
    const labels = termOf(extend({ alpha: 0 }), student, teacher).value;
    expect(termOf(extend({ alpha: 0, reduction: 'rows' }), student, teacher).value).toBeCloseTo((labels * 2) / 2, 5);
  });

  it('are the same with more padding, of words and of rows', () => {
    for (const [strategy, outputs] of [
      [extend({}), 5],
      [add({}), 6],
    ] as const) {
      const [student, teacher] = [values(outputs, 0), values(outputs, 1)];
      const { value } = termOf(strategy, student, teacher);
      const longer = (logits: number[][][]) => [...logits.map((row) => [...row, row[0]!]), [...logits[0]!, logits[0]![0]!]];
      const labels = [...LABELS.map((row) => [...row, -100]), [3, 3, 3, 3]];
      expect(termOf(strategy, longer(student), longer(teacher), { labels, weight: [1, 1, 0] }).value).toBeCloseTo(value, 5);
    }
  });

  it('are 0 where there is no word of their kind', () => {
    const labels = [
      [0, 0, 0],
      [0, 0, -100],
    ];
    expect(termOf(extend({ alpha: 0 }), values(5, 0), values(5, 1), { labels }).value).toBe(0);
    expect(Number.isFinite(termOf(extend({}), values(5, 0), values(5, 1), { labels }).value)).toBe(true);
  });
});
