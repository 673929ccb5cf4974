import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  type AnyStrategy,
  type Batch,
  type Block,
  type BoundaryContext,
  compose,
  defineStrategy,
  Learner,
  type LearnerOptions,
  map,
  memoryStore,
  type Rows,
  read,
  readRows,
  reservoir,
  type Seen,
} from '../../src/index.js';
import { tinyMlp } from '../../src/testing/index.js';
import { HOW, numbers, onCpu, optionsOf, refusal, tasks, valuesOf, withLearner } from './support.js';

onCpu();

const [first, second] = tasks;

describe('at a boundary, a strategy', () => {
  const looking = (look: (ctx: BoundaryContext) => void) => {
    const hook = <S>(ctx: BoundaryContext, state: S): S => {
      look(ctx);
      return state;
    };
    const stages = [{ name: 'all', share: 1 }];
    return defineStrategy({ name: 'looks', stages, init: () => ({}), beforeTask: hook, beforeStage: hook, afterTask: hook });
  };

  it("has the task's training examples, and may draw: something else at each boundary, the same for the same seed", async () => {
    const draws = async (seed: number) => {
      const drawn: number[] = [];
      const strategy = looking(({ examples, random }) => {
        expect(examples.length).toBe(20);
        drawn.push(random.uniform());
      });
      await withLearner({ seed, strategy: compose(strategy) }, (learner) => learner.learn(first, HOW));
      return drawn;
    };
    const drawn = await draws(1);
    expect(new Set(drawn).size).toBe(3);
    expect(await draws(1)).toEqual(drawn);
    expect(await draws(2)).not.toEqual(drawn);
  });

  it('reads out what a computation makes of examples, in their order, in batches, without padding', async () => {
    const sizes: number[] = [];
    const strategy = looking(({ examples, readOut, forward, task, random }) => {
      const memory = reservoir({ capacity: Infinity });
      memory.add(
        readRows(
          examples,
          Array.from({ length: 20 }, (_, i) => i),
          task.index,
        ),
        random,
      );
      const of = (some: Parameters<typeof readOut>[0]) =>
        readOut(some, ({ x, weight }) => {
          sizes.push(weight.size);
          return forward(x);
        });
      const outputs = of(examples);
      expect(outputs.shape).toEqual([4]);
      expect(outputs.values).toHaveLength(80);
      const all = forward(tf.tensor2d(read(examples.x as never).values, [20, 4]));
      for (const [i, value] of numbers(all).entries()) expect(outputs.values[i]).toBeCloseTo(value, 6);
      expect(of(memory)).toEqual(outputs);
    });
    await withLearner({ strategy }, (learner) => learner.learn(first, { ...HOW, epochs: 1 }));
    expect(sizes.slice(0, 6)).toEqual([8, 8, 4, 8, 8, 4]);
  });
});

describe('restart', () => {
  it('puts other parameters in place of the last ones, with new averages; others stay as they are', async () => {
    const again = defineStrategy({
      name: 'again',
      init: ({ parameters }) => ({ start: parameters }),
      restart: (_ctx, _parameters, { start }) => start,
    });
    // As if the first task had not been there: the order of rows is a function of the task.
    await withLearner({ strategy: again, scenario: 'task' }, async (learner) => {
      await learner.learn(first, HOW);
      expect(learner.progress.slotStep).toBe(6);
      await learner.learn(second, HOW);
      expect(learner.progress.slotStep).toBe(6);
      const after = valuesOf(learner);
      await withLearner({ scenario: 'task' }, async (other) => {
        await other.learn(second, HOW);
        expect(after).toEqual(valuesOf(other));
      });
    });
  });

  it('that returns what it got changes nothing', async () => {
    const as = defineStrategy({ name: 'as', init: () => ({}), restart: (_ctx, parameters) => parameters });
    const learned = (strategy?: typeof as) =>
      withLearner(strategy ? { strategy } : {}, async (learner) => {
        for (const task of tasks) await learner.learn(task, HOW);
        return [valuesOf(learner), learner.progress.slotStep];
      });
    expect(await learned(as)).toEqual(await learned());
  });

  it('passes through strategies from left to right', async () => {
    const adding = <const N extends string>(name: N, f: (t: tf.Tensor) => tf.Tensor) =>
      defineStrategy({ name, init: () => ({}), restart: (_ctx, parameters) => map(f, parameters) });
    const doubled = adding('doubled', (t) => tf.mul(t, 2));
    const raised = adding('raised', (t) => tf.add(t, 1));
    const starts = await withLearner({}, (learner) => valuesOf(learner));
    const options = { strategy: compose(doubled, raised), optimizer: optionsOf().optimizer };
    await withLearner(options, async (learner) => {
      const stop = new AbortController();
      stop.abort();
      await learner.learn(first, { ...HOW, signal: stop.signal }).catch(() => undefined);
      for (const [name, values] of Object.entries(valuesOf(learner))) {
        expect(values).toEqual(starts[name]!.map((value) => Math.fround(Math.fround(2 * value) + 1)));
      }
    });
  });
});

