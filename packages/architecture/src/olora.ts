import { checkKnown, checkNumber, defineStrategy, type GraphContext, named, total } from '@cl/core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { ADAPTER_OPTIONS, type AdapterOptions, adapted, adapterOf, checkAdapters, withAdapters } from './adapters.js';
import { placeOf } from './modules/place.js';

export interface OloraOptions extends AdapterOptions {
  /** λ₁ ≥ 0, how much it costs not to be orthogonal. Default 0.5 (authors' scripts). */
  readonly lambda1?: number;
  /** λ₂ ≥ 0, how much the lengths of the new matrices cost. Default 0 (authors' scripts, where it is set for some tasks). */
  readonly lambda2?: number;
}

/** Tasks in the order in which they were learned. */
type State = { readonly order: readonly number[] };

/**
 * O-LoRA: an adapter a task, each in input directions that earlier ones do not use. All are seen together, so that nobody needs to know the
 * task.
 *
 *     W_seen = W + (α / r) Σᵢ≤ₜ Aᵢ Bᵢ
 *     L = L_task + λ₁ Σᵢ﹤ₜ Σⱼₖ |Aᵢᵀ Aₜ|ⱼₖ + λ₂ (‖Aₜ‖ + ‖Bₜ‖)
 *
 * Wang et al., "Orthogonal subspace learning for language model continual learning", Findings of EMNLP 2023, arXiv 2310.14152. The network and
 * earlier adapters are frozen; sums go over all kernels with adapters. A are not normalised, so that the penalty may be lowered by making Aₜ small
 * instead of turning it: look at `learner.measure()`, 'olora.cosine', the mean |cos| between columns of Aₜ and of earlier ones. Parameters:
 * 'dense0/kernel/lora0/a', 'dense0/kernel/lora0/b', 'dense0/kernel/lora1/a', …. Keeps (inputs + outputs) r numbers a kernel and task;
 * `mergeAdapters` puts them into the kernels.
 *
 * @throws CL_OPTION for options outside their ranges; CL_REQUIREMENT for a model without kernels that match.
 * @example new Learner({ model, parameters, optimizer: adam(1e-3), scenario: 'domain', strategy: olora({ rank: 8 }) })
 */
export function olora(options: OloraOptions) {
  checkKnown('olora', options, [...ADAPTER_OPTIONS, 'lambda1', 'lambda2']);
  const { lambda1 = 0.5, lambda2 = 0, ...rest } = options;
  const { rank, scale, match, head, options: all } = checkAdapters('olora', rest);
  checkNumber('olora', 'lambda1', lambda1, { min: 0 });
  checkNumber('olora', 'lambda2', lambda2, { min: 0 });

  return defineStrategy({
    name: 'olora',
    claims: ['architecture', 'parameters'],
    requires: ['boundaries'],
    options: { ...all, lambda1, lambda2 },
    wrap: (model, tasks) =>
      withAdapters('olora', model, { rank, match, names: Array.from({ length: Math.max(tasks.length, 1) }, (_, t) => `${t}`) }),
    init: (): State => ({ order: [] }),
    beforeTask: ({ task }, { order }) => ({ order: [...order, task.index] }),

    effective: (_ctx, parameters) => adapted(parameters, scale),
    trains: (ctx, parameter, { order }) =>
      adapterOf(parameter) === `${placeOf(ctx.task, order)}` || (head === 'trained' && ctx.head.has(parameter)),
    freezes: () => true,

    loss(ctx, _forward, state) {
      const pairs = lambda1 > 0 ? pairsOf(ctx, state) : [];
      const overlap = pairs.map(({ old, own }) => tf.sum(tf.abs(tf.matMul(old, own, true))) as Scalar);
      const lengths = lambda2 > 0 ? ownOf(ctx, state).map(norm) : [];
      const terms = [...overlap.map((term) => tf.mul(lambda1, term)), ...lengths.map((length) => tf.mul(lambda2, length))];
      return terms.length > 0 ? (total(terms) as Scalar) : null;
    },

    measure(ctx, state) {
      const cosines = pairsOf(ctx, state).map(({ old, own }) => tf.mean(tf.abs(tf.matMul(unit(old), unit(own), true))) as Scalar);
      return { cosine: cosines.length > 0 ? tf.div(total(cosines), cosines.length) : tf.scalar(0) };
    },
  });
}

/** The A of the task at hand beside each earlier one of the same kernel, [inputs, r] both. */
function pairsOf({ parameters, task }: GraphContext, { order }: State): { readonly old: Tensor; readonly own: Tensor }[] {
  const place = placeOf(task, order);
  return Object.keys(parameters)
    .filter((name) => name.endsWith(`/lora${place}/a`))
    .flatMap((name) =>
      Array.from({ length: place }, (_, i) => ({
        old: named(parameters, name.replace(/\d+\/a$/, `${i}/a`)),
        own: named(parameters, name),
      })),
    );
}

/** A and B of the task at hand. */
const ownOf = ({ parameters, task }: GraphContext, { order }: State): Tensor[] =>
  Object.entries(parameters)
    .filter(([name]) => adapterOf(name) === `${placeOf(task, order)}`)
    .map(([, values]) => values);

/** Of B, which begins with zeros, the gradient is 0 there. */
const norm = (values: Tensor): Scalar => tf.sqrt(tf.add(tf.sum(tf.square(values)), 1e-12) as Scalar);

const unit = (columns: Tensor): Tensor => tf.divNoNan(columns, tf.norm(columns, 2, 0, true));
