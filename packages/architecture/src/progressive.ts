import { checkBoolean, checkKnown, checkOneOf, defineStrategy, pick } from '@cl/core';
import { columnOf, FORMS, progressiveColumns } from './modules/columns.js';
import { placeOf } from './modules/place.js';

export interface ProgressiveOptions {
  /** Laterals through a small layer that sees all earlier columns (the paper's equation 2); without, one matrix for each of them (equation 1). One for a layer with n inputs has about n² weights for each earlier column: where n is in the thousands, as behind convolutions, leave them out. Default true. */
  readonly adapters?: boolean;
  /** `avalanche`: laterals of the first layer too, none of the classifier, with biases, as Avalanche has them. Default 'paper'. */
  readonly form?: 'paper' | 'avalanche';
}

/**
 * Progressive neural networks: each task gets a column, a network like the first, whose layers also read what the columns before it
 * computed one layer below. Earlier columns are frozen, so earlier tasks keep their answers bit for bit, and later ones may use what was
 * learned.
 *
 * Rusu et al., "Progressive neural networks", 2016, arXiv 1606.04671. With W a column's own weights, layer i of column k is
 *
 *   hᵢ⁽ᵏ⁾ = f(Wᵢ⁽ᵏ⁾ hᵢ₋₁⁽ᵏ⁾ + Σⱼ﹤ₖ Uᵢ⁽ᵏ·ʲ⁾ hᵢ₋₁⁽ʲ⁾)                                 (1)
 *   hᵢ⁽ᵏ⁾ = f(Wᵢ⁽ᵏ⁾ hᵢ₋₁⁽ᵏ⁾ + Uᵢ⁽ᵏ⁾ σ(Vᵢ⁽ᵏ⁾ [α₁ hᵢ₋₁⁽¹⁾; …; αₖ₋₁ hᵢ₋₁⁽ᵏ⁻¹⁾]))        (2), with adapters
 *
 * where V projects to the width of one column's layer and α are scalars, small at first. The first layer has no laterals, and those of the
 * classifier no σ. In convolutions V is 1 × 1. Parameters: 'column1/dense1/kernel', 'column1/dense1/lateral/alpha', …; those of the first
 * column have the model's own names. Keeps a column a task: with adapters about the size of the first, plain O(tasks²) in all. Works with any
 * model with sites whose kernels say how they are used.
 *
 * @throws CL_OPTION for options outside their ranges; CL_REQUIREMENT where the task is not known at test time, or without sites.
 * @example new Learner({ model, optimizer: adam(1e-3), scenario: 'task', strategy: progressive() })
 */
export function progressive(options: ProgressiveOptions = {}) {
  checkKnown('progressive', options, ['adapters', 'form']);
  const { adapters = true, form = 'paper' } = options;
  checkBoolean('progressive', 'adapters', adapters);
  checkOneOf('progressive', 'form', form, FORMS);

  return defineStrategy({
    name: 'progressive',
    claims: ['architecture', 'parameters'],
    requires: ['task identity', 'boundaries', 'sites'],
    options: { adapters, form },
    wrap: (model, tasks) => progressiveColumns(model, { count: Math.max(tasks.length, 1), adapters, form }),
    init: () => ({ order: [] as readonly number[] }),
    beforeTask: ({ task }, { order }) => ({ order: [...order, task.index] }),

    /** A task sees the columns up to its own; the last of them answers. */
    effective: ({ task }, parameters, { order }) => pick(parameters, (name) => columnOf(name) <= placeOf(task, order)),
    trains: ({ task }, parameter, { order }) => columnOf(parameter) === placeOf(task, order),
  });
}
