import type { NamedTensorMap, Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Entry } from '../compiler/compiler.js';
import { competingLogits } from '../objective/competing-logits.js';
import { checkFinite } from '../ops/index.js';
import { clipped } from '../optimizer/clip.js';
import type { Optimizer, Slots } from '../optimizer/optimizer.js';
import type { Batch } from '../strategy/context.js';
import { graphContext, type Moment, type World } from '../strategy/graph-context.js';
import { checkSameStructure, type StateTensors, tensorsOf, withTensors } from '../strategy/state.js';
import type { Tree } from '../strategy/strategy.js';
import { map, pick, type TensorTree } from '../tree.js';
import { type Sums, settled } from './settled.js';
import { stepGradients } from './step-gradients.js';

/** The tensors of a learner; everything else about it changes between steps never, between tasks at most. */
export type LearnerState = {
  readonly parameters: NamedTensorMap;
  readonly buffers: NamedTensorMap;
  readonly slots: Slots;
  /** Tensors of the strategies' states, by path. */
  readonly strategy: StateTensors;
};

/** What stays as it is while a program lives; the entries below are made from it. */
export type Structure = Omit<World, 'parameters' | 'buffers' | 'state' | 'calls' | keyof Moment> & {
  /** The strategies' states, whose tensors are replaced by those of the program. */
  readonly states: { readonly [strategy: string]: Tree };
  /** The longest that the gradients of a step may be, all together; null for any length. */
  readonly clipNorm: number | null;
  /** The learning rate if it never changes: a constant of the entry then, so that plain SGD looks at no clock. */
  readonly constantRate: number | null;
};

/**
 * What changes at each step: steps taken in all, steps taken with these slots counted from 1, the learning rate, and which batch of how
 * many an epoch has.
 */
export const clockOf = (step: number, slotStep: number, learningRate: number, batch = 0, batches = 1): Tensor =>
  tf.tensor1d(Float32Array.of(step, slotStep, learningRate, batch, batches));

/** The structure and a state, as the world that hooks are evaluated in. */
export function worldOf(
  { states, clipNorm: _clip, constantRate: _rate, ...structure }: Structure,
  { parameters, buffers, strategy }: LearnerState,
  moment: Moment,
): World {
  return { ...structure, ...moment, parameters, buffers, state: withTensors(states, strategy) as World['state'], calls: new Map() };
}

export type TrainInputs = {
  readonly batch: Batch;
  readonly feeds: { readonly [strategy: string]: TensorTree } | null;
  readonly clock: Tensor;
  /** What the step's micro-batches have added up to, where it has some. */
  readonly sums?: Sums;
};

/** The world of a training step, by its clock. */
export function stepWorld(structure: Structure, state: LearnerState, clock: Tensor) {
  const [step, slotStep, rate, number, batches] = tf.unstack(clock) as [Scalar, Scalar, Scalar, Scalar, Scalar];
  const learningRate = structure.constantRate === null ? rate : tf.scalar(structure.constantRate);
  const moment = { occasion: 'step', step, learningRate, epoch: { batch: number, batches }, training: true };
  return { world: worldOf(structure, state, moment), step, slotStep, learningRate };
}

