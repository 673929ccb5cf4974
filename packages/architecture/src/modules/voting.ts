import { ContinualLearningError, checkKnown, checkList, checkNumber, checkOneOf, type Model } from '@cl/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkSome, runAll, together } from './members.js';
import { columnChosen, withoutGradient } from './without-gradient.js';

export const RULES = ['soft', 'majority'] as const;
export type VotingRule = (typeof RULES)[number];

export interface VotingOptions {
  /**
   * `soft`: the mean of the members' probabilities. `majority`: each member has a vote for its likeliest class; of classes with as many votes
   * the one with the larger mean probability wins, then the one with the smaller number. Default 'soft'.
   */
  readonly rule?: VotingRule;
  /** What each member's vote counts, at least 0, not all 0. Default: all the same. */
  readonly weights?: readonly number[];
}

/**
 * Models that vote on the class. Outputs [batch, outputs]: with `soft` the logarithm of the mean probability; with `majority` the share of
 * votes, and for the leading classes their mean probability besides. A vote has no gradient, so in training the rule is `soft`.
 *
 * p̄_c = Σₖ wₖ pₖ(c) / Σₖ wₖ,   v_c = Σₖ wₖ [argmax pₖ = c] / Σₖ wₖ
 *
 * Probabilities are averaged, not logits, since a logit means nothing beside another network's. Members that never saw each other's
 * classes are sure of themselves all the same: see `answering`, which keeps each to its own.
 *
 * @throws CL_OPTION for options outside their ranges, CL_MODEL for models of different numbers of outputs.
 * @example voting([first, second, third], { rule: 'majority', weights: [0.9, 0.8, 0.85] })
 */
export function voting(models: readonly Model[], options: VotingOptions = {}): Model {
  checkKnown('voting', options, ['rule', 'weights']);
  checkSome('voting', models);
  const { rule = 'soft', weights = models.map(() => 1) } = options;
  checkOneOf('voting', 'rule', rule, RULES);
  checkList('voting', 'weights', weights, (weight, name) => checkNumber('voting', name, weight, { min: 0 }));
  const sum = weights.reduce((a, b) => a + b, 0);
  if (weights.length !== models.length || sum === 0) {
    throw new ContinualLearningError(
      'CL_OPTION',
      `voting(): weights: [${weights.join(', ')}] must be one for each of the ${models.length} models, and not all 0.`,
    );
  }
  const { outputs, inputs } = models[0]!;
  const odd = models.find((model) => model.outputs !== outputs);
  if (odd) {
    throw new ContinualLearningError(
      'CL_MODEL',
      `voting(): '${models[0]!.name}' has ${outputs} outputs, '${odd.name}' ${odd.outputs}. Voters must know the same classes.`,
    );
  }
  const voters = models.map((model, k) => ({ model, weight: weights[k]! / sum })).filter(({ weight }) => weight > 0);
  const members = voters.map(({ model }) => model);
  return {
    ...together('voting', models),
    name: `${rule} vote of ${models.map(({ name }) => name).join(', ')}`,
    inputs,
    outputs,
    apply(...call) {
      const { outputs, buffers } = runAll(members, call);
      const votes = outputs.map((logits, k) => ({ logits, weight: voters[k]!.weight }));
      const soft = rule === 'soft' || call[2]?.training === true;
      return { outputs: soft ? logMean(votes) : majority(votes), buffers };
    },
    ...(models.every(({ grow }) => grow) && {
      grow: (count: number) =>
        voting(
          models.map((model) => model.grow!(count)),
          options,
        ),
    }),
  };
}

interface Vote {
  readonly logits: Tensor;
  readonly weight: number;
}

/** log Σₖ wₖ softmax(zₖ). */
function logMean(votes: readonly Vote[]): Tensor {
  const terms = votes.map(({ logits, weight }) => tf.add(tf.logSoftmax(logits), Math.log(weight)));
  return terms.length === 1 ? terms[0]! : tf.logSumExp(tf.stack(terms), 0);
}

function majority(votes: readonly Vote[]): Tensor {
  const choices = votes.map(({ logits, weight }) => tf.mul(withoutGradient(choice, logits), weight));
  const share = choices.reduce((sum, each) => tf.add(sum, each));
  // Weights that add up to the same in another order may differ in the last bits.
  const leads = withoutGradient((all) => tf.cast(tf.greater(all, tf.sub(tf.max(all, -1, true), 1e-6)), 'float32'), share);
  return tf.add(share, tf.mul(leads, tf.exp(logMean(votes))));
}

/** 1 for the largest of a row, the first of equals, and 0 for the others. */
const choice = (logits: Tensor): Tensor => columnChosen(tf.argMax(logits, -1), logits.shape.at(-1)!);
