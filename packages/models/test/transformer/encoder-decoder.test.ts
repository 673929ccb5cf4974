import { adam, custom, initialParameters, Learner, languageModel, readRows, type Site } from '@cl/core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../../testing/golden.js';
import { places, useCpu } from '../../../../testing/places.js';
import {
  encoderDecoder,
  generate,
  language,
  predictor,
  scoreContinuations,
  sentences,
  type Transformer,
  textToText,
} from '../../src/index.js';
import { bucketOf } from '../../src/transformer/relative.js';

beforeAll(useCpu);

const size = {
  vocabulary: 11,
  sequence: 5,
  answer: 4,
  width: 8,
  layers: 2,
  heads: 2,
  headSize: 3,
  feedForward: 12,
  buckets: 6,
  distance: 8,
};
const t5 = (options = {}) => encoderDecoder({ ...size, dropout: 0, ...options });

const int = (...rows: readonly (readonly number[])[]) => tf.tensor2d(rows as number[][], undefined, 'int32');

/** Log-probabilities behind an answer so far, by the whole network. */
function behind(model: Transformer, parameters: NamedTensorMap, source: readonly number[], answer: readonly number[]): number[] {
  return tf.tidy(() => {
    const { outputs } = model.apply(parameters, { ids: int(source), decoderIds: int([0, ...answer]) });
    return [...tf.logSoftmax(outputs.slice([0, answer.length, 0], [1, 1, 11]).reshape([11])).dataSync()];
  });
}

describe('buckets of distances', () => {
  const shape = { buckets: 32, distance: 128 };

  // As T5's own code has them, in both directions and in one.
  it('has one for each near token, and shares those of far ones', () => {
    const both = (offset: number) => bucketOf(offset, { ...shape, ahead: true });
    expect([0, -1, -7, -8, -15, -16, -127, -500].map(both)).toEqual([0, 1, 7, 8, 9, 10, 15, 15]);
    expect([1, 7, 8, 16, 500].map(both)).toEqual([17, 23, 24, 26, 31]);
    const back = (offset: number) => bucketOf(offset, { ...shape, ahead: false });
    expect([3, 0, -1, -15, -16, -31, -127, -500].map(back)).toEqual([0, 0, 1, 15, 16, 21, 31, 31]);
  });
});

it('passes the sites that it declares, in their order and with their units', () => {
  for (const model of [t5(), t5({ gated: true, head: language({ tied: false }) })]) {
    const seen: Site[] = [];
    const at = (site: Site, value: Tensor) => {
      seen.push(site);
      expect(value.shape.at(-1), site.name).toBe(site.units);
      return value;
    };
    const x = { ids: int([1, 2, 3]), mask: int([1, 1, 0]), decoderIds: int([0, 5]) };
    expect(model.apply(initialParameters(model, 1), x, { at }).outputs.shape).toEqual([1, 2, 11]);
    expect(seen).toEqual(model.sites);
    for (const { feeds = [], fedBy = [], units } of model.sites) {
      for (const name of feeds) expect(model.parameters[name]!.shape.at(-2), name).toBe(units);
      for (const name of fedBy) expect(model.parameters[name]!.shape.at(-1), name).toBe(units);
    }
  }
});

it('sees neither padding of the source nor later tokens of the answer', () => {
  const model = t5();
  const parameters = initialParameters(model, 1);
  const alone = model.apply(parameters, { ids: int([1, 2, 3]), decoderIds: int([0, 5]) }).outputs.dataSync();
  const x = { ids: int([1, 2, 3, 9, 9]), mask: int([1, 1, 1, 0, 0]), decoderIds: int([0, 5, 7, 7]) };
  expectClose(model.apply(parameters, x).outputs.dataSync().slice(0, 22), alone);
});

