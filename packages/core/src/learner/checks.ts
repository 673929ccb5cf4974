import { type Columns, checkDataset, type Dataset, isSingle, read, sizeOf } from '../data.js';
import { ContinualLearningError } from '../errors.js';
import type { Model } from '../model/model.js';
import type { Objective } from '../objective/objective.js';
import { checkFunction, checkHas, checkInteger, checkKnown, checkNumber, checkOneOf, show } from '../options.js';
import type { Task } from '../scenario/task.js';
import { checkEarlyStopping } from './early-stopping.js';
import type { EvaluateOptions, LearnerOptions, LearnOptions } from './options.js';

const LEARNER_OPTIONS = [
  'model',
  'optimizer',
  'scenario',
  'competing',
  'strategy',
  'objective',
  'seed',
  'compiler',
  'parameters',
  'slots',
  'clipNorm',
];

/** Throws CL_OPTION for options that the type system would have refused. */
export function checkLearnerOptions(options: LearnerOptions): void {
  checkKnown('Learner', options, LEARNER_OPTIONS);
  const { model, optimizer, objective, compiler } = options;
  checkHas('Learner', 'model', model, ['apply', 'parameters', 'sites', 'inputs'], 'a model, as mlp() or fromLayers() make');
  checkHas('Learner', 'optimizer', optimizer, ['init', 'update'], 'an optimizer, as adam() makes');
  if (objective) checkHas('Learner', 'objective', objective, ['terms', 'measure'], 'an objective, as classification() makes');
  if (compiler) checkHas('Learner', 'compiler', compiler, ['program'], 'a compiler, as eager() makes');
  checkOneOf('Learner', 'scenario', options.scenario, ['task', 'domain', 'class', 'free']);
  if (options.competing !== undefined) {
    checkOneOf('Learner', 'competing', options.competing, ['seen', 'all']);
    if (options.scenario !== 'class') {
      const message = `Learner({ competing: '${options.competing}' }): only in scenario 'class' is there a choice; the scenario here is '${options.scenario}'. Leave it out.`;
      throw new ContinualLearningError('CL_OPTION', message);
    }
  }
  if (options.slots !== undefined) checkOneOf('Learner', 'slots', options.slots, ['keep', 'reset']);
  if (options.clipNorm !== undefined) checkNumber('Learner', 'clipNorm', options.clipNorm, { above: 0 });
  if (options.seed !== undefined) checkNumber('Learner', 'seed', options.seed);
}

export function checkEvaluateOptions(options: EvaluateOptions): void {
  checkKnown('evaluate', options, ['competing', 'on', 'batchSize']);
  const { competing, on, batchSize } = options;
  if (competing !== undefined) checkOneOf('evaluate', 'competing', competing, ['task', 'seen', 'all']);
  if (on !== undefined) checkOneOf('evaluate', 'on', on, ['train', 'validation', 'test']);
  if (batchSize !== undefined) checkInteger('evaluate', 'batchSize', batchSize, { min: 1 });
}

/** Throws CL_OPTION for a number of steps or rows that cannot be, or for two answers to one question. */
export function checkLearnOptions(options: LearnOptions, model: Model): void {
  checkKnown('learn', options, ['epochs', 'iterations', 'batchSize', 'accumulate', 'signal', 'onStep', 'earlyStopping']);
  const { epochs, iterations, batchSize, accumulate, signal, onStep, earlyStopping } = options;
  if (epochs !== undefined && iterations !== undefined) {
    throw new ContinualLearningError('CL_OPTION', `learn(): received epochs (${epochs}) and iterations (${iterations}); give one of them.`);
  }
  if (epochs !== undefined) checkInteger('learn', 'epochs', epochs, { min: 1 });
  if (iterations !== undefined) checkInteger('learn', 'iterations', iterations, { min: 1 });
  if (batchSize !== undefined) checkInteger('learn', 'batchSize', batchSize, { min: 1 });
  if (signal) checkHas('learn', 'signal', signal, ['throwIfAborted'], 'an AbortSignal');
  if (onStep) checkFunction('learn', 'onStep', onStep);
  if (earlyStopping !== undefined) checkEarlyStopping(earlyStopping);
  if (accumulate === undefined) return;
  checkInteger('learn', 'accumulate', accumulate, { min: 1 });
  if (accumulate > 1 && Object.keys(model.buffers ?? {}).length > 0) {
    const message = `learn(): '${model.name}' has running statistics, which would be those of micro-batches. Leave out accumulate (${accumulate}), or use a model that normalizes each row by itself.`;
    throw new ContinualLearningError('CL_OPTION', message);
  }
}

