import {
  type Batch,
  type BoundaryContext,
  checkInteger,
  checkKnown,
  checkOneOf,
  defineStrategy,
  featuresOf,
  type GraphContext,
  indicator,
  type Memory,
  nearestMeanScores,
  normalized,
  ofKnown,
  oneHot,
  type Prototypes,
  weightedMean,
} from '@cl/core';
import type { NamedTensorMap, Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { asOneDataset, byClass, drawExemplars, nextExemplars, noExemplars, perClass } from './exemplars.js';
import { HERDINGS, type Herding, meanOf, unitRows } from './herding.js';

export interface IcarlOptions {
  /** Exemplars in all, K: each of n classes has K / n of them. At least the number of classes; 2000 in the paper, on CIFAR-100. */
  readonly capacity: number;
  /** Exemplars drawn for each step, at least 1; all, where there are no more. Default: as many as the stream brings. */
  readonly batchSize?: number;
  /** How exemplars are chosen: as the `paper` has it, or as the authors' `code`, which can take fewer. Default 'paper'. */
  readonly herding?: Herding;
  /**
   * What the loss is a mean over. `rows`: of the sum over the classes seen so far, as in the paper's equation. `outputs`: rows and all
   * outputs, those of classes to come included, as in the authors' code, where learning rates are that much higher. Default 'rows'.
   */
  readonly average?: 'rows' | 'outputs';
}

/**
 * iCaRL: a few exemplars of each class are replayed, the outputs of old classes are held where the old network had them, and an input
 * belongs to the class whose exemplars' mean feature is nearest.
 *
 *     L(θ) = mean over new examples and exemplars of Σ_y BCE(σ(z_y), target_y)
 *     target_y = [y is the label] for a new class, σ(z_y) of the old network for an old one
 *     prediction: argmin_y ‖φ(x) − μ_y‖, φ of length 1, μ_y the mean of φ over the exemplars of y, of length 1
 *
 * Rebuffi et al., "iCaRL: incremental classifier and representation learning", CVPR 2017, arXiv 1611.07725. The loss takes the place of
 * the objective's own. Exemplars are chosen by herding after a task, and means taken with the network as it then is. Keeps `capacity`
 * examples and the last task's parameters; a step costs one more forward pass and the exemplars' rows.
 *
 * @throws CL_OPTION for options outside their ranges, and for fewer exemplars than classes; CL_REQUIREMENT where the model has no features.
 * @example new Learner({ model, optimizer: sgd(0.1), scenario: 'class', strategy: icarl({ capacity: 2000 }) })
 */
export function icarl(options: IcarlOptions) {
  checkKnown('icarl', options, ['capacity', 'batchSize', 'herding', 'average']);
  const { capacity, batchSize, herding = 'paper', average = 'rows' } = options;
  checkInteger('icarl', 'capacity', capacity, { min: 1 });
  if (batchSize !== undefined) checkInteger('icarl', 'batchSize', batchSize, { min: 1 });
  checkOneOf('icarl', 'herding', herding, HERDINGS);
  checkOneOf('icarl', 'average', average, ['rows', 'outputs']);

  /** Exemplars of each class seen so far. Where there are too few, a task is refused before it is trained for. */
  const shareOf = ({ past, task }: Pick<GraphContext, 'past' | 'task'>): number =>
    perClass('icarl', capacity, new Set([...past, task].flatMap(({ classes }) => classes)).size);

  return defineStrategy({
    name: 'icarl',
    claims: ['prediction'],
    requires: ['boundaries', 'features'],
    options: { capacity, batchSize: batchSize ?? null, herding, average },
    init: () => ({ memory: noExemplars(), examples: 0, teacher: null as NamedTensorMap | null, prototypes: null as Prototypes | null }),

    beforeTask(ctx, state) {
      shareOf(ctx);
      return { ...state, examples: ctx.examples.length };
    },

    feed: (ctx, { memory }): Batch | null => drawExemplars(ctx, memory, batchSize ?? ctx.batchSize),

    batch: (_ctx, batch, { memory, examples }, drawn) => asOneDataset(batch, drawn, { examples, exemplars: memory.size }),

    loss(ctx, { batch, outputs, loss }, { teacher }) {
      const { seen, old } = classesOf(ctx);
      const labels = oneHot(batch.y, ctx.model.outputs);
      const targets = teacher ? mixed(labels, tf.sigmoid(ctx.forward(batch.x, teacher, { training: false })), old) : labels;
      // −t log σ(z) − (1 − t) log(1 − σ(z))
      const losses = tf.sub(tf.softplus(outputs), tf.mul(targets, outputs));
      const ofRows = average === 'outputs' ? tf.mean(losses, 1) : tf.sum(tf.mul(losses, seen), 1);
      return tf.sub(weightedMean(ofRows, batch.weight), loss) as Scalar;
    },

    afterTask(ctx, { memory, examples }) {
      const exemplars = nextExemplars(ctx, memory, { count: shareOf(ctx), rule: herding });
      return { memory: exemplars, examples, teacher: ctx.parameters, prototypes: prototypesOf(ctx, exemplars) };
    },

    predict(ctx, x, { prototypes }) {
      if (!prototypes) return ctx.forward(x);
      const scores = nearestMeanScores(normalized(featuresOf(ctx, x)), prototypes.means);
      return ofKnown(scores, prototypes.counts, ctx.model.outputs);
    },
  });
}

/** Outputs that the loss is taken on, and those among them whose targets the old network gives: 1 and 0 for each. */
function classesOf({ past, task, model }: GraphContext) {
  const before = past.flatMap(({ classes }) => classes).filter((label) => !task.classes.includes(label));
  return { seen: indicator([...before, ...task.classes], model.outputs), old: indicator(before, model.outputs) };
}

/** Columns of `b` where `columns` is 1, of `a` elsewhere. */
const mixed = (a: Tensor, b: Tensor, columns: readonly number[]): Tensor =>
  tf.add(tf.mul(a, tf.sub(1, tf.tensor1d([...columns]))), tf.mul(b, tf.tensor1d([...columns])));

/** The mean feature of each class's exemplars, all of length 1, with the network as it is. */
function prototypesOf(ctx: BoundaryContext, memory: Memory): Prototypes {
  const { values, shape } = ctx.readOut(memory, (batch) => featuresOf(ctx, batch.x));
  const units = shape[0]!;
  const rows = unitRows(values, units);
  const means = new Float32Array(ctx.model.outputs * units);
  const counts = new Float32Array(ctx.model.outputs);
  for (const [label, places] of byClass(memory.labels())) {
    means.set(unitRows(meanOf(places.map((place) => rows[place]!)), units)[0]!, label * units);
    counts[label] = places.length;
  }
  return { means: tf.tensor2d(means, [ctx.model.outputs, units]), counts: tf.tensor1d(counts) };
}
