import { adam, column, type Dataset, dataset, Learner, split } from '@cl/core';
import { beforeAll, expect, it, vi } from 'vitest';
import { useCpu } from '../../../testing/places.js';
import { mlp } from '../../models/src/index.js';
import { dmc } from '../src/index.js';

beforeAll(useCpu);
// A second or two on an idle machine.
vi.setConfig({ testTimeout: 120_000 });

/** Four clouds of points on a circle. */
const points = (rows: number, seed: number): Dataset =>
  dataset(
    column(
      Float32Array.from({ length: 2 * rows }, (_, i) => Math.cos(((i >> 1) % 4) + (i % 2) * 1.6) + 0.2 * Math.sin(seed + i * i)),
      [2],
    ),
    column(
      Int32Array.from({ length: rows }, (_, i) => i % 4),
      [],
    ),
  );
/** Points anywhere, of no class. */
const auxiliary = dataset(
  column(
    Float32Array.from({ length: 1000 }, (_, i) => 1.5 * Math.sin(i * i)),
    [2],
  ),
  column(new Int32Array(500), []),
);

// Measured: 44 and 76 %. Fine-tuning on two new classes answers with these alone.
it('four clouds in two tasks, the task unknown: much of the old and much of the new task is known', async () => {
  const stream = split({ train: points(400, 1), test: points(100, 2), classesPerTask: 2, scenario: 'class' });
  const model = mlp({ inputs: 2, hidden: [32], outputs: stream.outputs });
  const learner = new Learner({ model, optimizer: adam(0.02), scenario: stream.scenario, strategy: dmc({ auxiliary }), seed: 1 });
  for (const task of stream.tasks) await learner.learn(task, { epochs: 20, batchSize: 16 });
  const [old, fresh] = [await learner.evaluate(stream.tasks[0]!), await learner.evaluate(stream.tasks[1]!)];
  learner.dispose();
  expect(old.accuracy).toBeGreaterThan(0.3);
  expect(old.accuracy).toBeLessThan(0.6);
  expect(fresh.accuracy).toBeGreaterThan(0.6);
  expect(fresh.accuracy).toBeLessThan(0.9);
});
