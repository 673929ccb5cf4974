import { describe, expect, it } from 'vitest';
import { expectClose, goldenFiles } from '../../../../testing/golden.js';
import { bleu, chrf, rouge, rougeL, sari, sentenceBleu } from '../../src/index.js';

interface Given {
  readonly items: readonly { readonly source: string; readonly candidate: string; readonly references: readonly string[] }[];
}
interface Expected {
  readonly perSentence: readonly { readonly [name: string]: unknown }[];
  readonly corpusBleu: { readonly score: number; readonly precisions: readonly number[]; readonly brevityPenalty: number };
  readonly corpusChrF2: number;
  readonly meanSari: number;
}

const percent = (share: number) => 100 * share;

describe.each(goldenFiles<Given, Expected>('metrics', new URL('../../golden/', import.meta.url), 'text-'))(
  '$file',
  ({ given: { items }, expected, tolerance }) => {
    it.each(items.map((item, i) => [i, item] as const))('sentence %i', (i, { source, candidate, references }) => {
      const { score, precisions, brevityPenalty } = sentenceBleu(candidate, references);
      const [reference] = references as [string];
      const found = {
        sentenceBleu: percent(score),
        bleuPrecisions: precisions.map(percent),
        brevityPenalty,
        chrF2: percent(chrf([candidate], [references])),
        rougeAgainstFirstReference: {
          rouge1: rouge(candidate, reference, 1),
          rouge2: rouge(candidate, reference, 2),
          rougeL: rougeL(candidate, reference),
        },
        sari: sari(source, candidate, references),
      };
      expect(Object.keys(found).sort()).toEqual(Object.keys(expected.perSentence[i]!).sort());
      expectClose(found, expected.perSentence[i], tolerance);
    });

    it('the corpus', () => {
      const [candidates, references] = [items.map(({ candidate }) => candidate), items.map((item) => item.references)];
      const { score, precisions, brevityPenalty, length, referenceLength } = bleu(candidates, references);
      const { counts: _counts, totals: _totals, ...wanted } = expected.corpusBleu as never as Record<string, unknown>;
      const found = {
        score: percent(score),
        precisions: precisions.map(percent),
        brevityPenalty,
        systemLength: length,
        referenceLength,
      };
      expectClose(found, wanted, tolerance);
      expectClose(percent(chrf(candidates, references)), expected.corpusChrF2, tolerance);
      const each = items.map((item) => sari(item.source, item.candidate, item.references));
      expectClose(each.reduce((a, b) => a + b, 0) / each.length, expected.meanSari, tolerance);
    });
  },
);
