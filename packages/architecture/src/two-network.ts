import {
  ContinualLearningError,
  checkFunction,
  checkKnown,
  defineStrategy,
  type GraphContext,
  type Model,
  pick,
  type Task,
} from '@cl/core';
import type { Join } from './modules/joins.js';
import { prefixed, renamed } from './modules/prefixed.js';
import { bySides } from './modules/sides.js';
import { still } from './modules/still.js';

export interface TwoNetworkOptions {
  /** What a task is for: `knowledge`, such as raw text, trains the learner's model alone; `alignment` what is beside it, and what joins them. */
  readonly phase: (task: Task) => 'knowledge' | 'alignment';
  /** Makes the alignment network; it gets the learner's model, the knowledge network. Default: the same one anew. */
  readonly alignment?: (knowledge: Model) => Model;
  /** Makes one network of both, the knowledge network first. Default `bySides()`. */
  readonly join?: Join;
}

/** Whether an alignment task has been learned, or has begun. */
type State = { readonly aligned: boolean };

/**
 * Knowledge and alignment in two sub-networks: one learns what there is to know, from raw text without labels, the other how to answer, and
 * reads the states of the first. Each goes on learning while the other stays as it is, bit for bit: knowledge can be added after alignment,
 * and the other way round.
 *
 *     knowledge:  L(s_K; θ_K),         θ_A fixed, not looked at
 *     alignment:  L(J(K, A); θ_A),     θ_K fixed, without dropout
 *
 * With the default join A reads K at each of its layers, and answers s_K + s_A: `bySides`. Other joins of `modular` do as well: `bySkips()`,
 * `inLine()`, `byConcatenation()`, or a function of one's own. Predictions are made by both together as soon as there is alignment, before by the
 * knowledge network. It keeps its own names, so that pre-trained `parameters` fit; the others are 'alignment/…' and 'join/…'. What K says as K
 * changes, A has not learned to read: how well that goes is to be measured, and an alignment task may come again.
 *
 * @throws CL_OPTION for options that are no functions; CL_MODEL for networks that do not fit together.
 * @example
 * new Learner({ model: knowledge, parameters, objective: languageModel(), optimizer: adamW(3e-4), scenario: 'domain', strategy: twoNetwork({
 *   alignment: () => decoder({ layout: 'gpt2', vocabulary: 8000, sequence: 64, width: 64, layers: 2, heads: 2, head: language() }),
 *   phase: ({ name }) => (name.startsWith('chat') ? 'alignment' : 'knowledge'),
 * }) })
 */
export function twoNetwork(options: TwoNetworkOptions) {
  checkKnown('twoNetwork', options, ['phase', 'alignment', 'join']);
  const { phase, alignment = (knowledge) => knowledge, join = bySides() } = options;
  checkFunction('twoNetwork', 'phase', phase, "a function from a task to 'knowledge' or 'alignment'");
  checkFunction('twoNetwork', 'alignment', alignment, 'a function from the knowledge network to the alignment network');
  checkFunction('twoNetwork', 'join', join, 'a function from both networks to one');
  const aligns = (task: Task): boolean => phaseOf(phase, task) === 'alignment';

  return defineStrategy({
    name: 'two-network',
    claims: ['architecture', 'parameters'],
    requires: ['boundaries', ...(options.join ? [] : (['sites'] as const))],
    options: { phase: phase.name || 'own', alignment: options.alignment ? 'own' : null, join: options.join ? 'own' : null },
    wrap: (model) => joined(model, { alignment, join }),
    init: (): State => ({ aligned: false }),
    beforeTask: ({ task }, { aligned }) => ({ aligned: aligned || aligns(task) }),

    effective(ctx, parameters, { aligned }) {
      const together = isTraining(ctx) ? aligns(ctx.task) : aligned;
      return together ? parameters : pick(parameters, (name) => !isAlignment(name));
    },
    trains: ({ task }, parameter) => isAlignment(parameter) === aligns(task),
  });
}

const isTraining = ({ learningRate }: GraphContext): boolean => learningRate !== null;

/** Whether a parameter belongs to the alignment network or to what joins it with the other. */
const isAlignment = (parameter: string): boolean => /^(alignment|join)\//.test(parameter);

function phaseOf(phase: TwoNetworkOptions['phase'], task: Task): 'knowledge' | 'alignment' {
  const found = phase(task);
  if (found === 'knowledge' || found === 'alignment') return found;
  throw new ContinualLearningError(
    'CL_OPTION',
    `twoNetwork(): phase must be 'knowledge' or 'alignment' for each task, received ${JSON.stringify(found)} for task ${task.index} ('${task.name}').`,
  );
}

/** The knowledge network where the parameters are its alone, else both. */
function joined(knowledge: Model, how: Required<Pick<TwoNetworkOptions, 'alignment' | 'join'>>): Model {
  const side = prefixed('alignment', how.alignment(knowledge));
  const known = new Set(
    [knowledge, side].flatMap(({ parameters, buffers, sites }) => [
      ...Object.keys({ ...parameters, ...buffers }),
      ...sites.map(({ name }) => name),
    ]),
  );
  const anyTask: Task = { index: 0, name: 'none', classes: [] };
  const both = how.join([still(knowledge), side], { tasks: [anyTask, anyTask], outputs: knowledge.outputs });
  if (both.outputs !== knowledge.outputs) {
    throw new ContinualLearningError(
      'CL_MODEL',
      `twoNetwork(): both networks together ('${both.name}') have ${both.outputs} outputs, the knowledge network has ${knowledge.outputs}. Make an alignment network, and a join, for all outputs.`,
    );
  }
  const whole = renamed(both, (name) => (known.has(name) ? name : `join/${name}`));
  const own = Object.keys(whole.parameters).filter(isAlignment);
  const buffers = { ...knowledge.buffers, ...whole.buffers };
  return {
    ...knowledge,
    name: `${knowledge.name} with ${whole.name}`,
    parameters: { ...knowledge.parameters, ...whole.parameters },
    ...(Object.keys(buffers).length > 0 && { buffers }),
    sites: [...new Map([...knowledge.sites, ...whole.sites].map((site) => [site.name, site])).values()],
    apply: (parameters, x, options) => (own.every((name) => parameters[name]) ? whole : knowledge).apply(parameters, x, options),
    ...(knowledge.grow && { grow: (count: number) => joined(knowledge.grow!(count), how) }),
  };
}
