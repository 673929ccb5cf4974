import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { ContinualLearningError } from '../errors.js';
import { isStored } from '../memory/stored.js';
import type { Model, ParameterSpec } from '../model/model.js';
import { growSlots } from '../optimizer/index.js';
import { checkInteger } from '../options.js';
import { initialParameters } from '../random/index.js';
import { replaceTensors, tensorsOf } from '../strategy/state.js';
import type { Tree } from '../strategy/strategy.js';
import { named } from '../tree.js';
import type { Engine, States } from './engine.js';
import type { LearnerState } from './entries.js';

/** Gives the model `count` more outputs; everything that has a column for each output gets columns for them. */
export function growState(engine: Engine, count: number): void {
  const before = engine.base;
  if (!before.grow) throw new ContinualLearningError('CL_MODEL', `grow(): '${before.name}' cannot grow: it has no grow().`);
  if (engine.progress.current) {
    throw new ContinualLearningError(
      'CL_MODEL',
      `grow(): task ${engine.progress.current.task.index} is in training. Outputs are added between tasks.`,
    );
  }
  const base = before.grow(checkInteger('grow', 'count', count, { min: 0 }));
  const after = engine.modelFor(engine.progress, base);
  engine.change((state) => fitted(engine, state, after));
  engine.base = base;
  engine.model = after;
}

/**
 * The state of a learner for a model with other parameters than the one that it has. What is there keeps its values and averages; a
 * parameter with more outputs gets columns for them, a new one is drawn as if the model had had it from the beginning, and one that the
 * model no longer has is dropped. A strategy's tensors follow the parameters that they are named after.
 */
export function fitted(engine: Engine, state: LearnerState, after: Model): { readonly state: LearnerState; readonly states: States } {
  const { model: before, seed } = engine;
  const widened = replaceTensors(engine.states, (path) =>
    widenZeros(named(state.strategy, path), parameterAt(path, before), after),
  ) as States;
  const states = withNew(widened, before, after) as States;
  return {
    state: {
      parameters: valuesFor(after.parameters, state.parameters, seed),
      buffers: valuesFor(after.buffers ?? {}, state.buffers, seed),
      slots: growSlots(state.slots, shapesOf(after), engine.slots),
      strategy: tensorsOf(states),
    },
    states,
  };
}

/** Whether a learner with the one model can go on with the other as it is. */
export const sameParameters = (a: Model, b: Model): boolean => JSON.stringify(layoutOf(a)) === JSON.stringify(layoutOf(b));

const layoutOf = ({ parameters, buffers = {} }: Model) =>
  [parameters, buffers].map((part) => Object.entries(part).map(([name, { shape }]) => [name, shape]));

const shapesOf = ({ parameters }: Model) => Object.fromEntries(Object.entries(parameters).map(([name, { shape }]) => [name, shape]));

function valuesFor(specs: Readonly<Record<string, ParameterSpec>>, old: NamedTensorMap, seed: number): NamedTensorMap {
  const changed = Object.entries(specs).filter(([name, { shape }]) => `${old[name]?.shape}` !== `${shape}`);
  const drawn = initialParameters({ parameters: Object.fromEntries(changed) }, seed);
  const value = (name: string): Tensor => {
    if (!drawn[name]) return named(old, name);
    return old[name] ? widen(old[name], drawn[name]) : drawn[name];
  };
  return Object.fromEntries(Object.keys(specs).map((name) => [name, value(name)]));
}

/** The old values, then the columns of `fresh` that are new. */
function widen(old: Tensor, fresh: Tensor): Tensor {
  const [have, want] = [old.shape.at(-1)!, fresh.shape.at(-1)!];
  if (have === want) return old;
  const begin = [...fresh.shape.slice(0, -1).map(() => 0), have];
  return tf.concat([old, tf.slice(fresh, begin)], -1);
}

/** The parameter that a tensor of a strategy's state belongs to by its name, 'ewc.importance.head/kernel'. */
function parameterAt(path: string, model: Model): string | undefined {
  return Object.keys(model.parameters).find((name) => path.endsWith(`.${name}`));
}

/** What a strategy knows of a column that did not exist is zero. */
function widenZeros(tensor: Tensor, parameter: string | undefined, after: Model): Tensor {
  const shape = parameter === undefined ? undefined : after.parameters[parameter]?.shape;
  return shape && shape.length === tensor.rank ? widen(tensor, tf.zeros([...shape], tensor.dtype)) : tensor;
}

/** What a strategy knows of a parameter that did not exist is zero: said wherever it has a tensor of its shape for each of those that did. */
function withNew(state: Tree, before: Model, after: Model): Tree {
  if (state === null || typeof state !== 'object' || state instanceof tf.Tensor || isStored(state)) return state;
  if (Array.isArray(state)) return (state as readonly Tree[]).map((child) => withNew(child, before, after));
  const record = state as { readonly [name: string]: Tree };
  const known = Object.keys(before.parameters);
  const isLike = (child: Tree | undefined, name: string) =>
    child instanceof tf.Tensor && `${child.shape}` === `${(after.parameters[name] ?? before.parameters[name])!.shape}`;
  const isForEach = known.length > 0 && known.length === Object.keys(record).length && known.every((name) => isLike(record[name], name));
  if (!isForEach) return Object.fromEntries(Object.entries(record).map(([key, child]) => [key, withNew(child, before, after)]));
  const entries = Object.entries(after.parameters);
  return Object.fromEntries(entries.map(([name, { shape }]) => [name, record[name] ?? tf.zeros([...shape])]));
}
