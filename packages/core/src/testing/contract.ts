import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Compiler } from '../compiler/compiler.js';
import type { Model } from '../model/model.js';
import { momentum, type Optimizer } from '../optimizer/index.js';
import type { Scenario } from '../scenario/task.js';
import type { AnyStrategy } from '../strategy/conflicts.js';
import { composes, withNeutral } from './laws/compositions.js';
import type { Law } from './laws/law.js';
import { forEachScenario, grows, learnsImages, needsNoMore } from './laws/other-models.js';
import { ignoresPadding } from './laws/padding.js';
import { agreesEverywhere } from './laws/platforms.js';
import { firstTask, isDeterministic, isPure, leavesNoTensor, resumes } from './laws/runs.js';
import { runStraight } from './laws/straight.js';
import { claimsAreTrue, partsOf, refusesOptions, requirementsAreTrue, takesOptions } from './laws/truth.js';
import { neutral } from './neutral.js';
import { prepareCpu } from './setup.js';
import { defaultModel, LEARN, type ModelSize, once, type Subject } from './subject.js';

export interface ContractOptions {
  /**
   * Makes the strategy anew at each call, with these options in place of its own; they are given only where `badOptions` or
   * `goodOptions` are.
   */
  create(options?: object): AnyStrategy;
  /** Default: the strategy's own. */
  readonly name?: string;
  /** Where it works. The first is the one that most laws are checked in. Default: all that its requirements allow. */
  readonly scenarios?: readonly Scenario[];
  /** The model that it is tested with. Default: `tinyMlp` and, for images, `tinyCnn`. */
  model?(size: ModelSize): Model;
  /** Default: momentum. */
  readonly optimizer?: Optimizer;
  /** True where the method is there from the first task on: then that task must differ from plain training. Default false. */
  readonly changesFirstTask?: boolean;
  /**
   * Options that `create` must refuse, each by the last of its names. Every option that the strategy declares must be among them; one
   * that it does not know is tried too.
   *
   * @example badOptions: [{ lambda: -1 }, { lambda: '1' }, { capacity: undefined, perClass: 0 }]
   */
  readonly badOptions?: readonly object[];
  /** Options that it must learn two tasks with. */
  readonly goodOptions?: readonly object[];
  /** Compilers to compare with `eager()` on the cpu, beside the platforms that are set up for all contracts. */
  readonly compilers?: readonly Compiler[];
  readonly seed?: number;
}

/**
 * Registers the tests that every strategy passes: passing them is what makes one. Most are run on the strategy alone and on the strategy
 * beside one that does nothing.
 *
 * It leaves no tensor behind; does the same again with the same seed; goes on after a stop as if there had been none; trains the first
 * task as if it were not there; composes; has pure hooks; is not changed by padding; grows with the model; computes the same on every
 * platform; tells the truth about what it claims and requires; refuses options that cannot be.
 *
 * @example strategyContract({ create: (options) => ewc({ lambda: 1, ...options }), badOptions: [{ lambda: -1 }, { lambda: '1' }] });
 */
export function strategyContract(options: ContractOptions): void {
  const { create, changesFirstTask = false, badOptions, goodOptions = [], compilers = [] } = options;
  const strategy = create();
  const alone: Subject = {
    create: () => create(),
    scenarios: options.scenarios ?? scenariosFor(strategy),
    model: options.model ?? defaultModel,
    optimizer: options.optimizer ?? momentum({ learningRate: 0.05 }),
    learn: LEARN,
    seed: options.seed ?? 1,
  };
  const beside: Subject = { ...alone, create: () => withNeutral(create(), neutral()) };
  const more = compilers.map((compiler) => ({ name: `cpu with ${compiler.name}`, backend: 'cpu', compiler }));

  const always = [
    leavesNoTensor,
    isDeterministic,
    resumes,
    firstTask(changesFirstTask),
    composes,
    isPure,
    ignoresPadding,
    grows,
    learnsImages,
    agreesEverywhere(more),
  ];
  const single = [
    ...forEachScenario(alone),
    needsNoMore,
    claimsAreTrue,
    requirementsAreTrue,
    ...(badOptions || hasOptions(strategy) ? [refusesOptions(create, badOptions ?? [])] : []),
    ...goodOptions.map((each) => takesOptions(create, each)),
  ];
  describe(`${options.name ?? strategy.name} keeps the contract`, () => {
    let backend = '';
    beforeAll(async () => {
      backend = tf.getBackend();
      await prepareCpu();
    });
    afterAll(async () => {
      if (backend) await tf.setBackend(backend);
    });
    describe('alone', () => register(alone, [...always, ...single]));
    describe('beside a neutral strategy', () => register(beside, always));
  });
}

/** Each takes well under a second on an idle machine; compiling for a platform takes longest. */
const TIMEOUT = 180_000;

function register(subject: Subject, laws: readonly Law[]): void {
  const straight = once(() => runStraight(subject));
  for (const { name, check } of laws) {
    it(name, { timeout: TIMEOUT }, async ({ skip }) => {
      const reason = await check(subject, straight);
      if (typeof reason === 'string') skip(reason);
    });
  }
}

const hasOptions = (strategy: AnyStrategy): boolean => partsOf(strategy).some(({ options = {} }) => Object.keys(options).length > 0);

function scenariosFor({ requires = [] }: AnyStrategy): readonly Scenario[] {
  if (requires.includes('task identity')) return ['task'];
  return ['class', 'task', 'domain', ...(requires.includes('boundaries') ? [] : (['free'] as const))];
}
