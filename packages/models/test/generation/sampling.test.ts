import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../../testing/golden.js';
import { useCpu } from '../../../../testing/places.js';
import { type GenerateOptions, generate } from '../../src/index.js';
import { chain, logs } from './support.js';

beforeAll(useCpu);

describe('sampling', () => {
  const TABLE = [
    [0.5, 0.3, 0.15, 0.05],
    [0.5, 0.3, 0.15, 0.05],
    [0.5, 0.3, 0.15, 0.05],
    [0.5, 0.3, 0.15, 0.05],
  ];

  async function shares(options: GenerateOptions): Promise<number[]> {
    const counts = [0, 0, 0, 0];
    const prompts = Array.from({ length: 200 }, () => [0]);
    for (const { tokens } of await generate(chain(logs(TABLE)), prompts, { maxTokens: 10, seed: 5, ...options })) {
      for (const token of tokens) counts[token]!++;
    }
    return counts.map((count) => count / 2000);
  }

  // Three deviations of a share of 2000 draws are at most 0.034.
  const near = (found: readonly number[], expected: readonly number[]) => expectClose(found, expected, { abs: 0.034, rel: 0 });

  it('draws tokens as often as they are likely', async () => near(await shares({ temperature: 1 }), [0.5, 0.3, 0.15, 0.05]));

  it('sharpens by temperature', async () => {
    const squares = TABLE[0]!.map((share) => share ** 2);
    const total = squares.reduce((a, b) => a + b);
    near(
      await shares({ temperature: 0.5 }),
      squares.map((square) => square / total),
    );
  });

  it('draws from the likeliest alone', async () => {
    const found = await shares({ temperature: 1, topK: 2 });
    near(found, [5 / 8, 3 / 8, 0, 0]);
    expect(found.slice(2)).toEqual([0, 0]);
  });

  it('draws from the fewest that make up a share', async () => {
    // 0.5 + 0.3 is not yet 0.9, 0.5 + 0.3 + 0.15 is.
    const found = await shares({ temperature: 1, topP: 0.9 });
    near(found, [0.5 / 0.95, 0.3 / 0.95, 0.15 / 0.95, 0]);
    expect(found[3]).toBe(0);
    expect((await shares({ temperature: 1, topP: 0.01 })).slice(1)).toEqual([0, 0, 0]);
  });

  it('draws the same again with the same seed, and others with another', async () => {
    const draw = (seed: number) => generate(chain(logs(TABLE)), [[0], [0]], { temperature: 1, maxTokens: 11, seed });
    const first = await draw(1);
    expect(await draw(1)).toEqual(first);
    expect(await draw(2)).not.toEqual(first);
    expect(first[0]!.tokens).not.toEqual(first[1]!.tokens);
  });
});
