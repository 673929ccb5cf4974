import {
  type Batch,
  type BoundaryContext,
  checkInteger,
  checkKnown,
  checkOneOf,
  defineStrategy,
  type GraphContext,
  indicator,
  map,
  mapTree,
  named,
  oneHot,
  pick,
  subsetData,
  zip,
} from '@cl/core';
import type { NamedTensorMap, Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { orthonormal } from './orthonormal.js';
import { asRow, asRows, combined, products } from './rows.js';

export interface OgdOptions {
  /** Examples of each task whose outputs are protected, drawn at random at its end, at least 1. Default 200, as in the paper. */
  readonly examples?: number;
  /**
   * Which outputs of an example. `true`: that of its class. `average`: the mean of those that compete. `all`: each that competes, a
   * direction each. Default 'true', the best of the three in the paper.
   */
  readonly outputs?: 'true' | 'average' | 'all';
  /** Directions kept in all, at least 1, the same number of each task. Default Infinity. */
  readonly capacity?: number;
  /**
   * What is projected. `updates`: what is added to the parameters, so that the promise holds under every optimizer. `gradients`: as in
   * the paper, which uses plain SGD, where both are the same. Default 'updates'.
   */
  readonly on?: 'updates' | 'gradients';
}

/** Orthonormal vectors over the parameters, one after another: [directions, …shape] for each parameter. */
type Directions = NamedTensorMap;

interface State {
  readonly directions: Directions | null;
  /** How many of them are of each task. */
  readonly counts: readonly number[];
}

/**
 * Orthogonal gradient descent: no step may, to first order, change what the network answered to some examples of earlier tasks.
 *
 *     g̃ = g − Σ ⟨g, v⟩ v   over an orthonormal basis of the gradients ∇f(x; θ) of outputs at the end of each task
 *
 * Farajtabar et al., "Orthogonal gradient descent for continual learning", AISTATS 2020, arXiv 1910.07104, algorithm 1. Outputs, not losses,
 * whose gradients vanish where a task is learned. Where tasks have outputs of their own (scenario 'task'), over the parameters that they
 * share. Keeps `examples` numbers a parameter for each task; a step reads them twice; a task's end costs as many backward passes.
 *
 * @throws CL_OPTION for options outside their ranges.
 * @example new Learner({ model, optimizer: sgd(0.001), scenario: 'domain', strategy: ogd({ examples: 200 }) })
 */
export function ogd(options: OgdOptions = {}) {
  checkKnown('ogd', options, ['examples', 'outputs', 'capacity', 'on']);
  const { examples = 200, outputs = 'true', capacity = Infinity, on = 'updates' } = options;
  checkInteger('ogd', 'examples', examples, { min: 1 });
  checkOneOf('ogd', 'outputs', outputs, ['true', 'average', 'all']);
  checkInteger('ogd', 'capacity', capacity, { min: 1, infinite: true });
  checkOneOf('ogd', 'on', on, ['updates', 'gradients']);

  function project(_ctx: GraphContext, step: NamedTensorMap, { directions }: State): NamedTensorMap {
    if (!directions) return step;
    const moved = pick(step, (name) => name in directions);
    const V = asRows(map((part, name) => widened(named(directions, name), part), moved));
    const along = combined(products(asRow(moved), V), V);
    return { ...step, ...zip((part, taken) => tf.sub(part, tf.reshape(taken, part.shape)), moved, along) };
  }

  return defineStrategy({
    name: 'ogd',
    claims: ['direction'],
    requires: outputs === 'true' ? ['boundaries', 'classes'] : ['boundaries'],
    options: { examples, outputs, capacity: options.capacity ?? null, on },
    init: (): State => ({ directions: null, counts: [] }),
    [on]: project,

    afterTask(ctx, { directions, counts }) {
      const gradients = outputGradients(ctx, examples, outputs);
      const old = directions && map((_, name) => known(directions, name, named(ctx.parameters, name)), gradients);
      const found = orthonormal(asRows(gradients), old && asRows(old));
      const parts = [...(old ? byTask(old, counts) : []), ...(found ? [shaped(found, ctx.parameters)] : [])];
      const kept = limited(parts, capacity);
      return { directions: joined(kept), counts: kept.map(countOf) };
    },
  });
}

/** The gradients of outputs of examples that are drawn at random: [directions, …shape] for each parameter. */
function outputGradients(ctx: BoundaryContext, count: number, outputs: NonNullable<OgdOptions['outputs']>): Directions {
  const shared = pick(ctx.parameters, (name) => !(ctx.head.has(name) && ctx.scenario === 'task'));
  const drawn = subsetData(ctx.examples, ctx.random.sample(count, ctx.examples.length));
  const { values, shape } = ctx.readOut(drawn, (batch) => {
    const ofRow = (row: Batch) =>
      wanted(ctx, row, outputs).map((weights) => {
        const gradients = ctx.gradientsOf(row, (scores) => tf.sum(tf.mul(scores, weights)) as Scalar);
        return tf.concat(Object.keys(shared).map((name) => tf.reshape(named(gradients, name), [-1])));
      });
    return tf.stack(Array.from({ length: batch.weight.shape[0] }, (_, i) => tf.stack(ofRow(rowOf(batch, i)))));
  });
  const sizes = Object.values(shared).map(({ size }) => size);
  const flat = tf.tensor2d(values, [values.length / shape.at(-1)!, shape.at(-1)!]);
  const parts = tf.split(flat, sizes, 1);
  return shaped(Object.fromEntries(Object.keys(shared).map((name, i) => [name, parts[i]!])), shared);
}

/** Of a row, the outputs that a direction is taken of, as weights of their sum: [1, outputs] each. */
function wanted({ competing, model }: GraphContext, { y }: Batch, outputs: NonNullable<OgdOptions['outputs']>): readonly Tensor[] {
  const of = (classes: readonly number[]) => tf.tensor2d([indicator(classes, model.outputs)]);
  if (outputs === 'true') return [oneHot(y, model.outputs)];
  return outputs === 'average' ? [tf.div(of(competing), competing.length)] : competing.map((c) => of([c]));
}

/** One row of a batch, as a batch. */
const rowOf = (batch: Batch, row: number): Batch =>
  mapTree((tensor) => tf.slice(tensor, [row, ...tensor.shape.slice(1).map(() => 0)], [1, ...tensor.shape.slice(1)]), batch);

const countOf = (directions: Directions): number => Object.values(directions)[0]!.shape[0]!;
const shaped = (rows: NamedTensorMap, like: NamedTensorMap): Directions =>
  map((part, name) => tf.reshape(part, [-1, ...named(like, name).shape]), rows);
const from = (directions: Directions, start: number, count: number): Directions =>
  map((part) => tf.slice(part, [start, ...part.shape.slice(1).map(() => 0)], [count, ...part.shape.slice(1)]), directions);

/** The directions of each task. */
const byTask = (directions: Directions, counts: readonly number[]): Directions[] =>
  counts.map((count, t) =>
    from(
      directions,
      counts.slice(0, t).reduce((sum, each) => sum + each, 0),
      count,
    ),
  );

/** The first directions of each task, as many of each, so that there are no more than `capacity`. */
function limited(tasks: readonly Directions[], capacity: number): Directions[] {
  const share = (t: number) => Math.floor(capacity / tasks.length) + (t < capacity % tasks.length ? 1 : 0);
  return tasks.map((task, t) => from(task, 0, Math.min(countOf(task), share(t)))).filter((task) => countOf(task) > 0);
}

function joined(tasks: readonly Directions[]): Directions | null {
  const [first] = tasks;
  return first
    ? map(
        (_, name) =>
          tf.concat(
            tasks.map((task) => named(task, name)),
            0,
          ),
        first,
      )
    : null;
}

/** The part of directions in a parameter: zeros in one that was not there. */
const known = (directions: Directions, name: string, parameter: Tensor): Tensor =>
  directions[name] ? widened(directions[name], parameter) : tf.zeros([countOf(directions), ...parameter.shape]);

/** With zeros for outputs that a parameter did not have. */
function widened(directions: Tensor, parameter: Tensor): Tensor {
  const missing = parameter.shape.at(-1)! - directions.shape.at(-1)!;
  return missing > 0
    ? tf.pad(
        directions,
        directions.shape.map((_, axis) => [0, axis === directions.rank - 1 ? missing : 0]),
      )
    : directions;
}
