import { sentenceBleu } from '@cl/core';
import { syllable } from 'syllable';

/**
 * H_cust of a haiku, [0, 1]: the mean of four scores. BLEU; how near the number of syllables is to that of the reference; how near the number of lines
 * (between commas) is; and whether the topic is in it (Scialom et al., 2022). Of the reference itself 1, if that has the topic.
 *
 * Syllables are compared with the reference's, not with 5-7-5, and are counted by rules for English, which know no word for sure.
 *
 * @example haikuScore('old pond , a frog jumps , sound of water', 'old pond , a frog jumps , sound of water', 'frog') // 1
 */
export function haikuScore(answer: string, reference: string, topic: string): number {
  const lines = (text: string) => text.split(',').length;
  const scores = [
    sentenceBleu(answer, reference).score,
    nearness(syllable(answer), syllable(reference)),
    nearness(lines(answer), lines(reference)),
    Number(answer.includes(topic)),
  ];
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

/** The topic of a haiku: what stands between apostrophes where it is asked for. */
export const topicOf = (prompt: string): string => /'(.*)'/s.exec(prompt)?.[1] ?? '';

/** 1 for equal numbers, 0 where one of them is 0 and the other is not. */
const nearness = (a: number, b: number): number => (a === b ? 1 : 1 - Math.abs(a - b) / Math.max(a, b));
