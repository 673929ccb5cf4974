import { dense, type GraphContext, named, valueAndGradients } from '@cl/core';
import type { NamedTensorMap, Scalar, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, it } from 'vitest';
import { expectClose, goldenFiles } from '../../../testing/golden.js';
import { tensorsOf } from '../../../testing/golden-net.js';
import { useCpu } from '../../../testing/places.js';
import { mapNested, type Nested, plain, tidied } from '../../../testing/watched.js';
import { batchEnsemble } from '../src/index.js';

interface Given {
  readonly kernel: Nested;
  readonly r: readonly Nested[];
  readonly s: readonly Nested[];
  readonly biasOfMember: readonly Nested[];
  readonly x: Nested;
}

interface Expected {
  readonly outputs: readonly Nested[];
  readonly gradientOfSumOfSquaredOutputsWithoutBias: readonly { readonly r: Nested; readonly s: Nested }[];
}

describe('a layer of a member', () => {
  beforeAll(useCpu);

  it.each(goldenFiles<Given, Expected>('batch-ensemble', new URL('../golden/', import.meta.url)))(
    '$file',
    ({ given, expected, tolerance }) => {
      const less1 = (values: Nested) => mapNested((value) => value - 1, values);
      for (const [member, outputs] of expected.outputs.entries()) {
        const actual = tidied(() => {
          const [r, s] = [`member${member}/w/r`, `member${member}/w/s`];
          const bias = member === 0 ? 'b' : `member${member}/b`;
          const parameters = tensorsOf({
            w: given.kernel,
            b: given.biasOfMember[0]!,
            [r]: less1(given.r[member]!),
            [s]: less1(given.s[member]!),
            [bias]: given.biasOfMember[member]!,
          });
          const seen = (own: NamedTensorMap) =>
            batchEnsemble().effective!({ task: { index: member } } as unknown as GraphContext, own, { order: [0, 1] });
          const x = tf.tensor2d(given.x as number[][]);
          const { gradients } = valueAndGradients(
            (own) => ({ loss: tf.sum(tf.square(dense(x, named(seen(own), 'w') as Tensor2D))) as Scalar, aux: null }),
            parameters,
          );
          const { w, b } = seen(parameters);
          return plain({ outputs: dense(x, w as Tensor2D, b as Tensor1D), r: gradients[r], s: gradients[s] }) as Record<string, Nested>;
        });
        expectClose(actual.outputs, outputs, tolerance, `outputs of member ${member}`);
        const { r, s } = expected.gradientOfSumOfSquaredOutputsWithoutBias[member]!;
        expectClose({ r: actual.r, s: actual.s }, { r, s }, tolerance, `gradients of member ${member}`);
      }
    },
  );
});
