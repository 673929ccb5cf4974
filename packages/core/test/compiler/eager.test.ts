import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type Entry, eager, transition } from '../../src/index.js';
import { numbers, onCpu } from '../learner/support.js';

onCpu();

type Pair = { readonly a: tf.Tensor; readonly b: tf.Tensor };
const entry = (apply: (inputs: { x: tf.Tensor }, state: Pair) => ReturnType<Entry['apply']>): Entry =>
  ({ name: 'entry', apply }) as unknown as Entry;
const program = () => eager().program({ a: tf.scalar(1), b: tf.scalar(2) });

/** Reads a tree of scalars and disposes it. */
function take(tree: unknown): Record<string, number> {
  const tensors = tree as Record<string, tf.Tensor>;
  const values = Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tensor.dataSync()[0]!]));
  tf.dispose(tensors);
  return values;
}

/** Runs without a tidy around it, and refuses tensors that are left behind. */
function cleanly(run: () => void): void {
  const before = tf.memory().numTensors;
  run();
  expect(tf.memory().numTensors).toBe(before);
}

describe('eager()', () => {
  it('moves the state on, and gives outputs that belong to the caller', () =>
    cleanly(() => {
      const p = program();
      const x = tf.scalar(10);
      const add = entry(({ x }, { a, b }) => ({ outputs: { sum: tf.add(a, x) }, state: { a: tf.add(a, x), b } }));
      expect(take(p.run(add, { x }))).toEqual({ sum: 11 });
      expect(take(p.run(add, { x }))).toEqual({ sum: 21 });
      expect(take(p.read())).toEqual({ a: 21, b: 2 });
      x.dispose();
      p.dispose();
    }));

  it('leaves the state where an entry returns none', () =>
    cleanly(() => {
      const p = program();
      const x = tf.scalar(3);
      expect(
        take(
          p.run(
            entry(({ x }, { b }) => ({ outputs: { product: tf.mul(b, x) } })),
            { x },
          ),
        ),
      ).toEqual({ product: 6 });
      expect(take(p.read())).toEqual({ a: 1, b: 2 });
      tf.dispose(x);
      p.dispose();
    }));

  it('is atomic: an entry that throws has changed nothing and left nothing', () =>
    cleanly(() => {
      const p = program();
      const x = tf.scalar(3);
      const before = tf.memory().numTensors;
      const fails = entry(({ x }, { a }) => {
        tf.mul(a, x);
        throw new Error('half-way');
      });
      expect(() => p.run(fails, { x })).toThrow('half-way');
      expect(tf.memory().numTensors).toBe(before);
      expect(take(p.read())).toEqual({ a: 1, b: 2 });
      tf.dispose(x);
      p.dispose();
    }));

  it('gives outputs that outlive the state and the inputs that they are', () =>
    cleanly(() => {
      const p = program();
      const x = tf.scalar(5);
      const shares = entry(({ x }, { a, b }) => {
        const next = tf.add(a, 1);
        return { outputs: { input: x, old: a, kept: b, next }, state: { a: next, b } };
      });
      const outputs = p.run(shares, { x });
      x.dispose();
      p.dispose();
      expect(take(outputs)).toEqual({ input: 5, old: 1, kept: 2, next: 2 });
    }));

  it('keeps state that is an input of the step, or the same tensor twice', () =>
    cleanly(() => {
      const p = program();
      const x = tf.scalar(5);
      p.run(
        entry(({ x }) => ({ outputs: null, state: { a: x, b: x } })),
        { x },
      );
      x.dispose();
      const same = entry((_inputs, { a }) => {
        const next = tf.add(a, 1);
        return { outputs: null, state: { a: next, b: next } };
      });
      p.run(same, {});
      // One of the two places moves on, the other stays.
      p.run(
        entry((_inputs, { a, b }) => ({ outputs: null, state: { a: tf.add(a, 1), b } })),
        {},
      );
      expect(take(p.read())).toEqual({ a: 7, b: 6 });
      p.dispose();
    }));

  it('swaps places of the state', () =>
    cleanly(() => {
      const p = program();
      p.run(
        entry((_inputs, { a, b }) => ({ outputs: null, state: { a: b, b: a } })),
        {},
      );
      expect(take(p.read())).toEqual({ a: 2, b: 1 });
      p.dispose();
    }));

  it('gives the state in tensors that later steps do not change, also inside of a tidy', () =>
    cleanly(() => {
      const p = program();
      let read: unknown;
      tf.tidy(() => {
        read = p.read();
      });
      p.run(
        entry((_inputs, { a, b }) => ({ outputs: null, state: { a: tf.add(a, 1), b } })),
        {},
      );
      expect(take(read)).toEqual({ a: 1, b: 2 });
      p.dispose();
      p.dispose();
    }));
});

describe('transition', () => {
  it('keeps what is returned and disposes what is dropped', () =>
    cleanly(() => {
      const previous = { a: tf.scalar(1), b: tf.scalar(2) };
      const next = transition(previous, () => {
        tf.scalar(99);
        return { a: previous.a, c: tf.add(previous.b, 1) };
      });
      expect(previous.b.isDisposed).toBe(true);
      expect([numbers(next.a), numbers(next.c)]).toEqual([[1], [3]]);
      tf.dispose([next.a, next.c]);
    }));

  it('that throws leaves what was, and nothing else', () =>
    cleanly(() => {
      const previous = { a: tf.scalar(1) };
      expect(() =>
        transition(previous, () => {
          tf.scalar(2);
          throw new Error('no');
        }),
      ).toThrow('no');
      expect(numbers(previous.a)).toEqual([1]);
      tf.dispose([previous.a]);
    }));

  it('begins with nothing', () =>
    cleanly(() => {
      const made = transition(null, () => [tf.scalar(1)]);
      expect(numbers(made[0]!)).toEqual([1]);
      tf.dispose(made);
    }));
});
