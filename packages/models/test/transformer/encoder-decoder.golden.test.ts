import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, type Golden, goldenFiles } from '../../../../testing/golden.js';
import { useCpu } from '../../../../testing/places.js';
import { type Generated, generate, language, loadPretrained } from '../../src/index.js';
import { type Expected, filesOfTiny, type Given } from './tiny.js';

beforeAll(useCpu);

interface Told {
  readonly greedy: readonly (readonly number[])[];
  readonly beams: readonly {
    readonly beams: number;
    readonly lengthPenalty: number;
    readonly sequences: readonly (readonly number[])[];
    readonly scores: readonly number[];
  }[];
}

describe('beside Python', () => {
  const folder = new URL('../../golden/', import.meta.url);
  const [{ given }] = goldenFiles<Given, Expected>('transformers', folder, 't5-1') as unknown as [{ given: Given }];
  const [told] = goldenFiles<{ maxTokens: number; stop: number }, Told>('transformers', folder, 't5-generate-1') as [
    Golden<{ maxTokens: number; stop: number }, Told>,
  ];
  const prompts = given.ids.map((row, i) => row.filter((_, k) => given.attentionMask[i]![k] === 1));
  const options = { maxTokens: told.given.maxTokens, stop: [told.given.stop] };
  const withStop = ({ tokens, ended }: Generated) => (ended === 'stop' ? [...tokens, told.given.stop] : [...tokens]);

  it('answers greedily as it does', async () => {
    const source = await loadPretrained(filesOfTiny(given), { head: language(), sequence: 7 });
    expect((await generate({ model: source.model, parameters: source.parameters }, prompts, options)).map(withStop)).toEqual(
      told.expected.greedy,
    );
  });

  it.each(told.expected.beams)(
    'finds by $beams beams, length penalty $lengthPenalty, what it finds',
    async ({ sequences, scores, ...how }) => {
      const { model, parameters } = await loadPretrained(filesOfTiny(given), { head: language(), sequence: 7 });
      const found = await generate({ model, parameters }, prompts, { ...options, ...how });
      expect(found.map(withStop)).toEqual(sequences);
      const lengths = found.map((text) => withStop(text).length);
      expectClose(
        found.map(({ logLikelihood }, i) => logLikelihood / lengths[i]! ** how.lengthPenalty),
        scores,
        told.tolerance,
      );
    },
  );
});
