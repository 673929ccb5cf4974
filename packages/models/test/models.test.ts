import { adam, initialParameters, Learner, type Model, named, random, type Site, type TensorTree } from '@cl/core';
import { tinyStream } from '@cl/core/testing';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cnn, mlp } from '../src/index.js';

let before = 0;
beforeAll(async () => {
  await tf.setBackend('cpu');
  before = tf.memory().numTensors;
});
afterAll(() => expect(tf.memory().numTensors, 'tensors left by this file').toBe(before));

const numbers = (tensor: tf.Tensor): number[] => [...tensor.dataSync()];

function input(model: Model, rows = 3): tf.Tensor {
  const shape = [rows, ...(model.inputs as readonly number[])];
  const draws = random(1, 'input');
  return tf.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => draws.normal()),
    shape,
  );
}

const models: readonly (readonly [string, () => Model, { outputs: number; parameters: Record<string, number[]> }])[] = [
  [
    'mlp',
    () => mlp({ inputs: 4, hidden: [6, 5], outputs: 3 }),
    {
      outputs: 3,
      parameters: {
        'dense0/kernel': [4, 6],
        'dense0/bias': [6],
        'dense1/kernel': [6, 5],
        'dense1/bias': [5],
        'head/kernel': [5, 3],
        'head/bias': [3],
      },
    },
  ],
  [
    'mlp without a hidden layer',
    () => mlp({ inputs: 4, hidden: [], outputs: 3 }),
    { outputs: 3, parameters: { 'head/kernel': [4, 3], 'head/bias': [3] } },
  ],
  [
    'cnn',
    () => cnn({ inputs: [9, 8, 2], filters: [3, 4], hidden: 5, outputs: 6 }),
    {
      outputs: 6,
      parameters: {
        'conv0/kernel': [3, 3, 2, 3],
        'conv0/bias': [3],
        'conv1/kernel': [3, 3, 3, 4],
        'conv1/bias': [4],
        // 9 × 8 pixels, halved once: 4 × 4.
        'dense0/kernel': [64, 5],
        'dense0/bias': [5],
        'head/kernel': [5, 6],
        'head/bias': [6],
      },
    },
  ],
  [
    'cnn with one convolution',
    () => cnn({ inputs: [4, 4, 1], filters: [2], hidden: 3, outputs: 2 }),
    {
      outputs: 2,
      parameters: {
        'conv0/kernel': [3, 3, 1, 2],
        'conv0/bias': [2],
        'dense0/kernel': [32, 3],
        'dense0/bias': [3],
        'head/kernel': [3, 2],
        'head/bias': [2],
      },
    },
  ],
];

describe.each(models)('%s', (_name, make, expected) => {
  it('has parameters of these shapes, and outputs of this size', () => {
    const model = make();
    expect(model.outputs).toBe(expected.outputs);
    expect(Object.fromEntries(Object.entries(model.parameters).map(([name, { shape }]) => [name, [...shape]]))).toEqual(
      expected.parameters,
    );
    const shape = tf.tidy(() => model.apply(initialParameters(model, 1), input(model)).outputs.shape);
    expect(shape).toEqual([3, expected.outputs]);
  });

  it('passes its sites in the order that it declares, each with a value of its units', () => {
    const model = make();
    const passed: Site[] = [];
    tf.tidy(() => {
      model.apply(initialParameters(model, 1), input(model), {
        at: (site, value) => {
          expect([site.name, value.shape.at(-1)]).toEqual([site.name, site.units]);
          expect(value.shape[0]).toBe(3);
          passed.push(site);
          return value;
        },
      });
    });
    expect(passed).toEqual(model.sites);
    expect(new Set(passed.map(({ name }) => name)).size).toBe(passed.length);
  });

  it('tells which parameters are on either side of a site', () => {
    const model = make();
    for (const { name, units, feeds = [], fedBy = [] } of model.sites) {
      for (const parameter of feeds) expect([name, model.parameters[parameter]!.shape.at(-2)]).toEqual([name, units]);
      for (const parameter of fedBy) expect([name, model.parameters[parameter]!.shape.at(-1)]).toEqual([name, units]);
    }
    const seen = model.sites.flatMap(({ kind, fedBy = [] }) => (kind === 'preactivation' ? fedBy : []));
    expect(seen.sort()).toEqual(Object.keys(model.parameters).sort());
    expect(model.sites.some(({ kind }) => kind === 'features')).toBe(true);
  });

  it('lets what `at` returns flow on', () => {
    const model = make();
    tf.tidy(() => {
      const parameters = initialParameters(model, 1);
      const plain = numbers(model.apply(parameters, input(model)).outputs);
      for (const { name } of model.sites) {
        const changed = model.apply(parameters, input(model), { at: (site, value) => (site.name === name ? tf.add(value, 1) : value) });
        expect(numbers(changed.outputs), name).not.toEqual(plain);
      }
    });
  });

  it('grows by outputs that do not change those it had', () => {
    const model = make();
    const grown = model.grow!(2);
    expect(grown.outputs).toBe(expected.outputs + 2);
    tf.tidy(() => {
      const small = initialParameters(model, 1);
      const large = { ...initialParameters(grown, 1), ...small };
      const wider = Object.fromEntries(
        Object.entries(large).map(([name, tensor]) => [
          name,
          grown.parameters[name]!.role === 'head' ? tf.concat([tensor, tf.ones([...tensor.shape.slice(0, -1), 2])], -1) : tensor,
        ]),
      );
      const before = model.apply(small, input(model)).outputs.arraySync() as number[][];
      const after = grown.apply(wider, input(model)).outputs.arraySync() as number[][];
      expect(after.map((row) => row.slice(0, expected.outputs))).toEqual(before);
    });
    expect(grown.sites.map(({ name }) => name)).toEqual(model.sites.map(({ name }) => name));
  });

  it('starts from the seed, each parameter for itself', () => {
    const model = make();
    tf.tidy(() => {
      const [one, again, two] = [initialParameters(model, 1), initialParameters(model, 1), initialParameters(model, 2)];
      for (const name of Object.keys(model.parameters)) {
        expect(numbers(named(one, name))).toEqual(numbers(named(again, name)));
        expect(numbers(named(one, name))).not.toEqual(numbers(named(two, name)));
        const alone = initialParameters({ parameters: { [name]: model.parameters[name]! } }, 1);
        expect(numbers(named(alone, name))).toEqual(numbers(named(one, name)));
        // PyTorch's rule: uniform in ±1 / √fan-in.
        const kernel = model.parameters[name.replace('bias', 'kernel')]!.shape;
        const bound = 1 / Math.sqrt(kernel.slice(0, -1).reduce((a, b) => a * b, 1));
        expect(numbers(named(one, name)).every((value) => Math.abs(value) <= bound)).toBe(true);
      }
    });
  });
});

