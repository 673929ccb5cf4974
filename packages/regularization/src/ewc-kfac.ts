import {
  addFactors,
  checkKnown,
  checkNumber,
  checkOneOf,
  defineStrategy,
  factorsOf,
  KRONECKER_SUMS,
  type Kronecker,
  type KroneckerFactors,
  type KroneckerSum,
  kroneckerOf,
  kroneckerQuadratic,
  kroneckerSum,
  type Labels,
  matrixLayers,
  meanFactors,
  noFactors,
  toMatrices,
  total,
} from '@cl/core';
import type { NamedTensorMap, Scalar } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

export interface EwcKfacOptions {
  /** Weight of the penalty, λ ≥ 0; 1 is Bayes' rule for losses that are sums over a task's examples. Must be searched. */
  readonly lambda: number;
  /** Which labels the Fisher information is taken over. Default 'exact', as in van de Ven's code. */
  readonly fisher?: Extract<Labels, 'exact' | 'sample' | 'empirical'>;
  /** How the sum of two Kronecker products is made one. Default 'kl', the nearest Gaussian; van de Ven's code has 'additive'. */
  readonly sum?: KroneckerSum;
  /** What is left of the old precision after a task, 0 ≤ γ ≤ 1. Default 1. */
  readonly gamma?: number;
}

/**
 * Elastic weight consolidation with Kronecker-factored curvature: unlike with a diagonal, it is known which parameters of a layer may move
 * together.
 *
 *     L(θ) = L_t(θ) + λ/2 Σ_layers vec(W − W*)ᵀ (A ⊗ S) vec(W − W*),   A ⊗ S ≈ γ A_old ⊗ S_old + E[ā āᵀ] ⊗ E[g gᵀ]
 *                                                                (Ritter et al., NeurIPS 2018, arXiv 1805.07810; online, as there)
 *
 * ā: what a layer's units see, with a 1 for the bias; g: the gradient of log p(y|x) by what the layer gives. Keeps inputs² + outputs²
 * numbers and one copy of the parameters a layer, however many tasks there were; a step costs two products of matrices a layer more, a
 * task one pass over its data (with 'exact', one backward pass a class).
 *
 * @throws CL_OPTION for options outside their ranges; CL_REQUIREMENT where the model has other parameters than those of dense and
 *   convolutional layers and, after the first task, where targets are no class numbers.
 * @example new Learner({ model, optimizer: adam(1e-3), scenario: 'domain', strategy: ewcKfac({ lambda: 1e4 }) })
 */
export function ewcKfac(options: EwcKfacOptions) {
  checkKnown('ewcKfac', options, ['lambda', 'fisher', 'sum', 'gamma']);
  const { lambda, fisher = 'exact', sum = 'kl', gamma = 1 } = options;
  checkNumber('ewcKfac', 'lambda', lambda, { min: 0 });
  checkOneOf('ewcKfac', 'fisher', fisher, ['exact', 'sample', 'empirical']);
  checkOneOf('ewcKfac', 'sum', sum, KRONECKER_SUMS);
  checkNumber('ewcKfac', 'gamma', gamma, { min: 0, max: 1 });

  return defineStrategy({
    name: 'ewc-kfac',
    claims: ['layers'],
    options: { lambda, fisher, sum, gamma },
    requires: ['boundaries', 'sites'],
    init({ model }) {
      matrixLayers(model, 'ewcKfac');
      return { precision: null as KroneckerFactors | null, mean: null as NamedTensorMap | null };
    },

    loss(ctx, _forward, { precision, mean }) {
      if (!precision) return null;
      const layers = matrixLayers(ctx.model, 'ewcKfac');
      const [now, old] = [toMatrices(layers, ctx.parameters), toMatrices(layers, mean!)];
      return tf.mul(
        lambda,
        total(layers.map(({ name, units }) => kroneckerQuadratic(now[name]!, old[name]!, widened(precision[name]!, units)))),
      ) as Scalar;
    },

    scan: {
      start: (ctx) => noFactors(matrixLayers(ctx.model, 'ewcKfac')),
      add: (ctx, factors, batch) => addFactors(ctx, factors, batch, fisher, `ewcKfac({ fisher: '${fisher}' })`),
    },

    afterTask(ctx, { precision }, factors) {
      const own = Object.entries(meanFactors(factors));
      const next = own.map(([name, now]) => {
        const old = precision && faded(kroneckerOf(widened(precision[name]!, now.output.rows)), gamma);
        return [name, factorsOf(old ? kroneckerSum(old, now, sum) : now)];
      });
      return { precision: Object.fromEntries(next) as KroneckerFactors, mean: ctx.parameters };
    },
  });
}

const faded = ({ input, output }: Kronecker, gamma: number): Kronecker => ({ input: input.clone().mul(gamma), output });

/** Nothing is known of outputs that the model has got since then. */
function widened({ input, output }: KroneckerFactors[string], units: number): KroneckerFactors[string] {
  const more = units - output.shape[0];
  return {
    input,
    output:
      more === 0
        ? output
        : tf.pad(output, [
            [0, more],
            [0, more],
          ]),
  };
}
