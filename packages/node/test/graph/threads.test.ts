import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { nodeBackend } from '../../src/graph/backend.js';
import { planOf } from '../../src/graph/plan.js';
import { templateOf } from '../../src/graph/template.js';
import { runsInOrder, threadsFor } from '../../src/graph/threads.js';
import { traceEntry } from '../../src/graph/trace.js';
import { conv2d, matMul, native, values } from './support.js';

beforeAll(native);
afterEach(() => vi.unstubAllEnvs());

/** What is chosen for a function of these inputs. */
function chosen(f: (...inputs: tf.Tensor[]) => tf.Tensor, ...shapes: number[][]): number | null {
  let threads: number | null = null;
  tf.tidy(() => {
    const inputs = shapes.map((shape) => values(shape));
    const entry = { name: 'f', apply: (tree: unknown) => ({ outputs: f(...(tree as tf.Tensor[])) }) };
    const tensors: tf.Tensor[] = [];
    const given = { template: templateOf(inputs, tensors), tensors };
    const { trace } = traceEntry(nodeBackend()!, entry, given, { template: templateOf([], []), tensors: [] });
    threads = threadsFor(planOf(trace));
  });
  return threads;
}

const product = (a: tf.Tensor, b: tf.Tensor) => matMul(a as tf.Tensor2D, b as tf.Tensor2D);
const first = (a: tf.Tensor, b: tf.Tensor) => matMul(a as tf.Tensor2D, b as tf.Tensor2D, { transposeA: true });

describe('threads of a graph', () => {
  it('are one where every op is small', () => {
    expect(chosen(product, [128, 784], [784, 400])).toBe(1);
    expect(chosen((x) => tf.relu(x), [1024, 1024])).toBe(1);
  });

  it("are TensorFlow's choice from 120 million operations on", () => {
    // 2 × 128 × 784 × 600 = 120.4 million; 2 × 128 × 784 × 590 = 118.4 million.
    expect(chosen(product, [128, 784], [784, 600])).toBeNull();
    expect(chosen(product, [128, 784], [784, 590])).toBe(1);
    // The sum runs over the rows.
    expect(chosen(first, [784, 128], [784, 600])).toBeNull();
    expect(chosen(first, [784, 128], [784, 590])).toBe(1);
    // 2 × 8 × 28 × 28 × 32 × 9 × 64 = 231 million; with 32 channels, 116 million.
    const convolution = (x: tf.Tensor, w: tf.Tensor) => conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same');
    expect(chosen(convolution, [8, 28, 28, 32], [3, 3, 32, 64])).toBeNull();
    expect(chosen(convolution, [8, 28, 28, 32], [3, 3, 32, 32])).toBe(1);
  });

  it("are TensorFlow's choice for a tensor of over a million elements", () => {
    expect(chosen((x) => tf.relu(x), [1025, 1024])).toBeNull();
    expect(chosen(product, [2, 1100], [1100, 1000])).toBeNull();
  });

  it('are as the user says', () => {
    vi.stubEnv('TF_NUM_INTRAOP_THREADS', '2');
    expect(chosen(product, [2, 3], [3, 4])).toBeNull();
  });

  it('take ops in a settled order, but on a GPU, or where the user has ops shared out', () => {
    expect(runsInOrder({ isUsingGpuDevice: false })).toBe(true);
    expect(runsInOrder({ isUsingGpuDevice: true })).toBe(false);
    vi.stubEnv('TF_NUM_INTEROP_THREADS', '2');
    expect(runsInOrder({ isUsingGpuDevice: false })).toBe(false);
  });
});
