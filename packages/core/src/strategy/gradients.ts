import type { NamedTensorMap, Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { leaves, map, mapTree, named, type TensorTree } from '../tree.js';

/**
 * Value and gradient of a scalar function of named tensors. A tensor that the function does not reach has gradient zero.
 *
 * @param f Gets tensors that stand for `at` in the derivative, and returns the loss and whatever else of its work is wanted.
 * @param at Where to differentiate. Other uses of the same tensors inside `f` (a teacher's weights) are constants.
 * @param moves By which of them; others are constants, whose gradient is zero and costs nothing. Default: all.
 */
export function valueAndGradients<Aux extends TensorTree>(
  f: (parameters: NamedTensorMap) => { readonly loss: Scalar; readonly aux: Aux },
  at: NamedTensorMap,
  moves: (name: string) => boolean = () => true,
): { readonly loss: Scalar; readonly aux: Aux; readonly gradients: NamedTensorMap } {
  const { parts, ...rest } = gradientsInParts<Aux>((parameters) => f(parameters), at, { count: 1, moves });
  return { ...rest, gradients: map((tensor, name) => parts[0]![name] ?? tf.zerosLike(tensor), at) };
}

/**
 * As `valueAndGradients`, with the gradient in parts, all from one backward pass: `f` gets the tensors `count` times over, and each part is
 * what reaches the loss through one of its arguments. A part has no entry for a tensor that does not reach the loss that way.
 */
export function gradientsInParts<Aux extends TensorTree>(
  f: (...parameters: NamedTensorMap[]) => { readonly loss: Scalar; readonly aux: Aux },
  at: NamedTensorMap,
  { count, moves = () => true }: { readonly count: number; readonly moves?: (name: string) => boolean },
): { readonly loss: Scalar; readonly aux: Aux; readonly parts: readonly NamedTensorMap[] } {
  const names = Object.keys(at).filter(moves);
  let aux = null as Aux;
  try {
    const result = tf.tidy(() => {
      const stands = Array.from({ length: count }, () => map((tensor, name) => (moves(name) ? tf.clone(tensor) : tensor), at));
      const { value, grads } = tf.engine().gradients(
        () => {
          const result = f(...stands);
          // What leaves the tape's own scope must outlive it.
          aux = mapTree((tensor) => tf.keep(tf.clone(tensor)), result.aux);
          return result.loss as Tensor;
        },
        stands.flatMap((stand) => names.map((name) => named(stand, name))),
        undefined,
        true,
      );
      const parts = stands.map((_, part) =>
        Object.fromEntries(names.map((name, i) => [name, grads[part * names.length + i]] as const).filter(([, gradient]) => gradient)),
      );
      return { loss: value, aux: mapTree((tensor) => tf.clone(tensor), aux), parts } as tf.TensorContainer;
    });
    return result as unknown as { loss: Scalar; aux: Aux; parts: NamedTensorMap[] };
  } catch (error) {
    clearTape();
    throw error;
  } finally {
    tf.dispose(leaves(aux));
  }
}

/** tfjs keeps what an unfinished tape has saved for its backward pass, for ever. */
function clearTape(): void {
  const { state } = tf.engine();
  if (state.gradientDepth > 0) return;
  for (const { saved } of state.activeTape ?? []) tf.dispose(saved ?? []);
  state.activeTape = [];
}
