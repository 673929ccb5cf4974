import { type AtSite, ContinualLearningError, type GraphContext, type Model, type Site, type TensorTree } from '@cl/core';
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Where representations are read: at the features below the classifier where nothing is learned between the last hidden states and them but
 * a normalisation, as in decoders; else at the last hidden states, as in encoders with a layer of their language model's own.
 */
export function representationSite({ name, sites }: Model): Site {
  const [hidden, features] = ['hidden', 'features'].map((kind) => sites.findLastIndex((site) => site.kind === kind)) as [number, number];
  const site = sites[features === hidden + 1 || hidden < 0 ? features : hidden];
  if (site) return site;
  throw new ContinualLearningError(
    'CL_REQUIREMENT',
    `das(): '${name}' has no site of kind 'hidden' or 'features' to read representations at. Use a model of @cl/models.`,
  );
}

/** What a pass is made with, in place of what the moment has. */
interface PassOptions {
  readonly training?: boolean;
  readonly at?: AtSite;
}

/** The representations of `rows` inputs, [rows, positions, units]. */
export function representations(ctx: GraphContext, x: TensorTree, rows: number, { at, ...options }: PassOptions = {}): Tensor3D {
  const { name, units } = representationSite(ctx.model);
  let found: Tensor | null = null;
  ctx.forward(x, undefined, {
    ...options,
    at(site, value) {
      const passed = at ? at(site, value) : value;
      if (site.name === name) found = passed;
      return passed;
    },
  });
  return tf.reshape(found!, [rows, -1, units]);
}

/** 1 where an input has a token, 0 for padding: [rows, positions]. All are tokens where the inputs have no mask of such a shape. */
export function tokensOf(x: TensorTree, [rows, positions]: readonly number[]): Tensor2D {
  const parts = x instanceof tf.Tensor ? {} : (x as { readonly [name: string]: TensorTree });
  const mask = parts.mask ?? parts.attentionMask;
  return mask instanceof tf.Tensor && mask.shape[1] === positions ? tf.cast(mask as Tensor2D, 'float32') : tf.ones([rows!, positions!]);
}