describe('heldOut', () => {
  const holding = <const N extends string>(name: N, rows: readonly number[], seen: number[] = []) =>
    defineStrategy({
      name,
      init: () => ({ rows: [] as readonly number[] }),
      beforeTask: () => ({ rows }),
      heldOut: (state) => state.rows,
      observe: (_ctx, seen_) => void seen.push(...marks(seen_.rows)),
      scan: { start: () => tf.scalar(0), add: (_ctx, sum, { weight }) => tf.add(sum, tf.sum(weight)) as tf.Scalar },
      afterTask: (ctx, state, sum) => {
        expect(ctx.examples.length).toBe(20);
        seen.push(-numbers(sum)[0]!);
        return state;
      },
    });
  const marks = (rows: { readonly x: unknown; readonly count: number }) =>
    Array.from({ length: rows.count }, (_, i) => (rows.x as { values: Float32Array }).values[4 * i]!);
  const own = (rows: readonly number[]) => marks(readRows(first.train, rows, 0));

  it('keeps examples from steps and scans, for all strategies together', async () => {
    const seen: number[] = [];
    const strategy = compose(holding('a', [0, 3], seen), holding('b', [3, 7]));
    await withLearner({ strategy, model: tinyMlp() }, (learner) => learner.learn(first, HOW));
    const steps = seen.slice(0, -1);
    const rest = Array.from({ length: 20 }, (_, i) => i).filter((i) => ![0, 3, 7].includes(i));
    expect(new Set(steps)).toEqual(new Set(own(rest)));
    expect(seen.at(-1)).toBe(-17);
  });

  it('cannot be all of them', async () => {
    const all = Array.from({ length: 20 }, (_, i) => i);
    await withLearner({ strategy: holding('a', all) }, async (learner) => {
      expect(await refusal(learner.learn(first, HOW))).toMatch(/^CL_DATA learn\(\): 'a' holds out all 20 examples/);
    });
  });
});

