import {
  type AtSite,
  type Batch,
  ContinualLearningError,
  checkInteger,
  checkKnown,
  checkNumber,
  checkOneOf,
  defineStrategy,
  drawBatch,
  type GraphContext,
  type Memory,
  type Model,
  map,
  mapTree,
  readRows,
  ring,
  subsetData,
  type TensorTree,
} from '@cl/core';
import type { NamedTensorMap, Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

export interface LatentOptions {
  /** Rows of activations to keep over all tasks, at least 1. */
  readonly capacity: number;
  /** The site of the model whose activations are kept. All that lies above must see the input through it alone. Default 'features'. */
  readonly site?: string;
  /** What the step of the layers below the site is multiplied by after the first task, [0, 1]. Default 0: they are frozen. */
  readonly rate?: number;
  /** Rows drawn for each step, at least 1; all, where the memory holds no more. Default: as many as the stream brings. */
  readonly batchSize?: number;
  /** `rows`: each row weighs the same. `tasks`: the stream's rows weigh 1 / t and the replayed ones 1 − 1 / t in task t. Default 'rows'. */
  readonly weighting?: 'rows' | 'tasks';
}

/**
 * Latent replay: activations of a layer are kept in place of inputs, and come back in at that layer. What lies below learns the first
 * task and then stays, or moves slowly, so that they go on meaning the same.
 *
 *     L = mean of the loss over B ∪ M,   M ~ activations a = f_below(x) of earlier tasks,   outputs f_above(a)
 *
 * Pellegrini, Graffieti, Lomonaco & Maltoni, "Latent replay for real-time continual learning", IROS 2020, arXiv 1912.01100. After task t,
 * capacity / t random rows of it take the place of as many random ones, so that each task has an equal share (algorithm 1). With layers
 * that stand still it is replay of the inputs, in less room and time.
 *
 * @throws CL_OPTION for options outside their ranges, or for a site that the model does not have.
 * @example new Learner({ model, optimizer: sgd(0.1), scenario: 'class', strategy: latent({ capacity: 500, site: 'dense0' }) })
 */
export function latent(options: LatentOptions) {
  checkKnown('latent', options, ['capacity', 'site', 'rate', 'batchSize', 'weighting']);
  const { site = 'features', rate = 0, batchSize, weighting = 'rows' } = options;
  const capacity = checkInteger('latent', 'capacity', options.capacity, { min: 1 });
  if (typeof site !== 'string') {
    throw new ContinualLearningError(
      'CL_OPTION',
      `latent({ site: ${site} }): site must be the name of a site of the model, received ${site}.`,
    );
  }
  if (batchSize !== undefined) checkInteger('latent', 'batchSize', batchSize, { min: 1 });
  checkNumber('latent', 'rate', rate, { min: 0, max: 1 });
  checkOneOf('latent', 'weighting', weighting, ['rows', 'tasks']);

  const emptyMemory = (): Memory => ring({ perTask: capacity });

  return defineStrategy({
    name: 'latent',
    claims: ['layers'],
    requires: ['boundaries', 'sites'],
    options: { capacity, site, rate, batchSize: batchSize ?? null, weighting },
    init({ model }) {
      checkOneOf(
        'latent',
        'site',
        site,
        model.sites.map(({ name }) => name),
      );
      return { memory: emptyMemory() };
    },

    feed: (ctx, { memory }): Batch | null => drawBatch(ctx, memory, Math.min(batchSize ?? ctx.batchSize, capacity)),

    loss(ctx, { batch, loss }, _state, drawn) {
      if (!drawn) return null;
      // The network's lower part is run on rows that do not matter, as its result is replaced; a compiled step leaves it out.
      const outputs = ctx.forward(standIns(batch, drawn), undefined, {
        at: (here, value) => (here.name === site ? (drawn.x as Tensor) : value),
      });
      const [own, kept] = [tf.sum(batch.weight), tf.sum(drawn.weight)];
      const share = weighting === 'rows' ? tf.div(kept, tf.add(own, kept)) : tf.scalar(1 - 1 / (ctx.past.length + 1));
      // The learner adds the loss on the batch: (1 − s) L + s L′ = L + s (L′ − L).
      return tf.mul(share, tf.sub(ctx.loss(outputs, drawn), loss)) as Scalar;
    },

    // What does not move needs no gradient; what moves slowly, a smaller step.
    trains: ({ past, model }, parameter) => rate > 0 || past.length === 0 || !below(model, site).has(parameter),
    freezes: ({ past }) => rate === 0 && past.length > 0,
    ...(rate > 0 && {
      updates({ past, model }: GraphContext, updates: NamedTensorMap) {
        const slow = past.length > 0 ? below(model, site) : new Set();
        return map((update, name) => (slow.has(name) ? tf.mul(update, rate) : update), updates);
      },
    }),

    afterTask(ctx, { memory }) {
      const { examples, random, task } = ctx;
      const count = Math.min(Math.floor(capacity / (ctx.past.length + 1)), examples.length);
      const chosen = subsetData(examples, random.sample(count, examples.length));
      const next = emptyMemory();
      const old = memory.size > 0 && count < capacity ? memory.draw(random, capacity - count) : null;
      if (old) next.add(old, random);
      if (count > 0) {
        const rows = readRows(
          chosen,
          Int32Array.from({ length: count }, (_, i) => i),
          task.index,
        );
        next.add({ ...rows, x: ctx.readOut(chosen, ({ x }) => valueAt(ctx, site, x)) }, random);
      }
      return { memory: next };
    },
  });
}

/** The value at a site, [rows, …]. */
function valueAt({ forward }: GraphContext, name: string, x: TensorTree): Tensor {
  let found!: Tensor;
  const at: AtSite = (site, value) => {
    if (site.name === name) found = value;
    return value;
  };
  forward(x, undefined, { training: false, at });
  return found;
}

/** As many rows of the batch's inputs as are drawn, over and over where it has fewer. */
function standIns({ x, weight }: Batch, drawn: Batch): TensorTree {
  const [have, want] = [weight.shape[0], drawn.weight.shape[0]];
  const rowsOf = (tensor: Tensor): Tensor => {
    const enough = have >= want ? tensor : tf.concat(Array.from({ length: Math.ceil(want / have) }, () => tensor));
    return tf.slice(enough, 0, want);
  };
  return mapTree(rowsOf, x);
}

/** The parameters of what lies between the inputs and a site. */
function below({ parameters, sites }: Model, site: string): ReadonlySet<string> {
  const at = sites.findIndex(({ name }) => name === site);
  const fed = sites.slice(0, at + 1).flatMap(({ fedBy = [] }) => fedBy);
  // Those that no site names, such as a normalisation's, lie between others in the model's order.
  const names = Object.keys(parameters);
  return new Set(names.slice(0, Math.max(0, ...fed.map((name) => names.indexOf(name) + 1))));
}
