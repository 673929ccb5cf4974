import { type Batch, type Forward, type GraphContext, type Scenario, sgd, type Task, valueAndGradients } from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import { fc, test } from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../testing/golden.js';
import { useCpu } from '../../../testing/places.js';
import { clouds, hashAfter, learned, weightsAfter } from '../../../testing/toy.js';
import { tidied, watched } from '../../../testing/watched.js';
import { distillation, type LwfOptions, lwf } from '../src/index.js';

strategyContract({
  create: (options) => lwf(options),
  badOptions: [
    { lambda: -1 },
    { lambda: '1' },
    { temperature: 0 },
    { temperature: Infinity },
    { softmax: 'none' },
    { warmup: 1 },
    { warmup: -0.5 },
  ],
  goodOptions: [{ softmax: 'full' }, { lambda: 0 }, { warmup: 0.5 }],
});

beforeAll(useCpu);

const stream = clouds({ scenario: 'task' });
const optimizer = sgd(0.1);
type Rows = readonly (readonly number[])[];

const TASKS: readonly Task[] = [0, 1, 2].map((index) => ({ index, name: `${index}`, classes: [2 * index, 2 * index + 1] }));

/** LwF's term and its gradient by the student's logits, in the third of three tasks of two classes, from logits given. */
function termOf(options: LwfOptions, scenario: Scenario, student: Rows, teacher: Rows, weight = student.map(() => 1)) {
  return tidied(() => {
    const ctx = {
      scenario,
      past: TASKS.slice(0, 2),
      task: TASKS[2],
      competing: scenario === 'task' ? TASKS[2]!.classes : [0, 1, 2, 3, 4, 5],
      model: { outputs: 6 },
      forward: () => tf.tensor2d(teacher as number[][]),
    } as unknown as GraphContext;
    const { loss, gradients } = valueAndGradients(
      ({ outputs }) => {
        const forward = {
          batch: { x: tf.zeros([1]), weight: tf.tensor1d(weight) } as unknown as Batch,
          outputs,
          loss: tf.scalar(0),
        } as Forward;
        return { loss: lwf(options).loss!(ctx, forward, { teacher: {} }, null)!, aux: null };
      },
      { outputs: tf.tensor2d(student as number[][]) },
    );
    return { value: loss.arraySync(), gradient: gradients.outputs!.arraySync() as number[][] };
  });
}

const softmax = (logits: readonly number[], temperature: number) => {
  const powers = logits.map((z) => Math.exp(z / temperature));
  return powers.map((p) => p / powers.reduce((a, b) => a + b));
};
const crossEntropy = (targets: readonly number[], student: readonly number[]) =>
  targets.reduce((sum, y, c) => sum - y * Math.log(student[c]!), 0);

