import * as tf from '@tensorflow/tfjs-core';
import { type Dataset, mapParts, type Rows, sizeOf } from '../data.js';
import { inOrder } from '../learner/batches.js';
import type { Learner } from '../learner/learner.js';
import { type EntityScores, entityScores } from '../metrics/entities.js';
import { checkHas, checkInteger, checkKnown } from '../options.js';
import type { Task } from '../scenario/task.js';
import type { TensorTree } from '../tree.js';
import type { EntityMode, TagSet } from './tags.js';

export interface EntityEvaluation {
  /** Truth and prediction of each sentence, positions without a target left out. */
  readonly truth: readonly (readonly string[])[];
  readonly predicted: readonly (readonly string[])[];
  readonly scores: EntityScores;
}

export interface EvaluateEntitiesOptions {
  /** What an `I-X` without a beginning is. Default 'strict': nothing. */
  readonly mode?: EntityMode;
  /** Types to score. Default: those that occur, in truth or prediction. */
  readonly types?: readonly string[];
  /** Rows a call. Default 64. */
  readonly batchSize?: number;
}

/**
 * Predicts the tags of sentences and scores the entities. Tags are those with the highest score, so a strategy that decodes (AddNER, ExtendNER)
 * decodes here.
 *
 * @param data Sentences with their labels, such as the test sentences of the last task that was learned.
 * @example const { scores } = evaluateEntities(learner, task.test, stream.tags); // scores.macro.f1, scores.perType.PER.f1
 */
export function evaluateEntities(learner: Learner, data: Dataset, tags: TagSet, options: EvaluateEntitiesOptions = {}): EntityEvaluation {
  checkKnown('evaluateEntities', options, ['mode', 'types', 'batchSize']);
  const { mode = 'strict', types } = options;
  const batchSize = checkInteger('evaluateEntities', 'batchSize', options.batchSize ?? 64, { min: 1 });
  checkHas('evaluateEntities', 'tags', tags, ['tags'], "a stream's tags, as tagSet() makes");
  const task = learner.progress.learned.at(-1) ?? learner.progress.current?.task;
  const [truth, predicted]: [string[][], string[][]] = [[], []];
  const length = sizeOf(data.y.shape);
  for (const rows of inOrder(data, batchSize, 0)) {
    const ids = predictedIds(learner, rows, task);
    for (let row = 0; row < rows.count; row++) {
      const [there, said]: [string[], string[]] = [[], []];
      for (let i = row * length; i < (row + 1) * length; i++) {
        const label = rows.y.values[i]!;
        if (label < 0) continue;
        there.push(tags.tags[label]!);
        said.push(tags.tags[ids[i]!] ?? 'O');
      }
      truth.push(there);
      predicted.push(said);
    }
  }
  return { truth, predicted, scores: entityScores(truth, predicted, { mode, ...(types && { types }) }) };
}

/** The number of the likeliest tag at each position of some rows. */
export function predictedIds(learner: Learner, rows: Rows, task: Task | undefined): Int32Array {
  return tf.tidy(() => {
    const x = mapParts(
      ({ values, shape }) => tf.tensor(values, [rows.count, ...shape], values instanceof Float32Array ? 'float32' : 'int32'),
      rows.x,
    );
    return tf.argMax(learner.predict(x as TensorTree, task ? { task } : {}), -1).dataSync() as Int32Array;
  });
}
