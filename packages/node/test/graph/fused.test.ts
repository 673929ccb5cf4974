import { type Entry, eager, type TensorTree } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { batch, netState, type Optimizer, trainEntry } from './models.js';
import { allNumbers, applyAdam, applySgd, distance, entry, graphProgram, native, values } from './support.js';

beforeAll(native);

const inputs = (n: number) => batch(3, 6, 4, n);

function trained(program: ReturnType<typeof graphProgram>, step: Entry, steps: number): TensorTree {
  for (let n = 0; n < steps; n++) program.run(step, inputs(n));
  const state = program.read();
  program.dispose();
  return state;
}

describe('an optimizer step', () => {
  it.each(['sgd', 'momentum', 'adam'] as const)('becomes one op a parameter: %s', (optimizer: Optimizer) => {
    const program = graphProgram(netState([6, 5, 4]));
    const train = trainEntry(optimizer);
    program.run(train, inputs(0));
    const [description] = program.describe()[0]!.graphs;
    expect(description!.fused).toBe(4);
    expect(description!.ops.Sub).toBe(undefined);
    program.dispose();
  });

  /** The same step, whose new parameters something else needs too: then it stays as plain ops. */
  const observed = (optimizer: Optimizer): Entry => {
    const train = trainEntry(optimizer);
    return entry('observed', (given: never, state: never) => {
      const result = train.apply(given, state) as { outputs: { loss: tf.Tensor }; state: { parameters: { [name: string]: tf.Tensor } } };
      const size = tf.addN(Object.values(result.state.parameters).map((tensor) => tf.sum(tensor)));
      return { outputs: { ...result.outputs, size }, state: result.state };
    });
  };

  it('by SGD is the same with and without, bit for bit', () => {
    const plain = graphProgram(netState([6, 5, 4]));
    const [step, fused] = [observed('sgd'), trained(graphProgram(netState([6, 5, 4])), trainEntry('sgd'), 20)];
    plain.run(step, inputs(0));
    expect(plain.describe()[0]!.graphs[0]!.fused).toBe(0);
    for (let n = 1; n < 20; n++) plain.run(step, inputs(n));
    expect(allNumbers(plain.read())).toEqual(allNumbers(fused));
    plain.dispose();
  });

  it.each([
    ['momentum', 1e-6],
    ['adam', 1e-5],
  ] as const)('by %s is the same up to rounding', (optimizer, tolerance) => {
    const fused = trained(graphProgram(netState([6, 5, 4])), trainEntry(optimizer), 20);
    const plain = trained(graphProgram(netState([6, 5, 4])), observed(optimizer), 20);
    const reference = trained(eager().program(netState([6, 5, 4])) as never, trainEntry(optimizer), 20);
    expect(distance(fused, plain)).toBeLessThan(tolerance);
    expect(distance(fused, reference)).toBeLessThan(tolerance);
  });

  it('by Adam is PyTorch’s formula, also where epsilon matters', () => {
    // Gradients near epsilon: TensorFlow adds epsilon before the correction, PyTorch after it.
    const gradient = [1e-8, -3e-8, 1e-6, 0.5];
    const step = entry(
      'adam',
      ({ step, rate }: { step: tf.Scalar; rate: tf.Scalar }, state: { p: tf.Tensor; m: tf.Tensor; v: tf.Tensor }) => {
        const { parameter, m, v } = applyAdam(state.p, state.m, state.v, tf.tensor1d(gradient), {
          rate,
          step,
          beta1: 0.9,
          beta2: 0.999,
          epsilon: 1e-8,
        });
        return { outputs: null, state: { p: parameter, m, v } };
      },
    );
    const program = graphProgram({ p: tf.zeros([4]), m: tf.zeros([4]), v: tf.zeros([4]) });
    const [expected, m, v] = [0, 1, 2].map(() => gradient.map(() => 0)) as [number[], number[], number[]];
    for (let t = 1; t <= 10; t++) {
      program.run(step, { step: tf.scalar(t), rate: tf.scalar(0.001) });
      gradient.forEach((g, i) => {
        m[i] = 0.9 * m[i]! + 0.1 * g;
        v[i] = 0.999 * v[i]! + 0.001 * g * g;
        expected[i]! -= (0.001 * (m[i]! / (1 - 0.9 ** t))) / (Math.sqrt(v[i]! / (1 - 0.999 ** t)) + 1e-8);
      });
    }
    expect(program.describe()[0]!.graphs[0]!.fused).toBe(1);
    const parameters = [...(program.read() as { p: tf.Tensor }).p.dataSync()];
    parameters.forEach((value, i) => {
      expect(Math.abs(value - expected[i]!)).toBeLessThan(2e-8);
    });
    program.dispose();
  });

  it('is plain where it does not end in the variables that it began from', () => {
    const crossed = entry('crossed', (rate: tf.Scalar, state: { a: tf.Tensor; b: tf.Tensor }) => ({
      outputs: null,
      state: { a: applySgd(state.b, tf.ones([3]), rate), b: applySgd(tf.mul(state.a, 2), tf.ones([3]), rate) },
    }));
    const state = (): TensorTree => ({ a: values([3]), b: values([3], 1) });
    const [program, reference] = [graphProgram(state()), eager().program(state())];
    for (let n = 0; n < 3; n++) for (const each of [program, reference]) each.run(crossed, tf.scalar(0.1));
    expect(allNumbers(program.read())).toEqual(allNumbers(reference.read()));
    expect(program.describe()[0]!.graphs[0]!.fused).toBe(0);
    program.dispose();
  });
});
