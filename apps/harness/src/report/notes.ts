import type { RunSpec } from '../results/schema.js';
import { partsOf, strategyInfo, titleOf } from '../strategies/catalog.js';

type Scenario = RunSpec['scenario'];

/** What is known when the model is tested. */
export const SCENARIO_NOTES: Readonly<Record<Scenario, string>> = {
  class: 'At test time the task is not known: the classes of all tasks so far compete.',
  domain: 'All tasks share their outputs; at test time the task is not known and does not matter.',
  task: 'At test time the task is known: only its own classes compete.',
  free: 'Nothing says where one task ends and the next begins, and all outputs compete.',
};

/**
 * What a strategy is expected to do in a scenario, by its name or else its family. {share}: of all classes, those of the last task.
 * Numbers of others are on Split-MNIST: van de Ven, Tuytelaars & Tolias (2022).
 */
const EXPECTED: ReadonlyMap<string, Partial<Record<Scenario | 'any', string>>> = new Map(
  Object.entries({
    finetune: {
      class: 'Expected to end near {share}: whatever it is shown, it names a class of the last task. The lower bound.',
      domain: 'Expected to forget the more, the less the tasks have in common. The lower bound.',
      task: 'Expected to forget less than one would think, since only the outputs of the known task compete. The lower bound.',
      any: 'Nothing is done against forgetting. The lower bound.',
    },
    joint: {
      any: 'All tasks at once, so there is nothing to forget. The upper bound; a strategy may come out above it by chance, or since it takes more steps on a task.',
    },
    cumulative: {
      any: 'Every task together with all before it: an upper bound at each point in time, at a cost that grows with the number of tasks.',
    },
    regularization: {
      class:
        'A penalty or a mask alone is expected to stay near fine-tuning, about {share}: it protects what was learned, but classes of different tasks, never seen together, are not told apart.',
      domain: 'Expected to forget less than fine-tuning, and to stay far from joint training where the tasks have little in common.',
      task: 'Expected near joint training if its strength fits: too weak and it forgets, too strong and later tasks are not learned.',
    },
    spg: {
      task: 'Expected near joint training; its masks only tighten, so that late tasks are learned more slowly: look at the learning accuracy.',
    },
    optimization: {
      class:
        'Learns new tasks well, and lets old ones go: the memory only says no and never teaches. Published numbers lie between fine-tuning and replay and depend on the memory (65 % with 100 examples a class).',
      domain: 'Expected between fine-tuning and replay of the same memory.',
      task: 'Expected near joint training, a little below replay of the same memory.',
    },
    distillation: {
      class: 'Expected above fine-tuning and well below replay; the more alike the tasks look, the better its old outputs hold.',
      domain: 'Expected above fine-tuning where the tasks look alike. Where they do not, the old outputs say nothing of the new inputs.',
      task: 'Expected near joint training without any stored example, if the tasks look alike.',
    },
    replay: {
      class:
        'Expected far above all that keeps no examples, since classes of different tasks meet in its batches; below joint training by what a small memory leaves out.',
      any: 'Expected near joint training, the nearer the larger the memory.',
    },
    architecture: {
      task: 'Expected to forget nothing, by construction. What it runs out of is room: look at the learning accuracy of the late tasks.',
      any: 'Has to be told the task at test time, which this scenario does not do.',
    },
    classifier: {
      class:
        'On a network that stands still (frozen+) expected far above all that keeps no examples, as far as the features of the first task carry. On one that moves on, it knows old classes as they are no longer seen, and is near fine-tuning.',
      any: 'Expected as good as its features: those of the first task where the network stands still.',
    },
  }),
);

/** What strategies keep between tasks, beside the model and the optimizer's averages. */
const KEEPS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    finetune: 'nothing',
    joint: 'nothing; but it needs the data of all tasks at once',
    cumulative: 'nothing that is counted; but it needs the data of all tasks before',
    ewc: 'two numbers a parameter: its importance, and that times its value',
    spg: 'a number a parameter: its importance',
    agem: 'examples',
    replay: 'examples',
    lwf: 'a copy of the model',
    icarl: 'examples, and a copy of the model',
    bic: 'examples, and a copy of the model',
    gdumb: 'examples, and the parameters that it began with',
    frozen: 'nothing',
    ncm: 'a feature vector a class',
    slda: 'a feature vector a class, and the covariance of the features',
    packnet: 'a small integer a weight: the task that owns it',
  }),
);

export interface Expectation {
  /** Of the part of a composition that it is about; null for a strategy alone. */
  readonly part: string | null;
  readonly text: string;
}

/** What to expect of a strategy and of each of its parts; of some nothing is known. `share`: see `EXPECTED`. */
export function expectations({ strategy, scenario }: Pick<RunSpec, 'strategy' | 'scenario'>, share: number): Expectation[] {
  const parts = partsOf(strategy);
  return parts.flatMap((name) => {
    const about = [EXPECTED.get(name), EXPECTED.get(strategyInfo(name)?.family ?? '')];
    const text = about.map((note) => note?.[scenario] ?? note?.any).find((note) => note !== undefined);
    if (text === undefined) return [];
    return [{ part: parts.length > 1 ? titleOf(name) : null, text: text.replaceAll('{share}', `${Math.round(100 * share)} %`) }];
  });
}

/** What a strategy keeps, in words; null where that is not known. */
export function keeps(strategy: string): string | null {
  const texts = partsOf(strategy).map((name) => KEEPS.get(name));
  return texts.every((text) => text !== undefined) ? [...new Set(texts)].join('; ') : null;
}
