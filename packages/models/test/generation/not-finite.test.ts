import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { useCpu } from '../../../../testing/places.js';
import { generate } from '../../src/index.js';
import { chain, drawn, gpt2 } from './support.js';

beforeAll(useCpu);

it.each([0, 0.7])('logits that are no numbers are an error and no token: temperature %s', async (temperature) => {
  const model = gpt2();
  const parameters = { ...drawn(model) };
  const name = Object.keys(parameters)
    .filter((each) => each.endsWith('bias'))
    .at(-1)!;
  parameters[name] = tf.fill(parameters[name]!.shape, Number.NaN);
  const next = chain([
    [0, Number.NaN],
    [0, 0],
  ]);
  for (const source of [{ model, parameters }, next]) {
    await expect(generate(source, [[0]], { maxTokens: 2, temperature })).rejects.toMatchObject({ code: 'CL_NOT_FINITE' });
  }
});
