import { fc, test } from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useCpu } from '../../../testing/places.js';
import { tidied } from '../../../testing/watched.js';
import { type EntityHead, followers, type Precedence, resolvedTags, viterbi } from '../src/index.js';

beforeAll(useCpu);

type Row = readonly number[];

const isInside = (tag: number) => tag > 0 && tag % 2 === 0;
const mayFollow = (before: number, after: number) => !isInside(after) || before === after || before === after - 1;

const decoded = (logits: readonly Row[], words: Row | null = null): number[] =>
  tidied(() => {
    const options = { followers: followers(logits[0]!.length), words: words && tf.tensor2d([[...words]]) };
    return (viterbi(tf.tensor3d([logits as number[][]]), options).arraySync() as number[][])[0]!;
  });

describe('Viterbi', () => {
  const cases = fc
    .record({ types: fc.integer({ min: 1, max: 2 }), length: fc.integer({ min: 1, max: 5 }), seed: fc.integer({ min: 0, max: 1e6 }) })
    .map(({ types, length, seed }) => {
      // Irrational steps: no ties.
      const value = (i: number) => 3 * Math.sin((seed + 1) * 0.37 + i * 1.917 + i * i * 0.113);
      const tags = 2 * types + 1;
      return Array.from({ length }, (_, k) => Array.from({ length: tags }, (_, tag) => value(k * tags + tag)));
    });

  const logSoftmax = (row: Row) => {
    const sum = Math.log(row.reduce((total, z) => total + Math.exp(z), 0));
    return row.map((z) => z - sum);
  };

  test.prop([cases], { numRuns: 40 })('finds what trying all sequences finds', (logits) => {
    const logs = logits.map(logSoftmax);
    let best = { score: -Infinity, path: [] as number[] };
    const extend = (path: number[], score: number) => {
      if (path.length === logs.length) {
        if (score > best.score) best = { score, path };
        return;
      }
      logs[path.length]!.forEach((own, tag) => {
        if (mayFollow(path.at(-1) ?? 0, tag)) extend([...path, tag], score + own);
      });
    };
    extend([], 0);
    expect(decoded(logits)).toEqual(best.path);
  });

  test.prop([cases], { numRuns: 40 })('passes over what is no word', (logits) => {
    const noise = logits[0]!.map((_, tag) => (isInside(tag) ? 50 : -50));
    const length = logits.length;
    expect(decoded([...logits, noise, noise], [...logits.map(() => 1), 0, 0])).toEqual([...decoded(logits), 0, 0]);
    // Marks at the beginning, later pieces of a word.
    const apart = logits.flatMap((row) => [noise, row]);
    expect(
      decoded(
        apart,
        apart.map((_, i) => i % 2),
      ).filter((_, i) => i % 2 === 1),
    ).toEqual(decoded(logits));
    expect(length).toBeGreaterThan(0);
  });
});

describe('the conflict resolver', () => {
  /** Two heads, X and Y: outputs O, B-X, I-X, B-Y, I-Y, and the O of the second. */
  const heads: readonly EntityHead[] = [
    { other: 0, tags: [1, 2] },
    { other: 5, tags: [3, 4] },
  ];
  const NAMES = ['O', 'B-X', 'I-X', 'B-Y', 'I-Y'];
  /** What a head proposes, and how sure it is. */
  type Say = readonly [tag: 'O' | 'B' | 'I', probability: number];
  const token = (x: Say, y: Say): number[] => {
    const head = ([tag, probability]: Say) =>
      (['O', 'B', 'I'] as const).map((each) => Math.log(each === tag ? probability : (1 - probability) / 2));
    const [[xo, xb, xi], [yo, yb, yi]] = [head(x), head(y)] as [Row, Row] as [[number, number, number], [number, number, number]];
    return [xo, xb, xi, yb, yi, yo];
  };
  const resolve = (tokens: readonly number[][], precedence: Precedence = 'inside', words: Row | null = null) =>
    tidied(() => {
      const found = resolvedTags(tf.tensor3d([tokens as number[][]]), heads, precedence, words && tf.tensor2d([[...words]]));
      return (found.arraySync() as number[][])[0]!.map((tag) => NAMES[tag]);
    });
  const O: Say = ['O', 0.8];

  it.each([
    ['all say O', [token(O, O)], ['O']],
    ['one begins', [token(['B', 0.6], ['O', 0.99])], ['B-X']],
    ['both begin: the likelier', [token(['B', 0.6], ['B', 0.7])], ['B-Y']],
    ['both begin: the likelier, in the other head', [token(['B', 0.7], ['B', 0.6])], ['B-X']],
    ['goes on after O', [token(O, O), token(['I', 0.9], O)], ['O', 'O']],
    ['goes on at the beginning', [token(['I', 0.9], O)], ['O']],
    ['goes on after its B', [token(['B', 0.9], O), token(['I', 0.5], O)], ['B-X', 'I-X']],
    ['goes on after its I', [token(['B', 0.9], O), token(['I', 0.5], O), token(['I', 0.5], O)], ['B-X', 'I-X', 'I-X']],
    ['goes on where it may not, and another begins', [token(O, O), token(['I', 0.9], ['B', 0.5])], ['O', 'B-Y']],
    ['goes on after another type', [token(O, ['B', 0.9]), token(['I', 0.9], O)], ['B-Y', 'O']],
    ['goes on where it may, and another begins', [token(['B', 0.9], O), token(['I', 0.5], ['B', 0.9])], ['B-X', 'I-X']],
    // The final tag counts, not what the head itself had said.
    ['goes on with what lost', [token(['B', 0.6], ['B', 0.7]), token(['I', 0.9], O)], ['B-Y', 'O']],
  ] as const)('%s', (_what, tokens, expected) => expect(resolve(tokens as unknown as number[][])).toEqual(expected));

  it("lets the likelier of both win by 'probability'", () => {
    const both = (inside: number, begin: number) => [token(['B', 0.9], O), token(['I', inside], ['B', begin])];
    expect(resolve(both(0.5, 0.9), 'probability')).toEqual(['B-X', 'B-Y']);
    expect(resolve(both(0.9, 0.5), 'probability')).toEqual(['B-X', 'I-X']);
  });

  it('passes over what is no word', () => {
    const tokens = [token(['B', 0.9], O), token(O, ['B', 0.9]), token(['I', 0.9], O), token(O, ['B', 0.9])];
    expect(resolve(tokens, 'inside', [1, 0, 1, 0])).toEqual(['B-X', 'O', 'I-X', 'O']);
  });
});
