import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { ContinualLearningError } from '../errors.js';
import type { Model, ParameterSpec, Site } from './model.js';

/**
 * Which hidden unit each input of a kernel is, numbered over all sites; one more than the last for an input of the network itself. Seen by
 * a pass through the network in which every unit gives its number, so that pooling and flattening need not be known.
 *
 * @throws CL_REQUIREMENT where inputs are no single units, as after a sum of two branches or a normalisation, and where there are no units.
 */
export function unitsBehind(model: Model): { readonly [kernel: string]: number[] } {
  const count = model.sites.filter(({ kind }) => kind === 'activation').reduce((sum, { units }) => sum + units, 0);
  if (count === 0) throw refusal(model, 'has no hidden units. Give it a hidden layer.');
  if (!Array.isArray(model.inputs)) throw refusal(model, 'has several inputs; units can be followed from one.');
  const found: { [kernel: string]: number[] } = {};
  let next = count;
  tf.tidy(() => {
    const values = (specs: Readonly<Record<string, ParameterSpec>>, value: number): NamedTensorMap =>
      Object.fromEntries(Object.entries(specs).map(([name, { shape }]) => [name, tf.fill([...shape], value)]));
    const at = (site: Site, value: Tensor): Tensor => {
      for (const kernel of site.feeds ?? []) found[kernel] = numbersIn(value, count, kernel, model);
      if (site.kind !== 'activation') return value;
      // Numbers from `count` on: a sum of two is none of them.
      const numbers = tf.range(next, next + site.units);
      next += site.units;
      return tf.add(tf.zerosLike(value), numbers);
    };
    model.apply({ ...values(model.parameters, 0), ...values(model.buffers ?? {}, 1) }, tf.zeros([1, ...(model.inputs as number[])]), {
      at,
    });
  });
  return found;
}

/** The units whose numbers arrive at a layer, [batch, …, inputs]. */
function numbersIn(value: Tensor, count: number, kernel: string, model: Model): number[] {
  const rows = tf.reshape(value, [-1, value.shape.at(-1)!]);
  const [low, high] = [tf.min(rows, 0).dataSync(), tf.max(rows, 0).dataSync()];
  return Array.from(low, (number, i) => {
    if (number === 0 && high[i] === 0) return count;
    if (number === high[i] && Number.isInteger(number) && number >= count && number < 2 * count) return number - count;
    throw refusal(
      model,
      `mixes units in the inputs of '${kernel}', where each must be one unit of an earlier layer. Use a chain of layers.`,
    );
  });
}

const refusal = ({ name }: Model, problem: string) => new ContinualLearningError('CL_REQUIREMENT', `'${name}' ${problem}`);
