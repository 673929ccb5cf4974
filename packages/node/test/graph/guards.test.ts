import { ContinualLearningError, type Entry, eager, type TensorTree } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { graph } from '../../src/graph/index.js';
import { allNumbers, entry, graphProgram, native, strict, thrown } from './support.js';

beforeAll(native);

const outside = { used: null as unknown as tf.Tensor, variable: null as unknown as tf.Variable, counter: 0, rate: 0.5 };
const scaled = (x: tf.Tensor, by: tf.Tensor | number) => ({ outputs: tf.sum(tf.mul(x, by)) });

/** Entries that a plain recording would bake wrongly: what they do, and what the warning must say. */
const WRONG: { readonly [name: string]: { readonly entry: Entry; readonly says: RegExp; readonly deterministic?: boolean } } = {
  'reads a value back': {
    entry: entry('reads', (x: tf.Tensor) => scaled(x, tf.sum(tf.mul(x, 2)).dataSync()[0]!)),
    says: /reads the result of Sum back to JavaScript/,
  },
  'branches on an input': {
    entry: entry('branches', (x: tf.Tensor) => scaled(x, x.dataSync()[0]! > 100 ? 1 : 2)),
    says: /reads an input back/,
  },
  'gathers by tfjs': {
    entry: entry('gathers', (x: tf.Tensor) => ({ outputs: tf.sum(tf.gather(x, tf.cast(tf.mul(x, 0), 'int32'))) })),
    says: /use `gather` of @cl\/core/,
  },
  'calls Math.random': { entry: entry('random', (x: tf.Tensor) => scaled(x, Math.random())), says: /Math\.random/, deterministic: false },
  'draws unseeded': {
    entry: entry('unseeded', (x: tf.Tensor) => scaled(x, tf.randomUniform(x.shape))),
    says: /Math\.random/,
    deterministic: false,
  },
  'drops unseeded': {
    entry: entry('dropout', (x: tf.Tensor) => ({ outputs: tf.dropout(x, 0.5) })),
    says: /Math\.random/,
    deterministic: false,
  },
  'samples from a hidden state': {
    entry: entry('multinomial', (x: tf.Tensor) => ({ outputs: tf.multinomial(tf.mul(x, 1) as tf.Tensor1D, 2, 5) })),
    says: /Multinomial draws from a hidden state/,
    deterministic: false,
  },
  'reads the clock': { entry: entry('clock', (x: tf.Tensor) => scaled(x, Date.now() > 0 ? 1 : performance.now())), says: /Date\.now/ },
  'uses a tensor from outside': {
    entry: entry('captured', (x: tf.Tensor) => scaled(x, outside.used)),
    says: /Mul uses a tensor from outside/,
  },
  'uses one that waits on the host': {
    entry: entry('waiting', (x: tf.Tensor) => scaled(x, waiting())),
    says: /Mul uses a tensor from outside/,
  },
  'uses a variable': { entry: entry('variable', (x: tf.Tensor) => scaled(x, outside.variable)), says: /Mul uses a tensor from outside/ },
  'returns a tensor from outside': {
    entry: entry('returned', () => ({ outputs: { a: outside.used } })),
    says: /output a is a tensor from outside/,
  },
  'counts its calls': {
    entry: entry('counter', (x: tf.Tensor) => scaled(x, ++outside.counter)),
    says: /a constant of shape \[\], used by Mul, changes from run to run/,
    deterministic: false,
  },
  'makes strings': { entry: entry('strings', (x: tf.Tensor) => ({ outputs: [tf.sum(x), tf.tensor1d(['a', 'b'])] })), says: /string/ },
};

let hostTensor: tf.Tensor | null = null;
const waiting = (): tf.Tensor => hostTensor!;

describe.each(Object.keys(WRONG))('an entry that %s', (name) => {
  const { entry: wrong, says, deterministic = true } = WRONG[name]!;
  const prepare = (): void => {
    outside.used = tf.add(tf.tensor1d([1, 2, 3]), 0);
    outside.variable = tf.variable(tf.tensor1d([1, 2, 3]));
    // Made outside, and no op has used it: tfjs-node keeps its values in JavaScript.
    hostTensor = tf.tensor1d([4, 5, 6]);
  };
  const x = (n: number): tf.Tensor => tf.tensor1d([n + 1, n + 2, n + 3]);

  it('runs uncompiled, with one warning that says why', () => {
    prepare();
    const warnings: string[] = [];
    const program = graph({ warn: (message) => warnings.push(message) }).program(null);
    const results: TensorTree[] = [0, 1, 2, 3].map((n) => program.run(wrong, x(n)));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(says);
    expect(warnings[0]).toContain(`'${wrong.name}'`);
    const numeric = (tree: TensorTree): boolean => !(Array.isArray(tree) && tree.length > 1);
    if (deterministic && results.every(numeric)) {
      const reference = eager().program(null);
      expect(results.map(allNumbers)).toEqual([0, 1, 2, 3].map((n) => allNumbers(reference.run(wrong, x(n)))));
    }
    program.dispose();
  });

  it('throws in strict mode', () => {
    prepare();
    const program = strict().program(null);
    const error = thrown(() => [0, 1].map((n) => program.run(wrong, x(n))));
    expect(ContinualLearningError.is(error, 'CL_TRACE')).toBe(true);
    expect((error as Error).message).toMatch(says);
    program.dispose();
  });
});

