import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Entry } from '../compiler/compiler.js';
import { checkFinite, gather } from '../ops/index.js';
import type { Batch } from '../strategy/context.js';
import { graphContext } from '../strategy/graph-context.js';
import { leaves, map, mapTree, type TensorTree, zip } from '../tree.js';
import type { Engine } from './engine.js';
import { type LearnerState, type Structure, stepWorld, type TrainInputs } from './entries.js';
import type { Sums } from './settled.js';
import { stepGradients } from './step-gradients.js';

type Inputs = TrainInputs & { readonly part: Scalar; readonly sums: Sums };

/**
 * One of the `count` micro-batches of a step: a forward and a backward pass over its share of the rows, those that strategies put into the
 * batch included. The network stays as it is, so that only one micro-batch's activations are there at a time, however many there are.
 */
export function accumulateEntry(structure: Structure, count: number): Entry {
  return {
    name: 'accumulate',
    apply(inputs, tree) {
      const { batch, feeds, clock, part, sums } = inputs as Inputs;
      const { world, step } = stepWorld(structure, tree as LearnerState, clock);
      const { ctx } = graphContext(world);
      const seen = shareOf(structure.strategy.batch?.(ctx, batch, world.state, feeds) ?? batch, part, count);

      const number = tf.add(tf.mul(step, count), part) as Scalar;
      const made = stepGradients({ ...world, occasion: 'micro-batch', number, calls: new Map() }, seen, feeds);
      const weight = tf.sum(structure.objective.terms(made.forward.outputs, seen).weights) as Scalar;
      const plus = (sum: Tensor, value: Tensor): Tensor => tf.add(sum, tf.mul(weight, value));
      const next: Sums = {
        weight: tf.add(sums.weight, weight),
        loss: plus(sums.loss, checkFinite(made.loss, 'the loss')) as Scalar,
        objective: plus(sums.objective, made.forward.loss) as Scalar,
        gradients: zip(plus, sums.gradients, made.gradients),
        task: sums.task && zip(plus, sums.task, made.taskGradients()),
      };
      return { outputs: { sums: next, outputs: structure.strategy.wants?.includes('outputs') ? made.forward.outputs : null } };
    },
  };
}

/** Rows part × ⌈rows / count⌉ and those after; where there are no more, rows of weight zero. */
function shareOf(batch: Batch, part: Scalar, count: number): Batch {
  const rows = batch.weight.shape[0];
  const size = Math.ceil(rows / count);
  const numbers = tf.add(tf.range(0, size, 1, 'int32'), tf.cast(tf.mul(part, size), 'int32'));
  const share = mapTree((tensor) => gather(tensor, tf.minimum(numbers, tf.scalar(rows - 1, 'int32'))), batch as TensorTree) as Batch;
  return { ...share, weight: tf.mul(share.weight, tf.cast(tf.less(numbers, tf.scalar(rows, 'int32')), 'float32')) };
}

/** Runs the micro-batches of a step. The outputs for the rows of the stream, where they are wanted, come one after another. */
export function accumulate(engine: Engine, entry: Entry, inputs: TrainInputs, count: number): { sums: Sums; outputs: Tensor | null } {
  const state = engine.read();
  const zeros = () => map((parameter) => tf.zerosLike(parameter), state.parameters);
  let sums: Sums = {
    ...{ weight: tf.scalar(0), loss: tf.scalar(0), objective: tf.scalar(0) },
    ...{ gradients: zeros(), task: engine.strategy.track ? zeros() : null },
  };
  disposeAll(state);
  const outputs: Tensor[] = [];
  try {
    for (let part = 0; part < count; part++) {
      const result = engine.program.run(entry, { ...inputs, part: tf.scalar(part), sums }) as { sums: Sums; outputs: Tensor | null };
      disposeAll(sums);
      sums = result.sums;
      if (result.outputs) outputs.push(result.outputs);
    }
    return { sums, outputs: outputs.length > 0 ? tf.concat(outputs) : null };
  } catch (error) {
    disposeAll(sums);
    throw error;
  } finally {
    disposeAll(outputs);
  }
}

const disposeAll = (tree: TensorTree): void => tf.dispose(leaves(tree));
