import { type Batch, ContinualLearningError, checkBoolean, checkNumber, checkOneOf, type Scenario, weightedMean } from '@cl/core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** What AddNER and ExtendNER have in common. */
export interface EntityDistillationOptions {
  /** Weight of what the old model says, α ≥ 0. Default 1. */
  readonly alpha?: number;
  /** Weight of the labels, β ≥ 0. Default 1. */
  readonly beta?: number;
  /** Temperature T > 0 of the student where it follows the old model. Default 2. */
  readonly temperature?: number;
  /** The old model's own temperature, > 0; 1 in CFNER. Default: the student's. */
  readonly teacherTemperature?: number;
  /** `soft`: the old model's probabilities. `hard`: all of the probability on its likeliest tag, as in the paper's comparison. Default 'soft'. */
  readonly targets?: 'soft' | 'hard';
  /** Multiplies what the old model says by T², so that its gradient does not shrink with T. The paper does not. Default false. */
  readonly squareTemperature?: boolean;
  /** `words`: both terms are means over the words that they are about. `rows`: they are sums over words, divided by the number of rows. Default 'words'. */
  readonly reduction?: 'words' | 'rows';
}

export const ENTITY_OPTIONS = ['alpha', 'beta', 'temperature', 'teacherTemperature', 'targets', 'squareTemperature', 'reduction'] as const;

/** The options with their defaults. Throws CL_OPTION for one outside its range. */
export function checkEntityDistillation(factory: string, options: EntityDistillationOptions): Required<EntityDistillationOptions> {
  const temperature = checkNumber(factory, 'temperature', options.temperature ?? 2, { above: 0 });
  return {
    alpha: checkNumber(factory, 'alpha', options.alpha ?? 1, { min: 0 }),
    beta: checkNumber(factory, 'beta', options.beta ?? 1, { min: 0 }),
    temperature,
    teacherTemperature: checkNumber(factory, 'teacherTemperature', options.teacherTemperature ?? temperature, { above: 0 }),
    targets: checkOneOf(factory, 'targets', options.targets ?? 'soft', ['soft', 'hard']),
    squareTemperature: checkBoolean(factory, 'squareTemperature', options.squareTemperature ?? false),
    reduction: checkOneOf(factory, 'reduction', options.reduction ?? 'words', ['words', 'rows']),
  };
}

/** One number of the losses of words. A batch without words to count has loss 0. */
export const reduced = (reduction: 'words' | 'rows', losses: Tensor, weights: Tensor, { weight }: Batch): Scalar =>
  reduction === 'words'
    ? weightedMean(losses, weights)
    : (tf.sum(tf.mul(losses, tf.div(weights, tf.maximum(tf.sum(weight), 1e-12)))) as Scalar);

/** Throws CL_REQUIREMENT unless tags of all steps compete: heads and decoders are about all types seen so far. */
export function onlyByClass(name: string, scenario: Scenario): void {
  if (scenario === 'class') return;
  throw new ContinualLearningError(
    'CL_REQUIREMENT',
    `'${name}' tags all types seen so far, so it needs the scenario 'class'; the scenario here is '${scenario}'. Use entityStream(), or another strategy.`,
  );
}
