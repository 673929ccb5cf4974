import { type GraphContext, sgd } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, goldenFiles } from '../../../testing/golden.js';
import { type Arch, goldenTasks, joined, runTasks, tensorsOf, type Weights } from '../../../testing/golden-net.js';
import { places } from '../../../testing/places.js';
import { mapNested, type Nested, plain, taken, tidied } from '../../../testing/watched.js';
import { piggyback } from '../src/index.js';

const folder = new URL('../golden/', import.meta.url);
const where = await places();

interface Given {
  readonly arch: Arch;
  readonly weights: Weights;
  readonly realMasks: Weights;
  readonly threshold: number;
  readonly kind: 'binarizer' | 'ternarizer';
  readonly x: readonly Nested[];
  readonly y: readonly number[];
  readonly learningRate: number;
}

interface Expected {
  readonly steps: readonly {
    readonly logits: Nested;
    readonly loss: number;
    readonly thresholdedMask: Weights;
    readonly gradientOfMask: Weights;
    readonly gradientOfHead: Weights;
    readonly masksAfterStep: Weights;
  }[];
}

/** 'dense0/mask' or 'dense0' */
const scoresAt = (name: string): string => `${name.split('/')[0]}/kernel/scores`;
const renamed = (masks: Weights): Weights => Object.fromEntries(Object.entries(masks).map(([name, mask]) => [scoresAt(name), mask]));

describe.each(where)('a mask on a given network, $name', ({ use, compiler }) => {
  beforeAll(use);

  it.each(goldenFiles<Given, Expected>('piggyback', folder, 'steps-'))('$file', async ({ given, expected, tolerance }) => {
    const { arch, weights, threshold, kind, x, y, learningRate } = given;
    const own = piggyback({ backbone: 'given', threshold, mask: kind === 'binarizer' ? 'binary' : 'ternary' });
    const strategy: typeof own = { ...own, restart: (_ctx, parameters) => ({ ...parameters, ...tensorsOf(renamed(given.realMasks)) }) };
    const [task] = goldenTasks(arch, [{ x, y }]);

    const states: Weights[] = [{ ...joined(weights), ...renamed(given.realMasks) }];
    const logits: Nested[] = [];
    const inputs = tf.tensor2d(x as number[][]);
    const options = { arch, weights, strategy, compiler, optimizer: sgd(learningRate), scenario: 'task' } as const;
    const [run] = await runTasks(options, [task!], () => ({ batchSize: y.length, iterations: expected.steps.length }), {
      step(learner) {
        states.push(taken(learner.parameters()));
        logits.push(taken({ all: learner.predict(inputs, { task: task! }) }).all!);
      },
    });
    inputs.dispose();

    expectClose(
      run!.losses,
      expected.steps.map(({ loss }) => loss),
      tolerance,
      'losses',
    );
    expected.steps.forEach(({ logits: before, thresholdedMask, gradientOfMask, gradientOfHead, masksAfterStep }, s) => {
      const [from, to] = [states[s]!, states[s + 1]!];
      if (s > 0) expectClose(logits[s - 1], before, tolerance, `logits before step ${s}`);
      expectClose(masksOf(strategy, from), renamed(thresholdedMask), tolerance, `mask in step ${s}`);
      expectClose(to, renamed(masksAfterStep), tolerance, `scores after step ${s}`);
      // A step of plain gradient descent shows the gradient.
      for (const [name, gradient] of Object.entries({ ...renamed(gradientOfMask), ...joined(gradientOfHead) })) {
        expectClose(
          gradientBetween(from[name]!, to[name]!, learningRate),
          gradient,
          { abs: 2e-5, rel: 2e-5 },
          `gradient of ${name} in step ${s}`,
        );
      }
      for (const [name, values] of Object.entries(weights))
        if (!name.startsWith('head')) expectClose(to[name], values, { abs: 1e-8, rel: 1e-7 }, name);
    });
    expect(states).toHaveLength(expected.steps.length + 1);
  });
});

/** What the kernels are multiplied by. */
const masksOf = (strategy: ReturnType<typeof piggyback>, state: Weights): Weights =>
  tidied(() => {
    const scores = Object.fromEntries(Object.entries(state).filter(([name]) => name.endsWith('/scores')));
    const kernels = Object.fromEntries(Object.keys(scores).map((name) => [name.replace('/scores', ''), mapNested(() => 1, scores[name]!)]));
    const ctx = { task: { index: 0 } } as unknown as GraphContext;
    const seen = plain(strategy.effective!(ctx, tensorsOf({ ...kernels, ...scores }), { masks: {} })) as Weights;
    return Object.fromEntries(Object.keys(kernels).map((name) => [`${name}/scores`, seen[name]!]));
  });

const gradientBetween = (from: Nested, to: Nested, rate: number): Nested =>
  typeof from === 'number'
    ? (from - (to as number)) / rate
    : from.map((value, i) => gradientBetween(value, (to as readonly Nested[])[i]!, rate));
