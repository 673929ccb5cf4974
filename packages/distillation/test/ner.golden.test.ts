import { type Batch, type Forward, type GraphContext, type Task, valueAndGradients } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, goldenFiles } from '../../../testing/golden.js';
import { useCpu } from '../../../testing/places.js';
import { tidied } from '../../../testing/watched.js';
import { addNer, extendNer, followers, resolvedTags, viterbi } from '../src/index.js';

beforeAll(useCpu);

const folder = new URL('../golden/', import.meta.url);
type Logits = readonly (readonly (readonly number[])[])[];
type Step = { readonly strategy: ReturnType<typeof addNer> | ReturnType<typeof extendNer>; readonly tasks: readonly Task[] };

/** The strategy's term, with that of the objective taken as 0, and its gradient by the logits, in the last of some tasks. */
function termOf({ strategy, tasks }: Step, logits: Logits, teacher: Logits, labels: readonly (readonly number[])[]) {
  return tidied(() => {
    const outputs = logits[0]![0]!.length;
    const ctx = {
      scenario: 'class',
      past: tasks.slice(0, -1),
      task: tasks.at(-1)!,
      competing: [...new Set(tasks.flatMap(({ classes }) => classes))],
      model: { outputs },
      forward: () => tf.tensor3d(teacher as number[][][]),
    } as unknown as GraphContext;
    const { loss, gradients } = valueAndGradients(
      ({ z }) => {
        const batch = { x: tf.zeros([1]), y: tf.tensor2d(labels as number[][], undefined, 'int32'), weight: tf.ones([labels.length]) };
        const forward = { batch: batch as unknown as Batch, outputs: z, loss: tf.scalar(0) } as Forward;
        return { loss: strategy.loss!(ctx, forward, { teacher: {} }, null)!, aux: null };
      },
      { z: tf.tensor3d(logits as number[][][]) },
    );
    return { loss: loss.arraySync(), gradient: gradients.z!.arraySync() as number[][][] };
  });
}

interface ExtendGiven {
  readonly logits: Logits;
  /** Of the old tags alone. */
  readonly teacherLogits: Logits;
  readonly labels: readonly (readonly number[])[];
  readonly oldTags: number;
  readonly allTags: number;
}
interface Expected {
  readonly crossEntropy: number;
  readonly kl: number;
  readonly gradientOfLogitsOfSum: Logits;
}

describe('ExtendNER', () => {
  const variants = {
    cfner: { teacherTemperature: 1 },
    spankl: { temperature: 1 },
    definitionPadded: {},
    definitionRestricted: { softmax: 'restricted' },
  } as const;
  const files = goldenFiles<ExtendGiven, Record<keyof typeof variants, Expected>>('ner', folder, 'extend-loss-');

  describe.each(files)('$file', ({ given, expected, tolerance }) => {
    it.each(Object.entries(variants))('%s', (name, options) => {
      const { logits, labels, oldTags, allTags } = given;
      const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
      const tasks: readonly Task[] = [
        { index: 0, name: 'old', classes: range(0, oldTags) },
        { index: 1, name: 'new', classes: [0, ...range(oldTags, allTags)] },
      ];
      // What a teacher says of tags that it never met does not count.
      const teacher = given.teacherLogits.map((row) => row.map((token) => [...token, ...range(oldTags, allTags).map(() => 7)]));
      const { crossEntropy, kl, gradientOfLogitsOfSum } = expected[name as keyof typeof variants];
      const { loss, gradient } = termOf({ strategy: extendNer(options), tasks }, logits, teacher, labels);
      expectClose(loss, crossEntropy + kl, tolerance);
      expectClose(gradient, gradientOfLogitsOfSum, tolerance);
      expectClose(termOf({ strategy: extendNer({ ...options, alpha: 0 }), tasks }, logits, teacher, labels).loss, crossEntropy, tolerance);
      expectClose(termOf({ strategy: extendNer({ ...options, beta: 0 }), tasks }, logits, teacher, labels).loss, kl, tolerance);
    });
  });
});

interface AddGiven {
  readonly logits: Logits;
  readonly teacherLogits: Logits;
  readonly labels: readonly (readonly number[])[];
  readonly lengths: readonly number[];
  readonly headRanges: readonly (readonly [number, number])[];
}
interface AddExpected {
  readonly spankl: Expected;
  readonly definition: { readonly crossEntropy: number; readonly klSumOverHeads: number; readonly gradientOfLogitsOfSum: Logits };
}

