import {
  ContinualLearningError,
  checkKnown,
  checkNumber,
  checkOneOf,
  type Dataset,
  defineStrategy,
  type Memory,
  type Random,
  readRows,
  reservoir,
} from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';

export interface RehearsalOptions {
  /** Examples of each earlier data set, as a share of the examples of the task at hand, [0, 1]. In the paper 0.01 and 0.0025. */
  readonly rate: number;
  /**
   * `redraw`: new examples for each task, from whole earlier data sets, which are all kept. `fixed`: those that were drawn when a task ended
   * are kept, and come again each time. Default 'redraw', as in the authors' code.
   */
  readonly mode?: 'redraw' | 'fixed';
  /** Data sets that the model has learned before the first task. Checkpoints hold none of them, only what was drawn. Default: none. */
  readonly base?: readonly Dataset[];
}

/** `memory`: examples of earlier data sets. `joining`: those that join the task at hand, of `examples` of its own. */
type State = { readonly memory: Memory; readonly joining: Memory; readonly examples: number };

/**
 * Rehearsal by a small share of every earlier data set: a task is trained on its own examples and, among them, on a few of each task before.
 *
 *     D = D_t ∪ R_1 ∪ … ∪ R_{t−1} ∪ R(base sets),   R_i ~ D_i,   |R_i| = rate · |D_t|,   one pass over D
 *
 * Scialom, Chakrabarty & Muresan, "Fine-tuned language models are continual learners", EMNLP 2022 (CT0). The share is one of the *task at hand*,
 * for *each* data set: "1 %" beside 38 base sets and 7 tasks is 31 % of what is trained on; `learner.measure()` gives it as `share`. With
 * 'redraw' all examples are kept, since each task draws others; with 'fixed', `rate` of them. A pass is longer by the rows that join.
 *
 * @throws CL_OPTION for options outside their ranges, or for base sets where not all outputs compete; CL_SHAPE for data sets of other columns.
 * @example new Learner({ model, optimizer: adam(1e-3), scenario: 'domain', strategy: rehearsal({ rate: 0.01 }) })
 */
export function rehearsal(options: RehearsalOptions) {
  checkKnown('rehearsal', options, ['rate', 'mode', 'base']);
  const { mode = 'redraw', base = [] } = options;
  const rate = checkNumber('rehearsal', 'rate', options.rate, { min: 0, max: 1 });
  checkOneOf('rehearsal', 'mode', mode, ['redraw', 'fixed']);
  checkBase(base);

  return defineStrategy({
    name: 'rehearsal',
    requires: ['boundaries'],
    options: { rate, mode, base: base.map(({ length }) => length) },
    init({ scenario }): State {
      if (base.length > 0 && scenario !== 'domain') throw noClasses(scenario);
      return { memory: everything(), joining: everything(), examples: 0 };
    },

    beforeTask({ examples, past, random }, { memory }) {
      const count = shareOf(rate, examples.length);
      const joining = everything();
      if (mode === 'redraw') {
        for (const data of base) add(joining, data, count, BASE, random);
        for (const { index } of past) {
          const drawn = count > 0 ? memory.draw(random, count, (task) => task === index) : null;
          if (drawn) joining.add(drawn, random);
        }
      } else {
        if (past.length === 0) for (const data of base) add(memory, data, count, BASE, random);
        const kept = memory.all();
        if (kept) joining.add(kept, random);
      }
      return { memory, joining, examples: examples.length };
    },

    joins: ({ joining }) => (joining.size > 0 ? [joining.all()!] : []),

    afterTask({ examples, task, random }, state) {
      const count = mode === 'redraw' && rate > 0 ? examples.length : shareOf(rate, examples.length);
      add(state.memory, examples, count, task.index, random);
      return state;
    },

    /** Of the examples that the task at hand is trained on, how many are rehearsed. */
    measure: (_ctx, { joining, examples }) => ({ share: tf.scalar(joining.size / Math.max(1, joining.size + examples)) }),
  });
}

/** No task of the stream. */
const BASE = -1;

/** Of `examples`, at least one where the rate is not 0. */
const shareOf = (rate: number, examples: number): number => (rate === 0 ? 0 : Math.max(1, Math.round(rate * examples)));

const everything = (): Memory => reservoir({ capacity: Number.POSITIVE_INFINITY });

/** Adds `count` different examples; all, where there are no more. */
function add(memory: Memory, data: Dataset, count: number, task: number, random: Random): void {
  memory.add(readRows(data, random.sample(count, data.length), task), random);
}

function checkBase(base: unknown): void {
  if (Array.isArray(base) && base.every((data) => typeof data?.length === 'number' && data.x && data.y)) return;
  const received = JSON.stringify(base)?.replaceAll('"', "'");
  throw new ContinualLearningError(
    'CL_OPTION',
    `rehearsal({ base: ${received} }): base must be a list of data sets, received ${received}.`,
  );
}

const noClasses = (scenario: string) =>
  new ContinualLearningError(
    'CL_OPTION',
    `rehearsal({ base }): in scenario '${scenario}' outputs compete by the classes of tasks, and base data sets have no task. ` +
      "Use scenario 'domain', or let the learner learn them as tasks.",
  );
