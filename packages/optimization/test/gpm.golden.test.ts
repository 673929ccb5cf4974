import {
  column,
  conv2d,
  dataset,
  dense,
  type GraphContext,
  Learner,
  Matrix,
  type Model,
  map,
  named,
  type ParameterSpec,
  relu,
  type Site,
  sgd,
} from '@cl/core';
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, goldenFiles } from '../../../testing/golden.js';
import { type Arch, type GoldenTask, goldenTask, tensorsOf, type Weights } from '../../../testing/golden-net.js';
import { places, useCpu } from '../../../testing/places.js';
import { type Nested, plain, taken, tidied, watched } from '../../../testing/watched.js';
import { gpm } from '../src/index.js';
import { extended } from '../src/principal-directions.js';

const folder = new URL('../golden/', import.meta.url);
const where = await places();

type Grid = readonly (readonly number[])[];
const projectorOf = (basis: Grid | Matrix): number[][] => {
  const M = new Matrix((basis instanceof Matrix ? basis.to2DArray() : basis) as number[][]);
  return M.mmul(M.transpose()).to2DArray();
};

interface BasisGiven {
  readonly representationOfTask: readonly Grid[];
  readonly threshold: number;
}

describe('the basis of given representations', () => {
  beforeAll(useCpu);
  const files = goldenFiles<BasisGiven, { afterTask: readonly { rank: number; projector: Grid }[] }>('gpm', folder, 'basis-');

  it.each(files)('$file', ({ given, expected, tolerance }) => {
    let M: Matrix | null = null;
    expected.afterTask.forEach(({ rank, projector }, t) => {
      const R = new Matrix(given.representationOfTask[t] as number[][]);
      M = extended(R.transpose(), M, given.threshold, true);
      expect(M!.columns).toBe(rank);
      expectClose(projectorOf(M!), projector, tolerance, `projector after task ${t}`);
    });
  });
});

const untouched = (_: Site, value: Tensor): Tensor => value;
const weight = (shape: readonly number[], role: ParameterSpec['role'], use: ParameterSpec['use']): ParameterSpec => ({
  shape,
  role,
  initializer: 'zeros',
  ...(use && { use }),
});
const sitesOf = (name: string, inputs: number, units: number): [Site, Site] => [
  { name: `${name}/input`, kind: 'input', units: inputs, feeds: [`${name}/kernel`] },
  { name: `${name}/preactivation`, kind: 'preactivation', units, fedBy: [`${name}/kernel`] },
];

/** Dense layers without biases, the last of which is the head. */
function bare(sizes: readonly number[], outputs: number): Model {
  const names = sizes.map((_, i) => (i === sizes.length - 1 ? 'head' : `dense${i}`));
  const units = [...sizes.slice(1), outputs];
  const sites = names.map((name, i) => sitesOf(name, sizes[i]!, units[i]!));
  return {
    name: 'bare',
    inputs: [sizes[0]!],
    outputs,
    parameters: Object.fromEntries(
      names.map((name, i) => [`${name}/kernel`, weight([sizes[i]!, units[i]!], name === 'head' ? 'head' : 'trunk', { op: 'dense' })]),
    ),
    sites: sites.flat(),
    apply: (parameters, x, { at = untouched } = {}) => ({
      outputs: names.reduce((value, name, i) => {
        const [input, preactivation] = sites[i]!;
        const z = at(preactivation, dense(at(input, value), named(parameters, `${name}/kernel`) as Tensor2D));
        return name === 'head' ? z : relu(z);
      }, x as Tensor),
    }),
  };
}

interface RunGiven {
  readonly arch: Arch;
  readonly initialWeights: Weights;
  readonly tasks: readonly GoldenTask[];
  readonly batchSize: number;
  readonly epochs: number;
  readonly learningRate: number;
  readonly threshold: { readonly [layer: string]: number };
  readonly samplesForRepresentation: number;
}

interface RunExpected {
  readonly afterTask: readonly {
    readonly weights: Weights;
    readonly rank: { readonly [layer: string]: number };
    readonly projector: { readonly [layer: string]: Grid };
  }[];
}

/** Our only head is `head`. */
const renamed = <T>(record: { readonly [name: string]: T }): Record<string, T> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name.replace(/^head0/, 'head'), value]));

