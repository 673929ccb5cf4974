import {
  checkBoolean,
  checkKnown,
  checkNumber,
  checkOneOf,
  defineStrategy,
  type GraphContext,
  indicator,
  type Model,
  map,
  named,
  pick,
  type Site,
  total,
  unitsBehind,
  zip,
} from '@cl/core';
import type { NamedTensorMap, Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { passThrough } from './unit-protection.js';

export interface HatOptions {
  /** Slope of the gates at test time, s_max > 1. Default 400 (paper; 25 to 800 are good). */
  readonly sMax?: number;
  /** Weight of the regulariser that leaves units to later tasks, c ≥ 0. Default 0.75 (paper; 0.1 to 2.5 are good). */
  readonly c?: number;
  /**
   * How the slope rises from 1 / s_max within each epoch. `paper`: up to s_max in the last batch. `code`: with the share of batches that are
   * done, so that it stays below s_max, as in the authors' code. Default 'paper'.
   */
  readonly annealing?: 'paper' | 'code';
  /** Largest norm of the whole gradient, after the compensation, above 0. Infinity: no limit. Default 10000 (paper). */
  readonly clip?: number;
  /**
   * True: a task's gates are rounded to 0 and 1 when it ends, so that what it has learned stays, to the bit. False, as in the paper: where
   * a gate has not decided, the unit is protected in part. Default false.
   */
  readonly round?: boolean;
}

interface State {
  /** Gates of the tasks learned, by the task's number and by site. */
  readonly gates: { readonly [task: string]: NamedTensorMap };
  /** a^{≤t}, by site: how far some task uses a unit. */
  readonly used: NamedTensorMap;
  /** The share of its step that each parameter of the trunk takes: the same at every step of a task, so made once. */
  readonly passes: NamedTensorMap | null;
}

/** Bounds of an embedding, and of s e in the compensation (paper, section 2.5). */
const EMBEDDING_LIMIT = 6;
const COSH_LIMIT = 50;

/**
 * Hard attention to the task: each task learns a gate for every unit, and weights between units that earlier tasks use do not move.
 *
 *     aᵗ = σ(s eᵗ),  h′ = aᵗ ⊙ h,    a^{≤t} = max(a^{≤t−1}, aᵗ)                                       (eq. 1)
 *     Δθ_ij ← (1 − min(a_i^{≤t−1}, a_j^{≤t−1})) Δθ_ij                                                  (eq. 2)
 *     s = 1/s_max + (s_max − 1/s_max) (b − 1)/(B − 1)   in batch b of B of an epoch; else s_max        (eq. 3)
 *     ∂L/∂e ← s_max (cosh(s e) + 1) / (s (cosh(e) + 1)) ∂L/∂e                                          (eq. 4)
 *     L + c Σ aᵗ (1 − a^{≤t−1}) / Σ (1 − a^{≤t−1})                                                     (eq. 5)
 *
 * Serrà, Surís, Miron & Karatzoglou, "Overcoming catastrophic forgetting with hard attention to the task", ICML 2018, arXiv 1801.01423.
 * A unit of a convolution is a channel. The layers must be a chain. The classifier's columns belong to their task; parameters of the trunk
 * that no gated layer has are frozen after the first task. Keeps a number a unit and task, and one a parameter. An epoch needs several
 * batches; the paper uses plain SGD.
 *
 * @throws CL_OPTION for options outside their ranges; CL_REQUIREMENT where the task is not known at test time, and for a model without
 *   hidden units or with inputs of a layer that are not the units of one layer before it.
 * @example new Learner({ model, optimizer: sgd(0.05), scenario: 'task', strategy: hat({ sMax: 400, c: 0.75 }) })
 */
export function hat(options: HatOptions = {}) {
  checkKnown('hat', options, ['sMax', 'c', 'annealing', 'clip', 'round']);
  const { sMax = 400, c = 0.75, annealing = 'paper', clip = 10_000, round = false } = options;
  checkNumber('hat', 'sMax', sMax, { above: 1 });
  checkNumber('hat', 'c', c, { min: 0 });
  checkOneOf('hat', 'annealing', annealing, ['paper', 'code']);
  checkNumber('hat', 'clip', clip, { above: 0, infinite: true });
  checkBoolean('hat', 'round', round);

  /** s: annealed in training, s_max elsewhere. */
  function slope({ epoch }: GraphContext): Tensor {
    if (!epoch) return tf.scalar(sMax);
    const steps = annealing === 'paper' ? tf.maximum(tf.sub(epoch.batches, 1), 1) : epoch.batches;
    return tf.add(1 / sMax, tf.mul(sMax - 1 / sMax, tf.div(epoch.batch, steps)));
  }

  /** Gates of the task at hand: as they were when it was learned, or as they are now. */
  const gateAt = (ctx: GraphContext, { name }: Site, { gates }: State): Tensor => {
    const own = gates[ctx.task.index];
    return own ? named(own, name) : tf.sigmoid(tf.mul(slope(ctx), named(ctx.parameters, embeddingOf(name))));
  };

  return defineStrategy({
    name: 'hat',
    claims: ['architecture', 'parameters'],
    requires: ['task identity', 'boundaries', 'classes', 'sites'],
    options: { sMax, c, annealing, clip: Number.isFinite(clip) ? clip : null, round },

    wrap: withEmbeddings,
    init({ model }): State {
      // A model that cannot be protected is refused now, not after the first task.
      unitsBehind(model);
      return { gates: {}, used: Object.fromEntries(gatedSites(model).map(({ name, units }) => [name, tf.zeros([units])])), passes: null };
    },

    restart: (ctx, parameters) => map((values, name) => (isEmbedding(name) ? ctx.normal(values.shape) : values), parameters),

    at: (ctx, site, value, state) => (isGated(site) ? tf.mul(value, gateAt(ctx, site, state)) : value),

    loss(ctx, _forward, state) {
      const gates = Object.fromEntries(gatedSites(ctx.model).map((site) => [site.name, gateAt(ctx, site, state)]));
      return tf.mul(c, newlyUsed(gates, state.used)) as Scalar;
    },

    gradients(ctx, gradients) {
      const s = slope(ctx);
      const compensated = map(
        (gradient, name) => (isEmbedding(name) ? compensate(gradient, named(ctx.parameters, name), s, sMax) : gradient),
        gradients,
      );
      return clip === Infinity ? compensated : clipped(compensated, clip);
    },

    updates: (ctx, updates, { passes }) =>
      map((update, name) => {
        if (isEmbedding(name)) return bounded(update, named(ctx.parameters, name));
        if (ctx.head.has(name)) return tf.mul(update, indicator(ctx.task.classes, ctx.model.outputs));
        return passes ? tf.mul(update, named(passes, name)) : update;
      }, updates),
    freezes: ({ past }) => past.length > 0,

    afterTask(ctx, state): State {
      const decided = (gate: Tensor) => (round ? tf.cast(tf.greater(gate, 0.5), 'float32') : gate);
      const own = Object.fromEntries(gatedSites(ctx.model).map((site) => [site.name, decided(gateAt(ctx, site, state))]));
      const used = zip(tf.maximum, state.used, own);
      return {
        gates: { ...state.gates, [ctx.task.index]: own },
        used,
        passes: pick(passThrough(ctx.model, used), (name) => !isEmbedding(name)),
      };
    },

    /** How much of the units earlier tasks use, and how much of them the task at hand. */
    measure(ctx, state) {
      const own = Object.fromEntries(gatedSites(ctx.model).map((site) => [site.name, gateAt(ctx, site, state)]));
      return { used: meanOf(state.used), seen: meanOf(own) };
    },
  });
}

const isGated = ({ kind }: Site): boolean => kind === 'activation';
const gatedSites = ({ sites }: Model): readonly Site[] => sites.filter(isGated);
const embeddingOf = (site: string): string => `${site}/embedding`;
const isEmbedding = (name: string): boolean => name.endsWith('/embedding');

/** The model with a number to be trained for each gate. */
function withEmbeddings(model: Model): Model {
  const embeddings = gatedSites(model).map(
    ({ name, units }) => [embeddingOf(name), { shape: [units], role: 'trunk', initializer: { name: 'normal', deviation: 1 } }] as const,
  );
  return { ...model, parameters: { ...model.parameters, ...Object.fromEntries(embeddings) } };
}

/** Σ a (1 − used) / Σ (1 − used): the share of the units that were free which the task takes. 0 where none was. */
export function newlyUsed(gates: NamedTensorMap, used: NamedTensorMap): Scalar {
  const free = map((unit) => tf.sub(1, unit), used);
  const taken = total(Object.values(zip((gate, share) => tf.sum(tf.mul(gate, share)), gates, free)));
  return tf.div(taken, tf.maximum(total(Object.values(free).map((share) => tf.sum(share))), 1e-12)) as Scalar;
}

/** Undoes the annealing in the gradient, so that embeddings move as if the slope were not rising. */
export function compensate(gradient: Tensor, embedding: Tensor, slope: Tensor, sMax: number): Tensor {
  const steep = tf.add(tf.cosh(tf.clipByValue(tf.mul(slope, embedding), -COSH_LIMIT, COSH_LIMIT)), 1);
  const flat = tf.add(tf.cosh(embedding), 1);
  return tf.mul(gradient, tf.div(tf.mul(tf.div(sMax, slope), steep), flat));
}

/** Gradients whose norm, over all of them, is at most `limit`. */
function clipped(gradients: NamedTensorMap, limit: number): NamedTensorMap {
  const norm = tf.sqrt(total(Object.values(gradients).map((gradient) => tf.sum(tf.square(gradient)))));
  const scale = tf.minimum(1, tf.div(limit, tf.add(norm, 1e-6)));
  return map((gradient) => tf.mul(gradient, scale), gradients);
}

const bounded = (update: Tensor, embedding: Tensor): Tensor =>
  tf.sub(tf.clipByValue(tf.add(embedding, update), -EMBEDDING_LIMIT, EMBEDDING_LIMIT), embedding);

function meanOf(units: NamedTensorMap): Scalar {
  const all = Object.values(units);
  return tf.div(
    total(all.map((each) => tf.sum(each) as Scalar)),
    all.reduce((count, each) => count + each.size, 0),
  );
}
