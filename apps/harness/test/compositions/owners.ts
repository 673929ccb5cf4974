import type { Claim } from '@cl/core';
import type { StrategyName } from '../../src/strategies/make.js';

/** Who claims what, as this repository means it: the compiler's and the run-time check are both compared with it. */
export const owners = {
  direction: ['agem', 'gem', 'ogd', 'gpm', 'ncl', 'owm'],
  optimizer: [],
  architecture: ['packnet', 'hat', 'piggyback', 'supsup', 'progressive', 'batch-ensemble', 'modular', 'expert-gate', 'gdumb'],
  prediction: ['icarl', 'bic', 'ncm', 'slda', 'supsup'],
  parameters: ['hat', 'piggyback', 'supsup', 'progressive', 'batch-ensemble', 'modular', 'expert-gate'],
  layers: ['ewc-kfac', 'gpm', 'ncl', 'owm', 'latent'],
} as const satisfies Record<Claim, readonly StrategyName[]>;
