import { type AnyStrategy, type GraphContext, type Tree, valueAndGradients } from '@cl/core';
import { tensorsOf, type Weights } from '../../../testing/golden-net.js';
import { plain, tidied } from '../../../testing/watched.js';

/** Value and gradient of a strategy's term of the loss at given parameters. */
export function penaltyAt(strategy: AnyStrategy, state: Tree, weights: Weights): { value: number; gradient: Weights } {
  return tidied(() => {
    const { loss, gradients } = valueAndGradients(
      (parameters) => ({ loss: strategy.loss!({ parameters } as GraphContext, {} as never, state, null)!, aux: null }),
      tensorsOf(weights),
    );
    return { value: loss.arraySync(), gradient: plain(gradients) as Weights };
  });
}
