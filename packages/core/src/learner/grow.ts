import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { ContinualLearningError } from '../errors.js';
import type { Model } from '../model/model.js';
import { growSlots } from '../optimizer/index.js';
import { initialParameters } from '../random/index.js';
import { replaceTensors, tensorsOf } from '../strategy/state.js';
import { map, named } from '../tree.js';
import type { Engine, States } from './engine.js';

/** Gives the model `count` more outputs; everything that has a column for each output gets columns for them. */
export function growState(engine: Engine, count: number): void {
  const before = engine.model;
  if (!before.grow) throw new ContinualLearningError('CL_MODEL', `grow(): '${before.name}' cannot grow: it has no grow().`);
  if (engine.progress.current) {
    throw new ContinualLearningError(
      'CL_MODEL',
      `grow(): task ${engine.progress.current.task.index} is in training. Outputs are added between tasks.`,
    );
  }
  const after = before.grow(count);
  engine.change((state) => {
    const drawn = initialParameters(after, engine.seed);
    const parameters = map((fresh, name) => (state.parameters[name] ? widen(state.parameters[name], fresh) : fresh), drawn);
    const states = replaceTensors(engine.states, (path) =>
      widenZeros(named(state.strategy, path), parameterAt(path, before), after),
    ) as States;
    return {
      state: { ...state, parameters, slots: growSlots(state.slots, shapesOf(after), engine.slots), strategy: tensorsOf(states) },
      states,
    };
  });
  engine.model = after;
}

const shapesOf = ({ parameters }: Model) => Object.fromEntries(Object.entries(parameters).map(([name, { shape }]) => [name, shape]));

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
