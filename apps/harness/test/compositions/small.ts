import type { AnyStrategy } from '@cl/core';
import { makeStrategy, type StrategyName } from '../../src/strategies/make.js';

/** Options with which a strategy acts within a few steps on a few rows. */
const OPTIONS: Partial<Record<StrategyName, object>> = {
  ewc: { lambda: 2 },
  'ewc-kfac': { lambda: 1 },
  l2: { lambda: 1 },
  si: { c: 0.5 },
  mas: { lambda: 0.1 },
  rwalk: { lambda: 0.5, interval: 2 },
  agem: { capacity: 12 },
  gem: { perTask: 6 },
  ogd: { examples: 4 },
  gpm: { threshold: 0.9 },
  lfl: { lambda: 0.5 },
  dmc: { consolidation: 0.5 },
  replay: { capacity: 12 },
  rehearsal: { rate: 0.3 },
  der: { capacity: 12, alpha: 0.5 },
  derpp: { capacity: 12, alpha: 0.5 },
  'er-ace': { capacity: 12 },
  mir: { capacity: 12, batchSize: 3, candidates: 6 },
  gss: { capacity: 12 },
  generative: { hidden: [5], latent: 2, decoder: 'gaussian' },
  latent: { capacity: 12 },
  icarl: { capacity: 12 },
  gdumb: { capacity: 12 },
  bic: { capacity: 12 },
  packnet: { prune: 0.5 },
  // With gates of 0 and 1, nothing is forgotten.
  hat: { sMax: 100, round: true },
  modular: { join: 'soft' },
  'expert-gate': { hidden: 3 },
};

export const small = (name: StrategyName): AnyStrategy =>
  makeStrategy({ strategy: name, options: { [name]: { ...OPTIONS[name] } } }).parts[0]!;
