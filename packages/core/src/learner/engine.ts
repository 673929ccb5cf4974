import * as tf from '@tensorflow/tfjs-core';
import type { Compiler, Entry, Program } from '../compiler/compiler.js';
import { eager, transition } from '../compiler/eager.js';
import { type Dataset, type Rows, subsetData } from '../data.js';
import { ContinualLearningError } from '../errors.js';
import type { Model } from '../model/model.js';
import { classification } from '../objective/classification.js';
import type { Objective } from '../objective/objective.js';
import type { Optimizer } from '../optimizer/optimizer.js';
import type { Random } from '../random/random.js';
import { competingMask } from '../scenario/competing.js';
import { type Competing, competingIn, type Scenario, type Task } from '../scenario/task.js';
import { type Composition, compose } from '../strategy/compose.js';
import type { Batch, BoundaryContext } from '../strategy/context.js';
import { graphContext } from '../strategy/graph-context.js';
import { tensorsOf } from '../strategy/state.js';
import type { Tree } from '../strategy/strategy.js';
import { leaves } from '../tree.js';
import { maskOf, type RowInputs, tensorsOfRows, weightsOf } from './batches.js';
import { boundaryContext } from './boundary-context.js';
import { checkLearnerOptions } from './checks.js';
import { commonInputs } from './common-inputs.js';
import { type LearnerState, type Structure, worldOf } from './entries.js';
import { fitted } from './grow.js';
import type { LearnerOptions, Progress } from './options.js';
import { distinct } from './owned.js';
import { checkRequirements } from './requirements.js';
import { startValues } from './start-values.js';

/** States of strategies, by name. */
export type States = { readonly [strategy: string]: Tree };

/**
 * What a learner is made of, behind its public face: one program with the tensors, the strategies' states, and where training
 * stands. All changes of structure go through `change`, which either happens or does not.
 */
export class Engine {
  /** The model that the learner was given, with the outputs that were added to it. */
  base: Model;
  /** The model as strategies have extended it for the tasks so far. */
  model: Model;
  progress: Progress = { learned: [], current: null, step: 0, slotStep: 0 };
  /** Training examples of the task at hand, while it is being learned. */
  examples: Dataset | null = null;
  /** States of the strategies; where they hold tensors, the program has newer ones. */
  states: States = {};
  program: Program;
  /** What the learner was when the task's score was best; null without early stopping. */
  best: LearnerState | null = null;

  readonly objective: Objective;
  readonly optimizer: Optimizer;
  readonly scenario: Scenario;
  /** Which outputs compete, unless a caller asks for something else. */
  readonly competing: Competing;
  readonly strategy: Composition;
  readonly seed: number;
  readonly compiler: Compiler;
  readonly slots: 'keep' | 'reset';
  readonly clipNorm: number | null;
  /** Entries of the program at hand, made when first needed. */
  readonly #entries = new Map<string, Entry>();
  /** Weights and competing outputs of full batches of the task at hand, by the numbers of their rows and of the model's outputs. */
  readonly #common = commonInputs();

  constructor(options: LearnerOptions) {
    checkLearnerOptions(options);
    this.objective = options.objective ?? classification();
    this.optimizer = options.optimizer;
    this.scenario = options.scenario;
    this.competing = competingIn(options.scenario, options.competing);
    this.strategy = compose(...(options.strategy ? [options.strategy] : [])) as unknown as Composition;
    this.seed = options.seed ?? 0;
    this.compiler = options.compiler ?? eager();
    this.slots = options.slots ?? 'keep';
    this.clipNorm = options.clipNorm ?? null;
    this.base = options.model;
    this.model = this.modelFor(this.progress);
    checkRequirements(this.strategy, this.model, this.scenario);
    this.program = this.compiler.program(
      transition(null, () => {
        const { parameters, buffers } = startValues(this.model, this.seed, options.parameters ?? {});
        this.states = this.strategy.init({ model: this.model, parameters, head: this.head, scenario: this.scenario });
        return distinct({ parameters, buffers, slots: this.optimizer.init(parameters), strategy: tensorsOf(this.states) });
      }),
    );
  }