/** One training step: the picture of `architecture`, from left to right. */
export function trainEntry(structure: Structure, optimizer: Optimizer): Entry {
  const { strategy } = structure;
  return {
    name: 'train',
    apply(inputs, tree) {
      const { batch, feeds, clock, sums } = inputs as TrainInputs;
      const state = tree as LearnerState;
      const { world, slotStep, learningRate } = stepWorld(structure, state, clock);
      const { ctx, moves } = graphContext(world);

      const seen = strategy.batch ? strategy.batch(ctx, batch, world.state, feeds) : batch;

      const {
        loss,
        gradients: raw,
        forward,
        buffers,
        taskGradients,
      } = sums ? settled(world, seen, sums) : stepGradients(world, seen, feeds);
      // Micro-batches are one step by now; what strategies mask and project is what was clipped.
      const short = structure.clipNorm === null ? raw : clipped(raw, structure.clipNorm);
      const gradients = strategy.gradients ? strategy.gradients(ctx, short, world.state, feeds) : short;

      const at = { step: slotStep, learningRate };
      const { parameters, slots } = stepped();
      function stepped(): { parameters: NamedTensorMap; slots: Slots } {
        const moving = pick(gradients, moves);
        if (!strategy.optimize && !strategy.updates) return optimizer.apply(moving, state.slots, at, state.parameters);
        const { updates, slots } = strategy.optimize
          ? { updates: strategy.optimize(ctx, gradients, world.state, feeds), slots: state.slots }
          : optimizer.update(moving, state.slots, at, state.parameters);
        const proposed = map((parameter, name) => updates[name] ?? tf.zerosLike(parameter), state.parameters);
        const final = strategy.updates ? strategy.updates(ctx, proposed, world.state, feeds, gradients) : updates;
        return {
          parameters: map((parameter, name) => (final[name] && moves(name) ? tf.add(parameter, final[name]) : parameter), state.parameters),
          slots,
        };
      }

      const result = { before: state.parameters, after: parameters, gradients, taskGradients, forward };
      const tracked = strategy.track?.(ctx, result, world.state, feeds);
      if (tracked) checkSameStructure(world.state, tracked, 'track()');

      const after = { ...world, parameters, buffers, state: (tracked as typeof world.state | undefined) ?? world.state, training: false };
      const report = strategy.report?.(graphContext(after).ctx, batch, after.state, feeds) ?? {};

      return {
        outputs: {
          loss: checkFinite(loss, 'the loss'),
          outputs: strategy.wants?.includes('outputs') && !sums ? tf.slice(forward.outputs, 0, batch.weight.shape[0]) : null,
          report,
        },
        state: { parameters, buffers, slots, strategy: tracked ? tensorsOf(tracked) : state.strategy },
      };
    },
  };
}

/** Sums of the loss and of the objective's metrics over a batch: a pair [sum, weight] each. */
export function evaluateEntry(structure: Structure): Entry {
  const { strategy, objective } = structure;
  return {
    name: 'evaluate',
    apply(inputs, tree) {
      const { batch, step } = inputs as { batch: Batch; step: Scalar };
      const outputs = outputsFor(structure, tree as LearnerState, batch.x, step);
      const { losses, weights } = objective.terms(outputs, batch);
      const pairs = Object.entries(objective.measure(outputs, batch)).map(
        ([name, { sum, weight }]) => [name, tf.stack([sum, weight])] as const,
      );
      // Scores of a strategy's own making are no logits, so they have no loss.
      const loss = strategy.predict ? {} : { loss: tf.stack([tf.sum(tf.mul(losses, weights)), tf.sum(weights)]) };
      return { outputs: { ...loss, ...Object.fromEntries(pairs) } };
    },
  };
}

/** Outputs of the model, those that do not compete far below the others. */
export function predictEntry(structure: Structure): Entry {
  return {
    name: 'predict',
    apply(inputs, tree) {
      const { x, competing, step } = inputs as { x: TensorTree; competing: Batch['competing']; step: Scalar };
      const outputs = outputsFor(structure, tree as LearnerState, x, step);
      return { outputs: competing ? competingLogits(outputs, { competing }) : outputs };
    },
  };
}

function outputsFor(structure: Structure, state: LearnerState, x: TensorTree, step: Scalar): Tensor {
  const world = worldOf(structure, state, { occasion: 'predict', step, training: false });
  const { ctx } = graphContext(world);
  return structure.strategy.predict ? structure.strategy.predict(ctx, x, world.state) : ctx.forward(x);
}

export type ScanState = LearnerState & { readonly summary: TensorTree };

/** One batch of the pass over a task's data after its last step. `number`: which of them, from 0. */
export function scanEntry(structure: Structure): Entry {
  return {
    name: 'scan',
    apply(inputs, tree) {
      const { batch, step, number } = inputs as { batch: Batch; step: Scalar; number: Scalar };
      const state = tree as ScanState;
      const world = worldOf(structure, state, { occasion: `scan ${structure.task.index}`, step, number, training: false });
      const summary = structure.strategy.scan!.add(graphContext(world).ctx, state.summary as never, batch, world.state);
      return { outputs: null, state: { ...state, summary: summary as TensorTree } };
    },
  };
}
