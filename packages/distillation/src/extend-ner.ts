import { checkKnown, checkOneOf, defineStrategy, distillationOfRows, indicator } from '@cl/core';
import type { NamedTensorMap, Scalar } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkEntityDistillation, ENTITY_OPTIONS, type EntityDistillationOptions, onlyByClass, reduced } from './entity-distillation.js';
import { among, asScores, asSequences, crossEntropyAmong, followers, weightsOf, wordsOf } from './iob2.js';
import { viterbi } from './viterbi.js';

export interface ExtendNerOptions extends EntityDistillationOptions {
  /**
   * What the student's softmax runs over at words outside of the new entities: all tags, with target 0 for the new ones (`full`, as in
   * CFNER and SpanKL), or the old tags alone (`restricted`), which leaves the new ones without a single example of what they are not.
   * Default 'full'.
   */
  readonly softmax?: 'full' | 'restricted';
  /** How tags are read off: the likeliest sequence of valid ones, or the likeliest tag of each word. Default 'viterbi'. */
  readonly decode?: 'viterbi' | 'argmax';
}

/**
 * ExtendNER: named-entity recognition whose types come step by step, with one output layer that grows. A word of a new type learns its label;
 * at all others, which may be of old types without saying so, the student follows the old model.
 *
 *     y = O:  KL(softmax(z_old / T) ‖ softmax(z / T))          y ≠ O:  −log softmax(z)_y
 *     L = α · mean of the first + β · mean of the second
 *
 * Monaikul, Castellucci, Filice & Rokhlenko, "Continual learning for named entity recognition", AAAI 2021. The paper leaves reduction and softmax
 * open; the defaults are those of CFNER's and SpanKL's versions. α = β = 1, T = 2. The loss takes the place of the objective's own, which is that
 * of the first step. Labels are those of `entityStream`: 0 for `O`, then a `B-` and an `I-` for each type. Keeps the last step's parameters; a
 * step costs one more forward pass.
 *
 * @throws CL_OPTION for options outside their ranges, CL_REQUIREMENT in another scenario than 'class'.
 * @example new Learner({ model, objective: tokenClassification(), optimizer: adamW(5e-5), scenario: 'class', strategy: extendNer() })
 */
export function extendNer(options: ExtendNerOptions = {}) {
  checkKnown('extendNer', options, [...ENTITY_OPTIONS, 'softmax', 'decode']);
  const shared = checkEntityDistillation('extendNer', options);
  const { alpha, beta, reduction, ...distilling } = shared;
  const softmax = checkOneOf('extendNer', 'softmax', options.softmax ?? 'full', ['full', 'restricted']);
  const decode = checkOneOf('extendNer', 'decode', options.decode ?? 'viterbi', ['viterbi', 'argmax']);

  return defineStrategy({
    name: 'extend-ner',
    claims: ['prediction'],
    requires: ['boundaries'],
    options: { ...shared, softmax, decode },
    init({ scenario }) {
      onlyByClass('extend-ner', scenario);
      return { teacher: null as NamedTensorMap | null };
    },

    loss(ctx, { batch, outputs, loss }, { teacher }) {
      if (!teacher) return null;
      const old = indicator(
        ctx.past.flatMap(({ classes }) => classes),
        ctx.model.outputs,
      );
      const seen = indicator(ctx.competing, ctx.model.outputs);
      const told = ctx.forward(batch.x, teacher, { training: false });
      const divergences = distillationOfRows(outputs, told, {
        ...distilling,
        divergence: true,
        teacherColumns: old,
        studentColumns: softmax === 'full' ? seen : old,
      });
      const weights = weightsOf(batch);
      const isNamed = tf.cast(tf.greater(batch.y, 0), 'float32');
      const following = reduced(reduction, divergences, tf.mul(weights, tf.sub(1, isNamed)), batch);
      const learning = reduced(reduction, crossEntropyAmong(outputs, batch.y, seen), tf.mul(weights, isNamed), batch);
      return tf.sub(tf.add(tf.mul(alpha, following), tf.mul(beta, learning)), loss) as Scalar;
    },

    afterTask: (ctx) => ({ teacher: ctx.parameters }),

    predict(ctx, x) {
      const outputs = ctx.forward(x);
      if (decode === 'argmax' || ctx.competing.length === 0) return outputs;
      const logits = asSequences(among(outputs, indicator(ctx.competing, ctx.model.outputs)));
      return asScores(viterbi(logits, { followers: followers(ctx.model.outputs), words: wordsOf(x) }), outputs);
    },
  });
}