  get head(): ReadonlySet<string> {
    return headOf(this.model);
  }

  /** The task in training or, between tasks, the last one. */
  get task(): Task {
    return this.progress.current?.task ?? this.progress.learned.at(-1) ?? { index: 0, name: 'none', classes: [] };
  }

  /** The model that strategies make of `base` for the tasks that have begun. */
  modelFor({ learned, current }: Progress, base = this.base): Model {
    return this.strategy.wrap?.(base, current ? [...learned, current.task] : learned) ?? base;
  }

  /** The tensors now; the caller's to dispose. */
  read(): LearnerState {
    return this.program.read() as LearnerState;
  }

  structure(task = this.task): Structure {
    const { model, head, objective, scenario, competing, seed, strategy, states, progress, clipNorm } = this;
    return {
      model,
      head,
      objective,
      scenario,
      competing,
      seed,
      strategy,
      states,
      clipNorm,
      constantRate: typeof this.optimizer.learningRate === 'number' ? this.optimizer.learningRate : null,
      task,
      past: progress.learned,
      stages: progress.current?.stages ?? {},
      batchSize: progress.current?.batchSize ?? 1,
    };
  }

  /** An entry of the program at hand. Only where a strategy is told the task does each task have one of its own. */
  entry(name: string, task: Task, make: (structure: Structure) => Entry): Entry {
    const { requires, wants } = this.strategy;
    const told = this.scenario === 'task' && (requires?.includes('task identity') || wants?.includes('task'));
    const key = told ? `${name} ${task.index}` : name;
    const known = this.#entries.get(key);
    if (known) return known;
    const entry = make(this.structure(told ? task : this.task));
    this.#entries.set(key, entry);
    return entry;
  }

  /** Which outputs compete for rows, [size × outputs], or null where all do. `asked`: a task that need not be known yet. */
  competingFor(
    rows: Pick<Rows, 'task'>,
    size: number,
    competing: Competing = this.competing,
    asked: Task = this.task,
  ): Float32Array | null {
    if (competing === 'all') return null;
    const tasks = [...this.progress.learned, this.task, ...(competing === 'task' ? [asked] : [])];
    // Before anything is learned, nothing is known about which outputs there are.
    if (competing === 'seen' && tasks.every(({ classes }) => classes.length === 0)) return null;
    return competingMask(competing, rows.task, new Map(tasks.map((task) => [task.index, task])), this.model.outputs, size);
  }

  /** Rows as the objective presents them: `draws` is what it draws from. */
  presented(rows: Rows, draws: () => Random): Rows {
    return this.objective.present?.(rows, draws()) ?? rows;
  }

  /** Rows as tensors, padded with rows of weight zero up to `size`; but not where they would count in running statistics. */
  batch(rows: Rows, size: number, draws: () => Random, given: RowInputs | null = null): Batch {
    const length = this.lengthOf(rows, size);
    return { ...tensorsOfRows(this.presented(rows, draws), length), ...(given ?? this.rowInputs(rows, length)) };
  }

  /** Rows that a batch of `size` has, padding included. */
  lengthOf(rows: Rows, size: number): number {
    return Object.keys(this.model.buffers ?? {}).length > 0 ? rows.count : size;
  }

  rowInputs(rows: Rows, length: number, competing: Float32Array | null = this.competingFor(rows, length)): RowInputs {
    return { weight: weightsOf(rows.count, length), competing: maskOf(competing, length) };
  }

