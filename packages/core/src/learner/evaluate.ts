import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { ContinualLearningError } from '../errors.js';
import { random } from '../random/index.js';
import type { Competing, Task, TaskData } from '../scenario/task.js';
import { graphContext } from '../strategy/graph-context.js';
import { leaves, type TensorTree } from '../tree.js';
import { inOrder, maskOf } from './batches.js';
import { checkData, checkEvaluateOptions, checkInputs, checkTask } from './checks.js';
import type { Engine } from './engine.js';
import { evaluateEntry, predictEntry, worldOf } from './entries.js';
import type { EvaluateOptions, Evaluation } from './options.js';
import { released } from './owned.js';
import { pauser } from './pause.js';

/** Loss and metrics on a task's examples, as means. */
export async function evaluate(engine: Engine, task: TaskData, options: EvaluateOptions): Promise<Evaluation> {
  checkEvaluateOptions(options);
  checkTask('evaluate', task, engine.model);
  const { competing = engine.competing, on = 'test', batchSize = 256 } = options;
  const data = task[on];
  if (!data) throw new ContinualLearningError('CL_OPTION', `evaluate(): task ${task.index} ('${task.name}') has no ${on} examples.`);
  checkData(`task ${task.index} ('${task.name}'), ${on}`, data, engine.model, engine.objective);

  const size = Math.min(batchSize, data.length);
  const sums = new Map<string, readonly [number, number]>();
  // One for all examples, so that each is presented alike whenever and in whatever batches it is evaluated.
  const draws = random(engine.seed, 'evaluate', task.index, on);
  const pause = pauser();
  for (const rows of inOrder(data, size, task.index)) {
    tf.tidy(() => {
      const entry = engine.entry('evaluate', task, evaluateEntry);
      const length = engine.lengthOf(rows, size);
      const batch = engine.batch(
        rows,
        size,
        () => draws,
        engine.rowInputs(rows, length, engine.competingFor(rows, length, competing, task)),
      );
      const outputs = engine.program.run(entry, { batch, step: tf.scalar(engine.progress.step) });
      for (const [name, pair] of Object.entries(outputs as NamedTensorMap)) {
        const [sum, weight] = pair.dataSync();
        const [before, weightBefore] = sums.get(name) ?? [0, 0];
        sums.set(name, [before + sum!, weightBefore + weight!]);
        pair.dispose();
      }
    });
    const turn = pause();
    if (turn) await turn;
  }
  if (isOutside(engine, task, competing)) sums.delete('loss');
  return { examples: data.length, ...Object.fromEntries([...sums].map(([name, [sum, weight]]) => [name, sum / weight])) };
}

/** Whether classes of the task do not compete, as before it is learned where classes seen so far do: then their loss is infinite. */
function isOutside(engine: Engine, task: TaskData, competing: Competing): boolean {
  const mask = engine.competingFor({ task: Int32Array.of(task.index) }, 1, competing, task);
  return mask !== null && task.classes.some((c) => mask[c] === 0);
}

/** Outputs for inputs, those that do not compete far below the others. */
export function predict(engine: Engine, x: TensorTree, task: Task | undefined): Tensor {
  if (engine.scenario === 'task' && !task) {
    throw new ContinualLearningError(
      'CL_OPTION',
      "predict(): in scenario 'task' the task of the inputs must be given: predict(x, { task }).",
    );
  }
  const inputs = x instanceof tf.Tensor ? { '': x } : { ...(x as NamedTensorMap) };
  checkInputs(
    'predict()',
    Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, tensor.shape?.slice(1)])),
    engine.model,
  );
  if (task !== undefined) checkTask('predict', task, engine.model);
  const asked = task ?? engine.task;
  const count = leaves(x)[0]?.shape[0];
  if (!count) throw new ContinualLearningError('CL_DATA', 'predict(): there are no rows.');
  return tf.tidy(() => {
    const competing = maskOf(engine.competingFor({ task: new Int32Array(count).fill(asked.index) }, count, undefined, asked), count);
    const outputs = engine.program.run(engine.entry('predict', asked, predictEntry), {
      x,
      competing,
      step: tf.scalar(engine.progress.step),
    });
    return released(outputs as Tensor);
  });
}

/** What the strategies measure of themselves. */
export function measure(engine: Engine, task: Task = engine.task): { readonly [name: string]: number } {
  checkTask('measure', task, engine.model);
  const { strategy, progress } = engine;
  if (!strategy.measure) return {};
  const state = engine.read();
  const values: { [name: string]: number } = {};
  try {
    tf.tidy(() => {
      const world = worldOf(engine.structure(task), state, { occasion: 'measure', step: tf.scalar(progress.step), training: false });
      const measured = strategy.measure!(graphContext(world).ctx, world.state);
      for (const [name, value] of Object.entries(measured)) values[name] = value.dataSync()[0]!;
    });
    return values;
  } finally {
    tf.dispose(leaves(state));
  }
}
