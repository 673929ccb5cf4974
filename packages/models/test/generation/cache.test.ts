import { Learner, languageModel, sgd } from '@cl/core';
import type { Tensor } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../../testing/golden.js';
import { places, useCpu } from '../../../../testing/places.js';
import { encoder, generate, language, predictor } from '../../src/index.js';
import { behind, drawn, gpt2, greedily, llama, PROMPTS } from './support.js';

const rowsOf = (logits: Tensor, of: (rows: Tensor) => Tensor = tf.logSoftmax): number[][] => {
  const flat = of(logits.reshape([-1, logits.shape.at(-1)!])).arraySync() as number[][];
  logits.dispose();
  return flat;
};

for (const place of await places()) {
  describe.each([
    ['gpt2', gpt2],
    ['llama', llama],
  ])(`%s, ${place.name}`, (_, make) => {
    beforeAll(() => place.use());
    afterAll(useCpu);

    it('gives logs of probabilities, as it says, behind a prompt and behind each token that follows', () => {
      const model = make();
      const writer = predictor({ model, parameters: drawn(model) }, { compiler: place.compiler });
      expect(writer.normalized).toBe(true);
      const sumsToOne = (logits: Tensor) => {
        const sums = rowsOf(logits, (values) => tf.exp(values)).map((row) => row.reduce((a, b) => a + b, 0));
        for (const sum of sums) expect(sum).toBeCloseTo(1, 5);
      };
      const { logits, sequences } = writer.begin(PROMPTS, 2);
      sumsToOne(logits);
      sumsToOne(sequences.append(PROMPTS.map(() => [1])));
      sequences.dispose();
      writer.dispose();
    });

    it('refuses a sequence that gets nothing, and one that gets more than it has room for, and goes on with what fits', () => {
      const model = make();
      const writer = predictor({ model, parameters: drawn(model) }, { compiler: place.compiler });
      const { logits, sequences } = writer.begin([[3], [1, 2]], 2);
      const coded = (message: RegExp) => expect.objectContaining({ code: 'CL_DATA', message: expect.stringMatching(message) });
      expect(() => sequences.append([[1], []])).toThrow(coded(/sequence 1 gets no token/));
      expect(() => sequences.append([Array(15).fill(1), Array(15).fill(1)])).toThrow(
        coded(/sequence 1 has 2 tokens and gets 15 more.*room of 16/),
      );
      const next = sequences.append([Array(15).fill(1), Array(14).fill(1)]);
      expect(next.shape).toEqual([2, 11]);
      tf.dispose([logits, next]);
      sequences.dispose();
      writer.dispose();
    });

    it('gives the logits of the whole network, with prompts of different lengths side by side', () => {
      const model = make();
      const parameters = drawn(model);
      const writer = predictor({ model, parameters }, { compiler: place.compiler });
      const texts = PROMPTS.map((prompt) => [...prompt]);
      const same = (logits: Tensor) => {
        const found = rowsOf(logits);
        for (const [row, text] of texts.entries())
          expectClose(found[row], behind(model, parameters, text), { abs: 1e-5, rel: 1e-5 }, text.join());
      };
      const { logits, sequences } = writer.begin(PROMPTS, 20);
      same(logits);
      for (let step = 0; step < 5; step++) {
        const next = texts.map((text, row) => [(text.at(-1)! + row + step) % 11]);
        next.forEach(([token], row) => {
          texts[row]!.push(token!);
        });
        same(sequences.append(next));
      }
      // Several at once, of different number; and sequences that go on with others.
      const more = [[1, 2], [3], [4, 5, 6], [7]];
      more.forEach((tokens, row) => {
        texts[row]!.push(...tokens);
      });
      same(sequences.append(more));
      const from = [2, 2, 0, 1, 1, 2];
      texts.splice(0, 4, ...from.map((row, i) => [...texts[row]!, i]));
      same(
        sequences.append(
          from.map((_row, i) => [i]),
          from,
        ),
      );
      sequences.dispose();
      writer.dispose();
    });

    it('gives the logits behind each token', () => {
      const model = make();
      const parameters = drawn(model);
      const writer = predictor({ model, parameters }, { compiler: place.compiler });
      const { logits, sequences } = writer.begin([[1, 2]], 8);
      logits.dispose();
      const found = rowsOf(sequences.appendEach([[3, 4, 5], []], [0, 0]));
      for (const count of [1, 2, 3]) {
        expectClose(found[count - 1], behind(model, parameters, [1, 2, 3, 4, 5].slice(0, 2 + count)), { abs: 1e-5, rel: 1e-5 });
      }
      sequences.dispose();
      writer.dispose();
    });

    it('generates what the whole network generates, up to its last position', async () => {
      const model = make();
      const parameters = drawn(model);
      const writer = predictor({ model, parameters }, { compiler: place.compiler });
      const written = await generate(writer, PROMPTS, { maxTokens: 100 });
      PROMPTS.forEach((prompt, row) => {
        expect(written[row]!.tokens).toEqual(greedily(model, parameters, prompt, 40 - prompt.length));
        expect(written[row]!.ended).toBe('length');
      });
      writer.dispose();
    });

    it('holds as many tensors after many tokens as after few', async () => {
      const model = make();
      const parameters = drawn(model);
      const before = tf.memory().numTensors;
      const writer = predictor({ model, parameters }, { compiler: place.compiler });
      const counts: number[] = [];
      const { logits, sequences } = writer.begin(PROMPTS, 30);
      logits.dispose();
      for (let step = 0; step < 20; step++) {
        sequences.append(PROMPTS.map(() => [step % 11])).dispose();
        counts.push(tf.memory().numTensors);
      }
      expect(new Set(counts.slice(1)).size).toBe(1);
      sequences.dispose();
      await generate(writer, PROMPTS, { maxTokens: 20 });
      await generate(writer, PROMPTS, { maxTokens: 10, beams: 3 });
      writer.dispose();
      expect(tf.memory().numTensors).toBe(before);
    });
  });
}

it('refuses a model that cannot go on with a text', async () => {
  await useCpu();
  const model = encoder({ vocabulary: 11, sequence: 5, width: 8, layers: 1, heads: 2, head: language() });
  expect(() => predictor({ model, parameters: drawn(model) })).toThrow(/CL_MODEL|cannot go on with a text/);
});

it('does not take the cache of a model for that of another one made of it', async () => {
  await useCpu();
  const model = gpt2();
  const other = { ...model, apply: (...call: Parameters<typeof model.apply>) => ({ outputs: tf.neg(model.apply(...call).outputs) }) };
  expect(() => predictor({ model: other, parameters: drawn(model) })).toThrow(/cannot go on with a text/);
  const learner = new Learner({ model: other, objective: languageModel(), optimizer: sgd(0.1), scenario: 'domain', seed: 1 });
  const asked = predictor(learner);
  const { logits, sequences } = asked.begin([[1, 2, 3]], 1);
  const ids = tf.tensor2d([[1, 2, 3, ...Array(9).fill(0)]], [1, 12], 'int32');
  const whole = other.apply(learner.parameters(), { ids }).outputs.slice([0, 2, 0], [1, 1, 11]);
  expectClose([...logits.dataSync()], [...whole.dataSync()], { abs: 1e-5, rel: 1e-5 }, 'learner');
  sequences.dispose();
});