describe('the term', () => {
  const old = [
    [1, -1, 0.5, 2, 9, -9],
    [0, 0.25, -3, 1, 4, 4],
  ];
  const now = [
    [0.5, 0, 1, 1, 0, 3],
    [-1, 2, 0, 0, 1, 1],
  ];
  /** The mean over rows of the cross-entropy within some classes. */
  const of = (classes: readonly number[], temperature: number, competing = classes) => {
    const within = (row: readonly number[], some: readonly number[]) => some.map((c) => row[c]!);
    const losses = old.map((row, n) => {
      const targets = [...softmax(within(row, classes), temperature), ...competing.slice(classes.length).map(() => 0)];
      return crossEntropy(targets, softmax(within(now[n]!, competing), temperature));
    });
    return losses.reduce((a, b) => a + b) / losses.length;
  };

  it('is the sum over old tasks, each with a softmax of its own, where tasks are known', () => {
    const { value, gradient } = termOf({ lambda: 3, temperature: 2 }, 'task', now, old);
    expect(value).toBeCloseTo(3 * (of([0, 1], 2) + of([2, 3], 2)), 5);
    // The new outputs are none of its business.
    for (const row of gradient) expect(row.slice(4)).toEqual([0, 0]);
  });

  it('takes as many operations in the twentieth task as in the third', () => {
    const operations = (count: number) =>
      tidied(() => {
        const past = Array.from({ length: count }, (_, k) => ({ index: k, name: `${k}`, classes: [2 * k, 2 * k + 1] }));
        const outputs = tf.ones([4, 40]);
        const ctx = { scenario: 'task', past, model: { outputs: 40 }, forward: () => outputs } as unknown as GraphContext;
        const forward = { batch: { weight: tf.ones([4]) } as unknown as Batch, outputs, loss: tf.scalar(0) } as Forward;
        const before = tf.engine().state.numTensors;
        lwf().loss!(ctx, forward, { teacher: {} }, null);
        return tf.engine().state.numTensors - before;
      });
    expect(operations(19)).toBe(operations(2));
  });

  it('is one softmax over the old classes where classes compete', () => {
    const { value, gradient } = termOf({ temperature: 2 }, 'class', now, old);
    expect(value).toBeCloseTo(of([0, 1, 2, 3], 2), 5);
    for (const row of gradient) expect(row.slice(4)).toEqual([0, 0]);
  });

  it("with the student's softmax over new classes too by 'full', which then are pushed down", () => {
    const { value, gradient } = termOf({ temperature: 2, softmax: 'full' }, 'class', now, old);
    expect(value).toBeCloseTo(of([0, 1, 2, 3], 2, [0, 1, 2, 3, 4, 5]), 5);
    for (const row of gradient) for (const slope of row.slice(4)) expect(slope).toBeGreaterThan(0);
    // Where tasks are known, there is nothing to fill up.
    expect(termOf({ softmax: 'full' }, 'task', now, old)).toEqual(termOf({}, 'task', now, old));
  });

  it('is over all outputs where they are shared', () => {
    expect(termOf({ temperature: 3 }, 'domain', now, old).value).toBeCloseTo(2 * of([0, 1, 2, 3, 4, 5], 3), 5);
  });

  it('has gradient 0 at the old outputs, where it is the entropy of the targets', () => {
    for (const scenario of ['task', 'class', 'domain'] as const) {
      const { value, gradient } = termOf({}, scenario, old, old);
      expectClose(
        gradient,
        old.map((row) => row.map(() => 0)),
        { abs: 1e-7, rel: 0 },
      );
      const blocks = {
        task: [
          [0, 1],
          [2, 3],
        ],
        class: [[0, 1, 2, 3]],
        domain: [
          [0, 1, 2, 3, 4, 5],
          [0, 1, 2, 3, 4, 5],
        ],
      }[scenario];
      const entropy = old.map((row) =>
        blocks
          .map((block) =>
            softmax(
              block.map((c) => row[c]!),
              2,
            ),
          )
          .reduce((sum, p) => sum + crossEntropy(p, p), 0),
      );
      expect(value).toBeCloseTo((entropy[0]! + entropy[1]!) / 2, 5);
    }
  });

  it('does not see rows of padding', () => {
    const [one, both] = [termOf({}, 'task', now.slice(0, 1), old.slice(0, 1)), termOf({}, 'task', now, old, [1, 0])];
    expect(both.value).toBeCloseTo(one.value, 6);
    expectClose(both.gradient, [one.gradient[0], [0, 0, 0, 0, 0, 0]], { abs: 1e-7, rel: 1e-6 });
  });

  const logits = fc.array(
    fc.integer({ min: -40, max: 40 }).map((n) => n / 4),
    { minLength: 3, maxLength: 3 },
  );
  test.prop([logits, logits, fc.constantFrom(0.5, 1, 2, 5)])(
    'is never below the entropy of the targets, and pulls towards them',
    (student, teacher, temperature) => {
      const { value, gradient } = tidied(() => {
        const weight = tf.ones([1]) as tf.Tensor1D;
        const { loss, gradients } = valueAndGradients(
          ({ z }) => ({ loss: distillation(z!, tf.tensor2d([teacher]), weight, { temperature, teacherColumns: [1, 1, 1] }), aux: null }),
          { z: tf.tensor2d([student]) },
        );
        return { value: loss.arraySync(), gradient: (gradients.z!.arraySync() as number[][])[0]! };
      });
      const [target, ours] = [softmax(teacher, temperature), softmax(student, temperature)];
      expect(value).toBeGreaterThanOrEqual(crossEntropy(target, target) - 1e-5);
      // (softmax(z / T) − target) / T; it sums to 0 as both are distributions.
      expectClose(
        gradient,
        ours.map((p, c) => (p - target[c]!) / temperature),
        { abs: 1e-5, rel: 1e-5 },
      );
      expect(gradient.reduce((a, b) => a + b)).toBeCloseTo(0, 5);
    },
  );
});

