import { initialParameters } from '@cl/core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useCpu } from '../../../testing/places.js';
import { type Nested, plain, tidied } from '../../../testing/watched.js';
import { mlp } from '../../models/src/index.js';
import { type LogitsOf, logitsOf, type ProxyTuningOptions, prefixed, proxyLogits, proxyTuning } from '../src/index.js';
import { expectNear } from './joined.js';

beforeAll(useCpu);

const small = mlp({ inputs: 4, hidden: [5], outputs: 3 });
const large = mlp({ inputs: 4, hidden: [9, 6], outputs: 3, dropout: 0.5 });
const rows = () => tf.randomNormal([6, 4], 0, 1, 'float32', 1);
const [base, expert, antiExpert] = [large, small, small].map(
  (model, k): LogitsOf =>
    (x) =>
      logitsOf(model, initialParameters(model, k))(x),
) as [LogitsOf, LogitsOf, LogitsOf];

const probabilities = (logits: LogitsOf) => tidied(() => plain(tf.softmax(logits(rows()))) as number[][]);
const joined = (parts: Partial<Parameters<typeof proxyLogits>[0]> = {}, options?: ProxyTuningOptions) =>
  probabilities(proxyLogits({ base, expert, antiExpert, ...parts }, options));

describe('proxy-tuning', () => {
  it('with α = 0 has the distribution of the base', () => expectNear(joined({}, { alpha: 0 }), probabilities(base)));

  it('of what the expert was, with α = 1, is exactly the expert', () => {
    expectNear(joined({ base: antiExpert }), probabilities(expert));
    expectNear(joined({ expert: antiExpert }), probabilities(base));
  });

  it('does not see a constant that is added to all logits of a model', () => {
    const raised =
      (logits: LogitsOf, by: number): LogitsOf =>
      (x) =>
        tf.add(logits(x), by);
    for (const part of [{ base: raised(base, 3) }, { expert: raised(expert, -2) }, { antiExpert: raised(antiExpert, 5) }]) {
      expectNear(joined(part, { alpha: 1.5 }), joined({}, { alpha: 1.5 }));
    }
  });

  it('moves log-probabilities by α times what the expert has learned, up to a constant a row', () => {
    const logs = (logits: LogitsOf) => tidied(() => plain(tf.logSoftmax(logits(rows()) as tf.Tensor2D)) as number[][]);
    const all = logs(proxyLogits({ base, expert, antiExpert }, { alpha: 0.7 }));
    const [m, plus, minus] = [logs(base), logs(expert), logs(antiExpert)];
    for (const [i, row] of all.entries()) {
      const moved = row.map((value, c) => value - (m[i]![c]! + 0.7 * (plus[i]![c]! - minus[i]![c]!)));
      for (const value of moved) expect(value).toBeCloseTo(moved[0]!, 4);
    }
  });

  it('refuses another vocabulary, and options that are none', () => {
    expect(() => tidied(() => void proxyLogits({ base, expert: () => tf.zeros([6, 4]), antiExpert })(rows()))).toThrow(
      /base gives logits \[6,3\], the expert \[6,4\]/,
    );
    expect(() => proxyLogits({ base, expert, antiExpert }, { alpha: Number.NaN })).toThrow(/alpha must be a number/);
    expect(() => proxyTuning({ base: large, expert: mlp({ inputs: 4, outputs: 2 }), antiExpert: small })).toThrow(
      /has 3 outputs, the expert 2, the anti-expert 3/,
    );
  });
});

describe('proxy-tuning as a model', () => {
  const model = proxyTuning({ base: large, expert: small, antiExpert: small }, { alpha: 0.7 });
  const under = (prefix: string, values: NamedTensorMap): NamedTensorMap =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}/${name}`, value]));
  const parameters = (): NamedTensorMap => ({
    ...under('base', initialParameters(large, 0)),
    ...under('expert', initialParameters(small, 1)),
    ...under('antiExpert', initialParameters(small, 2)),
  });

  it('has the parameters of all three, and says what the function says', () => {
    expect(Object.keys(model.parameters)).toEqual(Object.keys(tidied(() => ({ ...(plain(parameters()) as object) }))));
    expectNear(
      probabilities((x) => model.apply(parameters(), x).outputs),
      joined({}, { alpha: 0.7 }),
    );
  });

  it('drops no units of the experts in training', () => {
    const dropping = proxyTuning({ base: small, expert: large, antiExpert: large });
    const said = (training: boolean) =>
      tidied(
        () =>
          plain(dropping.apply(initialParameters(dropping, 1), rows(), { training, seed: tf.tensor1d([1, 2], 'int32') }).outputs) as Nested,
      );
    expect(said(true)).toEqual(said(false));
    const own = prefixed('base', large);
    const alone = (training: boolean) =>
      tidied(() => plain(own.apply(initialParameters(own, 1), rows(), { training, seed: tf.tensor1d([1, 2], 'int32') }).outputs) as Nested);
    expect(alone(true)).not.toEqual(alone(false));
  });

  it('gives a gradient to the base as if the others were not there, where they cancel', () => {
    const gradient = (apply: (own: NamedTensorMap) => Tensor) =>
      tidied(() => {
        const { grads } = tf.variableGrads(() => tf.sum(tf.square(apply(variables))) as tf.Scalar, Object.values(variables));
        return plain(Object.values(grads));
      });
    const values = initialParameters(small, 0);
    const variables = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, tf.variable(value)]));
    const cancelling = proxyTuning({ base: small, expert: small, antiExpert: small });
    const others = { ...under('expert', values), ...under('antiExpert', values) };
    expect(gradient((own) => cancelling.apply({ ...under('base', own), ...others }, rows()).outputs)).toEqual(
      gradient((own) => small.apply(own, rows()).outputs),
    );
    tf.dispose([...Object.values(values), ...Object.values(variables)]);
  });
});
