import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { nodeBackend } from '../../src/graph/backend.js';
import type { SessionConfig } from '../../src/graph/config.js';
import { type Plan, planOf } from '../../src/graph/plan.js';
import { templateOf } from '../../src/graph/template.js';
import { scheduleOf } from '../../src/graph/threads.js';
import { traceEntry } from '../../src/graph/trace.js';
import { conv2d, matMul, native, values } from './support.js';

beforeAll(native);
beforeEach(() => {
  vi.stubEnv('TF_NUM_INTRAOP_THREADS', undefined);
  vi.stubEnv('TF_NUM_INTEROP_THREADS', '-1');
});
afterEach(() => vi.unstubAllEnvs());

type Shape = readonly number[];
type Function = (...inputs: tf.Tensor[]) => tf.Tensor;

/** The graph of a function of inputs of these shapes. */
function planFor(f: Function, shapes: readonly Shape[]): Plan {
  let plan!: Plan;
  tf.tidy(() => {
    const entry = { name: 'f', apply: (tree: unknown) => ({ outputs: f(...(tree as tf.Tensor[])) }) };
    const tensors: tf.Tensor[] = [];
    const inputs = shapes.map((shape) => values([...shape]));
    const given = { template: templateOf(inputs, tensors), tensors };
    plan = planOf(traceEntry(nodeBackend()!, entry, given, { template: templateOf([], []), tensors: [] }).trace);
  });
  return plan;
}

/** What is chosen on two processors. */
const chosen = (f: Function, ...shapes: readonly Shape[]): SessionConfig => scheduleOf(planFor(f, shapes), { isUsingGpuDevice: false }, 2);

const product: Function = (a, b) => matMul(a as tf.Tensor2D, b as tf.Tensor2D);
const first: Function = (a, b) => matMul(a as tf.Tensor2D, b as tf.Tensor2D, { transposeA: true });
const convolution: Function = (x, w) => conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same');

describe('the ops of a graph', () => {
  it('run one after another, on one thread each, where all are small', () => {
    // 2 × 10 × 784 × 100 = 1.6 million; 2 × 128 × 784 × 149 = 29.9 million.
    expect(chosen(product, [10, 784], [784, 100])).toEqual({ threads: 1, atOnce: 1 });
    expect(chosen(product, [128, 784], [784, 149])).toEqual({ threads: 1, atOnce: 1 });
    expect(chosen((x) => tf.relu(x), [1024, 1024])).toEqual({ threads: 1, atOnce: 1 });
  });

  it('run two at a time where one has 30 million operations or more', () => {
    expect(chosen(product, [128, 784], [784, 150])).toEqual({ threads: 1, atOnce: 2 });
    expect(chosen(product, [128, 784], [784, 400])).toEqual({ threads: 1, atOnce: 2 });
  });

  it('have as many threads as TensorFlow likes from 120 million operations on', () => {
    // 2 × 128 × 784 × 600 = 120.4 million; 2 × 128 × 784 × 590 = 118.4 million.
    expect(chosen(product, [128, 784], [784, 600])).toEqual({ threads: null, atOnce: 2 });
    expect(chosen(product, [128, 784], [784, 590]).threads).toBe(1);
    // The sum runs over the rows.
    expect(chosen(first, [784, 128], [784, 600]).threads).toBeNull();
    expect(chosen(first, [784, 128], [784, 590]).threads).toBe(1);
    // 2 × 8 × 28 × 28 × 32 × 9 × 64 = 231 million; with 32 channels, 116 million.
    expect(chosen(convolution, [8, 28, 28, 32], [3, 3, 32, 64]).threads).toBeNull();
    expect(chosen(convolution, [8, 28, 28, 32], [3, 3, 32, 32]).threads).toBe(1);
  });

  it('have as many threads as TensorFlow likes for a tensor of over a million elements', () => {
    expect(chosen((x) => tf.relu(x), [1025, 1024])).toEqual({ threads: null, atOnce: 2 });
    expect(chosen(product, [2, 1100], [1100, 1000]).threads).toBeNull();
  });

  it('run as the user says', () => {
    vi.stubEnv('TF_NUM_INTRAOP_THREADS', '2');
    expect(chosen(product, [2, 3], [3, 4])).toEqual({ threads: null, atOnce: 1 });
    expect(chosen(product, [128, 784], [784, 600])).toEqual({ threads: null, atOnce: 1 });
    vi.stubEnv('TF_NUM_INTRAOP_THREADS', undefined);
    vi.stubEnv('TF_NUM_INTEROP_THREADS', '3');
    expect(chosen(product, [2, 3], [3, 4])).toEqual({ threads: 1, atOnce: null });
  });

  it('run one after another where there is one processor, and as TensorFlow likes on a GPU', () => {
    const shapes = { x: [128, 784], w: [784, 400] };
    const plan = planFor(product, [shapes.x, shapes.w]);
    expect(scheduleOf(plan, { isUsingGpuDevice: false }, 1)).toEqual({ threads: 1, atOnce: 1 });
    expect(scheduleOf(plan, { isUsingGpuDevice: true }, 2)).toEqual({ threads: 1, atOnce: null });
  });
});