describe('in training', () => {
  it('λ = 0 is fine-tuning, bit for bit; and so is the first task', async () => {
    expect(await hashAfter({ stream, optimizer, strategy: lwf({ lambda: 0 }) })).toBe(await hashAfter({ stream, optimizer }));
    expect(await hashAfter({ stream, optimizer, tasks: 1, strategy: lwf() })).toBe(await hashAfter({ stream, optimizer, tasks: 1 }));
  });

  it('keeps the parameters of the last task, and nothing else', async () => {
    const { strategy, sights } = watched(lwf());
    const learner = await learned({ stream, optimizer, strategy });
    learner.dispose();
    expect(sights).toHaveLength(3);
    for (const { state, parameters } of sights) expect(state).toEqual({ teacher: parameters });
    expect(sights[1]!.state).not.toEqual(sights[0]!.state);
  });

  it('asks the old network without dropout', async () => {
    const pairs: number[][] = [];
    const own = lwf({ temperature: 2 });
    const loss: NonNullable<typeof own.loss> = (ctx, forward, state, feed) => {
      const term = own.loss!(ctx, forward, state, feed);
      if (term) {
        const [batch, teacherColumns] = [forward.batch, [1, 1, 0, 0, 0, 0]];
        const from = (training: boolean) => {
          const teacher = ctx.forward(batch.x, state.teacher!, { training });
          return distillation(forward.outputs, teacher, batch.weight, { temperature: 2, teacherColumns }).dataSync()[0]!;
        };
        pairs.push([term.dataSync()[0]!, from(false), from(true)]);
      }
      return term;
    };
    const learner = await learned({ stream, optimizer, strategy: { ...own, loss }, dropout: 0.5, tasks: 2 });
    learner.dispose();
    expect(pairs).toHaveLength(6);
    for (const [term, still, dropping] of pairs) {
      expect(term).toBeCloseTo(still!, 6);
      expect(term).not.toBeCloseTo(dropping!, 6);
    }
  });
});

describe('the warm-up', () => {
  const run = (options: LwfOptions, iterations: number, tasks = 2) =>
    weightsAfter({ stream, optimizer, strategy: lwf(options), learn: { iterations, batchSize: 8 }, tasks });

  it("moves a later task's own outputs and nothing else", async () => {
    const before = await run({ warmup: 0.9 }, 10, 1);
    // The rest of the second task's steps, one in ten, would move the others.
    const stop = new AbortController();
    const learner = await learned({ stream, optimizer, strategy: lwf({ warmup: 0.9 }), learn: { iterations: 10, batchSize: 8 }, tasks: 1 });
    const onStep = ({ iteration }: { iteration: number }) => (iteration === 9 ? stop.abort() : undefined);
    await expect(learner.learn(stream.tasks[1]!, { iterations: 10, batchSize: 8, signal: stop.signal, onStep })).rejects.toThrow();
    const warm = learner.parameters();
    expect(warm['dense0/kernel']!.arraySync()).toEqual(before['dense0/kernel']);
    expect(warm['dense0/bias']!.arraySync()).toEqual(before['dense0/bias']);
    const [old, now] = [before['head/bias'] as number[], warm['head/bias']!.arraySync() as number[]];
    expect(now.map((value, c) => value !== old[c])).toEqual([false, false, true, true, false, false]);
    tf.dispose(warm);

    await learner.learn(stream.tasks[1]!, { iterations: 10, batchSize: 8 });
    const joint = learner.parameters();
    expect(joint['dense0/kernel']!.arraySync()).not.toEqual(before['dense0/kernel']);
    tf.dispose(joint);
    learner.dispose();
  });

  it('has no part in the first task', async () => {
    expect(await run({ warmup: 0.9 }, 10, 1)).toEqual(await run({}, 10, 1));
  });
});
