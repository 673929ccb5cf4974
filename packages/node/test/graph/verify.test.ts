import type { Entry } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { nodeBackend } from '../../src/graph/backend.js';
import { templateOf } from '../../src/graph/template.js';
import { mismatch } from '../../src/graph/verify.js';
import { entry, native, values } from './support.js';

beforeAll(native);

const given = (tensor: tf.Tensor) => {
  const tensors: tf.Tensor[] = [];
  return { template: templateOf(tensor, tensors, 'w'), tensors };
};

/** Pretends that a compiled run gave the eager result, changed. */
function check(
  step: Entry,
  x: tf.Tensor,
  state: tf.Tensor,
  change: { output?: (t: tf.Tensor) => tf.Tensor; next?: (t: tf.Tensor) => tf.Tensor },
  shaken?: Map<string, number>,
): string | null {
  const result = step.apply(x, state) as { outputs: tf.Tensor; state: tf.Tensor };
  const same = (tensor: tf.Tensor): tf.Tensor => tensor;
  const pair = {
    entry: step,
    inputs: given(x),
    state: given(state),
    eager: { outputs: [result.outputs], next: [result.state] },
    compiled: { outputs: [(change.output ?? same)(result.outputs)], next: [(change.next ?? same)(result.state)] },
  };
  return mismatch(nodeBackend()!, pair, shaken);
}

describe('the comparison with an eager run', () => {
  const rate = 1e-4;
  const step = entry('step', (x: tf.Tensor, w: tf.Tensor) => ({
    outputs: tf.mean(tf.square(tf.mul(x, w))),
    state: tf.sub(w, tf.mul(rate, tf.mul(x, tf.mul(x, w)))),
  }));
  const [x, w] = [(): tf.Tensor => values([40], 1), (): tf.Tensor => values([40], 2)];

  it('takes rounding for what it is', () => {
    expect(check(step, x(), w(), {})).toBe(null);
    expect(check(step, x(), w(), { output: (t) => tf.mul(t, 1 + 1e-6), next: (t) => tf.mul(t, 1 + 3e-7) })).toBe(null);
  });

  it('finds a wrong output, a wrong value and a number that is none', () => {
    expect(check(step, x(), w(), { output: (t) => tf.mul(t, 1.001) })).toMatch(/^output 0 of 'step' is off by/);
    expect(check(step, x(), w(), { output: (t) => tf.mul(t, Number.NaN) })).toMatch(/^output 0/);
    expect(check(step, x(), w(), { next: (t) => tf.add(t, 1e-3) })).toMatch(/^'w' after 'step' is off by/);
  });

  it('measures a small step by itself, not by what it changes', () => {
    // A tenth of the step is missing: 1e-5 of the values themselves.
    expect(check(step, x(), w(), { next: (t) => tf.add(t, tf.mul(0.1, tf.sub(w(), t))) })).toMatch(/^'w'/);
  });

  it('compares numbers that are none with each other', () => {
    const root = entry('root', (x: tf.Tensor, w: tf.Tensor) => ({ outputs: tf.mean(x), state: tf.sqrt(w) }));
    const [none, infinite] = [tf.tensor1d([-1, 4]), tf.tensor1d([Infinity, 4])];
    for (const state of [none, infinite]) {
      expect(check(root, x(), state, {})).toBe(null);
      expect(check(root, x(), state, { next: (t) => tf.add(t, [0, 1]) })).toMatch(/^'w' after 'root' is off by 1/);
      expect(check(root, x(), state, { next: () => tf.tensor1d([0, 2]) })).toMatch(/^'w' after 'root' is off by Infinity/);
    }
  });

  it('does not blame a unit that rounding turns on or off, whichever of the two it was', () => {
    // As the gradient of a layer with ReLU in which one unit is all but zero: what leads to it is there, or is not.
    const unit = (value: number) =>
      entry('unit', (x: tf.Tensor, w: tf.Tensor) => {
        const on = tf.step(tf.add(tf.sum(tf.mul(x, w)), value));
        return { outputs: tf.mean(x), state: tf.sub(w, tf.mul(1e-3, tf.mul(on, x))) };
      });
    const sum = (input: tf.Tensor): number => tf.sum(tf.mul(input, w())).dataSync()[0]!;
    for (let salt = 3; salt < 23; salt++) {
      const input = values([40], salt);
      const off = Math.fround(-sum(input));
      // Just on, where the other run had it off, and just off, where the other had it on.
      expect(check(unit(off + 1e-8), input, w(), { next: () => w() })).toBe(null);
      expect(check(unit(off - 1e-8), input, w(), { next: () => tf.sub(w(), tf.mul(1e-3, input)) })).toBe(null);
    }
    // One that is far from zero is to blame.
    expect(check(unit(1 - sum(x())), x(), w(), { next: () => w() })).toMatch(/^'w' after 'unit'/);
  });

  it('does not blame what rounding decides, and measures once how far that goes', () => {
    // The sum is zero but for rounding, and only its sign counts: as a gradient that is mathematically zero does under Adam.
    let runs = 0;
    const noisy = entry('noisy', (x: tf.Tensor, w: tf.Tensor) => {
      runs++;
      const zero = tf.sub(tf.sum(tf.mul(x, w)), tf.sum(tf.mul(w, x)));
      const sign = tf.sign(tf.add(zero, tf.sub(tf.sum(tf.sub(tf.mul(tf.div(x, 3), 3), x)), 0)));
      return { outputs: tf.mean(x), state: tf.add(w, tf.mul(1e-3, sign)) };
    });
    const shaken = new Map<string, number>();
    const other = { next: (t: tf.Tensor) => tf.sub(w(), tf.sub(t, w())) };
    expect(check(noisy, x(), w(), other, shaken)).toBe(null);
    expect([...shaken.keys()]).toEqual(["'w' after 'noisy'"]);
    const before = runs;
    expect(check(noisy, x(), w(), other, shaken)).toBe(null);
    // That of the result itself, and none for a disturbance.
    expect(runs).toBe(before + 1);
    expect(check(noisy, x(), w(), { next: (t) => tf.add(t, 1) }, shaken)).toMatch(/^'w'/);
  });
});
