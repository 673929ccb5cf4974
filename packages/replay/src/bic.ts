import {
  type Batch,
  type BoundaryContext,
  checkInteger,
  checkKnown,
  checkNumber,
  checkOneOf,
  competingLogits,
  defineStrategy,
  distillation,
  indicator,
  type Memory,
  type Random,
  read,
  readRows,
  type Task,
} from '@cl/core';
import type { NamedTensorMap, Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type Correction, fitCorrection } from './bias-correction.js';
import { asOneDataset, byClass, drawExemplars, inOrder, nextExemplars, noExemplars, perClass } from './exemplars.js';
import { HERDINGS, type Herding } from './herding.js';

export interface BicOptions {
  /** Exemplars in all, those for validation included; at least two for each class. 2000 in the paper, on CIFAR-100. */
  readonly capacity: number;
  /** Part of the exemplars that is for validation, (0, 1); at least one of each class is. Default 0.1, as in the paper. */
  readonly validation?: number;
  /** Temperature T > 0 of the distillation. Default 2, as in the paper. */
  readonly temperature?: number;
  /** Exemplars drawn for each step, at least 1; all, where there are no more. Default: as many as the stream brings. */
  readonly batchSize?: number;
  /** How exemplars are chosen: as iCaRL's `paper` has it, or as its authors' `code`. Default 'paper'. */
  readonly herding?: Herding;
}

/**
 * BiC: a network that is trained on many new examples and few old ones favours the new classes; two numbers, fitted where old and new are
 * balanced, take that back.
 *
 *     L(θ) = λ T-softened distillation from the old network over the n old classes + (1 − λ) cross-entropy,  λ = n / (n + m), m new classes
 *     z_y ← α z_y + β for the new classes, α and β by the cross-entropy on held-out examples, as many of each class
 *
 * Wu et al., "Large scale incremental learning", CVPR 2019, arXiv 1905.13260. Exemplars are replayed as in iCaRL; a few examples of each
 * class are never trained on, and wait for the next fit. The old network's answers are those that it gave, its own correction included.
 * Keeps `capacity` examples, the last task's parameters and two numbers; a step costs one more forward pass and the exemplars' rows.
 *
 * @throws CL_OPTION for options outside their ranges, and for fewer than two exemplars a class; CL_REQUIREMENT where the model has no features.
 * @example new Learner({ model, optimizer: sgd(0.1), scenario: 'class', strategy: bic({ capacity: 2000 }) })
 */
export function bic(options: BicOptions) {
  checkKnown('bic', options, ['capacity', 'validation', 'temperature', 'batchSize', 'herding']);
  const { capacity, validation: part = 0.1, temperature = 2, batchSize, herding = 'paper' } = options;
  checkInteger('bic', 'capacity', capacity, { min: 2 });
  checkNumber('bic', 'validation', part, { above: 0, below: 1 });
  checkNumber('bic', 'temperature', temperature, { above: 0 });
  if (batchSize !== undefined) checkInteger('bic', 'batchSize', batchSize, { min: 1 });
  checkOneOf('bic', 'herding', herding, HERDINGS);

  /** Of each of so many classes: how many examples are for validation, and how many for training. */
  const shares = (classes: number) => {
    const all = perClass('bic', capacity, classes, 2);
    const held = Math.min(Math.max(1, Math.floor(part * all)), all - 1);
    return { held, trained: all - held };
  };

  return defineStrategy({
    name: 'bic',
    claims: ['prediction'],
    requires: ['boundaries', 'features'],
    options: { capacity, validation: part, temperature, batchSize: batchSize ?? null, herding },
    init: () => ({
      memory: noExemplars(),
      validation: noExemplars(),
      heldOut: [] as readonly number[],
      examples: 0,
      teacher: null as NamedTensorMap | null,
      correction: null as Correction | null,
    }),

    beforeTask(ctx, state) {
      const { old, fresh } = classesOf(ctx);
      // Too few exemplars for what is to come are refused before it is trained for.
      shares(old.length + fresh.length);
      const { held } = shares(old.length > 0 ? old.length : fresh.length);
      const heldOut = someOfEach(byClass(read(ctx.examples.y).values), held, ctx.random);
      return { ...state, heldOut, examples: ctx.examples.length - heldOut.length };
    },

    heldOut: ({ heldOut }) => heldOut,

    feed: (ctx, { memory }): Batch | null => drawExemplars(ctx, memory, batchSize ?? ctx.batchSize),

    batch: (_ctx, batch, { memory, examples }, drawn) => asOneDataset(batch, drawn, { examples, exemplars: memory.size }),

    loss(ctx, { batch, outputs, loss }, { teacher, correction }) {
      if (!teacher) return null;
      const { old } = classesOf(ctx);
      const answers = corrected(ctx.forward(batch.x, teacher, { training: false }), correction);
      const teacherColumns = indicator(old, ctx.model.outputs);
      const term = distillation(outputs, answers, batch.weight, { temperature, teacherColumns });
      const lambda = old.length / (old.length + ctx.task.classes.length);
      return tf.mul(lambda, tf.sub(term, loss)) as Scalar;
    },

    afterTask(ctx, state) {
      const { old, fresh } = classesOf(ctx);
      const candidates = noExemplars();
      if (state.validation.size > 0) candidates.add(state.validation.all()!, ctx.random);
      candidates.add(readRows(ctx.examples, state.heldOut, ctx.task.index), ctx.random);
      const { held, trained } = shares(old.length + fresh.length);
      return {
        ...state,
        correction: old.length > 0 && fresh.length > 0 ? fitted(ctx, candidates, fresh) : null,
        memory: nextExemplars(ctx, state.memory, { count: trained, rule: herding, without: new Set(state.heldOut) }),
        validation: firstOfEach(candidates, held, ctx.random),
        teacher: ctx.parameters,
      };
    },

    predict: (ctx, x, { correction }) => corrected(ctx.forward(x), correction),
  });
}

/** Classes of earlier tasks, and those of the task at hand that are new. */
function classesOf({ past, task }: { readonly past: readonly Task[]; readonly task: Task }) {
  const old = [...new Set(past.flatMap(({ classes }) => classes))];
  return { old, fresh: task.classes.filter((label) => !old.includes(label)) };
}

/** Logits with those of the corrected classes scaled and shifted. */
function corrected(logits: Tensor, correction: Correction | null): Tensor {
  if (!correction) return logits;
  const own = indicator(correction.classes, logits.shape.at(-1)!);
  const scale = own.map((one) => (one ? correction.scale : 1));
  return tf.add(
    tf.mul(logits, scale),
    own.map((one) => one * correction.shift),
  );
}

/** The correction by what the network says of examples that it was not trained on, as many of each class. */
function fitted(ctx: BoundaryContext, examples: Memory, classes: readonly number[]): Correction {
  const { values } = ctx.readOut(examples, (batch) => competingLogits(ctx.forward(batch.x), batch));
  return fitCorrection(values, examples.labels(), ctx.model.outputs, classes);
}

/** Numbers of some rows of each class at random; of each at least one is left. */
function someOfEach(classes: ReadonlyMap<number, readonly number[]>, count: number, random: Random): readonly number[] {
  return [...classes.values()].flatMap((rows) =>
    rows.length > 1 ? [...random.sample(Math.min(count, rows.length - 1), rows.length)].map((i) => rows[i]!) : [],
  );
}

/** The first rows of each class. */
function firstOfEach(memory: Memory, count: number, random: Random): Memory {
  const kept = noExemplars();
  for (const places of byClass(memory.labels()).values()) kept.add(inOrder(memory, places.slice(0, count)), random);
  return kept;
}
