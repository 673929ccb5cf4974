import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../../testing/golden.js';
import { useCpu } from '../../../../testing/places.js';
import { tidied } from '../../../../testing/watched.js';
import { type DistillationOptions, distillation, distillationOfRows, oldHeads, type Task, valueAndGradients } from '../../src/index.js';

beforeAll(useCpu);

type Row = readonly number[];

const softmax = (logits: Row, temperature: number): number[] => {
  const powers = logits.map((z) => Math.exp(z / temperature));
  return powers.map((p) => p / powers.reduce((a, b) => a + b));
};

/** By the definition, one row at a time: −Σ over the teacher's classes of target × log softmax over the student's. */
function byHand(student: Row, teacher: Row, temperature: number, told: Row, competing: Row = told, own = temperature): number {
  const targets = softmax(
    told.map((c) => teacher[c]!),
    own,
  );
  const ours = softmax(
    competing.map((c) => student[c]!),
    temperature,
  );
  return told.reduce((sum, c, i) => sum - targets[i]! * Math.log(ours[competing.indexOf(c)]!), 0);
}

const student = [
  [0.5, -1, 2, 0],
  [1, 1.5, -0.5, 3],
];
const teacher = [
  [2, 0, 1, 9],
  [-1, 0.5, 0, -9],
];
const rows = (options: DistillationOptions): number[] =>
  tidied(() => distillationOfRows(tf.tensor2d(student), tf.tensor2d(teacher), options).arraySync() as number[]);

describe('distillation of rows', () => {
  it('is the cross-entropy between two softmaxes over all outputs, each over a temperature of its own', () => {
    const all = [0, 1, 2, 3];
    expectClose(
      rows({ temperature: 2 }),
      student.map((row, n) => byHand(row, teacher[n]!, 2, all)),
    );
    expectClose(
      rows({ temperature: 2, teacherTemperature: 1 }),
      student.map((row, n) => byHand(row, teacher[n]!, 2, all, all, 1)),
    );
  });

  it('runs over the outputs that it is told, the same for all rows or others for each', () => {
    expectClose(
      rows({ temperature: 3, teacherColumns: [1, 1, 0, 0] }),
      student.map((row, n) => byHand(row, teacher[n]!, 3, [0, 1])),
    );
    expectClose(
      rows({ temperature: 3, teacherColumns: [1, 1, 0, 0], studentColumns: [1, 1, 1, 0] }),
      student.map((row, n) => byHand(row, teacher[n]!, 3, [0, 1], [0, 1, 2])),
    );
    const each = tidied(() => {
      const teacherColumns = tf.tensor2d([
        [1, 1, 0, 0],
        [0, 0, 1, 1],
      ]);
      return distillationOfRows(tf.tensor2d(student), tf.tensor2d(teacher), { temperature: 1, teacherColumns }).arraySync() as number[];
    });
    expectClose(each, [byHand(student[0]!, teacher[0]!, 1, [0, 1]), byHand(student[1]!, teacher[1]!, 1, [2, 3])]);
  });

  it("by 'hard' is the cross-entropy of the teacher's most probable output among those that count", () => {
    const hard = rows({ temperature: 1, targets: 'hard', teacherColumns: [1, 1, 1, 0], studentColumns: [1, 1, 1, 1] });
    const answers = [0, 1];
    expectClose(
      hard,
      student.map((row, n) => -Math.log(softmax(row, 1)[answers[n]!]!)),
    );
  });

  it("by 'divergence' is less by the teacher's entropy: 0 where both agree, and with the same gradient", () => {
    const all = [0, 1, 2, 3];
    const expected = student.map((row, n) => byHand(row, teacher[n]!, 2, all) - byHand(teacher[n]!, teacher[n]!, 2, all));
    expectClose(rows({ temperature: 2, divergence: true }), expected);
    const teacherColumns = [1, 1, 0, 1];
    tidied(() => {
      const told = tf.tensor2d(teacher);
      const same = distillationOfRows(told, told, { temperature: 2, divergence: true, teacherColumns }).arraySync();
      expectClose(same, [0, 0], { abs: 1e-6, rel: 0 });
      const gradient = (divergence: boolean) =>
        valueAndGradients(
          ({ z }) => ({ loss: distillation(z!, told, tf.ones([2]), { temperature: 2, divergence, teacherColumns }), aux: null }),
          { z: tf.tensor2d(student) },
        ).gradients.z!.arraySync();
      expect(gradient(true)).toEqual(gradient(false));
    });
    expect(rows({ temperature: 2, divergence: true, targets: 'hard' })).toEqual(rows({ temperature: 2, targets: 'hard' }));
  });

  it('is T² times as large where asked', () => {
    expectClose(
      rows({ temperature: 3, squareTemperature: true }),
      rows({ temperature: 3 }).map((loss) => 9 * loss),
    );
  });
});

