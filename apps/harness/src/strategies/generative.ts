import type { AnyStrategy } from '@cl/core';
import { type VaeOptions, vae } from '@cl/models';
import { type GenerativeOptions, generative } from '@cl/replay';

export type GenerativeRunOptions = Omit<GenerativeOptions, 'generator'> & Pick<VaeOptions, 'hidden' | 'latent' | 'decoder'>;

/** Deep generative replay from an autoencoder whose sizes are options of the run. */
export function generativeFromVae({
  hidden = [400, 400],
  latent = 100,
  decoder = 'bernoulli',
  ...options
}: GenerativeRunOptions): AnyStrategy {
  const sizes = { hidden, latent, decoder };
  const strategy = generative({ ...options, generator: (inputs) => vae({ inputs, ...sizes }) });
  return { ...strategy, options: { ...strategy.options, ...sizes } };
}
