import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { answerF1, bleu, chrf, exactMatch, normalizedAnswer, rouge, rougeL, sari, sentenceBleu } from '../../src/index.js';
import { tokens13a } from '../../src/metrics/text/bleu.js';
import { refused } from '../learner/support.js';

describe('BLEU', () => {
  it('takes signs apart as mteval-v13a does: not inside of numbers, and dashes after digits only', () => {
    expect(tokens13a('It costs $3,000.50 (about), e.g. 5-6 well-known &quot;units&quot;.').join(' ')).toBe(
      'It costs $ 3,000.50 ( about ) , e . g . 5 - 6 well-known " units " .',
    );
  });

  it('of a corpus without any 4-gram is 0, of a short sentence that of what it has', () => {
    expect(bleu(['good day'], ['good day']).score).toBe(0);
    expect(sentenceBleu('good day', 'good day').score).toBe(1);
  });

  it('is 0 for no text and for one that shares no word', () => {
    expect(sentenceBleu('', 'a b').score).toBe(0);
    expect(sentenceBleu('x y z', 'a b c').score).toBe(0);
  });

  it('of shorter texts pays: half as long as the reference, e⁻¹', () => {
    const { brevityPenalty, score } = sentenceBleu('a b', 'a b c d');
    expect(brevityPenalty).toBeCloseTo(Math.exp(-1), 12);
    expect(score).toBeCloseTo(Math.exp(-1), 12);
  });

  it('refuses texts without references', async () => {
    expect(await refused(() => bleu(['a'], []))).toMatch(/^CL_SHAPE bleu\(\): 1 texts and references of 0/);
    expect(await refused(() => sari('a', 'a', []))).toMatch(/^CL_SHAPE sari\(\): text 0 has no reference/);
  });
});

describe('answers', () => {
  it('are compared without case, punctuation and articles', () => {
    expect(normalizedAnswer(' The  Battle, of “an” Hastings! ')).toBe('battle of “ ” hastings');
    expect(exactMatch('the Normans.', ['Norse', 'Normans'])).toBe(true);
    expect(exactMatch('Norman', 'Normans')).toBe(false);
    // 'anthem' has an article in it and is none.
    expect(normalizedAnswer('anthem')).toBe('anthem');
  });

  it('share words: one of three that is all of the other has F1 1/2', () => {
    expect(answerF1('in the year 1066', ['1067', '1066'])).toBeCloseTo(0.5, 12);
    expect(answerF1('', '')).toBe(1);
    expect(answerF1('', 'word')).toBe(0);
  });
});

const sentence = fc
  .array(fc.constantFrom('the', 'cat', 'sat', 'on', 'mats', '.'), { minLength: 4, maxLength: 12 })
  .map((all) => ['cat', ...all].join(' '));

describe('every score', () => {
  test.prop([sentence, sentence])('lies in [0, 1]', (text, reference) => {
    const scores = [
      bleu([text], [reference]).score,
      sentenceBleu(text, reference).score,
      chrf([text], [reference]),
      rouge(text, reference, 2).f,
      rougeL(text, reference).f,
      sari(text, reference, text),
      answerF1(text, reference),
    ];
    for (const score of scores) {
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(1 + 1e-12);
    }
  });

  test.prop([sentence])('is 1 for the reference itself', (text) => {
    for (const score of [
      sentenceBleu(text, text).score,
      chrf([text], [text]),
      rouge(text, text).f,
      rougeL(text, text).f,
      answerF1(text, text),
    ])
      expect(score).toBeCloseTo(1, 12);
  });
});
