import { type Dataset, isSingle, sizeOf } from '../data.js';
import { ContinualLearningError } from '../errors.js';
import type { Model } from '../model/model.js';
import type { Objective } from '../objective/objective.js';
import { checkInteger } from '../options.js';
import type { LearnOptions } from './options.js';

/** Throws CL_OPTION for a number of steps or rows that cannot be, or for two answers to one question. */
export function checkLearnOptions({ epochs, iterations, batchSize }: LearnOptions): void {
  if (epochs !== undefined && iterations !== undefined) {
    throw new ContinualLearningError('CL_OPTION', `learn(): received epochs (${epochs}) and iterations (${iterations}); give one of them.`);
  }
  if (epochs !== undefined) checkInteger('learn', 'epochs', epochs, { min: 1 });
  if (iterations !== undefined) checkInteger('learn', 'iterations', iterations, { min: 1 });
  if (batchSize !== undefined) checkInteger('learn', 'batchSize', batchSize, { min: 1 });
}

/** Throws CL_SHAPE or CL_LABEL for examples that this model and objective cannot take. */
export function checkData(what: string, data: Dataset, model: Model, objective: Objective): void {
  if (data.length === 0) throw new ContinualLearningError('CL_DATA', `${what}: there are no examples.`);
  const inputs = Array.isArray(model.inputs) ? { '': model.inputs as readonly number[] } : (model.inputs as { readonly [name: string]: readonly number[] });
  const columns = isSingle(data.x) ? { '': data.x } : data.x;
  for (const [name, shape] of Object.entries(inputs)) {
    const got = columns[name]?.shape;
    if (!got || sizeOf(got) !== sizeOf(shape) || got.some((length, i) => length !== shape[i])) {
      const label = name === '' ? 'inputs' : `input '${name}'`;
      throw new ContinualLearningError(
        'CL_SHAPE',
        `${what}: ${label} of '${model.name}' must have shape [${shape}] a row, received ${got ? `[${got}]` : 'none'}. Reshape the data or build the model for them.`,
      );
    }
  }
  if (!objective.check) return;
  const size = sizeOf(data.y.shape);
  const values = data.y.dtype === 'float32' ? new Float32Array(data.length * size) : new Int32Array(data.length * size);
  data.y.gather(
    Int32Array.from({ length: data.length }, (_, i) => i),
    values,
    0,
  );
  objective.check(values, model.outputs);
}
