import { checkKnown, checkOneOf, crossEntropy, defineStrategy, distillationOfRows, type GraphContext, indicator, total } from '@cl/core';
import type { NamedTensorMap, Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type EntityHead, type Precedence, resolvedTags } from './conflict-resolver.js';
import { checkEntityDistillation, ENTITY_OPTIONS, type EntityDistillationOptions, onlyByClass, reduced } from './entity-distillation.js';
import { withOthers } from './head-others.js';
import { among, asScores, asSequences, weightsOf, wordsOf } from './iob2.js';

export interface AddNerOptions extends EntityDistillationOptions {
  /** Whether the terms of the old heads are added up, or their mean is taken, as in SpanKL's version. Default 'sum'. */
  readonly oldHeads?: 'sum' | 'mean';
  /**
   * Where one head goes on with an entity and another begins one: the one that goes on wins (`inside`), or the likelier of both
   * (`probability`). The paper's rule could not be made out; 'inside' is that of SpanKL's version. Default 'inside'.
   */
  readonly precedence?: Precedence;
}

/**
 * AddNER: named-entity recognition whose types come step by step, with a new head for each step, which has an `O` of its own. All words train the
 * new head by their labels, and hold the old heads where the old model has them on the new sentences.
 *
 *     L = α · Σ_old KL(softmax(z_old / T) ‖ softmax(z / T)) + β · CE(y, softmax(z_new))          means over words
 *
 * What the heads say is made one by a rule: an entity that has begun goes on, of several that begin the likeliest does.
 *
 * Monaikul, Castellucci, Filice & Rokhlenko, "Continual learning for named entity recognition", AAAI 2021. α = β = 1, T = 2; the paper leaves the
 * reduction open. The loss takes the place of the objective's own, which is that of the first step. Labels are those of `entityStream`: 0 for
 * `O`, then a `B-` and an `I-` for each type; the outputs of a head are its tags' and a column that is added for its `O`, `other/kernel`. A
 * type that comes again stays with the head that it came with. Keeps the last step's parameters; a step costs one more forward pass.
 *
 * @throws CL_OPTION for options outside their ranges, CL_REQUIREMENT in another scenario than 'class' and where the model has no features.
 * @example new Learner({ model, objective: tokenClassification(), optimizer: adamW(5e-5), scenario: 'class', strategy: addNer() })
 */
export function addNer(options: AddNerOptions = {}) {
  checkKnown('addNer', options, [...ENTITY_OPTIONS, 'oldHeads', 'precedence']);
  const shared = checkEntityDistillation('addNer', options);
  const { alpha, beta, reduction, ...distilling } = shared;
  const oldHeads = checkOneOf('addNer', 'oldHeads', options.oldHeads ?? 'sum', ['sum', 'mean']);
  const precedence = checkOneOf('addNer', 'precedence', options.precedence ?? 'inside', ['inside', 'probability']);

  return defineStrategy({
    name: 'add-ner',
    claims: ['architecture', 'parameters', 'prediction'],
    requires: ['boundaries', 'features'],
    options: { ...shared, oldHeads, precedence },
    wrap: (model, tasks) => withOthers(model, Math.max(tasks.length - 1, 0)),
    init({ scenario }) {
      onlyByClass('add-ner', scenario);
      return { teacher: null as NamedTensorMap | null };
    },

    loss(ctx, { batch, outputs, loss }, { teacher }) {
      if (!teacher) return null;
      const told = ctx.forward(batch.x, teacher, { training: false });
      const heads = headsOf(ctx);
      const [old, own] = [heads.slice(0, -1), heads.at(-1)!];
      const weights = weightsOf(batch);
      const divergences = old.map((head) => {
        const columns = columnsOf(head, ctx.model.outputs);
        return distillationOfRows(outputs, told, { ...distilling, divergence: true, teacherColumns: columns });
      });
      const following = tf.mul(alpha / (oldHeads === 'mean' ? old.length : 1), reduced(reduction, total(divergences), weights, batch));
      const learning = tf.mul(beta, reduced(reduction, crossEntropyOf(own, outputs, batch.y), weights, batch));
      return tf.sub(tf.add(following, learning), loss) as Scalar;
    },

    afterTask: (ctx) => ({ teacher: ctx.parameters }),

    predict(ctx, x) {
      const outputs = ctx.forward(x);
      if (ctx.task.classes.length === 0) return outputs;
      return asScores(resolvedTags(asSequences(outputs), headsOf(ctx), precedence, wordsOf(x)), outputs);
    },
  });
}

/** A head for each task so far, the newest last. The first has the tag set's own `O`, the others a column at the end of the outputs. */
function headsOf({ past, task, model }: Pick<GraphContext, 'past' | 'task' | 'model'>): readonly EntityHead[] {
  const added = model.outputs - past.length;
  const met = new Set([0]);
  return [...past, task].map(({ classes }, place) => {
    const tags = classes.filter((tag) => !met.has(tag));
    for (const tag of tags) met.add(tag);
    return { other: place === 0 ? 0 : added + place - 1, tags };
  });
}

const columnsOf = ({ other, tags }: EntityHead, outputs: number): readonly number[] => indicator([other, ...tags], outputs);

/** −log of the probability of each word's tag in a head, of the shape of the labels: of its `O`, where the label is none of its tags. */
function crossEntropyOf(head: EntityHead, outputs: Tensor, labels: Tensor): Tensor {
  const count = outputs.shape.at(-1)!;
  const named = tf.mul(
    tf.oneHot(tf.reshape(tf.maximum(labels, tf.scalar(0, 'int32')), [-1]) as tf.Tensor1D, count),
    indicator(head.tags, count),
  );
  const isNamed = tf.sum(named, 1, true);
  const targets = tf.add(named, tf.mul(tf.sub(1, isNamed), indicator([head.other], count)));
  const logits = tf.reshape(among(outputs, columnsOf(head, count)), [-1, count]);
  return tf.reshape(crossEntropy(logits as Tensor2D, targets as Tensor2D), labels.shape);
}
