import type { NamedTensorMap, Scalar, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { kroneckerFactors, matrixLayers } from '../kronecker/index.js';
import type { AtSite, Model } from '../model/model.js';
import { meanLoss, type Objective, rowLosses } from '../objective/objective.js';
import { normal, uniform } from '../ops/index.js';
import { seedOf } from '../random/index.js';
import { competingClasses } from '../scenario/competing.js';
import type { Competing, Scenario, Task } from '../scenario/task.js';
import { type Composition, SCOPE, type Scoped } from './compose.js';
import type { GraphContext } from './context.js';
import { gradientProducts } from './gradient-products.js';
import { valueAndGradients } from './gradients.js';
import { perExample } from './per-example.js';
import type { Pass } from './phantom.js';
import type { Tree } from './strategy.js';

/** Which moment of a learner's life hooks are evaluated in. */
export interface Moment {
  /** What goes on: draws of different occasions are unrelated. */
  readonly occasion: string;
  /** Which of many such occasions: float32 scalar, so that it can vary inside a compiled step. Default: `step`. */
  readonly number?: Scalar;
  /** Training steps taken so far: float32 scalar. */
  readonly step: Scalar;
  /** Of a training step: float32 scalar. */
  readonly learningRate?: Scalar;
  /** Where in an epoch a training step stands. */
  readonly epoch?: GraphContext['epoch'];
  readonly training: boolean;
}

/** All that a step's hooks are evaluated against. */
export interface World extends Moment {
  readonly model: Model;
  readonly head: ReadonlySet<string>;
  readonly objective: Objective;
  readonly scenario: Scenario;
  readonly competing: Competing;
  readonly seed: number;
  readonly strategy: Composition;
  readonly task: Task;
  readonly past: readonly Task[];
  /** Rows of a full batch of the stream. */
  readonly batchSize: number;
  /** The running stage of each strategy that has stages. */
  readonly stages: { readonly [strategy: string]: string };
  readonly parameters: NamedTensorMap;
  readonly buffers: NamedTensorMap;
  readonly state: { readonly [strategy: string]: Tree };
  /** Draws so far, by who drew: contexts of one step share it, so that no two call sites draw the same. */
  readonly calls: Calls;
}

type Calls = Map<string, number>;

/** How to get a context that will draw what this one will draw next. For tests of purity. */
export const TWIN = Symbol('twin');

type Context = GraphContext & Scoped<GraphContext> & { readonly [TWIN]: () => GraphContext };

export interface GraphContexts {
  /** The context of the whole composition; each part gets one of its own through `SCOPE`. */
  readonly ctx: GraphContext;
  /** The learner's own forward pass, with the running statistics that only it moves. Asked again, it draws the same dropout masks. */
  readonly apply: Pass;
  /** Which parameters the training of the task at hand moves. */
  moves(parameter: string): boolean;
}

/** Who draws in the learner's own pass, and in any pass for the model's dropout. No strategy has this name. */
const LEARNER = '';

/** What graph hooks are evaluated with. */
export function graphContext(world: World): GraphContexts {
  const { model, objective, strategy, task, past, scenario, head, number = world.step } = world;
  const known = past.filter(({ index }) => index !== task.index);

  /** A seed for each drawer and call site; the number of the occasion makes it new each time. */
  const nextSeed = (calls: Calls, who: readonly string[]): Tensor1D => {
    const key = who.join('\n');
    const call = calls.get(key) ?? 0;
    calls.set(key, call + 1);
    const [first] = seedOf(world.seed, world.occasion, ...who, call);
    return tf.stack([tf.scalar(first, 'int32'), tf.cast(number, 'int32')]) as Tensor1D;
  };

  /** Forward passes that `who` asks for. What is drawn inside is drawn in that name, so that nobody's passes disturb another's. */
  const passOf =
    (calls: Calls, who: readonly string[]): Pass =>
    (x, parameters = world.parameters, { training = world.training, at, beneath } = {}) => {
      const inside = contextOf(calls, who, strategy.name, parameters);
      const effective = strategy.effective ? strategy.effective(inside, parameters, world.state) : parameters;
      const own = strategy.at && (((site, value) => strategy.at!(inside, site, value, world.state)) satisfies AtSite | undefined);
      const seeing = [beneath, own, at].filter((see) => see !== undefined);
      const frozen = training && (strategy.freezes?.(inside) ?? false);
      const { outputs, buffers } = model.apply({ ...effective, ...world.buffers }, x, {
        training,
        ...(frozen && { frozen }),
        ...(training && { seed: nextSeed(calls, [...who, LEARNER]) }),
        ...(seeing.length > 0 && { at: (site, value) => seeing.reduce((seen, see) => see(site, seen), value) }),
      });
      return buffers && !frozen ? { outputs, buffers } : { outputs };
    };

  const shared = {
    task,
    past: known,
    scenario,
    model,
    head,
    batchSize: world.batchSize,
    step: world.step,
    learningRate: world.learningRate ?? null,
    epoch: world.epoch ?? null,
    competing: competingClasses(world.competing, task, known, model.outputs),
    loss: (outputs, batch) => meanLoss(objective, outputs, batch),
    rowLosses: (outputs, batch) => rowLosses(objective, outputs, batch),
  } satisfies Partial<GraphContext>;

  /** What `owner` sees; `within`: in a pass that this one asked for. */
  const contextOf = (calls: Calls, within: readonly string[], owner: string, parameters = world.parameters): Context => {
    const who = [...within, owner];
    const pass = passOf(calls, who);
    const forward: GraphContext['forward'] = (x, seen = parameters, options) => pass(x, seen, options).outputs;
    return {
      ...shared,
      parameters,
      stage: world.stages[owner] ?? null,
      forward,
      gradientsOf: (batch, loss = shared.loss, at = parameters, options) =>
        valueAndGradients((p) => ({ loss: loss(forward(batch.x, p, options), batch), aux: null }), at, moves).gradients,
      perExample: (measure, batch, loss) => perExample({ measure, batch, loss, model, parameters, pass, exact: !strategy.effective }),
      gradientProducts: (batch, loss = shared.rowLosses) =>
        gradientProducts({ batch, loss, model, parameters, pass, exact: !strategy.effective }),
      kronecker: (batch, loss) => kroneckerFactors(matrixLayers(model, owner), batch, loss, parameters, pass),
      uniform: (shape) => uniform(shape, nextSeed(calls, who)),
      normal: (shape) => normal(shape, nextSeed(calls, who)),
      [SCOPE]: (part) => contextOf(calls, within, part.name, parameters),
      [TWIN]: () => contextOf(new Map(calls), within, owner, parameters),
    };
  };
  const { trains } = strategy;
  const asking = trains && contextOf(new Map(), [], strategy.name);
  const moves = (name: string): boolean => !trains || trains(asking!, name, world.state);

  return {
    moves,
    ctx: contextOf(world.calls, [], strategy.name),
    apply: (x, parameters, options) => passOf(new Map(), [LEARNER])(x, parameters, options),
  };
}
