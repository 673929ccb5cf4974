import * as tf from '@tensorflow/tfjs-core';
import { transition } from '../compiler/eager.js';
import { random } from '../random/index.js';
import type { TaskData } from '../scenario/task.js';
import { graphContext } from '../strategy/graph-context.js';
import { leaves, mapTree, type TensorTree } from '../tree.js';
import { inOrder } from './batches.js';
import type { Engine } from './engine.js';
import { type ScanState, type Structure, scanEntry, worldOf } from './entries.js';
import { distinct, keepOnly } from './owned.js';
import { pauser } from './pause.js';

/** After a task's last step: the strategies' pass over its data, and what they make of it. Interrupted, it begins anew. */
export async function consolidate(engine: Engine, data: TaskData, signal: AbortSignal | undefined): Promise<void> {
  const { strategy } = engine;
  const summary = strategy.scan ? await scan(engine, data, signal) : null;
  try {
    if (!strategy.afterTask) return;
    engine.atBoundary(`after task ${data.index}`, (ctx, states) => {
      // A strategy may keep the summary, or parts of it: it gets tensors that are made here, like all that it returns.
      return strategy.afterTask!(ctx, states, mapTree((tensor) => tf.clone(tensor), summary) as never);
    });
  } finally {
    tf.dispose(leaves(summary));
  }
}

/** Folds the training data, in order, into the strategies' summaries. */
async function scan(engine: Engine, { train, index }: TaskData, signal: AbortSignal | undefined): Promise<TensorTree> {
  const structure = engine.structure();
  const { step } = engine.progress;
  const size = Math.min(engine.progress.current!.batchSize, train.length);
  const program = engine.compiler.program(scanStart(engine, structure));
  const entry = scanEntry(structure);
  const draws = random(engine.seed, 'scan', index);
  const pause = pauser();
  let number = 0;
  try {
    for (const rows of inOrder(train, size, index)) {
      signal?.throwIfAborted();
      tf.tidy(() => {
        const batch = engine.batch(rows, size, () => draws);
        program.run(entry, { batch, step: tf.scalar(step), number: tf.scalar(number++) });
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

/** The state that a scan begins with: the learner's, and what the strategies start from. */
export function scanStart(engine: Engine, structure: Structure): ScanState {
  const state = engine.read();
  try {
    return transition(state, () => {
      const world = worldOf(structure, state, {
        occasion: `scan ${structure.task.index} begins`,
        step: tf.scalar(engine.progress.step),
        training: false,
      });
      return distinct({ ...state, summary: structure.strategy.scan!.start(graphContext(world).ctx, world.state) as TensorTree });
    });
  } catch (error) {
    tf.dispose(leaves(state));
    throw error;
  }
}