describe('joins', () => {
  /** Rows of the first task join the second, one set or several. */
  const joining = <const N extends string>(name: N, places: readonly number[], seen: Seen[] = []) =>
    defineStrategy({
      name,
      init: () => ({ memory: reservoir({ capacity: 100 }) }),
      joins: ({ memory }) => (memory.size > 0 ? [memory.all()!] : []),
      observe: (_ctx, what) => void seen.push(what),
      scan: { start: () => tf.scalar(0), add: (_ctx, sum, { weight }) => tf.add(sum, tf.sum(weight)) as tf.Scalar },
      afterTask(ctx, { memory }, sum) {
        expect(numbers(sum)).toEqual([20]);
        memory.add(readRows(ctx.examples, places, ctx.task.index), ctx.random);
        return { memory };
      },
    });
  const marks = ({ x, count }: Rows) => Array.from({ length: count }, (_, i) => (x as Block).values[4 * i]!);
  const labels = ({ y, weight }: Batch) => numbers(y).filter((_, i) => numbers(weight)[i] === 1);

  /** The labels of each step of the second task. */
  async function batches(strategy: AnyStrategy, options: Partial<LearnerOptions> = {}, ordered = false) {
    const found: { labels: number[]; competing: number[][] | null }[] = [];
    const looks = defineStrategy({
      name: 'looks',
      init: () => ({}),
      batch(ctx, batch) {
        const { competing } = batch;
        if (ctx.past.length > 0) found.push({ labels: labels(batch), competing: competing && (competing.arraySync() as number[][]) });
        return batch;
      },
    });
    await withLearner({ ...options, strategy: compose(strategy, looks) }, async (learner) => {
      await learner.learn(first, HOW);
      await learner.learn({ ...second, ordered }, { epochs: 2, batchSize: 8, onStep: ({ iterations }) => void expect(iterations).toBe(6) });
      expect(learner.progress.step).toBe(12);
    });
    return found;
  }

  it('mixes rows of the past with the examples, each once an epoch; steps are counted over both', async () => {
    const found = await batches(compose(joining('a', [0, 1, 2]), joining('b', [3])));
    expect(found.map(({ labels }) => labels.length)).toEqual([8, 8, 8, 8, 8, 8]);
    const old = found.map(({ labels }) => labels.filter((label) => label < 2).length);
    expect(old[0]! + old[1]! + old[2]!).toBe(4);
    expect(old[3]! + old[4]! + old[5]!).toBe(4);
    expect(old.slice(0, 3)).not.toEqual(old.slice(3));
  });

  it('has each row compete among the classes of its own task where tasks are known', async () => {
    for (const { labels, competing } of await batches(joining('a', [0, 1, 2, 3]), { scenario: 'task' })) {
      labels.forEach((label, row) => {
        expect(competing![row]).toEqual(label < 2 ? [1, 1, 0, 0] : [0, 0, 1, 1]);
      });
    }
  });

  it("leaves what memories and scans see as it was: the task's own examples", async () => {
    const seen: Seen[] = [];
    await batches(joining('a', [0, 1, 2, 3], seen));
    const own = marks(
      readRows(
        second.train,
        Int32Array.from({ length: 20 }, (_, i) => i),
        1,
      ),
    ).sort();
    const later = seen.slice(6);
    expect(later.flatMap(({ rows }) => marks(rows)).sort()).toEqual([...own, ...own].sort());
    expect(new Set(later.flatMap(({ rows }) => [...rows.task]))).toEqual(new Set([1]));
  });

  it('keeps the order of the examples of a task that has one', async () => {
    const seen: Seen[] = [];
    await batches(joining('a', [0, 1, 2, 3], seen), {}, true);
    const inOrder = marks(
      readRows(
        second.train,
        Int32Array.from({ length: 20 }, (_, i) => i),
        1,
      ),
    );
    expect(seen.slice(6).flatMap(({ rows }) => marks(rows))).toEqual([...inOrder, ...inOrder]);
  });

  it('goes on after a stop as if there had been none', async () => {
    const options = () => ({ strategy: joining('a', [0, 1, 2, 3]) });
    const straight = await withLearner(options(), async (learner) => {
      for (const task of tasks) await learner.learn(task, HOW);
      return valuesOf(learner);
    });
    await withLearner(options(), async (learner) => {
      await learner.learn(first, HOW);
      const stop = new AbortController();
      await learner
        .learn(second, { ...HOW, signal: stop.signal, onStep: ({ iteration }) => void (iteration === 4 && stop.abort()) })
        .catch(() => undefined);
      expect(learner.progress.current!.iteration).toBe(4);
      const store = memoryStore();
      await learner.save(store, 'half');
      const restored = await Learner.restore(store, optionsOf(options()), 'half');
      await restored.learn(second, HOW);
      expect(valuesOf(restored)).toEqual(straight);
      restored.dispose();
    });
  });
});
