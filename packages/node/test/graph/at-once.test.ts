import { availableParallelism } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it, vi } from 'vitest';
import { allNumbers, entry, graphProgram, matMul, native, values } from './support.js';

vi.mock('node:os', async (original) => {
  const os = await original<typeof import('node:os')>();
  return { ...os, availableParallelism: vi.fn(os.availableParallelism) };
});

beforeAll(native);

/** Twenty steps of a layer of 128 rows, 784 inputs and 200 outputs, and what they end in. */
function learned(processors: number): number[][] {
  vi.mocked(availableParallelism).mockClear().mockReturnValue(processors);
  const x = values([128, 784], 1);
  type State = { a: tf.Tensor2D; b: tf.Tensor2D };
  const step = entry('step', (input: tf.Tensor2D, { a, b }: State) => {
    const hidden = tf.relu(matMul(input, a)) as tf.Tensor2D;
    // Towards zero everywhere.
    const error = matMul(hidden, b);
    const back = tf.mul(matMul(error, b, { transposeB: true }), tf.step(hidden)) as tf.Tensor2D;
    const [da, db] = [matMul(input, back, { transposeA: true }), matMul(hidden, error, { transposeA: true })];
    return { outputs: tf.mean(error), state: { a: tf.sub(a, tf.mul(1e-5, da)), b: tf.sub(b, tf.mul(1e-5, db)) } };
  });
  const program = graphProgram({ a: values([784, 200], 3), b: values([200, 200], 4) });
  for (let i = 0; i < 20; i++) program.run(step, x);
  const numbers = allNumbers(program.read());
  expect(program.describe()[0]).toMatchObject({ eager: null });
  expect(availableParallelism).toHaveBeenCalled();
  program.dispose();
  return numbers;
}

it('ops that run two at a time give the numbers of ops that run one after another, bit for bit', () => {
  expect(learned(2)).toEqual(learned(1));
});
