import { adam, defineStrategy, Learner, languageModel } from '@cl/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../../testing/golden.js';
import { useCpu } from '../../../../testing/places.js';
import { type GenerateOptions, generate, predictor, scoreContinuations, streamTokens, sumOfLogits } from '../../src/index.js';
import { argMax, behind, chain, drawn, gpt2, greedily, logs, PROMPTS } from './support.js';

beforeAll(useCpu);

/** After 0 comes 1 with probability 0.6 and 2 with 0.4; 1 is followed by anything, 2 surely by 3, which ends. */
const SHARES = [
  [0, 0.6, 0.4, 0],
  [0.3, 0.3, 0.2, 0.2],
  [0, 0, 0, 1],
  [0.25, 0.25, 0.25, 0.25],
];
const END = 3;

describe('greedy', () => {
  it('takes the likeliest token, until one ends the text', async () => {
    const [text] = await generate(
      chain(
        logs([
          [0, 0.9, 0.1, 0],
          [0, 0, 0.8, 0.2],
          [0, 0, 0, 1],
          [1, 0, 0, 0],
        ]),
      ),
      [[0]],
      { stop: [END] },
    );
    expect(text!.tokens).toEqual([1, 2]);
    expect(text!.ended).toBe('stop');
    expectClose(text!.logLikelihood, Math.log(0.9 * 0.8 * 1));
  });

  it('gives a text of a batch the same as alone', async () => {
    const model = gpt2();
    const parameters = drawn(model);
    const source = { model, parameters };
    const together = await generate(source, PROMPTS, { maxTokens: 8, stop: [4] });
    for (const [row, prompt] of PROMPTS.entries()) {
      const [alone] = await generate(source, [prompt], { maxTokens: 8, stop: [4] });
      expect(together[row]!.tokens).toEqual(alone!.tokens);
      expectClose(together[row]!.logLikelihood, alone!.logLikelihood);
    }
  });
});

describe('beam search', () => {
  it('finds what greed overlooks', async () => {
    const source = chain(logs(SHARES));
    const options = { stop: [END], maxTokens: 2, lengthPenalty: 0 };
    const [greedy] = await generate(source, [[0]], options);
    expect(greedy!.tokens[0]).toBe(1);
    const [found] = await generate(source, [[0]], { ...options, beams: 2 });
    expect(found).toMatchObject({ tokens: [2], ended: 'stop' });
    expectClose(found!.logLikelihood, Math.log(0.4));
  });

  it('keeps its width when a text has ended, and finds what is longer and better', async () => {
    // 3 ends at once with 0.5. Behind 2 (0.2) all is sure, so that it is better by its mean, if it stays in view beside 1 (0.3).
    const source = chain(
      logs([
        [0, 0.3, 0.2, 0.5],
        [0.25, 0.25, 0.25, 0.25],
        [0, 0, 1, 0],
        [1, 0, 0, 0],
      ]),
    );
    const [found] = await generate(source, [[0]], { stop: [END], maxTokens: 4, beams: 2 });
    expect(found).toMatchObject({ tokens: [2, 2, 2, 2], ended: 'length' });
    const [sum] = await generate(source, [[0]], { stop: [END], maxTokens: 4, beams: 2, lengthPenalty: 0 });
    expect(sum).toMatchObject({ tokens: [], ended: 'stop' });
  });

  it('is greedy with one beam, where a text that goes on scores no higher for its length', async () => {
    const model = gpt2();
    const source = { model, parameters: drawn(model) };
    const { beamSearch } = await import('../../src/generation/beams.js');
    const { settingsOf } = await import('../../src/generation/settings.js');
    const writer = predictor(source);
    const options: GenerateOptions = { maxTokens: 7, stop: [4, 5], lengthPenalty: 0 };
    const greedy = await generate(writer, PROMPTS, options);
    const beams = await beamSearch(
      writer,
      PROMPTS,
      PROMPTS.map(() => 7),
      settingsOf('generate', options),
    );
    greedy.forEach(({ tokens, logLikelihood, ended }, row) => {
      expect(beams[row]).toMatchObject({ tokens, ended });
      expectClose(beams[row]!.logLikelihood, logLikelihood);
    });
    writer.dispose();
  });

  it.each([0, 0.7, 1, 2, -1])('finds the best of all texts when it keeps all in view, with length penalty %f', async (lengthPenalty) => {
    const random = tf.randomNormal([4, 4], 0, 1.5, 'float32', 7 + lengthPenalty).arraySync() as number[][];
    const table = (tf.logSoftmax(tf.tensor2d(random)).arraySync() as number[][]).map((row) => [...row]);
    const most = 4;
    let best = { tokens: [] as number[], score: -Infinity };
    const visit = (tokens: readonly number[], sum: number) => {
      const last = tokens.at(-1) ?? 0;
      for (let token = 0; token < 4; token++) {
        const total = sum + table[last]![token]!;
        const score = total / (tokens.length + 1) ** lengthPenalty;
        const ends = token === END;
        if (ends || tokens.length + 1 === most) {
          if (score > best.score) best = { tokens: ends ? [...tokens] : [...tokens, token], score };
        } else visit([...tokens, token], total);
      }
    };
    visit([], 0);
    const [found] = await generate(chain(table), [[0]], { stop: [END], maxTokens: most, beams: 200, lengthPenalty });
    expect(found!.tokens).toEqual(best.tokens);
  });

  it('searches behind each prompt of a batch as if it were alone', async () => {
    const model = gpt2();
    const source = { model, parameters: drawn(model) };
    const options = { beams: 3, maxTokens: 6, stop: [4] };
    const together = await generate(source, PROMPTS, options);
    for (const [row, prompt] of PROMPTS.entries()) {
      const [alone] = await generate(source, [prompt], options);
      expect(together[row]!.tokens).toEqual(alone!.tokens);
      // What it says of a text is what scoring says of it.
      const whole = together[row]!.ended === 'stop' ? [...alone!.tokens, 4] : alone!.tokens;
      const [score] = await scoreContinuations(source, [{ prompt, continuation: whole }]);
      expectClose(together[row]!.logLikelihood, score!.logLikelihood);
    }
  });
});

