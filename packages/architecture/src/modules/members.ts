import { type ApplyOptions, ContinualLearningError, foldSeed, type Model, type Output, type ParameterSpec } from '@cl/core';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';

type Specs = Readonly<Record<string, ParameterSpec>>;

/** Parameters, running statistics and sites of several models together; a model that is there twice has them once. */
export function together(who: string, models: readonly Model[]): Pick<Model, 'parameters' | 'buffers' | 'sites'> {
  const parameters = merged(
    who,
    models.map((model) => model.parameters),
  );
  const buffers = merged(
    who,
    models.map((model) => model.buffers ?? {}),
  );
  const sites = new Map(models.flatMap((model) => model.sites.map((site) => [site.name, site] as const)));
  return { parameters, ...(Object.keys(buffers).length > 0 && { buffers }), sites: [...sites.values()] };
}

/** Two of one name are one parameter only where they are the same one. */
function merged(who: string, parts: readonly Specs[]): Specs {
  const all: Record<string, ParameterSpec> = {};
  for (const [name, spec] of parts.flatMap((part) => Object.entries(part))) {
    if (all[name] && all[name] !== spec) {
      throw new ContinualLearningError(
        'CL_MODEL',
        `${who}(): two models have a parameter '${name}' of their own. Give one of them a name before it: prefixed('left', model).`,
      );
    }
    all[name] = spec;
  }
  return all;
}

/** Options for the member with this number: of those that are trained together, each drops units of its own. */
export function optionsFor(options: ApplyOptions, member: number): ApplyOptions {
  return member > 0 && options.seed ? { ...options, seed: foldSeed(options.seed, member) } : options;
}

/** Runs each model on the same inputs. */
export function runAll(
  models: readonly Model[],
  [parameters, x, options = {}]: Parameters<Model['apply']>,
): { readonly outputs: readonly Output['outputs'][]; readonly buffers: NamedTensorMap } {
  const results = models.map((model, i) => model.apply(parameters, x, optionsFor(options, i)));
  return { outputs: results.map(({ outputs }) => outputs), buffers: Object.assign({}, ...results.map(({ buffers }) => buffers ?? {})) };
}

/** Throws CL_MODEL where there is nothing to join. */
export function checkSome(who: string, models: readonly Model[]): void {
  if (models.length === 0) throw new ContinualLearningError('CL_MODEL', `${who}(): received no models; give it at least one.`);
}
