import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { transition } from '../../compiler/eager.js';
import { type Rows, readRows } from '../../data.js';
import { scanStart } from '../../learner/consolidate.js';
import { Engine } from '../../learner/engine.js';
import { clockOf, scanEntry, trainEntry } from '../../learner/entries.js';
import { hostContext } from '../../learner/host-context.js';
import { learn } from '../../learner/learn.js';
import { rateAt } from '../../optimizer/index.js';
import { random } from '../../random/index.js';
import type { TensorTree } from '../../tree.js';
import { tensorsIn } from '../fingerprint.js';
import { learnerOptions, streamOf } from '../subject.js';
import type { Law } from './law.js';

/** Padding in the laws below. */
const EXTRA = 3;

export const ignoresPadding: Law = {
  name: 'is not changed by rows of weight zero',
  async check(subject) {
    const stream = streamOf(subject);
    const [before, task] = [stream.tasks[0]!, stream.tasks[1]!];
    const engine = new Engine(learnerOptions(subject, stream, { dropout: 0 }));
    try {
      await learn(engine, before, subject.learn);
      // Into the second task, where there are memories, teachers and importances, but not to its end.
      const stop = new AbortController();
      await learn(engine, task, { ...subject.learn, signal: stop.signal, onStep: () => stop.abort() }).catch((error: unknown) => {
        if (!stop.signal.aborted) throw error;
      });
      const rows = readRows(task.train, [0, 1, 2, 3, 4], task.index);
      expectClose(stepOn(engine, rows, rows.count), stepOn(engine, rows, rows.count + EXTRA), 'a step');
      if (engine.strategy.scan) expectClose(scanOf(engine, rows, rows.count), scanOf(engine, rows, rows.count + EXTRA), 'a scan');
    } finally {
      engine.dispose();
    }
  },
};

/** Loss and state after a step on these rows, which is not taken. */
function stepOn(engine: Engine, rows: Rows, size: number): number[][] {
  const { step, slotStep } = engine.progress;
  const program = engine.compiler.program(engine.read());
  try {
    return tf.tidy(() => {
      const inputs = {
        batch: engine.batch(rows, size, () => random(engine.seed)),
        feeds: engine.strategy.feed?.(hostContext(engine, 'feed'), engine.states) ?? null,
        clock: clockOf(step, slotStep + 1, rateAt(engine.optimizer.learningRate, step)),
      };
      const { loss } = program.run(trainEntry(engine.structure(), engine.optimizer), inputs as TensorTree) as { loss: tf.Tensor };
      return numbersIn(loss, program.read());
    });
  } finally {
    program.dispose();
  }
}

/** The summary of a scan over these rows alone. */
function scanOf(engine: Engine, rows: Rows, size: number): number[][] {
  const structure = engine.structure();
  const program = engine.compiler.program(scanStart(engine, structure));
  try {
    return tf.tidy(() => {
      const inputs = {
        batch: engine.batch(rows, size, () => random(engine.seed)),
        step: tf.scalar(engine.progress.step),
        number: tf.scalar(0),
      };
      program.run(scanEntry(structure), inputs);
      return numbersIn((program.read() as { summary: TensorTree }).summary);
    });
  } finally {
    program.dispose();
  }
}

function numbersIn(...parts: readonly unknown[]): number[][] {
  const tensors = tensorsIn(parts);
  const values = tensors.map((tensor) => [...tensor.dataSync()]);
  transition(tensors, () => null);
  return values;
}

function expectClose(a: readonly number[][], b: readonly number[][], what: string): void {
  expect(b.length).toBe(a.length);
  a.forEach((values, i) => {
    const off = Math.max(0, ...values.map((value, k) => Math.abs(value - b[i]![k]!) / (1 + Math.abs(value))));
    expect(off, `${what} with and without ${EXTRA} rows of weight zero`).toBeLessThan(1e-5);
  });
}