/** Throws CL_DATA for what is no task, CL_LABEL for classes that are no outputs of the model. */
export function checkTask(who: string, task: Task, { outputs }: Model): void {
  const { index, name, classes } = task ?? {};
  const whole = (value: unknown) => Number.isInteger(value) && (value as number) >= 0;
  const lacking = !whole(index) ? 'index' : typeof name !== 'string' ? 'name' : !Array.isArray(classes) && 'classes';
  if (lacking) {
    throw new ContinualLearningError(
      'CL_DATA',
      `${who}(): a task must have index, name and classes, as those of split() and custom(); ${lacking} cannot be what it is in ${show(task)}.`,
    );
  }
  if (classes.every((c) => whole(c) && c < outputs)) return;
  throw new ContinualLearningError(
    'CL_LABEL',
    `${who}(): the classes of task ${index} must be outputs of the model, 0 to ${outputs - 1}, received ${show(classes)}.`,
  );
}

/** Throws CL_DATA, CL_SHAPE or CL_LABEL for examples that this model and objective cannot take. */
export function checkData(what: string, data: Dataset, model: Model, objective: Objective): void {
  checkDataset(what, data);
  if (data.length === 0) throw new ContinualLearningError('CL_DATA', `${what}: there are no examples.`);
  checkColumns(what, data.x, model);
  objective.check?.(read(data.y).values, model.outputs, data.y.shape);
}

/** Throws CL_SHAPE for inputs that the model does not take. */
export function checkColumns(what: string, x: Columns, model: Model): void {
  const shapes: Shapes = isSingle(x) ? { '': x.shape } : Object.fromEntries(Object.entries(x).map(([name, { shape }]) => [name, shape]));
  checkInputs(what, shapes, model);
}

type Shapes = { readonly [name: string]: readonly number[] };

/** Throws CL_SHAPE where rows of these shapes are not what the model takes; a single input has the name ''. */
export function checkInputs(what: string, rows: Shapes, { inputs, name: model }: Model): void {
  const expected: Shapes = Array.isArray(inputs) ? { '': inputs as readonly number[] } : (inputs as Shapes);
  for (const [name, shape] of Object.entries(expected)) {
    const got = rows[name];
    if (got && `${got}` === `${shape}` && got.length === shape.length) continue;
    const label = name === '' ? 'inputs' : `input '${name}'`;
    throw new ContinualLearningError(
      'CL_SHAPE',
      `${what}: ${label} of '${model}' must have shape [${shape}] a row, received ${got ? `[${got}]` : 'none with a shape'}. Reshape the data or build the model for them.`,
    );
  }
}

/**
 * Throws CL_LABEL for a class number whose output does not compete in training: no step could ever make it more likely.
 *
 * @param tasks The task, and those learned before where all classes seen so far compete.
 */
export function checkClasses(what: string, { y }: Dataset, tasks: readonly Task[]): void {
  if (y.dtype !== 'int32') return;
  const classes = new Set(tasks.flatMap((task) => task.classes));
  if (classes.size === 0) return;
  const { values } = read(y);
  // Of tokens, negative labels are none.
  const wrong = values.findIndex((label) => !classes.has(label) && !(label < 0 && y.shape.length > 0));
  if (wrong < 0) return;
  throw new ContinualLearningError(
    'CL_LABEL',
    `${what}: row ${Math.floor(wrong / sizeOf(y.shape))} has label ${values[wrong]}, which is not among the classes that compete: ${[...classes].sort((a, b) => a - b).join(', ')}. Name it in the task's classes.`,
  );
}
