import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, it } from 'vitest';
import { expectClose, goldenFiles } from '../../../testing/golden.js';
import { type Arch, tensorsOf, type Weights } from '../../../testing/golden-net.js';
import { useCpu } from '../../../testing/places.js';
import { mapNested, type Nested, plain, tidied } from '../../../testing/watched.js';
import { mlp } from '../../models/src/index.js';
import { progressiveColumns } from '../src/modules/columns.js';

beforeAll(useCpu);
const folder = new URL('../golden/', import.meta.url);

/** From the names of golden files to ours: 'column1/dense1/adapterV' is 'column1/dense1/lateral/down/kernel'. */
const renamed = (weights: Weights): Weights =>
  Object.fromEntries(
    Object.entries(weights).map(([name, values]) => [
      name
        .replace(/^column0\//, '')
        .replace('/adapterVBias', '/lateral/down/bias')
        .replace('/adapterV', '/lateral/down/kernel')
        .replace(/\/lateralU\/(\d+)$/, '/lateral$1/kernel')
        .replace(/\/lateralUBias\/(\d+)$/, '/lateral$1/bias')
        .replace(/\/lateralUBias$/, '/lateral/up/bias')
        .replace(/\/lateralU$/, '/lateral/up/kernel')
        .replace(/\/alpha$/, '/lateral/alpha'),
      values,
    ]),
  );

/** Runs columns of given weights, and returns what their layers and the last column's classifier give. */
function forward(sizes: readonly number[], rule: Parameters<typeof progressiveColumns>[1], weights: Weights, x: Nested) {
  const [inputs, ...hidden] = sizes;
  const outputs = 4;
  const model = progressiveColumns(mlp({ inputs: inputs!, hidden, outputs }), rule);
  const seen: Record<string, Tensor> = {};
  const at = (site: { readonly name: string }, value: Tensor) => {
    seen[site.name] = value;
    return value;
  };
  const given = tensorsOf(renamed(weights));
  // Classifiers of golden columns have outputs of their own number, and none in some files.
  const parameters = Object.fromEntries(
    Object.entries(model.parameters).map(([name, { shape }]) => {
      const value = given[name] ?? tf.zeros([...shape]);
      return [
        name,
        tf.pad(
          value,
          shape.map((length, axis): [number, number] => [0, length - value.shape[axis]!]),
        ),
      ];
    }),
  );
  const result = model.apply(parameters, tf.tensor(x as number[][]), { at });
  return { seen, outputs: result.outputs };
}

const columnName = (k: number, layer: number) => `${k === 0 ? '' : `column${k}/`}dense${layer}`;

interface ForwardGiven {
  readonly arch: Arch;
  readonly adapters: boolean;
  readonly weights: Weights;
  readonly x: Nested;
}

describe("the paper's columns", () => {
  it.each(
    goldenFiles<ForwardGiven, { hidden: readonly (readonly Nested[])[]; logitsByColumn: readonly Nested[] }>('pnn', folder, 'forward-'),
  )('$file', ({ given, expected, tolerance }) => {
    const { arch, adapters, weights, x } = given;
    for (const [k, logits] of expected.logitsByColumn.entries()) {
      const actual = tidied(() => {
        const own = Object.fromEntries(Object.entries(weights).filter(([name]) => Number(/^column(\d+)/.exec(name)![1]) <= k));
        const { seen, outputs } = forward(arch.sizes, { count: k + 1, adapters, form: 'paper' }, own, x);
        const layers = arch.sizes.slice(1).map((_, layer) => plain(seen[columnName(k, layer)]!));
        return { layers, logits: plain(tf.slice(outputs, [0, 0], [-1, arch.heads[k]!])) };
      });
      expectClose(actual.layers, expected.hidden[k], tolerance, `hidden layers of column ${k}`);
      expectClose(actual.logits, logits, tolerance, `outputs of column ${k}`);
    }
  });
});

interface AvalancheGiven {
  readonly sizes: readonly number[];
  readonly columns: number;
  readonly adapter: 'linear' | 'mlp';
  readonly weights: Weights;
  readonly x: Nested;
}

describe("Avalanche's layers", () => {
  it.each(goldenFiles<AvalancheGiven, { hiddenByLayerAndColumn: readonly (readonly Nested[])[] }>('pnn', folder, 'avalanche-'))(
    '$file',
    ({ given, expected, tolerance }) => {
      const { sizes, columns, adapter, weights, x } = given;
      const actual = tidied(() => {
        const { seen } = forward(sizes, { count: columns, adapters: adapter === 'mlp', form: 'avalanche' }, weights, x);
        return sizes.slice(1).map((_, layer) => Array.from({ length: columns }, (_, k) => plain(seen[columnName(k, layer)]!)));
      });
      expectClose(
        actual,
        mapNested((value) => Math.max(value, 0), expected.hiddenByLayerAndColumn),
        tolerance,
        'hidden layers',
      );
    },
  );
});
