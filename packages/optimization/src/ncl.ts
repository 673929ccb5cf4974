import {
  addFactors,
  checkInteger,
  checkKnown,
  checkNumber,
  checkOneOf,
  damped,
  defineStrategy,
  factorsOf,
  fromMatrices,
  type GraphContext,
  inverse,
  KRONECKER_SUMS,
  type KroneckerFactors,
  type KroneckerSum,
  kroneckerOf,
  kroneckerQuadratic,
  kroneckerSum,
  kroneckerTimes,
  type Labels,
  Matrix,
  type MatrixLayer,
  map,
  matrixLayers,
  meanFactors,
  noFactors,
  toMatrices,
  total,
} from '@cl/core';
import type { NamedTensorMap, Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { hasOutputsOfItsOwn } from './own-outputs.js';

export interface NclOptions {
  /**
   * N ≥ 1, the examples that the precision is counted in: the prior weighs as much as one of them. Default: the examples of the first
   * task.
   */
  readonly dataSize?: number;
  /** Weight of the pull towards the mean, λ ≥ 0; 1 is Bayes' rule. Default 1, as in the authors' code. */
  readonly lambda?: number;
  /** α ≥ 0, added to the factors before they are inverted. Default 0.001, as in the authors' code. */
  readonly damping?: number;
  /** How the sum of two Kronecker products is made one. Default 'kl', as in the paper; van de Ven's code has 'additive'. */
  readonly sum?: KroneckerSum;
  /** Which labels the Fisher information is taken over. Default 'sample', as in the authors' code; van de Ven's has 'exact'. */
  readonly fisher?: Extract<Labels, 'exact' | 'sample' | 'empirical'>;
  /** Mean of the prior: 0, or the parameters as they begin. Default 'zero', as in the authors' code. */
  readonly prior?: 'zero' | 'initial';
  /** Longest step, r > 0, in the norm √(δᵀΛδ); longer ones are shortened. Default Infinity: as in the authors' code, none is. */
  readonly radius?: number;
}

/** What is believed of the parameters: a Gaussian whose precision is N × input ⊗ output for each layer. */
interface Belief {
  readonly precision: KroneckerFactors;
  readonly mean: NamedTensorMap;
}

/**
 * Natural continual learning: the steepest step of loss and penalty, where steepness is measured by how much a step harms earlier tasks.
 *
 *     minimise   L_k(θ) + λ/2 (θ − μ)ᵀ Λ (θ − μ)   by   θ ← θ − η Λ⁻¹ ∇,     Λ = Σ F of earlier tasks + I
 *                                                       (Kao et al., NeurIPS 2021, arXiv 2106.08085)
 *
 * Fixed points are those of EWC with the same Λ; the way there is not: directions that matter to earlier tasks are slow from the first
 * step. Λ is a Kronecker product for each layer: L ⊗ R of inputs and of gradients, so Λ⁻¹ ∇ is L⁻¹ G R⁻¹ with a layer's gradient G.
 *
 * The pull is a term of the loss; Λ⁻¹ acts on what the optimizer proposes, which should be plain SGD or momentum (0.9 in the authors'
 * code). In the first task Λ is the prior, and the step that of the optimizer, a little damped. Outputs that no other task has (scenario
 * 'task') have nothing to keep and are trained as they are. Keeps (inputs² + outputs²) twice and one copy of the parameters a layer;
 * takes a pass over a task's data after it.
 *
 * @throws CL_OPTION for options outside their ranges; CL_REQUIREMENT where the model has other parameters than those of dense and
 *   convolutional layers and, after the first task, where targets are no class numbers.
 * @example new Learner({ model, optimizer: momentum(0.01), scenario: 'domain', strategy: ncl() })
 */
export function ncl(options: NclOptions = {}) {
  checkKnown('ncl', options, ['dataSize', 'lambda', 'damping', 'sum', 'fisher', 'prior', 'radius']);
  const { dataSize, lambda = 1, damping = 1e-3, sum = 'kl', fisher = 'sample', prior = 'zero', radius = Infinity } = options;
  if (dataSize !== undefined) checkInteger('ncl', 'dataSize', dataSize, { min: 1 });
  checkNumber('ncl', 'lambda', lambda, { min: 0 });
  checkNumber('ncl', 'damping', damping, { min: 0 });
  checkOneOf('ncl', 'sum', sum, KRONECKER_SUMS);
  checkOneOf('ncl', 'fisher', fisher, ['exact', 'sample', 'empirical']);
  checkOneOf('ncl', 'prior', prior, ['zero', 'initial']);
  checkNumber('ncl', 'radius', radius, { above: 0, infinite: true });

  return defineStrategy({
    name: 'ncl',
    options: { dataSize: dataSize ?? null, lambda, damping, sum, fisher, prior, radius: radius === Infinity ? null : radius },
    claims: ['direction', 'layers'],
    requires: ['boundaries', 'sites'],
    init({ model }) {
      matrixLayers(model, 'ncl');
      return { rows: dataSize ?? 0, belief: null as Belief | null, inverse: null as KroneckerFactors | null };
    },

    beforeTask(ctx, { rows: known, belief }) {
      const rows = known || ctx.examples.length;
      const layers = matrixLayers(ctx.model, 'ncl');
      const mean = belief?.mean ?? (prior === 'zero' ? map(tf.zerosLike, ctx.parameters) : ctx.parameters);
      const precision = byLayer(layers, (layer) => widened(belief?.precision[layer.name] ?? priorOf(layer, rows), layer.units, rows));
      return { rows, belief: { precision, mean }, inverse: byLayer(layers, ({ name }) => inverted(precision[name]!, damping, rows)) };
    },

    loss(ctx, _forward, { belief }) {
      const layers = held(ctx);
      const [now, mean] = [toMatrices(layers, ctx.parameters), toMatrices(layers, belief!.mean)];
      const pulls = layers.map(({ name }) => kroneckerQuadratic(now[name]!, mean[name]!, belief!.precision[name]!));
      return pulls.length === 0 ? null : (tf.mul(lambda, total(pulls)) as Scalar);
    },

    updates(ctx, updates, { rows, belief, inverse }) {
      const layers = held(ctx);
      const proposed = toMatrices(layers, updates);
      const steps = Object.fromEntries(layers.map(({ name }) => [name, kroneckerTimes(inverse![name]!, proposed[name]!)]));
      return { ...updates, ...fromMatrices(layers, radius === Infinity ? steps : within(radius, steps, belief!.precision, rows)) };
    },

    scan: {
      start: (ctx) => noFactors(matrixLayers(ctx.model, 'ncl')),
      add: (ctx, factors, batch) => addFactors(ctx, factors, batch, fisher, `ncl({ fisher: '${fisher}' })`),
    },

    afterTask(ctx, { rows, belief }, factors) {
      const own = meanFactors(factors);
      const layers = matrixLayers(ctx.model, 'ncl');
      const precision = byLayer(layers, ({ name }) => factorsOf(kroneckerSum(kroneckerOf(belief!.precision[name]!), own[name]!, sum)));
      return { rows, belief: { precision, mean: ctx.parameters }, inverse: null };
    },
  });
}

/** The layers whose parameters earlier tasks, or the prior, have a say in. */
const held = (ctx: GraphContext): readonly MatrixLayer[] =>
  matrixLayers(ctx.model, 'ncl').filter(({ kernel }) => !(ctx.head.has(kernel) && hasOutputsOfItsOwn(ctx)));

const byLayer = (layers: readonly MatrixLayer[], factors: (layer: MatrixLayer) => KroneckerFactors[string]): KroneckerFactors =>
  Object.fromEntries(layers.map((layer) => [layer.name, factors(layer)]));

/** I / N, of which each factor has a square root. */
const priorOf = ({ inputs, units }: MatrixLayer, rows: number): KroneckerFactors[string] => ({
  input: tf.mul(tf.eye(inputs), 1 / Math.sqrt(rows)),
  output: tf.mul(tf.eye(units), 1 / Math.sqrt(rows)),
});

/** Outputs that the model has got since then begin with the prior's precision, in the mean over inputs. */
function widened({ input, output }: KroneckerFactors[string], units: number, rows: number): KroneckerFactors[string] {
  const more = units - output.shape[0];
  if (more === 0) return { input, output };
  const own = tf.div(input.shape[0] / rows, tf.sum(tf.mul(input, tf.eye(input.shape[0]))));
  const corner = tf.mul(tf.eye(more), own);
  const padded = tf.add(
    tf.pad(output, [
      [0, more],
      [0, more],
    ]),
    tf.pad(corner, [
      [units - more, 0],
      [units - more, 0],
    ]),
  );
  return { input, output: padded as Tensor2D };
}

/** Λ⁻¹ of a layer, N × input ⊗ output with damping, inverted in float64. */
function inverted(precision: KroneckerFactors[string], damping: number, rows: number): KroneckerFactors[string] {
  const { input, output } = damping > 0 ? damped(kroneckerOf(precision), damping) : kroneckerOf(precision);
  return factorsOf({ input: inverse(input), output: Matrix.div(inverse(output), rows) });
}

/** A step that is no longer than `radius` in the norm √(δᵀΛδ). */
function within(
  radius: number,
  steps: { readonly [layer: string]: Tensor2D },
  precision: KroneckerFactors,
  rows: number,
): { readonly [layer: string]: Tensor2D } {
  const squares = Object.entries(steps).map(([name, step]) => tf.sum(tf.mul(step, kroneckerTimes(precision[name]!, step))));
  const scale = tf.minimum(1, tf.divNoNan(radius, tf.sqrt(tf.mul(rows, total(squares)))));
  return Object.fromEntries(Object.entries(steps).map(([name, step]) => [name, tf.mul(step, scale)]));
}
