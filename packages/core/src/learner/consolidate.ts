import * as tf from '@tensorflow/tfjs-core';
import { transition } from '../compiler/eager.js';
import type { TaskData } from '../scenario/task.js';
import { graphContext } from '../strategy/graph-context.js';
import { leaves, type TensorTree } from '../tree.js';
import { batchOf, inOrder, maskOf, weightsOf } from './batches.js';
import { distinct, type Engine, keepOnly } from './engine.js';
import { type ScanState, scanEntry, worldOf } from './entries.js';
import { pauser } from './pause.js';

/** After a task's last step: the strategies' pass over its data, and what they make of it. */
export async function consolidate(engine: Engine, data: TaskData): Promise<void> {
  const { strategy } = engine;
  const summary = strategy.scan ? await scan(engine, data) : null;
  try {
    if (strategy.afterTask) engine.atBoundary((ctx, states) => strategy.afterTask!(ctx, states, summary as never), false);
  } finally {
    tf.dispose(leaves(summary));
  }
}

/** Folds the training data, in order, into the strategies' summaries. */
async function scan(engine: Engine, { train, index }: TaskData): Promise<TensorTree> {
  const structure = engine.structure();
  const size = Math.min(engine.progress.current!.batchSize, train.length);
  // Below zero, so that no draw of the scan is one of a training step.
  let step = -1 - engine.progress.step;
  const start = engine.read();
  const program = engine.compiler.program(
    transition(start, () => {
      const world = worldOf(structure, start, tf.scalar(step), false);
      return distinct({ ...start, summary: structure.strategy.scan!.start(graphContext(world).ctx, world.state) as TensorTree });
    }),
  );
  const entry = scanEntry(structure);
  const pause = pauser();
  try {
    for (const rows of inOrder(train, size, index)) {
      tf.tidy(() => {
        const batch = batchOf(rows, size, { weight: weightsOf(rows.count, size), competing: maskOf(engine.competing(rows, size), size) });
        program.run(entry, { batch, step: tf.scalar(step--) });
      });
      const turn = pause();
      if (turn) await turn;
    }
    const end = program.read() as ScanState;
    return keepOnly(end.summary, end);
  } finally {
    program.dispose();
  }
}