describe('AddNER', () => {
  const files = goldenFiles<AddGiven, AddExpected>('ner', folder, 'add-loss-');

  describe.each(files)('$file', ({ given, expected, tolerance }) => {
    const { headRanges, lengths } = given;
    // Theirs: O, B, I, … of each head in turn. Ours: one O, the tags of all heads, the Os of all heads but the first.
    const tags = headRanges.flatMap(([from, to]) => Array.from({ length: to - from - 1 }, (_, i) => from + 1 + i));
    const order = [0, ...tags, ...headRanges.slice(1).map(([from]) => from)];
    const ours = (logits: Logits) => logits.map((row) => row.map((token) => order.map((column) => token[column]!)));
    let next = 1;
    const tasks = headRanges.map(([from, to], index): Task => {
      const classes = [0, ...Array.from({ length: to - from - 1 }, () => next++)];
      return { index, name: `${index}`, classes };
    });
    const labels = given.labels.map((row, n) => row.map((label, k) => (k < lengths[n]! ? label : -100)));
    const run = (options: Parameters<typeof addNer>[0]) =>
      termOf({ strategy: addNer(options), tasks }, ours(given.logits), ours(given.teacherLogits), labels);

    it('the definition', () => {
      const { crossEntropy, klSumOverHeads, gradientOfLogitsOfSum } = expected.definition;
      expectClose(run({}).loss, crossEntropy + klSumOverHeads, tolerance);
      expectClose(run({}).gradient, ours(gradientOfLogitsOfSum), tolerance);
      expectClose(run({ alpha: 0 }).loss, crossEntropy, tolerance);
      expectClose(run({ beta: 0 }).loss, klSumOverHeads, tolerance);
    });

    it("SpanKL's version, whose means count padding", () => {
      const share = lengths.reduce((a, b) => a + b) / (labels.length * labels[0]!.length);
      const { loss, gradient } = run({ temperature: 1, oldHeads: 'mean' });
      const { crossEntropy, kl, gradientOfLogitsOfSum } = expected.spankl;
      expectClose(loss * share, crossEntropy + kl, tolerance);
      expectClose(
        gradient.map((row) => row.map((token) => token.map((slope) => slope * share))),
        ours(gradientOfLogitsOfSum),
        tolerance,
      );
    });
  });
});

interface ResolverGiven {
  readonly types: readonly string[];
  /** [token, head, (O, B, I)] */
  readonly cases: readonly { readonly logits: Logits }[];
}

describe('the conflict resolver', () => {
  it.each(goldenFiles<ResolverGiven, { tags: string[][] }>('ner', folder, 'resolver-'))('$file', ({ given, expected }) => {
    const { types, cases } = given;
    const names = ['O', ...types.flatMap((type) => [`B-${type}`, `I-${type}`])];
    const heads = types.map((_, k) => ({ other: k === 0 ? 0 : 2 * types.length + k, tags: [2 * k + 1, 2 * k + 2] }));
    const found = cases.map(({ logits }) =>
      tidied(() => {
        const tokens = logits.map((ofHeads) => [
          ofHeads[0]![0]!,
          ...ofHeads.flatMap(([, begin, inside]) => [begin!, inside!]),
          ...ofHeads.slice(1).map(([other]) => other!),
        ]);
        const tags = resolvedTags(tf.tensor3d([tokens]), heads, 'inside', null).arraySync() as number[][];
        return tags[0]!.map((tag) => names[tag]);
      }),
    );
    expect(found).toEqual(expected.tags);
  });
});

interface ViterbiGiven {
  readonly tags: readonly string[];
  readonly cases: readonly { readonly logits: readonly (readonly number[])[] }[];
}

describe('Viterbi', () => {
  const files = goldenFiles<ViterbiGiven, { best: { tags: string[]; perTokenArgMax: string[] }[] }>('ner', folder, 'viterbi-');
  it.each(files)('$file', ({ given: { tags, cases }, expected }) => {
    for (const [i, { logits }] of cases.entries()) {
      const decode = (allowed: (count: number) => tf.Tensor2D) =>
        tidied(() => {
          const found = viterbi(tf.tensor3d([logits as number[][]]), { followers: allowed(tags.length), words: null });
          return (found.arraySync() as number[][])[0]!.map((tag) => tags[tag]);
        });
      expect(decode(followers)).toEqual(expected.best[i]!.tags);
      expect(decode((count) => tf.ones([count, count]))).toEqual(expected.best[i]!.perTokenArgMax);
    }
  });
});
