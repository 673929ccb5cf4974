import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkFunction, checkKnown, checkNumber } from '../options.js';
import { type Json, map, named } from '../tree.js';
import { checkedGroups, type ParameterGroup, scaled } from './groups.js';
import type { At, Optimizer, Schedule, Slots } from './optimizer.js';

/** What happens to one parameter: its gradient, slots and value to its change, or its new value, and new slots. */
export type Change<Slot extends string, Result> = (
  gradient: Tensor,
  slots: Record<Slot, Tensor>,
  parameter: Tensor,
) => { readonly result: Result; readonly slots: Record<Slot, Tensor> };

/** An optimizer as a rule for one parameter. What a step's scalars are made into is computed once for all parameters. */
export interface Rule<Slot extends string> {
  readonly slots: readonly Slot[];
  /** Results in what to add to the parameter. */
  update(at: At): Change<Slot, Tensor>;
  /** Results in the new parameter, in one go. Default: the parameter plus its update. */
  apply?(at: At): Change<Slot, Tensor>;
}

/** What `learningRate` and the options have in common in every optimizer. */
export interface CommonOptions {
  /** A rate, or a function from the step (counted from 0 over all tasks) to one. */
  readonly learningRate: number | Schedule;
  /** Parameters that are treated in another way: the first group whose `match` fits a name has it. Default: none. */
  readonly groups?: readonly ParameterGroup[];
}

/** Options of an optimizer, with their defaults. */
interface Settings {
  readonly learningRate: number | Schedule;
  readonly groups: readonly ParameterGroup[] | undefined;
  readonly weightDecay: number;
  readonly [option: string]: Json | Schedule | readonly ParameterGroup[] | undefined;
}

/**
 * An optimizer that treats each parameter by itself. A parameter without a gradient stays as it is, and so do its slots, as
 * with PyTorch's `grad = None`; one without slots, because it is new, starts at zeros.
 */
export function perParameter<Slot extends string>(
  name: string,
  { learningRate, groups = [], weightDecay, ...others }: Settings,
  ruleOf: (weightDecay: number) => Rule<Slot>,
): Optimizer {
  const given = checkedGroups(name, groups);
  const rule = ruleOf(weightDecay);
  const rules = given.map((group) => (group.weightDecay === undefined ? rule : ruleOf(group.weightDecay)));

  /** Makes the change for each parameter that has a gradient, as its group has it. */
  function each(
    changeOf: (rule: Rule<Slot>, at: At) => Change<Slot, Tensor>,
    at: At,
    { gradients, slots, parameters }: { gradients: NamedTensorMap; slots: Slots; parameters: NamedTensorMap },
  ) {
    const results: NamedTensorMap = {};
    const next: Record<string, NamedTensorMap> = Object.fromEntries(rule.slots.map((slot) => [slot, { ...slots[slot] }]));
    const changes = new Map<number, Change<Slot, Tensor>>();
    for (const [parameterName, gradient] of Object.entries(gradients)) {
      const group = given.findIndex(({ match }) => match.test(parameterName));
      const change = changes.get(group) ?? changeOf(rules[group] ?? rule, scaled(at, given[group]?.learningRateFactor));
      changes.set(group, change);
      const parameter = named(parameters, parameterName);
      const own = rule.slots.map((slot) => [slot, slots[slot]?.[parameterName] ?? tf.zerosLike(parameter)]);
      const changed = change(gradient, Object.fromEntries(own) as Record<Slot, Tensor>, parameter);
      results[parameterName] = changed.result;
      for (const slot of rule.slots) next[slot]![parameterName] = changed.slots[slot];
    }
    return { results, slots: next };
  }

  return {
    name,
    options: {
      learningRate: typeof learningRate === 'number' ? learningRate : learningRate.name || 'schedule',
      ...(others as Record<string, Json>),
      weightDecay,
      ...(given.length > 0 && { groups: given.map(({ match, ...changes }) => ({ match: String(match), ...changes })) }),
    },
    learningRate,
    init: (parameters) => Object.fromEntries(rule.slots.map((slot) => [slot, map((parameter) => tf.zerosLike(parameter), parameters)])),
    update(gradients, slots, at, parameters) {
      const { results, slots: next } = each((rule, at) => rule.update(at), at, { gradients, slots, parameters });
      return { updates: results, slots: next };
    },
    apply(gradients, slots, at, parameters) {
      const { results, slots: next } = each((rule, at) => rule.apply?.(at) ?? added(rule.update(at)), at, { gradients, slots, parameters });
      return { parameters: { ...parameters, ...results }, slots: next };
    },
  };
}

/** A change of the parameter's value from one that gives what to add. */
const added =
  <Slot extends string>(update: Change<Slot, Tensor>): Change<Slot, Tensor> =>
  (gradient, slots, parameter) => {
    const change = update(gradient, slots, parameter);
    return { result: tf.add(parameter, change.result), slots: change.slots };
  };

/** The options of a factory that also takes a bare rate: checked for unknown names and for the rate. */
export function withRate<T extends CommonOptions>(
  factory: string,
  given: number | Schedule | T,
  names: readonly (keyof T & string)[],
): T | CommonOptions {
  const options = typeof given === 'number' || typeof given === 'function' ? { learningRate: given } : given;
  checkKnown(factory, options, ['learningRate', ...names, 'groups']);
  const { learningRate } = options;
  if (typeof learningRate === 'number') checkNumber(factory, 'learningRate', learningRate, { min: 0 });
  else checkFunction(factory, 'learningRate', learningRate, 'a number of at least 0 or a function from step to rate');
  return options;
}

/** The gradient of the loss plus (decay / 2) ‖parameter‖²: weight decay as PyTorch's SGD and Adam have it. */
export const decayed = (gradient: Tensor, parameter: Tensor, decay: number): Tensor =>
  decay === 0 ? gradient : tf.add(gradient, tf.mul(decay, parameter));
