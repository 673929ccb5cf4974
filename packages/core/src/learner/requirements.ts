import { ContinualLearningError } from '../errors.js';
import type { Model } from '../model/model.js';
import type { Scenario } from '../scenario/task.js';
import type { Composition } from '../strategy/compose.js';
import type { Requirement } from '../strategy/strategy.js';

/** Throws CL_REQUIREMENT where a strategy cannot work with this model in this scenario. */
export function checkRequirements(strategy: Composition, model: Model, scenario: Scenario): void {
  const met: Record<Requirement, boolean> = {
    'task identity': scenario === 'task',
    boundaries: scenario !== 'free',
    sites: model.sites.length > 0,
    features: model.sites.some(({ kind }) => kind === 'features'),
    growth: model.grow !== undefined,
    classes: Object.values(model.parameters).some(({ role }) => role === 'head'),
  };
  const remedies: Record<Requirement, string> = {
    'task identity': `It must be told at test time which task an input belongs to; the scenario here is '${scenario}'. Use scenario 'task', or another strategy.`,
    boundaries: "It must be told where one task ends and the next begins; the scenario 'free' has no boundaries.",
    sites: `It looks inside the network; '${model.name}' declares no sites. Use a model of @cl/models, or give yours sites.`,
    features: `It reads the features below the classifier; '${model.name}' has no site of kind 'features'.`,
    growth: `It adds outputs; '${model.name}' has no grow().`,
    classes: `It must know which parameters are the classifier; '${model.name}' has none with role 'head'.`,
  };
  for (const part of strategy.parts) {
    const missing = part.requires?.find((requirement) => !met[requirement]);
    if (missing) throw new ContinualLearningError('CL_REQUIREMENT', `'${part.name}' needs ${missing}. ${remedies[missing]}`);
  }
}
