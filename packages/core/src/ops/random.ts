import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { normalFromSeed, type Seed, uniformFromSeed, wordsFromSeed } from '../random/philox.js';
import { has, run } from './kernel.js';

/**
 * Uniform in [0, 1): a pure function of shape and seed (int32 [2]). The same numbers on every back end; inside a compiled step
 * the seed is a tensor like any other, so that a step draws anew each time.
 */
export function uniform(shape: readonly number[], seed: Tensor1D): Tensor {
  if (has('cl/Uniform')) return run('cl/Uniform', { seed }, { shape: [...shape] });
  return tf.tensor(uniformFromSeed(tf.util.sizeFromShape([...shape]), hostSeed(seed)), [...shape]);
}

/** Standard normal, likewise; back ends agree up to rounding. */
export function normal(shape: readonly number[], seed: Tensor1D): Tensor {
  if (has('cl/Normal')) return run('cl/Normal', { seed }, { shape: [...shape] });
  return tf.tensor(normalFromSeed(tf.util.sizeFromShape([...shape]), hostSeed(seed)), [...shape]);
}

/**
 * The seed of one call site, or of one owner, among many that share `seed`. Seeds of different index, of different `seed`, and of
 * folds within folds are unrelated, as each is a Philox block of its own: `fold(fold(s, 1), 2)` is not `fold(fold(s, 2), 1)`.
 */
export function foldSeed(seed: Tensor1D, index: number): Tensor1D {
  // A step of 2³² / golden ratio, so that neighbouring seeds with neighbouring indices do not meet.
  const step = Math.imul(index + 1, 0x9e3779b9);
  if (has('cl/FoldSeed')) return run('cl/FoldSeed', { seed }, { step });
  const [first, second] = hostSeed(seed);
  return tf.tensor1d(new Int32Array(wordsFromSeed(2, [(first + step) | 0, second]).slice().buffer), 'int32');
}

/**
 * Zeroes a share `rate` of the values and scales the rest up, so that the expectation stays. The rate is rounded to a multiple of
 * 1/256: one random byte decides on a value, which is four times less work than a float.
 */
export function dropout<T extends Tensor>(x: T, rate: number, seed: Tensor1D): T {
  const dropped = Math.round(rate * 256);
  return dropped === 0 ? tf.clone(x) : tf.mul(x, dropoutMask(x.shape, dropped, seed));
}

/** 0 for `dropped` of 256 values, 256 / (256 − dropped) for the others. */
function dropoutMask(shape: number[], dropped: number, seed: Tensor1D): Tensor {
  if (has('cl/DropoutMask')) return run('cl/DropoutMask', { seed }, { shape, dropped });
  const size = tf.util.sizeFromShape(shape);
  const bytes = new Uint8Array(wordsFromSeed(Math.ceil(size / 4), hostSeed(seed)).buffer, 0, size);
  const kept = 256 / (256 - dropped);
  return tf.tensor(
    Float32Array.from(bytes, (byte) => (byte < dropped ? 0 : kept)),
    shape,
  );
}

/** Outside of native TensorFlow the generator runs on the host, so it must read the seed. */
function hostSeed(seed: Tensor1D): Seed {
  const [first, second] = seed.dataSync();
  return [first!, second!];
}