describe.each(where)("as the authors' code runs it, $name", ({ use, compiler }) => {
  beforeAll(use);
  const cases = goldenFiles<RunGiven, RunExpected>('gpm', folder, 'run-').flatMap((file) =>
    (['updates', 'gradients'] as const).map((on) => ({ ...file, on })),
  );

  it.each(cases)('$file, on $on', async ({ given, expected, tolerance, on }) => {
    const { arch, batchSize, epochs, learningRate } = given;
    const options = { threshold: renamed(given.threshold), increase: 0, examples: given.samplesForRepresentation, asCoded: true, on };
    const { strategy, sights } = watched(gpm(options));
    const parameters = tensorsOf(renamed(given.initialWeights));
    const model = bare(arch.sizes, arch.heads[0]!);
    const learner = new Learner({ model, parameters, optimizer: sgd(learningRate), strategy, scenario: 'domain', compiler });
    tf.dispose(parameters);
    const classes = Array.from({ length: arch.heads[0]! }, (_, c) => c);
    for (const [t, task] of given.tasks.entries()) {
      await learner.learn(goldenTask(t, classes, task), { batchSize, epochs });
      const { weights, rank, projector } = expected.afterTask[t]!;
      expectClose(taken(learner.parameters()), renamed(weights), tolerance, `weights after task ${t}`);
      const { bases } = sights.at(-1)!.state as { bases: Record<string, Grid> };
      for (const [layer, basis] of Object.entries(bases)) {
        expect(basis[0]!.length).toBe(renamed(rank)[layer]);
        expectClose(projectorOf(basis), renamed(projector)[layer], tolerance, `projector of ${layer} after task ${t}`);
      }
      expect(Object.keys(bases)).toEqual(Object.keys(renamed(rank)));
    }
    learner.dispose();
  });
});

interface ConvGiven {
  readonly weights: Weights;
  readonly tasks: readonly { readonly x: readonly Nested[] }[];
  readonly gradients: Weights;
  readonly threshold: { readonly [layer: string]: number };
}

interface ConvExpected {
  readonly afterTask: readonly {
    readonly rank: { readonly [layer: string]: number };
    readonly projector: { readonly [layer: string]: Grid };
    readonly projectedGradient: Weights;
  }[];
}

/** Two 'valid' convolutions of 2 × 2 without biases, and the means over positions as outputs. */
function bareConv(): Model {
  const use = { op: 'conv2d', strides: 1, padding: 'valid' } as const;
  const [first, second] = [sitesOf('conv0', 2, 3), sitesOf('conv1', 3, 2)];
  return {
    name: 'bare-conv',
    inputs: [4, 4, 2],
    outputs: 2,
    parameters: { 'conv0/kernel': weight([2, 2, 2, 3], 'trunk', use), 'conv1/kernel': weight([2, 2, 3, 2], 'trunk', use) },
    sites: [...first, ...second],
    apply(parameters, x, { at = untouched } = {}) {
      const layer = (name: string, [input, preactivation]: [Site, Site], value: Tensor) =>
        at(preactivation, conv2d(at(input, value) as Tensor4D, named(parameters, `${name}/kernel`) as Tensor4D, 1, 'valid'));
      return { outputs: tf.mean(layer('conv1', second, relu(layer('conv0', first, x as Tensor))), [1, 2]) };
    },
  };
}

describe.each(where)('of convolutions, $name', ({ use, compiler }) => {
  beforeAll(use);

  it.each(goldenFiles<ConvGiven, ConvExpected>('gpm', folder, 'conv-'))('$file', async ({ given, expected, tolerance }) => {
    const examples = given.tasks[0]!.x.length;
    const { strategy, sights } = watched(gpm({ threshold: given.threshold, increase: 0, examples, asCoded: true }));
    const parameters = tensorsOf(given.weights);
    // A step that is too small for any weight.
    const learner = new Learner({ model: bareConv(), parameters, optimizer: sgd(1e-30), strategy, scenario: 'domain', compiler });
    tf.dispose(parameters);
    for (const [t, { x }] of given.tasks.entries()) {
      const data = dataset(column(Float32Array.from((x as Nested[]).flat(4) as number[]), [4, 4, 2]), column(new Int32Array(examples), []));
      const task = { index: t, name: `task ${t}`, classes: [0, 1], train: data, test: data, ordered: true };
      await learner.learn(task, { iterations: 1, batchSize: examples });

      const { rank, projector, projectedGradient } = expected.afterTask[t]!;
      const { bases } = sights.at(-1)!.state as { bases: Record<string, Grid> };
      for (const layer of ['conv0', 'conv1']) {
        expect(bases[layer]![0]!.length).toBe(rank[layer]);
        expectClose(projectorOf(bases[layer]!), projector[layer], tolerance, `projector of ${layer} after task ${t}`);
      }
      const projected = tidied(() => {
        const ctx = { model: learner.model, head: new Set() } as unknown as GraphContext;
        const gradients = tensorsOf(given.gradients);
        const state = { bases: map(tf.clone, tensorsOf(bases as unknown as Weights)) };
        return plain(strategy.updates!(ctx, gradients, state, null, gradients));
      });
      expectClose(projected, projectedGradient, tolerance, `projected gradient after task ${t}`);
    }
    learner.dispose();
  });
});