describe.each([
  ['mlp', (dropout: number) => mlp({ inputs: 4, hidden: [60, 50], outputs: 3, dropout })],
  ['cnn', (dropout: number) => cnn({ inputs: [6, 6, 1], filters: [3, 4], hidden: 40, outputs: 3, dropout })],
] as const)('dropout of %s', (_name, make) => {
  const run = (model: Model, seed: readonly [number, number] | null, training = true): number[] =>
    tf.tidy(() =>
      numbers(
        model.apply(initialParameters(model, 1), input(model), { training, ...(seed && { seed: tf.tensor1d([...seed], 'int32') }) })
          .outputs,
      ),
    );

  it('is decided by the seed: the same again, another in another step', () => {
    const model = make(0.5);
    expect(run(model, [7, 1])).toEqual(run(model, [7, 1]));
    expect(run(model, [7, 1])).not.toEqual(run(model, [7, 2]));
    expect(run(model, [7, 1])).not.toEqual(run(model, [8, 1]));
  });

  it('is there in training only, and not without a seed', () => {
    const [dropping, plain] = [make(0.5), make(0)];
    const expected = run(plain, [7, 1]);
    expect(run(dropping, [7, 1])).not.toEqual(expected);
    expect(run(dropping, [7, 1], false)).toEqual(expected);
    expect(run(dropping, null)).toEqual(expected);
  });

  it('leaves sites as they are: what they show is before it', () => {
    const shown = (model: Model): TensorTree => {
      const values: number[][] = [];
      tf.tidy(() => {
        model.apply(initialParameters(model, 1), input(model), {
          training: true,
          seed: tf.tensor1d([1, 2], 'int32'),
          at: (site, value) => {
            if (site.name === 'dense0') values.push(numbers(value));
            return value;
          },
        });
      });
      return values as unknown as TensorTree;
    };
    expect(shown(make(0.5))).toEqual(shown(make(0)));
  });
});

describe('options', () => {
  it.each([
    [() => mlp({ inputs: 0, outputs: 2 }), /CL_OPTION|mlp\(\{ inputs: 0 \}\)/],
    [() => mlp({ inputs: 2, outputs: 1.5 }), /mlp\(\{ outputs: 1.5 \}\)/],
    [() => mlp({ inputs: 2, outputs: 2, hidden: [3, 0] }), /mlp\(\{ hidden\[1\]: 0 \}\)/],
    [() => mlp({ inputs: 2, outputs: 2, dropout: 1 }), /mlp\(\{ dropout: 1 \}\)/],
    [() => mlp({ inputs: 2, outputs: 2, initializer: 'zero' as never }), /mlp\(\{ initializer: 'zero' \}\)/],
    [() => mlp({ inputs: 2, outputs: 2, layers: [3] } as never), /there is no option 'layers'/],
    [() => cnn({ inputs: [2, 0, 1], outputs: 2 }), /cnn\(\{ inputs\[1\]: 0 \}\)/],
    [() => cnn({ inputs: [2, 2] as never, outputs: 2 }), /cnn\(\{ inputs: \[2, 2\] \}\)/],
    [() => cnn({ inputs: [8, 8, 1], outputs: 2, filters: [3, -1] }), /cnn\(\{ filters\[1\]: -1 \}\)/],
    [() => cnn({ inputs: [8, 8, 1], outputs: 2, hidden: 0 }), /cnn\(\{ hidden: 0 \}\)/],
    [() => cnn({ inputs: [3, 3, 1], outputs: 2, filters: [1, 1, 1] }), /cnn\(\{ filters: \[1, 1, 1\] \}\).*halved/],
  ])('that cannot be are refused: %s', (make, message) => {
    expect(make).toThrow(message);
  });
});

describe('training', () => {
  it('learns the tasks of a small stream', async () => {
    for (const [model, inputs] of [
      [mlp({ inputs: 4, hidden: [16], outputs: 4 }), [4]],
      [cnn({ inputs: [6, 6, 1], filters: [4, 4], hidden: 8, outputs: 4 }), [6, 6, 1]],
    ] as const) {
      const stream = tinyStream({ scenario: 'task', inputs });
      const learner = new Learner({ model, optimizer: adam(0.02), scenario: 'task', seed: 1 });
      for (const task of stream.tasks) {
        await learner.learn(task, { epochs: 12, batchSize: 8 });
        expect((await learner.evaluate(task)).accuracy).toBeGreaterThan(0.8);
      }
      learner.dispose();
    }
  });
});