for (const place of await places()) {
  describe(`with a cache, ${place.name}`, () => {
    beforeAll(() => place.use());
    afterAll(useCpu);

    it('answers as the whole network does, and reads each source once', async () => {
      const model = t5({ gated: true, activation: 'geluTanh' });
      const parameters = initialParameters(model, 1);
      const before = tf.memory().numTensors;
      const writer = predictor({ model, parameters }, { compiler: place.compiler });
      const sources = [[1, 2, 3, 4, 5, 6, 7], [9], [3, 3]];
      const answers = await generate(writer, sources, { maxTokens: 6 });
      sources.forEach((source, row) => {
        const tokens: number[] = [];
        let total = 0;
        for (const token of answers[row]!.tokens) {
          const logs = behind(model, parameters, source, tokens);
          expect(token).toBe(logs.indexOf(Math.max(...logs)));
          total += logs[token]!;
          tokens.push(token);
        }
        expect(tokens).toHaveLength(6);
        expectClose(answers[row]!.logLikelihood, total, { abs: 1e-5, rel: 1e-5 });
      });
      const [beam] = await generate(writer, sources, { maxTokens: 6, beams: 3 });
      const [score] = await scoreContinuations(writer, [{ prompt: sources[0]!, continuation: beam!.tokens }]);
      expectClose(score!.logLikelihood, beam!.logLikelihood);
      writer.dispose();
      expect(tf.memory().numTensors).toBe(before);
    });
  });
}

describe('textToText', () => {
  it('makes rows whose next tokens are the target', () => {
    const data = textToText([{ source: [8, 9, 1], target: [5, 6, 1] }], { sequence: 4, answer: 5 });
    const { x, y } = readRows(data, [0], 0);
    const values = Object.fromEntries(
      Object.entries(x as Record<string, { values: Int32Array }>).map(([name, block]) => [name, [...block.values]]),
    );
    expect(values).toEqual({ ids: [8, 9, 1, 0], mask: [1, 1, 1, 0], decoderIds: [0, 5, 6, 1, 0] });
    expect([...y.values]).toEqual([-100, 5, 6, 1, -100]);
  });

  it.each([
    [{ source: [], target: [1] }],
    [{ source: [1], target: [] }],
    [{ source: [1, 1, 1, 1, 1], target: [1] }],
    [{ source: [1], target: [1, 1, 1, 1, 1] }],
  ])('refuses %o', (pair) => {
    expect(() => textToText([pair], { sequence: 4, answer: 5 })).toThrow(/textToText\(\): (source|target) 0/);
  });
});

it('learns to write a text backwards', async () => {
  const letters = [2, 3, 4, 5, 6, 7];
  const texts = letters.flatMap((a) => letters.map((b) => [a, b]));
  const data = textToText(
    texts.map((source) => ({ source, target: [...source].reverse().concat(1) })),
    { sequence: 2, answer: 4 },
  );
  const { tasks, scenario } = custom({ scenario: 'domain', outputs: 8, tasks: [{ train: data, test: data, classes: [] }] });
  const model = encoderDecoder({ vocabulary: 8, sequence: 2, answer: 4, width: 24, layers: 1, heads: 2, feedForward: 48, dropout: 0 });
  const learner = new Learner({ model, optimizer: adam(3e-3), objective: languageModel(), scenario, seed: 2 });
  await learner.learn(tasks[0]!, { epochs: 60, batchSize: 12 });
  const { accuracy } = await learner.evaluate(tasks[0]!);
  expect(accuracy).toBeGreaterThan(0.95);
  const answers = await generate(learner, texts.slice(8, 12), { stop: [1], maxTokens: 6 });
  expect(answers.map(({ tokens }) => tokens)).toEqual(texts.slice(8, 12).map((source) => [...source].reverse()));
  learner.dispose();
});

it('refuses options that it cannot use', () => {
  for (const options of [
    { heads: 0 },
    { buckets: 3 },
    { distance: 2 },
    { start: 11 },
    { dropout: 1 },
    { head: sentences() },
    { layer: 1 },
  ]) {
    expect(() => t5(options)).toThrow(/encoderDecoder\(/);
  }
});