  /**
   * Rows as tensors for a training step. What batches without padding have in common are constants: that every row counts and, if `alike`
   * says that the same outputs compete for all rows, which ones.
   */
  stepBatch(rows: Rows, size: number, draws: () => Random, alike: boolean): Batch {
    const { count } = rows;
    if (count < this.lengthOf(rows, size)) return this.batch(rows, size, draws);
    const common = this.#common.of(`${count} ${this.model.outputs}`, () => {
      const competing = this.competingFor({ task: new Int32Array(count).fill(this.task.index) }, count);
      return { weight: weightsOf(count, count), competing: maskOf(competing, count) };
    });
    return this.batch(rows, size, draws, alike ? common : { ...common, competing: maskOf(this.competingFor(rows, count), count) });
  }

  /** The training examples that steps and scans see: those that no strategy holds out. */
  learnable(): Dataset {
    const heldOut = new Set(this.strategy.heldOut?.(this.states) ?? []);
    const { length } = this.examples!;
    if (heldOut.size === 0) return this.examples!;
    if (heldOut.size >= length) {
      const message = `learn(): '${this.strategy.name}' holds out all ${length} examples of task ${this.task.index}; none is left to learn from.`;
      throw new ContinualLearningError('CL_DATA', message);
    }
    return subsetData(
      this.examples!,
      Int32Array.from({ length }, (_, i) => i).filter((i) => !heldOut.has(i)),
    );
  }

  /** Rows of the past that are trained on beside the task's examples. */
  joining(): readonly Rows[] {
    return this.strategy.joins?.(this.states) ?? [];
  }

  /** The task at hand is learned. */
  finish(): void {
    this.progress = { ...this.progress, learned: [...this.progress.learned, this.task], current: null };
    this.#forgetBest();
    this.#common.forget();
    // What was made for the task's last stage would go on saying that it runs.
    this.#entries.clear();
  }

  dispose(): void {
    this.#forgetBest();
    this.#common.forget();
    this.program.dispose();
    this.program = GONE;
    this.#entries.clear();
  }

  #forgetBest(): void {
    tf.dispose(leaves(this.best));
    this.best = null;
  }

  /** Replaces tensors and states, and with them the program. If `next` throws, nothing has happened. */
  change(next: (state: LearnerState) => { readonly state: LearnerState; readonly states: States }): void {
    const before = this.read();
    let states = this.states;
    let state: LearnerState;
    try {
      state = transition(before, () => {
        const result = next(before);
        states = result.states;
        return distinct(result.state);
      });
    } catch (error) {
      tf.dispose(leaves(before));
      throw error;
    }
    this.replace(state, states);
  }

  replace(state: LearnerState, states: States): void {
    const program = this.compiler.program(state);
    this.program.dispose();
    this.program = program;
    this.states = states;
    this.#entries.clear();
  }

  /**
   * Runs a hook where a task or a stage begins or ends.
   *
   * @param occasion Which, in words: what is drawn depends on it.
   * @param options `fresh`: with new optimizer slots. `model`: what the learner goes on with, where strategies add parameters. `restart`:
   * strategies may put other parameters in place of those that are there.
   */
  atBoundary(
    occasion: string,
    hook: (ctx: BoundaryContext, states: States) => States,
    { fresh = false, model = this.model, restart = false } = {},
  ): void {
    let anew = fresh;
    this.change((before) => {
      const { state, states: known } = model === this.model ? { state: before, states: this.states } : fitted(this, before, model);
      const world = worldOf({ ...this.structure(), model, head: headOf(model), states: known }, state, {
        occasion,
        step: tf.scalar(this.progress.step),
        training: false,
      });
      const ctx = boundaryContext(this, graphContext(world).ctx, occasion);
      const states = hook(ctx, world.state);
      const parameters = (restart && this.strategy.restart?.(ctx, state.parameters, states)) || state.parameters;
      // What was averaged over other parameters says nothing about these.
      anew ||= Object.keys(parameters).some((name) => parameters[name] !== state.parameters[name]);
      return {
        state: { ...state, parameters, slots: anew ? this.optimizer.init(parameters) : state.slots, strategy: tensorsOf(states) },
        states,
      };
    });
    this.model = model;
    if (anew) this.progress = { ...this.progress, slotStep: 0 };
  }
}

const gone = (): never => {
  throw new ContinualLearningError('CL_OPTION', 'This learner has been disposed of; make another one.');
};
/** What is left of a learner that was disposed of. */
const GONE: Program = { run: gone, read: gone, dispose() {} };

const headOf = ({ parameters }: Model): ReadonlySet<string> =>
  new Set(Object.keys(parameters).filter((name) => parameters[name]!.role === 'head'));
