import {
  type AnyStrategy,
  adam,
  backwardInterference,
  checkOneOf,
  compose,
  type EntityStream,
  entityScores,
  evaluateEntities,
  Learner,
  tokenClassification,
} from '@cl/core';
import { addNer, extendNer, lwf } from '@cl/distillation';
import { encoder, tokens } from '@cl/models';
import { graph } from '@cl/node';
import { ewc } from '@cl/regularization';
import { replay } from '@cl/replay';
import { loadBackend } from './backend.js';

/** What sentences can be learned with, each as it is unless its options are set in code. */
const STRATEGIES = {
  'add-ner': () => addNer(),
  'extend-ner': () => extendNer(),
  lwf: () => lwf({ softmax: 'full' }),
  ewc: () => ewc({ lambda: 1000, fisher: 'empirical' }),
  replay: () => replay({ capacity: 200 }),
} satisfies Record<string, () => AnyStrategy>;

export interface EntityRun {
  readonly stream: EntityStream;
  /** Ids of words are below it. */
  readonly vocabulary: number;
  /** Words of a sentence. */
  readonly length: number;
  /** 'finetune', or strategies joined by '+'. */
  readonly strategy: string;
  readonly seed: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Size of hidden states, and layers. */
  readonly width: number;
  readonly layers: number;
  readonly signal?: AbortSignal;
  /** After each step of types or each domain. */
  readonly onTask?: (name: string, result: EntityResult) => void;
}

/** Entity F1 on what has been seen after a task, in [0, 1]. */
export interface EntityResult {
  readonly macro: number;
  readonly micro: number;
  readonly perType: { readonly [type: string]: number };
}

export interface EntityReport {
  readonly strategy: string;
  readonly tasks: readonly EntityResult[];
  /** Means over tasks. */
  readonly mean: { readonly macro: number; readonly micro: number };
  /** F1 of a type at the end less that when it was learned, the mean over all types but the last ones; null where there are none. */
  readonly backwardInterference: number | null;
}

/**
 * Trains a small transformer from scratch on a stream of sentences, and scores the entities after each task: of the types seen so far, on the
 * test sentences of that task where tasks are types, of all tasks so far where they are domains.
 *
 * @throws CL_OPTION for an unknown strategy, CL_CONFLICT for strategies that cannot be combined, CL_REQUIREMENT for one that the stream is not for.
 */
export async function runEntities(run: EntityRun): Promise<EntityReport> {
  const { stream, vocabulary, length, width, layers, seed, learningRate, signal } = run;
  const { compiler } = await loadBackend();
  const learner = new Learner({
    model: encoder({ vocabulary, sequence: length, width, layers, heads: 4, deviation: 0.1, head: tokens({ outputs: stream.outputs }) }),
    objective: tokenClassification(),
    optimizer: adam(learningRate),
    scenario: stream.scenario,
    strategy: entityStrategy(run.strategy),
    seed,
    ...(compiler === 'graph' && { compiler: graph() }),
  });
  const tasks: EntityResult[] = [];
  try {
    for (const [i, task] of stream.tasks.entries()) {
      await learner.learn(task, { epochs: run.epochs, batchSize: run.batchSize, ...(signal && { signal }) });
      tasks.push(scoreAfter(learner, stream, i));
      run.onTask?.(task.name, tasks.at(-1)!);
    }
  } finally {
    learner.dispose();
  }
  const mean = (part: 'macro' | 'micro') => tasks.reduce((sum, result) => sum + result[part], 0) / tasks.length;
  const interference = backwardInterference(tasks.map(({ perType }) => perType)).mean;
  return {
    strategy: run.strategy,
    tasks,
    mean: { macro: mean('macro'), micro: mean('micro') },
    backwardInterference: Number.isNaN(interference) ? null : interference,
  };
}

export function scoreAfter(learner: Learner, stream: EntityStream, last: number): EntityResult {
  const types = [...new Set(stream.steps.slice(0, last + 1).flat())];
  const tested = stream.by === 'domain' ? stream.tasks.slice(0, last + 1) : [stream.tasks[last]!];
  const found = tested.map((task) => evaluateEntities(learner, task.test, stream.tags));
  const [truth, predicted] = [found.flatMap((each) => each.truth), found.flatMap((each) => each.predicted)];
  const { perType, macro, micro } = entityScores(truth, predicted, { types });
  return { macro: macro.f1, micro: micro.f1, perType: Object.fromEntries(types.map((type) => [type, perType[type]!.f1])) };
}

/** Strategies joined by '+', or 'finetune' for none. Throws CL_OPTION for an unknown one, CL_CONFLICT for some that cannot be combined. */
export function entityStrategy(spec: string): AnyStrategy {
  if (spec === 'finetune') return compose();
  const names = Object.keys(STRATEGIES) as (keyof typeof STRATEGIES)[];
  const all = spec.includes('+') ? names : (['finetune', ...names] as const);
  const parts = spec.split('+').map((name) => STRATEGIES[checkOneOf('cl entities', 'strategies', name, all) as keyof typeof STRATEGIES]());
  return compose(...(parts as [])) as unknown as AnyStrategy;
}
