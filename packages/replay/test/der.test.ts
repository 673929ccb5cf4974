import {
  type Batch,
  compose,
  defineStrategy,
  type GraphContext,
  Learner,
  type Memory,
  map,
  type Rows,
  random,
  reservoir,
  sgd,
} from '@cl/core';
import { strategyContract } from '@cl/core/testing';
import type { Scalar } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useCpu } from '../../../testing/places.js';
import { clouds, hashAfter, learned } from '../../../testing/toy.js';
import { tidied } from '../../../testing/watched.js';
import { mlp } from '../../models/src/index.js';
import { ewc } from '../../regularization/src/index.js';
import { der, derpp, replay } from '../src/index.js';

const badMemory = [{ capacity: 0 }, { capacity: undefined, perClass: 0.5 }, { capacity: undefined, perTask: -1 }];
const badDer = [...badMemory, { alpha: -1 }, { alpha: '1' }, { batchSize: 0 }];

strategyContract({
  create: (options) => der({ capacity: 12, alpha: 0.5, ...options }),
  changesFirstTask: true,
  badOptions: badDer,
  goodOptions: [{ alpha: 0 }, { batchSize: 3 }, { capacity: undefined, perClass: 2 }],
});

strategyContract({
  create: (options) => derpp({ capacity: 12, alpha: 0.5, ...options }),
  changesFirstTask: true,
  badOptions: [...badDer, { beta: -0.1 }],
  goodOptions: [{ alpha: 0 }, { beta: 0 }, { batchSize: 30 }],
});

beforeAll(useCpu);

const stream = clouds({ scenario: 'class', rows: 20 });
const optimizer = sgd(0.1);
const run = { stream, optimizer };

/** Lets no step change anything. */
const frozen = defineStrategy({ name: 'frozen', init: () => ({}), updates: (_ctx, updates) => map(tf.zerosLike, updates) });

/** A strategy of ours with its memory at hand, and its term of each loss. */
function opened<S extends ReturnType<typeof der> | ReturnType<typeof derpp>>(create: (memory: () => Memory) => S, capacity = 1000) {
  const memory = reservoir({ capacity });
  const own = create(() => memory);
  const terms: (number | null)[] = [];
  const loss: NonNullable<typeof own.loss> = (...args) => {
    const term = own.loss!(...args);
    terms.push(term && term.dataSync()[0]!);
    return term;
  };
  return { memory, terms, strategy: { ...own, loss } as S };
}

const logitsIn = (rows: Rows) => rows.extra!.logits!;

describe('what is stored', () => {
  it('is what the network answered to the same row', async () => {
    // Rows of another memory stand in the batch too, and the last batch of an epoch is padded.
    const { memory, strategy } = opened((memory) => der({ memory }));
    const learner = await learned({
      ...run,
      strategy: compose(replay({ capacity: 30 }), strategy, frozen),
      learn: { epochs: 1, batchSize: 16 },
    });
    const rows = memory.all()!;
    expect(rows.count).toBe(120);
    const answers = tidied(() => {
      const { values, shape } = rows.x as { values: Float32Array; shape: number[] };
      const { outputs } = learner.model.apply(learner.parameters(), tf.tensor(values, [rows.count, ...shape]));
      return outputs.dataSync();
    });
    const off = answers.map((answer, i) => Math.abs(answer - logitsIn(rows).values[i]!));
    expect(Math.max(...off)).toBeLessThan(1e-6);
    learner.dispose();
  });

  it('costs nothing while the network still says the same', async () => {
    const { strategy, terms } = opened((memory) => der({ memory, alpha: 1 }));
    const learner = await learned({ ...run, strategy: compose(strategy, frozen) });
    learner.dispose();
    expect(terms[0]).toBe(null);
    expect(Math.max(...terms.slice(1).map(Number))).toBeLessThan(1e-12);
  });

  it('costs something when it does not', async () => {
    const { strategy, terms } = opened((memory) => der({ memory, alpha: 1 }));
    const learner = await learned({ ...run, strategy });
    learner.dispose();
    expect(Math.min(...terms.slice(1).map(Number))).toBeGreaterThan(1e-4);
  });
});

