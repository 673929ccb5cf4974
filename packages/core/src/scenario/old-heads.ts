import type { DistillationOptions } from '../objective/distillation.js';
import type { GraphContext } from '../strategy/context.js';
import { indicator } from './competing.js';

/**
 * The classes over which an old network's softmax runs, one list for each softmax: those of each old task where tasks are known, those
 * of all old tasks where classes compete, all outputs where tasks share them.
 */
export function oldHeads({ scenario, past, model }: Pick<GraphContext, 'scenario' | 'past' | 'model'>): readonly (readonly number[])[] {
  if (scenario === 'task') return past.map(({ classes }) => classes);
  if (scenario === 'class') return [past.flatMap(({ classes }) => classes)];
  return [Array.from({ length: model.outputs }, (_, c) => c)];
}

/**
 * The same as options of `distillation`: a softmax for each old task where tasks are known, else one.
 *
 * @param student `full`: where classes compete, the student's softmax runs over all of them. `restricted`: over those of the teacher.
 */
export function oldSoftmaxes(
  ctx: GraphContext,
  student: 'full' | 'restricted',
): Pick<DistillationOptions, 'heads' | 'teacherColumns' | 'studentColumns'> {
  const heads = oldHeads(ctx);
  if (ctx.scenario === 'task') return { heads };
  const [classes, { outputs }] = [heads.flat(), ctx.model];
  const competing = ctx.scenario === 'class' && student === 'full' ? ctx.competing : classes;
  return { teacherColumns: indicator(classes, outputs), studentColumns: indicator(competing, outputs) };
}
