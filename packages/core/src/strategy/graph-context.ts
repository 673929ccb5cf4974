import type { NamedTensorMap, Scalar, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Model, Output } from '../model/model.js';
import { meanLoss, type Objective } from '../objective/objective.js';
import { normal, uniform } from '../ops/index.js';
import { seedOf } from '../random/index.js';
import { competingClasses } from '../scenario/competing.js';
import { competingIn, type Scenario, type Task } from '../scenario/task.js';
import type { TensorTree } from '../tree.js';
import { type Composition, SCOPE, type Scoped } from './compose.js';
import type { ForwardOptions, GraphContext } from './context.js';
import { valueAndGradients } from './gradients.js';
import { perExample } from './per-example.js';
import type { Tree } from './strategy.js';

/** All that a step's hooks are evaluated against. */
export interface World {
  readonly model: Model;
  readonly head: ReadonlySet<string>;
  readonly objective: Objective;
  readonly scenario: Scenario;
  readonly seed: number;
  readonly strategy: Composition;
  readonly task: Task;
  readonly past: readonly Task[];
  /** The running stage of each strategy that has stages. */
  readonly stages: { readonly [strategy: string]: string };
  readonly parameters: NamedTensorMap;
  readonly buffers: NamedTensorMap;
  readonly state: { readonly [strategy: string]: Tree };
  /** Training steps taken so far: float32 scalar. */
  readonly step: Scalar;
  readonly training: boolean;
  /** Draws so far, by owner: contexts of one step share it, so that no two call sites draw the same. */
  readonly calls: Map<string, number>;
}

export interface GraphContexts {
  /** The context of the whole composition; each part gets one of its own through `SCOPE`. */
  readonly ctx: GraphContext;
  /** The training forward pass, with the running statistics that only the learner moves. */
  apply(x: TensorTree, parameters: NamedTensorMap): Output;
}

/** What graph hooks are evaluated with. */
export function graphContext(world: World): GraphContexts {
  const { model, objective, strategy, task, past, scenario, head } = world;
  const known = past.filter(({ index }) => index !== task.index);

  /** A seed for each owner and call site; the step makes it new each time. */
  const nextSeed = (owner: string): Tensor1D => {
    const call = world.calls.get(owner) ?? 0;
    world.calls.set(owner, call + 1);
    const [first] = seedOf(world.seed, 'graph', owner, call);
    return tf.stack([tf.scalar(first, 'int32'), tf.cast(world.step, 'int32')]) as Tensor1D;
  };

  const apply = (x: TensorTree, parameters: NamedTensorMap, { training = world.training, at }: ForwardOptions = {}): Output => {
    const effective = strategy.effective ? strategy.effective(whole, parameters, world.state) : parameters;
    const own = strategy.at;
    return model.apply({ ...effective, ...world.buffers }, x, {
      training,
      ...(training && { seed: nextSeed('model') }),
      ...((own || at) && {
        at: (site, value) => {
          const gated = own ? own(whole, site, value, world.state) : value;
          return at ? at(site, gated) : gated;
        },
      }),
    });
  };
  const forward: GraphContext['forward'] = (x, parameters = world.parameters, options) => apply(x, parameters, options).outputs;

  const shared = {
    task,
    past: known,
    scenario,
    model,
    head,
    parameters: world.parameters,
    step: world.step,
    competing: competingClasses(competingIn(scenario), task, known, model.outputs),
    forward,
    loss: (outputs, batch) => meanLoss(objective, outputs, batch),
    gradientsOf: (batch, loss = (outputs, b) => meanLoss(objective, outputs, b), parameters = world.parameters, options) =>
      valueAndGradients((p) => ({ loss: loss(forward(batch.x, p, options), batch), aux: null }), parameters).gradients,
    perExample: (measure, batch, loss) => perExample({ measure, batch, loss, model, parameters: world.parameters, forward, exact: !strategy.effective }),
  } satisfies Partial<GraphContext>;

  const scopedTo = (owner: string): GraphContext & Scoped<GraphContext> => ({
    ...shared,
    stage: world.stages[owner] ?? null,
    uniform: (shape) => uniform(shape, nextSeed(owner)),
    normal: (shape) => normal(shape, nextSeed(owner)),
    [SCOPE]: (part) => scopedTo(part.name),
  });
  const whole = scopedTo(strategy.name);
  return { ctx: whole, apply };
}