describe('the term', () => {
  const batch = (logits: number[][], weight: number[], y: number[] = weight.map(() => 0)): Batch => ({
    x: tf.tensor2d(logits.map((_, row) => [row])),
    y: tf.tensor1d(y, 'int32'),
    weight: tf.tensor1d(weight),
    competing: null,
    extra: { logits: tf.tensor2d(logits) },
  });
  /** Its value where the network answers as told. */
  const termOf = (answers: number[][], drawn: { outputs: Batch | null; labels: Batch | null }) => {
    const ctx = { forward: () => tf.tensor2d(answers), loss: () => tf.scalar(7) } as unknown as GraphContext;
    return (derpp({ capacity: 1, alpha: 0.5, beta: 2 }).loss!(ctx, null as never, null as never, drawn) as Scalar).dataSync()[0]!;
  };

  it('is α times the mean over rows and outputs of the squared difference, and β times the loss of the labels', () => {
    tidied(() => {
      // (1 + 4 + 0 + 1) / 4 = 1.5, without the row of padding.
      const outputs = batch(
        [
          [0, 0],
          [1, 1],
          [9, 9],
        ],
        [1, 1, 0],
      );
      const answers = [
        [1, 2],
        [1, 0],
        [0, 0],
      ];
      expect(termOf(answers, { outputs, labels: null })).toBeCloseTo(0.5 * 1.5, 6);
      expect(termOf(answers, { outputs: null, labels: outputs })).toBeCloseTo(2 * 7, 6);
      expect(termOf(answers, { outputs, labels: outputs })).toBeCloseTo(0.5 * 1.5 + 2 * 7, 6);
    });
  });

  it('leaves out what was not stored', () => {
    tidied(() => {
      // ((1 + 4) / 2 + (0 + 1 + 9) / 3) / 2
      const outputs = batch(
        [
          [0, 0, Number.NaN],
          [1, 1, 3],
        ],
        [1, 1],
      );
      expect(
        termOf(
          [
            [1, 2, 5],
            [1, 0, 0],
          ],
          { outputs, labels: null },
        ),
      ).toBeCloseTo(0.5 * (2.5 + 10 / 3) * 0.5, 6);
    });
  });
});

describe('when the network gets more outputs', () => {
  it('rows from before are kept to the outputs that they had', async () => {
    const { memory, strategy, terms } = opened((memory) => derpp({ memory }));
    const grown = clouds({ scenario: 'class', tasks: 2, rows: 20 });
    const learner = new Learner({ model: mlp({ inputs: 6, hidden: [8], outputs: 2 }), optimizer, scenario: 'class', strategy, seed: 3 });
    const [first, second] = grown.tasks;
    await learner.learn(first!, { epochs: 1, batchSize: 8 });
    const before = [...logitsIn(memory.all()!).values];
    learner.grow(2);
    await learner.learn(second!, { epochs: 1, batchSize: 8 });
    learner.dispose();

    const { values, shape } = logitsIn(memory.all()!);
    expect(shape).toEqual([4]);
    const rowsOf = (column: (output: number) => boolean) => [...values].filter((_, i) => i < 160 && column(i % 4));
    expect(rowsOf((output) => output < 2)).toEqual(before);
    expect(rowsOf((output) => output >= 2).every(Number.isNaN)).toBe(true);
    expect([...values.subarray(160)].every(Number.isFinite)).toBe(true);
    expect(terms.slice(1).every((term) => Number.isFinite(term) && term! > 0)).toBe(true);
  });
});

