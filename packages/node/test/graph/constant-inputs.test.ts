import { asConstant, eager } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { entry, graphProgram, native, numbers } from './support.js';

beforeAll(native);

it('inputs that never change are a part of the graph, and others in their place as other inputs', () => {
  const weigh = entry('weigh', ({ x, w }: { x: tf.Tensor; w: tf.Tensor }, state: tf.Tensor) => {
    const sum = tf.sum(tf.mul(x, tf.concat([w, w])));
    return { outputs: sum, state: tf.add(state, sum) };
  });
  const from = (start: number): tf.Tensor => tf.range(start, start + 100);
  const [one, two] = [asConstant(from(1)), asConstant(from(2))];
  const run = (program: ReturnType<typeof graphProgram>): number[] => {
    // As a constant, as another one, as an input that only happens to have the same values, and as the first again.
    const given = [one, one, one, two, two, two, from(1), from(5), one, two];
    const sums = given.flatMap((w, i) => numbers(program.run(weigh, { x: tf.fill([200], i + 1), w })));
    return [...sums, ...numbers(program.read())];
  };
  const program = graphProgram(tf.scalar(0));
  expect(run(program)).toEqual(run(eager().program(tf.scalar(0)) as never));
  const { graphs } = program.describe()[0]!;
  expect(graphs.map(({ constants }) => constants.length > 0)).toEqual([true, true, false]);
  program.dispose();
  expect(numbers(one).slice(0, 2)).toEqual([1, 2]);
});
