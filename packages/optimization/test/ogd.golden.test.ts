import { type GraphContext, Learner, map, sgd } from '@cl/core';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, goldenFiles } from '../../../testing/golden.js';
import {
  type Arch,
  type GoldenTask,
  goldenModel,
  goldenParameters,
  goldenTask,
  tensorsOf,
  type Weights,
} from '../../../testing/golden-net.js';
import { places } from '../../../testing/places.js';
import { type Nested, plain, tidied, watched } from '../../../testing/watched.js';
import { type OgdOptions, ogd } from '../src/index.js';

const folder = new URL('../golden/', import.meta.url);
const where = await places();

interface Given extends GoldenTask {
  readonly arch: Arch;
  readonly weights: Weights;
  readonly variant: string;
}

interface Expected {
  readonly basisSize: number;
  readonly gradient: readonly number[];
  readonly projectedGradient: readonly number[];
  readonly projectorTimesGradient: readonly number[];
}

const OUTPUTS: Record<string, NonNullable<OgdOptions['outputs']>> = { 'ground-truth logit': 'true', average: 'average', all: 'all' };
const flat = (values: Nested): number[] => (typeof values === 'number' ? [values] : values.flatMap(flat));

describe.each(where)('basis and projection of a gradient, $name', ({ use, compiler }) => {
  beforeAll(use);
  const cases = goldenFiles<Given, Expected>('ogd', folder, 'projection-').flatMap((file) =>
    (['updates', 'gradients'] as const).map((on) => ({ ...file, on })),
  );

  it.each(cases)('$file, on $on', async ({ given, expected, tolerance, on }) => {
    const { arch } = given;
    const classes = Array.from({ length: arch.heads[0]! }, (_, c) => c);
    const { strategy, sights } = watched(ogd({ examples: given.x.length, outputs: OUTPUTS[given.variant]!, on }));
    const parameters = goldenParameters(given.weights);
    // A step that is too small for any weight.
    const learner = new Learner({ model: goldenModel(arch), parameters, optimizer: sgd(1e-30), strategy, scenario: 'domain', compiler });
    await learner.learn(goldenTask(0, classes, given), { iterations: 1, batchSize: given.x.length });
    learner.dispose();

    const { directions, counts } = sights.at(-1)!.state as { directions: Record<string, Nested[]>; counts: number[] };
    expect(counts).toEqual([expected.basisSize]);
    const rows = Array.from({ length: expected.basisSize }, (_, row) => Object.values(directions).flatMap((part) => flat(part[row]!)));
    const projector = rows.reduce(
      (sum, row) => sum.map((value, i) => value + row[i]! * row.reduce((dot, v, j) => dot + v * expected.gradient[j]!, 0)),
      expected.gradient.map(() => 0),
    );
    expectClose(projector, expected.projectorTimesGradient, tolerance, 'projector times gradient');

    // Under plain SGD it is the same to project what is added to the parameters.
    const factor = on === 'updates' ? -0.1 : 1;
    const projected = tidied(() => {
      const step = shapedLike(
        parameters,
        expected.gradient.map((value) => factor * value),
      );
      const state = { directions: tensorsOf(directions), counts };
      return Object.values(plain(strategy[on]!({} as GraphContext, step, state, null, step)) as Record<string, Nested>).flatMap(flat);
    });
    tf.dispose(parameters);
    expectClose(
      projected.map((value) => value / factor),
      expected.projectedGradient,
      tolerance,
      'projected',
    );
  });
});

/** A long vector as named tensors. */
function shapedLike(parameters: NamedTensorMap, values: readonly number[]): NamedTensorMap {
  let at = 0;
  return map(({ shape, size }) => {
    at += size;
    return tf.tensor(values.slice(at - size, at), shape);
  }, parameters);
}
