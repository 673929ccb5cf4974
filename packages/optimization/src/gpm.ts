import {
  type BoundaryContext,
  checkBoolean,
  checkInteger,
  checkKnown,
  checkNumber,
  checkOneOf,
  defineStrategy,
  fromMatrices,
  type GraphContext,
  layerInputs,
  Matrix,
  type MatrixLayer,
  map,
  matMul,
  matrixLayers,
  matrixOf,
  named,
  subsetData,
  tensorOf,
  toMatrices,
} from '@cl/core';
import type { NamedTensorMap, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { hasOutputsOfItsOwn } from './own-outputs.js';
import { extended } from './principal-directions.js';

export interface GpmOptions {
  /**
   * Share of the energy of a layer's inputs that is kept free of later steps, (0, 1]: one for all layers, or by the layers' names and
   * for the `others`, as `{ dense0: 0.95, others: 0.99 }`. Default 0.97, the paper's on CIFAR-100.
   */
  readonly threshold?: number | { readonly [layer: string]: number };
  /** How much more with each further task, in [0, 1), up to 1 in all. Default 0.003, the paper's on CIFAR-100. */
  readonly increase?: number;
  /** Examples of each task that are looked at, drawn at random at its end, at least 1. Default 125, as in the paper. */
  readonly examples?: number;
  /** True: the first task keeps one direction fewer than suffice, as in the authors' code. Default false. */
  readonly asCoded?: boolean;
  /**
   * What is projected. `updates`: what is added to the parameters, so that the promise holds under every optimizer. `gradients`: as in
   * the paper, which uses plain SGD, where both are the same. Default 'updates'.
   */
  readonly on?: 'updates' | 'gradients';
}

/** By layer, an orthonormal basis of what its inputs mostly are: [inputs, directions]. */
type Bases = NamedTensorMap;

/**
 * Gradient projection memory: each layer's weights move only in directions that the inputs of earlier tasks do not have, so that what it
 * answered to these stays.
 *
 *     ΔW ← ΔW − M Mᵀ ΔW                                   (Saha, Garg & Roy, ICLR 2021, arXiv 2103.09762, eq. 6)
 *
 * After a task, the inputs R of a layer for some examples, less what M has of them already, are R̂ = R − M Mᵀ R, and its first k left
 * singular vectors join M, as many as are needed for
 *
 *     ‖M Mᵀ R‖² + Σᵢ≤ₖ σᵢ² ≥ threshold ‖R‖²                 (eq. 5 and 9)
 *
 * Of a convolution, R are the patches, at random positions where there are very many. The bias is a row of W with the input 1. Outputs that no
 * earlier task has (scenario 'task') are trained as they are. Keeps at most inputs² numbers a layer; a step costs two products of
 * matrices a layer, a task's end a forward pass and a decomposition.
 *
 * @throws CL_OPTION for options outside their ranges; CL_REQUIREMENT where the model has other parameters than those of dense and
 *   convolutional layers.
 * @example new Learner({ model, optimizer: sgd(0.01), scenario: 'task', strategy: gpm({ threshold: 0.97 }) })
 */
export function gpm(options: GpmOptions = {}) {
  checkKnown('gpm', options, ['threshold', 'increase', 'examples', 'asCoded', 'on']);
  const { threshold = 0.97, increase = 0.003, examples = 125, asCoded = false, on = 'updates' } = options;
  checkThreshold(threshold);
  checkNumber('gpm', 'increase', increase, { min: 0, below: 1 });
  checkInteger('gpm', 'examples', examples, { min: 1 });
  checkBoolean('gpm', 'asCoded', asCoded);
  checkOneOf('gpm', 'on', on, ['updates', 'gradients']);

  function project(ctx: GraphContext, step: NamedTensorMap, { bases }: { readonly bases: Bases | null }): NamedTensorMap {
    if (!bases) return step;
    const layers = matrixLayers(ctx.model, 'gpm').filter(({ name, kernel }) => bases[name] && step[kernel] && !isFree(ctx, kernel));
    const projected = map(
      (W, name) => {
        const M = named(bases, name) as Tensor2D;
        return tf.sub(W, matMul(M, matMul(M, W as Tensor2D, { transposeA: true })));
      },
      toMatrices(layers, step),
    );
    return { ...step, ...fromMatrices(layers, projected) };
  }

  return defineStrategy({
    name: 'gpm',
    claims: ['direction', 'layers'],
    requires: ['boundaries', 'sites'],
    options: { threshold, increase, examples, asCoded, on },
    init({ model }) {
      const names = [...matrixLayers(model, 'gpm').map(({ name }) => name), 'others'];
      if (typeof threshold === 'object') for (const name of Object.keys(threshold)) checkOneOf('gpm', 'threshold', name, names);
      return { bases: null as Bases | null };
    },
    [on]: project,

    afterTask(ctx, { bases }) {
      const seen = subsetData(ctx.examples, ctx.random.sample(examples, ctx.examples.length));
      const next = matrixLayers(ctx.model, 'gpm').map((layer) => {
        const base = typeof threshold === 'number' ? threshold : (threshold[layer.name] ?? threshold.others ?? 0.97);
        const share = Math.min(1, base + increase * ctx.past.length);
        const known = bases?.[layer.name];
        const inputs = inputsOf(ctx, layer, seen, examples);
        return [layer.name, extended(inputs, known ? matrixOf(known) : null, share, asCoded)] as const;
      });
      const some = next.flatMap(([name, basis]) => (basis ? [[name, tensorOf(basis)] as const] : []));
      return { bases: some.length > 0 ? Object.fromEntries(some) : null };
    },
  });
}

/** Whether no earlier task's loss reaches what is trained of a layer. */
const isFree = (ctx: GraphContext, kernel: string): boolean => ctx.head.has(kernel) && hasOutputsOfItsOwn(ctx);

/** Rows of a matrix for each input of a layer: more say little about its directions. */
const ROWS_FOR_EACH_INPUT = 10;

/** Rᵀ: what a layer's units see for some examples, [rows, inputs]. */
function inputsOf(ctx: BoundaryContext, layer: MatrixLayer, seen: BoundaryContext['examples'], examples: number): Matrix {
  const most = Math.max(1, Math.ceil((ROWS_FOR_EACH_INPUT * layer.inputs) / Math.min(examples, seen.length)));
  const { values, shape } = ctx.readOut(seen, (batch) => {
    const inputs: Tensor = named(layerInputs(ctx, [layer], batch), layer.name);
    const positions = inputs.shape[1]!;
    return positions > most ? tf.gather(inputs, tf.tensor1d([...ctx.random.sample(most, positions)], 'int32'), 1) : inputs;
  });
  const columns = shape.at(-1)!;
  const rows = Array.from({ length: values.length / columns }, (_, row) => values.subarray(row * columns, (row + 1) * columns));
  return new Matrix(rows.map((row) => Float64Array.from(row)));
}

function checkThreshold(threshold: GpmOptions['threshold']): void {
  const range = { above: 0, max: 1 };
  if (typeof threshold !== 'object' || threshold === null || Array.isArray(threshold)) checkNumber('gpm', 'threshold', threshold, range);
  else for (const [layer, share] of Object.entries(threshold)) checkNumber('gpm', `threshold.${layer}`, share, range);
}
