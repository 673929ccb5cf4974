import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { ContinualLearningError } from '../errors.js';
import { competingIn, type Task, type TaskData } from '../scenario/task.js';
import { leaves, type TensorTree } from '../tree.js';
import { batchOf, inOrder, maskOf, weightsOf } from './batches.js';
import { checkData } from './checks.js';
import type { Engine } from './engine.js';
import { evaluateEntry, predictEntry } from './entries.js';
import type { EvaluateOptions, Evaluation } from './options.js';
import { pauser } from './pause.js';

/** Loss and metrics on a task's examples, as means. */
export async function evaluate(engine: Engine, task: TaskData, options: EvaluateOptions): Promise<Evaluation> {
  const { competing = competingIn(engine.scenario), on = 'test', batchSize = 256 } = options;
  const data = task[on];
  if (!data) throw new ContinualLearningError('CL_OPTION', `evaluate(): task ${task.index} ('${task.name}') has no ${on} examples.`);
  checkData(`task ${task.index} ('${task.name}'), ${on}`, data, engine.model, engine.objective);

  const size = Math.min(batchSize, data.length);
  const sums = new Map<string, readonly [number, number]>();
  const pause = pauser();
  for (const rows of inOrder(data, size, task.index)) {
    tf.tidy(() => {
      const entry = engine.entry('evaluate', task, evaluateEntry);
      const batch = batchOf(rows, size, { weight: weightsOf(rows.count, size), competing: maskOf(engine.competing(rows, size, competing, task), size) });
      for (const [name, pair] of Object.entries(engine.program.run(entry, { batch }) as NamedTensorMap)) {
        const [sum, weight] = pair.dataSync();
        const [before, weightBefore] = sums.get(name) ?? [0, 0];
        sums.set(name, [before + sum!, weightBefore + weight!]);
        pair.dispose();
      }
    });
    const turn = pause();
    if (turn) await turn;
  }
  return { examples: data.length, ...Object.fromEntries([...sums].map(([name, [sum, weight]]) => [name, sum / weight])) };
}

/** Outputs for inputs, those that do not compete far below the others. */
export function predict(engine: Engine, x: TensorTree, task: Task | undefined): Tensor {
  if (engine.scenario === 'task' && !task) {
    throw new ContinualLearningError('CL_OPTION', "predict(): in scenario 'task' the task of the inputs must be given: predict(x, { task }).");
  }
  const asked = task ?? engine.task;
  const count = leaves(x)[0]?.shape[0] ?? 0;
  return tf.tidy(() => {
    const competing = maskOf(engine.competing({ task: new Int32Array(count).fill(asked.index) }, count, undefined, asked), count);
    return engine.program.run(engine.entry('predict', asked, predictEntry), { x, competing }) as Tensor;
  });
}
