import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Rows } from '../data.js';
import { ContinualLearningError } from '../errors.js';
import { rateAt } from '../optimizer/index.js';
import type { TaskData } from '../scenario/task.js';
import { scope } from '../strategy/compose.js';
import type { Seen } from '../strategy/context.js';
import type { TensorTree } from '../tree.js';
import { batchOf, batchReader, type ConstantInputs, maskOf, weightsOf } from './batches.js';
import type { Engine } from './engine.js';
import { clockOf, trainEntry } from './entries.js';
import { hostContext } from './host-context.js';
import type { LearnOptions } from './options.js';
import { pauser } from './pause.js';
import { stageAt } from './stages.js';

/** Takes the remaining steps of the task at hand. */
export async function train(engine: Engine, data: TaskData, { signal, onStep }: LearnOptions): Promise<void> {
  const { task, iterations, batchSize } = engine.progress.current!;
  const size = Math.min(batchSize, data.train.length);
  const readRows = batchReader(data, size, engine.seed);
  const step = stepper(engine, size);
  const pause = pauser();
  try {
    while (engine.progress.current!.iteration < iterations) {
      signal?.throwIfAborted();
      beginStages(engine);
      const iteration = engine.progress.current!.iteration + 1;
      const loss = step(readRows(iteration - 1));
      const { current, step: taken, slotStep } = engine.progress;
      engine.progress = { ...engine.progress, current: { ...current!, iteration }, step: taken + 1, slotStep: slotStep + 1 };
      const waiting = onStep?.({ task, iteration, iterations, step: taken + 1, loss }) ?? pause();
      if (waiting) await waiting;
    }
  } finally {
    step.dispose();
  }
}

/** One training step on rows of the stream: feed, run, observe. Returns the loss. */
function stepper(engine: Engine, size: number): { (rows: Rows): number; dispose(): void } {
  const { strategy, optimizer } = engine;
  const [feeding, observing] = [hostContext(engine, 'feed'), hostContext(engine, 'observe')];
  const inputsOf = (rows: Rows): ConstantInputs => ({ weight: weightsOf(rows.count, size), competing: maskOf(engine.competing(rows, size), size) });
  let full: ConstantInputs | null = null;

  const step = (rows: Rows): number => {
    const { step, slotStep } = engine.progress;
    if (rows.count === size) full ??= inputsOf(rows);
    const scope = tf.engine();
    scope.startScope('step');
    try {
      const inputs = {
        batch: batchOf(rows, size, rows.count === size ? full! : inputsOf(rows)),
        feeds: strategy.feed?.(feeding, engine.states) ?? null,
        clock: clockOf(step, slotStep + 1, rateAt(optimizer.learningRate, step)),
      };
      const result = run(engine, inputs as TensorTree) as { loss: Tensor; outputs: Tensor | null };
      const loss = result.loss.dataSync()[0]!;
      strategy.observe?.(observing, seenOf(rows, result.outputs), engine.states);
      result.loss.dispose();
      result.outputs?.dispose();
      return loss;
    } finally {
      scope.endScope();
    }
  };
  return Object.assign(step, { dispose: () => tf.dispose([full?.weight, full?.competing].filter((tensor) => !!tensor)) });
}

function run(engine: Engine, inputs: TensorTree): TensorTree {
  try {
    return engine.program.run(
      engine.entry('train', engine.task, (structure) => trainEntry(structure, engine.optimizer)),
      inputs,
    );
  } catch (error) {
    if (!ContinualLearningError.is(error, 'CL_NOT_FINITE')) throw error;
    const { task } = engine;
    throw new ContinualLearningError(
      'CL_NOT_FINITE',
      `task ${task.index} ('${task.name}'), step ${engine.progress.step}: the loss is not a finite number. The step was not applied; the learner stands where it was. ` +
        'Lower the learning rate or the weight of a penalty: for EWC, rate × lambda × the largest importance must stay below 2.',
      { cause: error },
    );
  }
}

const seenOf = (rows: Rows, outputs: Tensor | null): Seen => ({
  rows,
  outputs: outputs && { values: outputs.dataSync() as Float32Array, shape: outputs.shape.slice(1) },
});

/** Lets each strategy whose stage begins with the next step prepare for it. */
function beginStages(engine: Engine): void {
  const { parts } = engine.strategy;
  const current = engine.progress.current!;
  const beginning = parts.filter((part) => part.stages && stageAt(part, current.iteration, current.iterations) !== current.stages[part.name]);
  if (beginning.length === 0) return;

  const stages = { ...current.stages, ...Object.fromEntries(beginning.map((part) => [part.name, stageAt(part, current.iteration, current.iterations)!])) };
  const before = engine.progress;
  engine.progress = { ...before, current: { ...current, stages } };
  try {
    engine.atBoundary(
      (ctx, states) =>
        beginning.reduce((all, part) => ({ ...all, ...(part.beforeStage && { [part.name]: part.beforeStage(scope(ctx, part), all[part.name]) }) }), states),
      engine.slots === 'reset',
    );
  } catch (error) {
    engine.progress = before;
    throw error;
  }
}