describe('over heads', () => {
  const heads = [[1, 2], [0], [3, 1, 0]];

  it('is the sum over softmaxes of different lengths, each as if it were alone', () => {
    const options = [{ temperature: 2 }, { temperature: 2, divergence: true }, { temperature: 1, targets: 'hard' }] as const;
    for (const each of options) {
      const alone = heads.map((head) => rows({ ...each, teacherColumns: student[0]!.map((_, c) => Number(head.includes(c))) }));
      expectClose(
        rows({ ...each, heads }),
        student.map((_, n) => alone.reduce((sum, losses) => sum + losses[n]!, 0)),
      );
    }
  });

  it('of one output each is 0: there is nothing to tell apart', () => {
    for (const targets of ['soft', 'hard'] as const) expectClose(rows({ temperature: 1, targets, heads: [[0], [2]] }), [0, 0]);
  });

  it('has the gradient of that sum, and is of each token where rows have several', () => {
    const gradientOf = (options: DistillationOptions) =>
      tidied(() => {
        const weight = tf.tensor2d([[1, 3]]);
        const loss = (z: tf.Tensor) => distillation(z, tf.tensor3d([teacher]), weight, options);
        return (
          tf
            .grad(loss)(tf.tensor3d([student]))
            .arraySync() as number[][][]
        )[0]!;
      });
    const alone = heads.map((head) => gradientOf({ temperature: 2, teacherColumns: student[0]!.map((_, c) => Number(head.includes(c))) }));
    expectClose(
      gradientOf({ temperature: 2, heads }),
      student.map((row, n) => row.map((_, c) => alone.reduce((sum, slopes) => sum + slopes[n]![c]!, 0))),
    );
  });

  it('takes as many operations for twenty of them as for two', () => {
    const operations = (count: number) =>
      tidied(() => {
        const logits = tf.ones([3, 40]);
        const before = tf.engine().state.numTensors;
        distillation(logits, logits, tf.ones([3]), { temperature: 2, heads: Array.from({ length: count }, (_, k) => [2 * k, 2 * k + 1]) });
        return tf.engine().state.numTensors - before;
      });
    expect(operations(20)).toBe(operations(2));
  });
});

describe('the weighted mean', () => {
  it('is over tokens where each token is a prediction, and so is its gradient', () => {
    const losses = rows({ temperature: 2 });
    const { value, gradient } = tidied(() => {
      const { loss, gradients } = valueAndGradients(
        ({ z }) => ({
          // Two rows of two tokens, of which the last is padding.
          loss: distillation(
            z!,
            tf.tensor3d([teacher, [teacher[0]!, teacher[0]!]]),
            tf.tensor2d([
              [1, 2],
              [1, 0],
            ]),
            { temperature: 2 },
          ),
          aux: null,
        }),
        { z: tf.tensor3d([student, [student[0]!, student[1]!]]) },
      );
      return { value: loss.arraySync(), gradient: gradients.z!.arraySync() as number[][][] };
    });
    expect(value).toBeCloseTo((losses[0]! + 2 * losses[1]! + losses[0]!) / 4, 5);
    const slope = (n: number, weight: number) => {
      const [ours, target] = [softmax(student[n]!, 2), softmax(teacher[n]!, 2)];
      return ours.map((p, c) => (weight * (p - target[c]!)) / 2);
    };
    expectClose(gradient, [
      [slope(0, 0.25), slope(1, 0.5)],
      [slope(0, 0.25), [0, 0, 0, 0]],
    ]);
  });

  it('of weights that are all zero is zero, and no NaN', () => {
    expect(tidied(() => distillation(tf.tensor2d(student), tf.tensor2d(teacher), tf.zeros([2]), { temperature: 2 }).arraySync())).toBe(0);
  });
});

describe('the heads that an old network has', () => {
  const past: readonly Task[] = [
    { index: 0, name: '0', classes: [2, 3] },
    { index: 1, name: '1', classes: [0] },
  ];
  const model = { outputs: 5 } as Parameters<typeof oldHeads>[0]['model'];
  it.each([
    ['task', [[2, 3], [0]]],
    ['class', [[2, 3, 0]]],
    ['domain', [[0, 1, 2, 3, 4]]],
  ] as const)('where the scenario is %s', (scenario, heads) => {
    expect(oldHeads({ scenario, past, model })).toEqual(heads);
  });
});