describe('what a recording cannot see', () => {
  const step = entry('step', (x: tf.Tensor, state: tf.Tensor) => ({
    outputs: tf.sum(tf.mul(x, outside.rate)),
    state: tf.add(state, outside.rate),
  }));

  it('is found by a later comparison, which leaves the state as an eager run would', () => {
    const warnings: string[] = [];
    const program = graph({ warn: (message) => warnings.push(message) }).program(tf.scalar(0));
    // The rate is a captured number that changes between call 2 and call 4.
    const rates = [0.5, 0.5, 0.5, 0.25, 0.25];
    const outputs = rates.map((rate) => {
      outside.rate = rate;
      return allNumbers(program.run(step, tf.ones([2])))[0]![0];
    });
    expect(outputs).toEqual([1, 1, 1, 0.5, 0.5]);
    expect(allNumbers(program.read())).toEqual([[2]]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/a constant of shape \[\], used by Mul, changes from run to run \(0\.5 and 0\.25\)/);
    program.dispose();
  });

  it('leaves the state alone in strict mode', () => {
    const program = strict().program(tf.scalar(0));
    for (const rate of [0.5, 0.5, 0.5]) {
      outside.rate = rate;
      program.run(step, tf.ones([2]));
    }
    outside.rate = 0.25;
    expect(
      ContinualLearningError.is(
        thrown(() => program.run(step, tf.ones([2]))),
        'CL_TRACE',
      ),
    ).toBe(true);
    expect(allNumbers(program.read())).toEqual([[1.5]]);
    program.dispose();
  });

  it('keeps compiling the other entries of the program', () => {
    const program = graph({ warn: () => undefined }).program(tf.scalar(1));
    const fine = entry('fine', (x: tf.Tensor, state: tf.Tensor) => ({ outputs: tf.mul(x, state), state: tf.add(state, 1) }));
    const random = entry('random', (_: null, state: tf.Tensor) => ({ outputs: tf.scalar(Math.random()), state: tf.mul(state, 2) }));
    for (let n = 0; n < 4; n++) {
      program.run(fine, tf.scalar(n));
      program.run(random, null);
    }
    // s → 2 (s + 1), four times from 1.
    expect(allNumbers(program.read())).toEqual([[46]]);
    const [first, second] = (program as ReturnType<typeof graphProgram>).describe();
    expect(first).toMatchObject({ entry: 'fine', eager: null });
    expect(second!.eager).toMatch(/Math\.random/);
    program.dispose();
  });
});

describe('what is fine in an entry', () => {
  it('numbers that stay, tensors made of them and read again, seeded draws', () => {
    const fine = entry('fine', (x: tf.Tensor) => {
      const [constant] = tf.tensor1d([3, 4]).dataSync();
      const uploaded = tf.scalar(2);
      const doubled = tf.mul(x, uploaded);
      return { outputs: tf.sum(tf.mul(tf.mul(doubled, constant! + uploaded.dataSync()[0]!), tf.randomUniform([3], 0, 1, 'float32', 7))) };
    });
    const program = strict().program(null);
    const reference = eager().program(null);
    for (let n = 0; n < 5; n++) {
      const x = tf.tensor1d([n, 1, 2]);
      expect(allNumbers(program.run(fine, x))[0]![0]).toBeCloseTo(allNumbers(reference.run(fine, x))[0]![0]!, 5);
    }
    program.dispose();
  });

  it('is guarded only while it is recorded', () => {
    const program = strict().program(null);
    program.run(
      entry('fine', (x: tf.Tensor) => ({ outputs: tf.add(x, 1) })),
      tf.scalar(1),
    );
    expect(
      thrown(() =>
        program.run(
          entry('throws', () => {
            throw new Error('of its own');
          }),
          null,
        ),
      ),
    ).toMatchObject({ message: 'of its own' });
    expect(Math.random()).toBeLessThan(1);
    expect(Date.now()).toBeGreaterThan(0);
    expect(allNumbers(tf.add(tf.scalar(1), tf.scalar(2)))).toEqual([[3]]);
    program.dispose();
  });
});

describe('describe', () => {
  it('reports large constants that are not the same all over', () => {
    const table = Float32Array.from({ length: 100 }, (_, i) => i);
    const program = graphProgram(null);
    program.run(
      entry('bakes', (x: tf.Tensor) => ({ outputs: tf.sum(tf.add(tf.mul(x, tf.tensor1d(table)), tf.ones([100]))) })),
      tf.ones([100]),
    );
    const [graphDescription] = program.describe()[0]!.graphs;
    expect(graphDescription!.constants).toEqual([{ shape: [100], usedBy: ['Mul'] }]);
    program.dispose();
  });
});
