import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ParameterSpec } from '../../src/model/model.js';
import { draw, initialParameters, random } from '../../src/random/index.js';

beforeAll(() => tf.setBackend('cpu'));

const spec = (initializer: ParameterSpec['initializer'], shape = [200, 100]): ParameterSpec => ({ shape, initializer, role: 'trunk' });
const deviation = (values: Float32Array) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);

describe('draw', () => {
  // A uniform in ±b has deviation b / √3.
  it.each([
    ['glorotUniform', Math.sqrt(6 / 300)],
    ['heUniform', Math.sqrt(6 / 200)],
    ['pytorchUniform', 1 / Math.sqrt(200)],
  ] as const)('%s is uniform in its bound', (name, bound) => {
    const values = draw(spec({ name, fanIn: 200, fanOut: 100 }), random(1));
    expect(values.length).toBe(20_000);
    expect(Math.max(...values)).toBeLessThanOrEqual(Math.fround(bound));
    expect(Math.min(...values)).toBeLessThan(-0.99 * bound);
    expect(deviation(values) / (bound / Math.sqrt(3))).toBeCloseTo(1, 1);
  });

  it('normal has the deviation asked for', () => {
    expect(deviation(draw(spec({ name: 'normal', deviation: 0.02 }), random(1))) / 0.02).toBeCloseTo(1, 1);
  });

  it('zeros and ones', () => {
    expect([...draw(spec('zeros', [2]), random(1)), ...draw(spec('ones', []), random(1))]).toEqual([0, 0, 1]);
  });
});

describe('initialParameters', () => {
  const kernel = spec({ name: 'heUniform', fanIn: 3, fanOut: 2 }, [3, 2]);

  it('depends on the seed and the name alone', () => {
    const few = initialParameters({ parameters: { a: kernel, b: kernel } }, 1);
    const more = initialParameters({ parameters: { c: kernel, b: kernel, a: kernel } }, 1);
    const other = initialParameters({ parameters: { a: kernel } }, 2);
    const read = (tensor: tf.Tensor | undefined) => [...tensor!.dataSync()];
    expect(few.a!.shape).toEqual([3, 2]);
    expect(read(more.a)).toEqual(read(few.a));
    expect(read(more.b)).toEqual(read(few.b));
    expect(read(few.a)).not.toEqual(read(few.b));
    expect(read(other.a)).not.toEqual(read(few.a));
  });
});
