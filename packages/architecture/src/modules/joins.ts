import { ContinualLearningError, type Model, type Task } from '@cl/core';
import { answering } from './answering.js';
import { concatenated } from './concatenated.js';
import { features } from './features.js';
import { inSequence } from './in-sequence.js';
import { linear } from './linear.js';
import { skipping } from './skipping.js';
import { type VotingOptions, voting } from './voting.js';

/** What a join may know beside the modules. */
export interface Joining {
  /** The tasks that the modules were made for, in the same order. */
  readonly tasks: readonly Task[];
  /** Outputs that the joined model must have. */
  readonly outputs: number;
}

/**
 * Makes one model of modules, oldest first. Earlier ones are frozen; what the joined model has of its own is trained with the newest one,
 * and frozen with it.
 */
export type Join = (modules: readonly Model[], joining: Joining) => Model;

/** The newest module alone: which one answers, the task decides. */
const alone: Join = (modules) => modules.at(-1)!;

/** Members vote, each on the classes of its own task. They learn alone: in training, the newest one answers. */
export const byVote =
  (options: VotingOptions = {}): Join =>
  (modules, { tasks }) => {
    const members = modules.map((module, k) => (tasks[k]!.classes.length > 0 ? answering(module, tasks[k]!.classes) : module));
    const all = voting(members, options);
    const newest = members.at(-1)!;
    return { ...all, apply: (parameters, x, how) => (how?.training ? newest : all).apply(parameters, x, how) };
  };

/**
 * The features of all modules side by side, and layers on top that are new with each task.
 *
 * @param top Makes them. Default: one linear layer.
 */
export const byConcatenation =
  (top: (sizes: { readonly inputs: number; readonly outputs: number }) => Model = linear): Join =>
  (modules, { outputs }) => {
    const sides = concatenated(modules.map(features));
    return concatenated([sides], top({ inputs: sides.outputs, outputs }));
  };

/** The classifier of the newest module also reads the features of all earlier ones. */
export const bySkips = (): Join => (modules) => {
  const newest = modules.at(-1)!;
  const isHead = (parameter: string) => newest.parameters[parameter]?.role === 'head';
  const into = newest.sites.find(({ kind, fedBy }) => kind === 'preactivation' && fedBy?.some(isHead));
  if (!into) throw new ContinualLearningError('CL_MODEL', `bySkips(): '${newest.name}' has no site that its classifier feeds.`);
  const earlier = modules.slice(0, -1).map(features);
  return earlier.length === 0 ? newest : skipping(newest, { from: concatenated(earlier), into: into.name });
};

/** The newest module reads the features of the one before it, which reads those of the one before that. */
export const inLine = (): Join => (modules) => inSequence([...modules.slice(0, -1).map(features), modules.at(-1)!]);

/** The joins that have a word. */
export type JoinName = 'none' | 'soft' | 'majority' | 'concatenation' | 'skips' | 'sequence';

/** Joins by a word. */
export const JOINS: Readonly<Record<JoinName, Join>> = {
  none: alone,
  soft: byVote({ rule: 'soft' }),
  majority: byVote({ rule: 'majority' }),
  concatenation: byConcatenation(),
  skips: bySkips(),
  sequence: inLine(),
};
