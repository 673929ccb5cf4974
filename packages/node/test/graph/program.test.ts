import { ContinualLearningError, eager, leaves, type TensorTree } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { graph } from '../../src/graph/index.js';
import { batch, netState, predictEntry, trainEntry } from './models.js';
import { allNumbers, checkFinite, difference, distance, entry, graphProgram, native, numbers, strict, thrown, values } from './support.js';

beforeAll(native);

const SIZES = [6, 5, 4];
const inputs = (n: number, rows = 3) => batch(rows, 6, 4, n);

describe('a program', () => {
  it.each(['sgd', 'momentum', 'adam'] as const)('trains as eagerly: %s', (optimizer) => {
    expect(difference(trainEntry(optimizer), inputs, () => netState(SIZES), 6)).toBeLessThan(1e-5);
  });

  it('keeps one state for all entries and shapes', () => {
    const [train, predict] = [trainEntry('adam'), predictEntry()];
    const run = (program: ReturnType<typeof graphProgram>): TensorTree => {
      const seen: TensorTree[] = [];
      for (let n = 0; n < 4; n++) {
        seen.push(program.run(train, inputs(n)), program.run(predict, { x: values([3, 6], n) }));
        // Another batch size is another graph over the same state.
        seen.push(program.run(train, inputs(n, 5)), program.run(predict, { x: values([2, 6], n) }));
      }
      const state = program.read();
      program.dispose();
      return [...seen, state];
    };
    const program = graphProgram(netState(SIZES));
    const compiled = run(program);
    expect(distance(compiled, run(eager().program(netState(SIZES)) as never))).toBeLessThan(1e-5);
  });

  it('traces another shape, and never feeds it to a graph that was made for another', () => {
    const mean = entry('mean', (x: tf.Tensor) => ({ outputs: tf.div(tf.sum(x), x.shape[0]!) }));
    const program = graphProgram(null);
    for (const rows of [4, 2, 4, 8, 2]) expect(numbers(program.run(mean, tf.ones([rows])))).toEqual([1]);
    expect(program.describe()[0]!.graphs).toHaveLength(3);
    // A type is part of the shape; so are the names and the gaps of a tree.
    const echo = entry('echo', (x: { a: tf.Tensor | null; b?: tf.Tensor }) => ({ outputs: x.a ?? x.b! }));
    expect(program.run(echo, { a: tf.scalar(1), b: tf.scalar(2) })).toMatchObject({ dtype: 'float32' });
    expect(numbers(program.run(echo, { a: null, b: tf.scalar(2) }))).toEqual([2]);
    expect(program.run(echo, { a: tf.scalar(1, 'int32'), b: tf.scalar(2) })).toMatchObject({ dtype: 'int32' });
    expect(numbers(program.run(echo, { b: tf.scalar(4), a: tf.scalar(3) }))).toEqual([3]);
    program.dispose();
  });

  it('moves the state on wholly or not at all', () => {
    const step = entry('step', (x: tf.Scalar, state: { count: tf.Tensor; sum: tf.Tensor }) => ({
      outputs: checkFinite(tf.log(x), 'the loss'),
      state: { count: tf.add(state.count, 1), sum: tf.add(state.sum, x) },
    }));
    for (const compiler of [strict(), eager()]) {
      const program = compiler.program({ count: tf.scalar(0), sum: tf.zeros([2]) });
      for (let n = 1; n <= 3; n++) program.run(step, tf.scalar(n));
      // Calls 4 and 8 are audits, the others are not: both ways must be atomic.
      for (const bad of [0, -1, 0, 0, 0, Number.NaN]) {
        const error = thrown(() => program.run(step, tf.scalar(bad)));
        expect(ContinualLearningError.is(error, 'CL_NOT_FINITE')).toBe(true);
        expect((error as Error).message).toContain('the loss is not a finite number');
        expect(allNumbers(program.read())).toEqual([[3], [6, 6]]);
      }
      program.run(step, tf.scalar(4));
      expect(allNumbers(program.read())).toEqual([[4], [10, 10]]);
      program.dispose();
    }
  });

  it('checks before an optimizer applies anything', () => {
    const program = graphProgram(netState(SIZES));
    const train = trainEntry('adam');
    for (let n = 0; n < 3; n++) program.run(train, inputs(n));
    const before = allNumbers(program.read());
    const broken = { ...inputs(3), x: tf.fill([3, 6], Number.NaN) };
    for (let n = 0; n < 3; n++)
      expect(
        ContinualLearningError.is(
          thrown(() => program.run(train, broken)),
          'CL_NOT_FINITE',
        ),
      ).toBe(true);
    expect(allNumbers(program.read())).toEqual(before);
    program.dispose();
  });

  it('lets readers keep what they read', () => {
    const program = graphProgram(netState(SIZES));
    const train = trainEntry('sgd');
    program.run(train, inputs(0));
    const snapshot = program.read();
    const before = allNumbers(snapshot);
    for (let n = 1; n < 6; n++) program.run(train, inputs(n));
    expect(allNumbers(snapshot)).toEqual(before);
    expect(allNumbers(program.read())).not.toEqual(before);
    program.dispose();
    expect(allNumbers(snapshot)).toEqual(before);
  });

  it('holds parts that start as one tensor, or hand their values around', () => {
    const shared = tf.tensor1d([1, 2]);
    // Two names for one handle; a swap; a copy of the old value; a part that stays; an input that becomes state.
    const state = (): TensorTree => ({
      a: shared.clone(),
      b: shared.clone(),
      old: tf.zeros([2]),
      fixed: tf.tensor1d([9, 9]),
      last: tf.zeros([2]),
    });
    const step = entry('step', (x: tf.Tensor, s: { [name: string]: tf.Tensor }) => ({
      outputs: [s.a!, x, tf.add(s.b!, x)],
      state: { fixed: s.fixed!, old: s.a!, last: x, b: s.a!, a: tf.add(s.b!, x) },
    }));
    expect(difference(step, (n) => tf.tensor1d([n, 1]), state, 5)).toBe(0);
  });

  it('assigns only what an entry changes', () => {
    const step = entry('step', (_: null, s: { a: tf.Tensor; b: tf.Tensor }) => ({
      outputs: null,
      state: { a: tf.add(s.a, 1), b: tf.clone(s.b) },
    }));
    const program = graphProgram({ a: tf.scalar(0), b: tf.tensor1d([1, 2]) });
    for (let n = 0; n < 3; n++) expect(program.run(step, null)).toBe(null);
    expect(program.describe()[0]!.graphs[0]).toMatchObject({ variables: 1, calls: 3 });
    expect(allNumbers(program.read())).toEqual([[3], [1, 2]]);
    program.dispose();
  });

  it('leaves out what nothing needs', () => {
    const step = entry('step', (x: { used: tf.Tensor; unused: tf.Tensor }, s: tf.Tensor) => {
      tf.exp(tf.mul(x.unused, s));
      return { outputs: tf.add(x.used, s) };
    });
    const program = graphProgram(tf.scalar(1));
    expect(numbers(program.run(step, { used: tf.scalar(2), unused: tf.scalar(3) }))).toEqual([3]);
    expect(program.describe()[0]!.graphs[0]!.ops).toEqual({ Add: 1 });
    program.dispose();
  });

  it('holds whole numbers, truth values and empty tensors', () => {
    const state = (): TensorTree => ({
      count: tf.scalar(1, 'int32'),
      flags: tf.tensor1d([1, 0], 'bool'),
      none: tf.zeros([0, 3]),
      gap: null,
    });
    const step = entry('step', (x: tf.Tensor, s: { count: tf.Tensor; flags: tf.Tensor; none: tf.Tensor; gap: null }) => ({
      outputs: [tf.add(s.count, x), tf.logicalNot(s.flags), tf.concat([s.none, tf.zeros([0, 3])])],
      state: { count: tf.add(s.count, x), flags: tf.logicalNot(s.flags), none: tf.mul(s.none, 2), gap: null },
    }));
    expect(difference(step, (n) => tf.scalar(n, 'int32'), state, 4)).toBe(0);
  });

  it('gives outputs that outlive scope, program and later steps', () => {
    const step = entry('step', (x: tf.Tensor, s: tf.Tensor) => ({
      outputs: { x, s, constant: tf.scalar(5), sum: tf.add(x, s) },
      state: tf.add(s, 1),
    }));
    const program = graphProgram(tf.zeros([2]));
    const outputs: TensorTree[] = [];
    tf.tidy(() => {
      for (let n = 0; n < 5; n++) outputs.push(program.run(step, tf.tensor1d([n, n])));
    });
    program.dispose();
    outputs.forEach((tree, n) => {
      expect(allNumbers(tree)).toEqual([[5], [n, n], [2 * n, 2 * n], [n, n]]);
    });
    tf.dispose(leaves(outputs));
  });

  it('refuses a state of another structure, shape or type', () => {
    for (const wrong of [{ a: tf.zeros([3]) }, { a: tf.zeros([2], 'int32') }, { b: tf.zeros([2]) }, { a: null }]) {
      const program = graphProgram({ a: tf.zeros([2]) });
      const error = thrown(() =>
        program.run(
          entry('grow', () => ({ outputs: null, state: wrong })),
          null,
        ),
      );
      expect(ContinualLearningError.is(error, 'CL_TRACE')).toBe(true);
      expect(allNumbers(program.read())).toEqual([[0, 0]]);
      program.dispose();
    }
  });

  it('refuses what is no tensor', () => {
    const program = graphProgram(null);
    const twice = entry('twice', (x: { rate: tf.Tensor }) => ({ outputs: tf.mul(x.rate, 2) }));
    for (const rate of [0.1, 'much', true, new Float32Array(2)]) {
      const error = thrown(() => program.run(twice, { rate } as never));
      expect(ContinualLearningError.is(error, 'CL_TRACE')).toBe(true);
      expect((error as Error).message).toMatch(/^'rate' holds (a typed array|the (number|string|boolean) (0\.1|much|true))\./);
    }
    expect(numbers(program.run(twice, { rate: tf.scalar(1) }))).toEqual([2]);
    expect(
      thrown(() =>
        program.run(
          entry('number', () => ({ outputs: 3 as never })),
          null,
        ),
      ),
    ).toMatchObject({ code: 'CL_TRACE' });
    program.dispose();
  });

  it('says what failed inside of TensorFlow, and stands as before', () => {
    const step = entry('step', (x: { table: tf.Tensor; at: tf.Tensor1D }, s: tf.Tensor) => ({
      outputs: tf.sum(tf.mul(x.table, tf.unsortedSegmentSum(x.table, x.at, 2))),
      state: tf.add(s, 1),
    }));
    const program = graphProgram(tf.scalar(0));
    const at = (i: number) => ({ table: tf.ones([2, 1]), at: tf.tensor1d([0, i], 'int32') });
    for (let n = 0; n < 5; n++) program.run(step, at(1));
    const error = thrown(() => program.run(step, at(7)));
    expect(ContinualLearningError.is(error, 'CL_NATIVE')).toBe(true);
    expect((error as Error).message).toMatch(/'step' failed inside of TensorFlow: .*segment_ids\[1\] = 7 is out of range/s);
    expect(numbers(program.read())).toEqual([5]);
    program.dispose();
  });

  it('keeps few sessions, and the state of those that go', () => {
    const sessions = (): number => (tf.backend() as unknown as { getNumOfSavedModels(): number }).getNumOfSavedModels();
    const before = sessions();
    const compiler = graph({ strict: true, cacheSize: 2 });
    const [one, two] = [compiler.program(netState(SIZES)), compiler.program(netState(SIZES))];
    const reference = eager().program(netState(SIZES));
    const train = trainEntry('momentum');
    for (let n = 0; n < 2; n++) {
      for (const rows of [2, 3, 4]) for (const program of [one, two, reference]) program.run(train, inputs(n, rows));
    }
    expect(sessions() - before).toBe(2);
    for (const program of [one, two]) expect(distance(program.read(), reference.read())).toBeLessThan(1e-5);
    for (const program of [one, two, reference]) program.dispose();
    expect(sessions()).toBe(before);
  });

  it('does not run once it is disposed', () => {
    const program = graphProgram(tf.scalar(1));
    program.dispose();
    program.dispose();
    expect(
      ContinualLearningError.is(
        thrown(() => program.run(predictEntry(), null)),
        'CL_TRACE',
      ),
    ).toBe(true);
  });

  it('is eager on another back end', async () => {
    await tf.setBackend('cpu');
    const program = graph({ strict: true }).program(netState(SIZES));
    expect(numbers((program.run(trainEntry('sgd'), inputs(0)) as { loss: tf.Tensor }).loss)[0]).toBeGreaterThan(0);
    program.dispose();
    await tf.setBackend('tensorflow');
  });
});

describe('audits', () => {
  /** At which calls the entry runs eagerly, on a state of so many numbers. */
  const auditedCalls = (size: number): number[] => {
    const calls: number[] = [];
    let call = 0;
    const step = entry('step', (x: tf.Tensor, w: tf.Tensor) => {
      calls.push(call);
      return { outputs: tf.sum(x), state: tf.add(w, tf.sum(x)) };
    });
    const program = graphProgram(tf.zeros([size]));
    const x = tf.ones([3]);
    for (call = 1; call <= 20; call++) tf.dispose(program.run(step, x) as tf.Tensor);
    program.dispose();
    x.dispose();
    return calls;
  };

  it('come at calls 1, 2, 4, 8 …, and of a large state more rarely', () => {
    expect(auditedCalls(8)).toEqual([1, 2, 4, 8, 16]);
    expect(auditedCalls(2 ** 22 + 1)).toEqual([1, 2, 16]);
  });
});
