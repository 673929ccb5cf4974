import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { selfTest } from '../../src/graph/self-test.js';
import { native } from './support.js';

beforeAll(native);
it('works, and leaves no tensors behind', () => {
  const before = tf.memory().numTensors;
  expect(selfTest()).toBe(null);
  expect(tf.memory().numTensors).toBe(before);
});