describe('in training', () => {
  it('without weight it is fine-tuning, bit for bit', async () => {
    const plain = await hashAfter(run);
    expect(await hashAfter({ ...run, strategy: der({ capacity: 30, alpha: 0 }) })).toBe(plain);
    expect(await hashAfter({ ...run, strategy: derpp({ capacity: 30, alpha: 0, beta: 0 }) })).toBe(plain);
    expect(await hashAfter({ ...run, strategy: der({ capacity: 30 }) })).not.toBe(plain);
  });

  it('DER++ without labels is DER, bit for bit', async () => {
    // What is drawn depends on the name.
    const named = <S extends object>(strategy: S): S => ({ ...strategy, name: 'der' });
    const dark = await hashAfter({ ...run, strategy: der({ capacity: 30, alpha: 0.5 }) });
    expect(await hashAfter({ ...run, strategy: named(derpp({ capacity: 30, alpha: 0.5, beta: 0 })) })).toBe(dark);
    expect(await hashAfter({ ...run, strategy: named(derpp({ capacity: 30, alpha: 0.5, beta: 0.5 })) })).not.toBe(dark);
  });

  it('the two draws are independent', () => {
    const memory = reservoir({ capacity: 100 });
    const y = Int32Array.from({ length: 100 }, (_, row) => row);
    const values = { values: new Float32Array(100), shape: [1] };
    memory.add(
      { count: 100, x: values, y: { values: y, shape: [] }, task: new Int32Array(100), extra: { logits: values } },
      random(1, 'add'),
    );
    const drawn: Int32Array[] = [];
    const strategy = derpp({ memory: () => memory, batchSize: 10 });
    const shown = (rows: Rows) => {
      drawn.push(rows.y.values as Int32Array);
      return {} as Batch;
    };
    for (let step = 0; step < 200; step++) {
      // As the learner's: a generator that begins anew whenever it is asked for.
      const ctx = {
        batchSize: 10,
        batch: shown,
        get random() {
          return random(1, 'feed', step);
        },
      } as never;
      strategy.feed!(ctx, { memory });
    }
    // Two draws of 10 of 100 have one row in common, on average.
    const common = Array.from({ length: 200 }, (_, i) => drawn[2 * i]!.filter((row) => drawn[2 * i + 1]!.includes(row)).length);
    const mean = common.reduce((a, b) => a + b) / 200;
    expect(mean).toBeGreaterThan(0.8);
    expect(mean).toBeLessThan(1.2);
  });

  it('leaves out what does not answer, then or now: the mean is over the rest', () => {
    const out = -1e9;
    const terms = tidied(() => {
      const batch = {
        x: tf.zeros([4, 1]),
        weight: tf.ones([4]),
        extra: {
          logits: tf.tensor2d([
            [1, 2, out],
            [1, 2, 3],
            [NaN, 2, out],
            [out, out, 3],
          ]),
        },
      } as unknown as Batch;
      // Squares 4; 4 and 0 beside one that is out; 1; nothing in common.
      const now = tf.tensor2d([
        [3, out, 5],
        [3, 2, out],
        [7, 3, out],
        [1, 2, out],
      ]);
      const term = (z: tf.Tensor) =>
        der({ capacity: 1, alpha: 1 }).loss!({ forward: () => z } as never, {} as never, {} as never, { outputs: batch, labels: null })!;
      const { value, grad } = tf.valueAndGrad(term)(now);
      return { value: value.arraySync() as number, gradient: grad.arraySync() as number[][] };
    });
    expect(terms.value).toBeCloseTo((4 + 2 + 1 + 0) / 4, 5);
    // 2 d, over columns in common and over rows.
    expect(terms.gradient).toEqual([
      [1, 0, 0],
      [0.5, 0, 0],
      [0, 0.5, 0],
      [0, 0, 0],
    ]);
  });

  it('beside EWC both terms are there', async () => {
    const { strategy, terms } = opened((memory) => derpp({ memory }), 30);
    const learner = await learned({ ...run, strategy: compose(ewc({ lambda: 20 }), strategy) });
    learner.dispose();
    expect(terms.slice(1).every((term) => term! > 0 && Number.isFinite(term))).toBe(true);
    const both = compose(ewc({ lambda: 20 }), derpp({ capacity: 30 }));
    expect(await hashAfter({ ...run, strategy: both })).not.toBe(await hashAfter({ ...run, strategy: derpp({ capacity: 30 }) }));
  });
});
