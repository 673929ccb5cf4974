import type { Model } from '@cl/core';

/** A model as it is when nobody trains it, in training too: it drops no units, and its running statistics stay. */
export const still = (model: Model): Model => ({
  ...model,
  apply(parameters, x, { training: _training, seed: _seed, ...options } = {}) {
    return { outputs: model.apply(parameters, x, options).outputs };
  },
  ...(model.grow && { grow: (count: number) => still(model.grow!(count)) }),
});
