import {
  ContinualLearningError,
  checkFunction,
  checkKnown,
  checkOneOf,
  defineStrategy,
  type Model,
  pick,
  type Requirement,
  type Task,
} from '@cl/core';
import { JOINS, type Join, type JoinName } from './modules/joins.js';
import { placeOf } from './modules/place.js';
import { prefixed, renamed } from './modules/prefixed.js';
import { still } from './modules/still.js';

/** Makes the module of a task. `model`: the learner's own. `earlier`: the modules so far, oldest first. */
export type ModuleOf = (model: Model, task: Task, earlier: readonly Model[]) => Model;

export interface ModularOptions {
  /** The module of each task but the first, whose module is the learner's model. Default: that model anew. */
  readonly module?: ModuleOf;
  /**
   * How the modules answer together, by a word or as a function. `none`: the module of the task that is asked about. `soft`, `majority`: they
   * vote. `concatenation`: a new classifier reads the features of all. `skips`: the newest classifier also reads the features of all others.
   * `sequence`: the newest reads the features of the one before. Default 'none'.
   */
  readonly join?: JoinName | Join;
}

/**
 * Modular networks: a sub-network for each task, joined in a way of one's choice. Earlier modules are frozen bit for bit; a new one, and
 * what joins it with the others, is trained on its own task.
 *
 * With modules m₁ … mₖ and a join J, task k is answered by J(m₁, …, mₖ). Where the task is known, a task is asked of the modules up to its own,
 * so that its answers stay as they are; where it must be inferred, of all that there are. After the survey of Wang et al., 2023, arXiv
 * 2302.00487, section 4.5. Parameters: 'module1/dense0/kernel', …, and 'join1/…' for what a join adds; those of the first module have the
 * model's own names. Keeps a module a task.
 *
 * @throws CL_OPTION for options outside their ranges; CL_REQUIREMENT where nothing joins the modules and the task is not known; CL_MODEL for
 * modules that do not fit together.
 * @example modular() // one network a task
 * @example compose(modular({ join: 'concatenation' }), replay({ capacity: 500 })) // classes of all tasks told apart on joint features
 * @example modular({ join: byVote({ rule: 'majority' }), module: () => mlp({ inputs: 64, hidden: [16], outputs: 10 }) })
 */
export function modular(options: ModularOptions = {}) {
  checkKnown('modular', options, ['module', 'join']);
  const { module = (model) => model, join = 'none' } = options;
  checkFunction('modular', 'module', module);
  if (typeof join !== 'function') checkOneOf('modular', 'join', join, Object.keys(JOINS));
  const joined = typeof join === 'function' ? join : JOINS[join];

  return defineStrategy({
    name: 'modular',
    claims: ['architecture', 'parameters'],
    requires: ['boundaries', ...(typeof join === 'function' ? [] : NEEDS[join])],
    wants: ['task'],
    options: { join: typeof join === 'function' ? join.name || 'own' : join, module: options.module ? 'own' : null },
    wrap: (model, tasks) => modularModel(model, tasks.length > 0 ? tasks : [anyTask(model)], { module, join: joined }),
    init: () => ({ order: [] as readonly number[] }),
    beforeTask: ({ task }, { order }) => ({ order: [...order, task.index] }),

    /** A task sees the modules up to its own. */
    effective: ({ task }, parameters, { order }) => pick(parameters, (name) => partOf(name) <= placeOf(task, order)),
    trains: ({ task }, parameter, { order }) => partOf(parameter) === placeOf(task, order),
  });
}

const NEEDS: Readonly<Record<JoinName, readonly Requirement[]>> = {
  none: ['task identity'],
  soft: [],
  majority: [],
  concatenation: ['features'],
  skips: ['features', 'sites'],
  sequence: ['features'],
};

/** With which task a parameter came, from 0. */
const partOf = (parameter: string): number => Number(/^(?:module|join)(\d+)\//.exec(parameter)?.[1] ?? 0);

/** What a model that has not learned anything is for. */
const anyTask = ({ outputs }: Model): Task => ({ index: 0, name: 'none', classes: Array.from({ length: outputs }, (_, c) => c) });

function modularModel(model: Model, tasks: readonly Task[], how: { readonly module: ModuleOf; readonly join: Join }): Model {
  const modules: Model[] = [];
  const stages = tasks.map((task, k) => {
    modules.push(k === 0 ? model : prefixed(`module${k}`, how.module(model, task, [...modules])));
    const known = new Set(
      modules.flatMap(({ parameters, buffers, sites }) => [
        ...Object.keys({ ...parameters, ...buffers }),
        ...sites.map(({ name }) => name),
      ]),
    );
    const earlier = modules.slice(0, -1).map(still);
    const stage = how.join([...earlier, modules.at(-1)!], { tasks: tasks.slice(0, k + 1), outputs: model.outputs });
    checkOutputs(stage, model);
    return renamed(stage, (name) => (known.has(name) ? name : `join${k}/${name}`));
  });
  const sites = new Map(stages.flatMap((stage) => stage.sites.map((site) => [site.name, site])));
  const buffers = Object.assign({}, ...stages.map((stage) => stage.buffers));
  return {
    name: `${stages.length} modules of ${model.name}`,
    inputs: model.inputs,
    outputs: model.outputs,
    parameters: Object.assign({}, ...stages.map((stage) => stage.parameters)),
    ...(Object.keys(buffers).length > 0 && { buffers }),
    sites: [...sites.values()],
    /** The parameters say how far: up to the newest module of which all are there. */
    apply(parameters, x, options) {
      const stage = stages.findLast((each) => Object.keys(each.parameters).every((name) => parameters[name]));
      return stage!.apply(parameters, x, options);
    },
    ...(model.grow && { grow: (count: number) => modularModel(model.grow!(count), tasks, how) }),
  };
}

function checkOutputs(stage: Model, model: Model): void {
  if (stage.outputs === model.outputs) return;
  throw new ContinualLearningError(
    'CL_MODEL',
    `modular(): the modules together ('${stage.name}') have ${stage.outputs} outputs, the learner's model has ${model.outputs}. Make modules, and what joins them, for all outputs.`,
  );
}
