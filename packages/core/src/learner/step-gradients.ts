import type { NamedTensorMap, Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { meanLoss } from '../objective/objective.js';
import type { Batch, Forward } from '../strategy/context.js';
import { gradientsInParts, valueAndGradients } from '../strategy/gradients.js';
import { graphContext, type World } from '../strategy/graph-context.js';
import { map } from '../tree.js';

/** A training step's forward and backward pass. */
export interface StepGradients {
  /** The objective's own loss and every strategy's term. */
  readonly loss: Scalar;
  readonly gradients: NamedTensorMap;
  readonly forward: Forward;
  readonly buffers: NamedTensorMap;
  /** Gradients of the objective's own loss: for nothing where no term looks at the outputs, else by a second pass with the same draws. */
  taskGradients(): NamedTensorMap;
}

/**
 * One forward and one backward pass at the parameters of the world.
 *
 * Where some strategy tracks steps, the gradient comes in two parts: what reaches the loss through the learner's pass through the network,
 * and what reaches it straight from the parameters that terms see. If no term has looked at the outputs, as penalties on parameters do not,
 * the first part is exactly the gradient of the task alone, and their sum is the same as without parts.
 */
export function stepGradients(world: World, batch: Batch, feeds: { readonly [strategy: string]: unknown } | null): StepGradients {
  const { strategy, objective, parameters } = world;
  const { moves } = graphContext(world);

  const pass = (at: NamedTensorMap) => {
    const { outputs, buffers } = graphContext({ ...world, parameters: at }).apply(batch.x, at);
    return { outputs, loss: meanLoss(objective, outputs, batch), buffers: { ...world.buffers, ...buffers } };
  };

  let looked = false;
  const lookedAt = <T>(value: T): T => {
    looked = true;
    return value;
  };
  const { loss, aux, parts } = gradientsInParts(
    (network, direct = network) => {
      const made = pass(network!);
      const forward: Forward = {
        batch,
        get outputs() {
          return lookedAt(made.outputs);
        },
        get loss() {
          return lookedAt(made.loss);
        },
      };
      const term = strategy.loss?.(graphContext({ ...world, parameters: direct! }).ctx, forward, world.state, feeds) ?? null;
      return { loss: term ? tf.add(made.loss, term) : made.loss, aux: made };
    },
    parameters,
    { count: strategy.track ? 2 : 1, moves },
  );
  const network = map((parameter, name) => parts[0]![name] ?? tf.zerosLike(parameter), parameters);
  const direct: { readonly [name: string]: Tensor } = parts[1] ?? {};

  return {
    loss,
    gradients: map((gradient, name) => (direct[name] ? tf.add(gradient, direct[name]) : gradient), network),
    forward: { batch, outputs: aux.outputs, loss: aux.loss },
    buffers: aux.buffers,
    taskGradients: () => (looked ? valueAndGradients((at) => ({ loss: pass(at).loss, aux: null }), parameters, moves).gradients : network),
  };
}
