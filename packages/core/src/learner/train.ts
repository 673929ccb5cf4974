import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Entry } from '../compiler/compiler.js';
import { type Block, mapParts, type Rows, sizeOf, type Values } from '../data.js';
import { ContinualLearningError } from '../errors.js';
import { rateAt } from '../optimizer/index.js';
import { random } from '../random/index.js';
import type { TaskData } from '../scenario/task.js';
import { scope } from '../strategy/compose.js';
import type { Seen } from '../strategy/context.js';
import { leaves, type TensorTree } from '../tree.js';
import { accumulate, accumulateEntry } from './accumulate.js';
import { batchesIn, batchReader, mixtureOf, type StepRows } from './batches.js';
import { enough, returnToBest } from './early-stopping.js';
import type { Engine } from './engine.js';
import { clockOf, type Structure, type TrainInputs, trainEntry } from './entries.js';
import { hostContext } from './host-context.js';
import type { LearnOptions } from './options.js';
import { pauser } from './pause.js';
import { stageAt } from './stages.js';

/** Takes the remaining steps of the task at hand. */
export async function train(engine: Engine, data: TaskData, options: LearnOptions): Promise<void> {
  const { signal, onStep, earlyStopping, accumulate: parts = 1 } = options;
  const { task, iterations, batchSize } = engine.progress.current!;
  const mixture = mixtureOf(data.train, engine.joining());
  const size = Math.min(batchSize, mixture.data.length);
  const readRows = batchReader(data, mixture, { batchSize: size, seed: engine.seed, reuse: engine.program.copiesInputs ?? false });
  const epoch = batchesIn(mixture.data, size);
  // Where only a row's own task competes, rows that joined compete otherwise than those of the task.
  const alike = mixture.tasks.length === 0 || engine.competing !== 'task';
  const step = stepper(engine, { size, batches: epoch, parts: Math.min(parts, size), alike });
  const pause = pauser();
  while (!(earlyStopping && (await enough(engine, earlyStopping, epoch))) && engine.progress.current!.iteration < iterations) {
    signal?.throwIfAborted();
    beginStages(engine);
    const loss = step(readRows(engine.progress.current!.iteration));
    const { current, step: taken } = engine.progress;
    const waiting = onStep?.({ task, iteration: current!.iteration, iterations, step: taken, loss }) ?? pause();
    if (waiting && (await waiting) === 'enough') break;
  }
  signal?.throwIfAborted();
  if (earlyStopping) returnToBest(engine);
}

/** One training step on rows of the stream: feed, run, observe. Returns the loss. */
function stepper(engine: Engine, how: { size: number; batches: number; parts: number; alike: boolean }): (of: StepRows) => number {
  const { size, batches, parts, alike } = how;
  const { strategy, optimizer } = engine;
  const [feeding, observing] = [hostContext(engine, 'feed'), hostContext(engine, 'observe')];

  return ({ rows, own }) => {
    const { step, slotStep, current } = engine.progress;
    const draws = () => random(engine.seed, 'step', step);
    const scope = tf.engine();
    scope.startScope('step');
    try {
      const inputs = {
        batch: engine.stepBatch(rows, size, draws, alike),
        feeds: strategy.feed?.(feeding, engine.states) ?? null,
        clock: clockOf(step, slotStep + 1, rateAt(optimizer.learningRate, step), current!.iteration % batches, batches),
      };
      const result = run(engine, inputs as TrainInputs, parts);
      try {
        // The step is taken, whatever comes after it.
        advance(engine);
        const loss = result.loss.dataSync()[0]!;
        strategy.observe?.(observing, seenOf(leading(rows, own), result), engine.states);
        return loss;
      } finally {
        tf.dispose(leaves(result));
      }
    } finally {
      scope.endScope();
    }
  };
}

function advance(engine: Engine): void {
  const { progress } = engine;
  const current = { ...progress.current!, iteration: progress.current!.iteration + 1 };
  engine.progress = { ...progress, current, step: progress.step + 1, slotStep: progress.slotStep + 1 };
}

function run(engine: Engine, inputs: TrainInputs, parts: number): StepOutputs {
  const entry = (name: string, make: (structure: Structure) => Entry) => engine.entry(name, engine.task, make);
  try {
    const train = entry('train', (structure) => trainEntry(structure, engine.optimizer));
    if (parts === 1) return engine.program.run(train, inputs as TensorTree) as StepOutputs;
    const share = entry(`accumulate ${parts}`, (structure) => accumulateEntry(structure, parts));
    const { sums, outputs } = accumulate(engine, share, inputs, parts);
    try {
      return { ...(engine.program.run(train, { ...inputs, sums } as TensorTree) as StepOutputs), outputs: outputs && tf.keep(outputs) };
    } finally {
      tf.dispose(leaves(sums));
    }
  } catch (error) {
    if (!ContinualLearningError.is(error, 'CL_NOT_FINITE')) throw error;
    const { task } = engine;
    throw new ContinualLearningError(
      'CL_NOT_FINITE',
      `task ${task.index} ('${task.name}'), step ${engine.progress.step}: the loss is not a finite number. The step was not applied; the learner stands where it was. ` +
        'Lower the learning rate or the weight of a penalty: for EWC, rate × lambda × the largest importance must stay below 2. Or is there a NaN among the inputs?',
      { cause: error },
    );
  }
}

type StepOutputs = { readonly loss: Tensor; readonly outputs: Tensor | null; readonly report: NamedTensorMap };

const seenOf = (rows: Rows, { outputs, report }: StepOutputs): Seen => ({
  rows,
  outputs: outputs && (blockOf(rows, outputs) as Seen['outputs']),
  report: Object.fromEntries(Object.entries(report).map(([name, tensor]) => [name, blockOf(rows, tensor)])),
});

/** The first rows of some. */
function leading(rows: Rows, count: number): Rows {
  if (count === rows.count) return rows;
  const first = ({ values, shape }: Block): Block => ({ values: values.subarray(0, count * sizeOf(shape)), shape });
  return { count, x: mapParts(first, rows.x), y: first(rows.y), task: rows.task.subarray(0, count) };
}

/** A tensor of all rows of a batch as numbers, without those of the padding. */
function blockOf({ count }: Rows, tensor: Tensor): Block {
  const shape = tensor.shape.slice(1);
  return { values: (tensor.dataSync() as Values).subarray(0, count * sizeOf(shape)), shape };
}

/** Lets each strategy whose stage begins with the next step prepare for it. */
function beginStages(engine: Engine): void {
  const { parts } = engine.strategy;
  const current = engine.progress.current!;
  const beginning = parts.filter(
    (part) => part.stages && stageAt(part, current.iteration, current.iterations) !== current.stages[part.name],
  );
  if (beginning.length === 0) return;

  const stages = {
    ...current.stages,
    ...Object.fromEntries(beginning.map((part) => [part.name, stageAt(part, current.iteration, current.iterations)!])),
  };
  const before = engine.progress;
  engine.progress = { ...before, current: { ...current, stages } };
  try {
    engine.atBoundary(
      `stage ${beginning.map((part) => `${part.name} ${stages[part.name]}`).join(', ')} of task ${current.task.index}`,
      (ctx, states) => {
        const prepared = beginning.filter((part) => part.beforeStage);
        const next = prepared.map((part) => [part.name, part.beforeStage!(scope(ctx, part), states[part.name])]);
        return { ...states, ...Object.fromEntries(next) };
      },
      { fresh: engine.slots === 'reset' },
    );
  } catch (error) {
    engine.progress = before;
    throw error;
  }
}
