import { batchEnsemble, expertGate, hat, modular, packnet, piggyback, progressive, supsup } from '@cl/architecture';
import { type AnyStrategy, type Composition, ContinualLearningError, compose, frozen, ncm, slda } from '@cl/core';
import { type DmcOptions, dmc, lfl, lwf } from '@cl/distillation';
import { agem, gem, gpm, ncl, ogd, owm } from '@cl/optimization';
import { ewc, ewcKfac, l2, mas, rwalk, si, spg } from '@cl/regularization';
import { bic, der, derpp, erAce, gdumb, gss, icarl, latent, mir, rehearsal, replay } from '@cl/replay';
import type { RunSpec } from '../results/schema.js';
import { partsOf } from './catalog.js';
import { defaultsFor } from './defaults.js';
import { generativeFromVae } from './generative.js';

/** Auxiliary inputs are no option of a run: old and new network are made one on the task's own. */
function dmcOnOwnInputs(given: Pick<DmcOptions, 'consolidation'>) {
  const strategy = dmc(given);
  const { consolidation } = strategy.options as { readonly consolidation: number };
  return { ...strategy, options: { consolidation } };
}

/** Options come from the command line: each factory checks its own. */
const factories = {
  ewc,
  'ewc-kfac': ewcKfac,
  l2,
  si,
  mas,
  rwalk,
  spg,
  agem,
  gem,
  ogd,
  gpm,
  ncl,
  owm,
  lwf,
  lfl,
  dmc: dmcOnOwnInputs,
  replay,
  rehearsal,
  der,
  derpp,
  'er-ace': erAce,
  mir,
  gss,
  generative: generativeFromVae,
  latent,
  icarl,
  gdumb,
  bic,
  packnet,
  hat,
  piggyback,
  supsup,
  progressive,
  'batch-ensemble': batchEnsemble,
  modular,
  'expert-gate': expertGate,
  frozen,
  ncm,
  slda,
} satisfies Readonly<Record<string, (options: never) => AnyStrategy>>;

/** A strategy that runs can be made of. */
export type StrategyName = keyof typeof factories;
export const strategyNames = Object.keys(factories) as readonly StrategyName[];

/** Each strategy's type, for what the compiler knows of it. */
export type StrategyTypes = { readonly [Name in StrategyName]: ReturnType<(typeof factories)[Name]> };

/** Trainings rather than strategies: they change what is learned, not how. */
const REFERENCES = ['finetune', 'joint', 'cumulative'] as const;
export type ReferenceName = (typeof REFERENCES)[number];

/** Whether a name is that of a training to compare with, which stands alone. */
export const isReference = (name: string): name is ReferenceName => (REFERENCES as readonly string[]).includes(name);

/**
 * The strategy of a run, in the order of its name.
 *
 * @throws CL_OPTION for an unknown name or an option that cannot be used, CL_CONFLICT for what cannot be combined.
 */
export function makeStrategy({ strategy, options }: Pick<RunSpec, 'strategy' | 'options'>): Composition {
  const names = partsOf(strategy).filter((name) => !isReference(name));
  const parts = names.map((name) => {
    const factory = (factories as Readonly<Record<string, ((options: never) => AnyStrategy) | undefined>>)[name];
    if (!factory)
      throw new ContinualLearningError('CL_OPTION', `There is no strategy '${name}'. There are: ${Object.keys(factories).join(', ')}.`);
    return factory((options[name] ?? {}) as never);
  });
  return compose(...(parts as [])) as unknown as Composition;
}

/** Names of the options that `--set` takes for a strategy. They are the strategy's own; nobody keeps a list of them. */
export function optionNames(name: string): readonly string[] {
  if (isReference(name)) return [];
  const { options } = defaultsFor(name, { benchmark: '', scenario: 'task', tasks: 1, batchSize: 1 });
  return Object.keys(makeStrategy({ strategy: name, options: { [name]: options } }).parts[0]?.options ?? {});
}