describe('streamTokens', () => {
  it('gives the tokens of generate, one by one', async () => {
    const model = gpt2();
    const source = { model, parameters: drawn(model) };
    const options = { maxTokens: 9, temperature: 0.8, seed: 3, stop: [4] };
    const [whole] = await generate(source, [[1, 2]], options);
    const tokens: number[] = [];
    for await (const token of streamTokens(source, [1, 2], options)) tokens.push(token);
    expect(tokens).toEqual(whole!.tokens);
  });

  it('lets go of everything when nobody listens any more, or when it is told to stop', async () => {
    const model = gpt2();
    const source = { model, parameters: drawn(model) };
    const before = tf.memory().numTensors;
    for await (const _ of streamTokens(source, [1])) break;
    expect(tf.memory().numTensors).toBe(before);

    const control = new AbortController();
    const seen: number[] = [];
    const listening = (async () => {
      for await (const token of streamTokens(source, [1], { signal: control.signal })) {
        seen.push(token);
        if (seen.length === 3) control.abort(new Error('enough'));
      }
    })();
    await expect(listening).rejects.toThrow('enough');
    expect(seen).toHaveLength(3);
    await expect(generate(source, [[1]], { signal: control.signal, beams: 2 })).rejects.toThrow('enough');
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('scoreContinuations', () => {
  it('gives the log-probability of each token, whatever is scored beside it', async () => {
    const model = gpt2();
    const parameters = drawn(model);
    const items = [
      { prompt: [1, 2, 3], continuation: [4] },
      { prompt: [1, 2, 3], continuation: [5, 6, 7] },
      { prompt: [9], continuation: [1, 1] },
      { prompt: [1, 2, 3], continuation: [5, 6] },
    ];
    const scores = await scoreContinuations({ model, parameters }, items, { batchSize: 3 });
    items.forEach(({ prompt, continuation }, i) => {
      const expected = continuation.map((token, k) => behind(model, parameters, [...prompt, ...continuation.slice(0, k)])[token]!);
      expectClose([...scores[i]!.tokens], expected);
      expectClose(
        scores[i]!.logLikelihood,
        expected.reduce((a, b) => a + b),
      );
    });
  });

  it('leaves no tensors behind, with a predictor of its own and with a given one', async () => {
    const model = gpt2();
    const source = { model, parameters: drawn(model) };
    const items = PROMPTS.map((prompt, i) => ({ prompt, continuation: Array.from({ length: i + 1 }, () => 5) }));
    const before = tf.memory().numTensors;
    await scoreContinuations(source, items, { batchSize: 2 });
    expect(tf.memory().numTensors).toBe(before);
    const writer = predictor(source);
    const held = tf.memory().numTensors;
    await scoreContinuations(writer, items, { batchSize: 2 });
    expect(tf.memory().numTensors).toBe(held);
    const whole = chain(logs(SHARES));
    await scoreContinuations(whole, [{ prompt: [0], continuation: [1, 2, 3] }]);
    expect(tf.memory().numTensors).toBe(held);
    writer.dispose();
  });

  it('refuses a text that is empty or too long', async () => {
    const model = gpt2();
    const source = { model, parameters: drawn(model) };
    const refused = (prompt: number[], continuation: number[]) =>
      expect(scoreContinuations(source, [{ prompt, continuation }])).rejects.toMatchObject({ code: 'CL_DATA' });
    await refused([], [1]);
    await refused([1], []);
    await refused([1], [11]);
    await refused([1], Array<number>(40).fill(1));
  });
});

describe('a sum of logits', () => {
  it('generates by M + α (M⁺ − M⁻)', async () => {
    const model = gpt2();
    const weights = [drawn(model, 1), drawn(model, 2), drawn(model, 3)];
    const [base, plus, minus] = weights.map((parameters) => predictor({ model, parameters })) as [Of, Of, Of];
    const tuned = sumOfLogits([
      { of: base, weight: 1 },
      { of: plus, weight: 0.5 },
      { of: minus, weight: -0.5 },
    ]);
    const text = [1, 2];
    for (let step = 0; step < 5; step++) {
      const [m, p, n] = weights.map((parameters) => behind(model, parameters, text)) as [number[], number[], number[]];
      text.push(argMax(m.map((value, token) => value + 0.5 * (p[token]! - n[token]!))));
    }
    const [found] = await generate(tuned, [[1, 2]], { maxTokens: 5 });
    expect(found!.tokens).toEqual(text.slice(2));
    const [score] = await scoreContinuations(tuned, [{ prompt: [1, 2], continuation: text.slice(2) }]);
    expectClose(score!.logLikelihood, found!.logLikelihood);
    for (const part of [base, plus, minus]) part.dispose();
  });

  type Of = ReturnType<typeof predictor>;
});

describe('a learner', () => {
  const options = () => ({ model: gpt2(), optimizer: adam(1e-3), objective: languageModel(), scenario: 'domain' as const, seed: 4 });

  it('writes with its parameters', async () => {
    const learner = new Learner(options());
    const parameters = learner.parameters();
    const [text] = await generate(learner, [[1, 2]], { maxTokens: 20 });
    expect(text!.tokens).toEqual(greedily(gpt2(), parameters, [1, 2], 20));
    tf.dispose(parameters);
    learner.dispose();
  });

  it('writes as its strategy has it, within a row of inputs', async () => {
    const halved = defineStrategy({
      name: 'negated',
      init: () => null,
      effective: (_, parameters) => ({ ...parameters, 'norm/scale': tf.neg(parameters['norm/scale']!) }),
    });
    const learner = new Learner({ ...options(), strategy: halved });
    const parameters = learner.parameters();
    const negated = { ...parameters, 'norm/scale': tf.neg(parameters['norm/scale']!) };
    const [text] = await generate(learner, [[1, 2]], { maxTokens: 20 });
    expect(text!.tokens).toEqual(greedily(gpt2(), negated, [1, 2], 10));
    expect(text!.tokens).not.toEqual(greedily(gpt2(), parameters, [1, 2], 10));
    learner.dispose();
  });
});

it.each([{ beams: 0 }, { beams: 2, temperature: 1 }, { topP: 0 }, { topK: 0 }, { maxTokens: 0 }, { stop: [-1] }, { beam: 2 }])(
  'refuses the options %o',
  async (options) => {
    await expect(generate(chain(logs(SHARES)), [[0]], options as GenerateOptions)).rejects.toMatchObject({ code: 'CL_OPTION' });
  },
);

it('refuses prompts that it cannot go on with', async () => {
  for (const prompt of [[], [4], [0.5], Array<number>(12).fill(0)]) {
    await expect(generate(chain(logs(SHARES)), [prompt])).rejects.toMatchObject({ code: 'CL_DATA' });
  }
});

it('a predictor is refused of what is no source of logits', () => {
  const model = gpt2();
  for (const source of [undefined, null, 3, 'gpt2', {}, { model }, { parameters: {} }, { model: 'gpt2', parameters: {} }])
    expect(() => predictor(source as never)).toThrow(expect.objectContaining({ code: 'CL_OPTION' }));
});
