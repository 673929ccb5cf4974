import { checkInteger, checkKnown } from '../options.js';
import { defineStrategy } from '../strategy/strategy.js';

export interface FrozenOptions {
  /** Tasks that are learned with the whole network, at least 0; with 0, as for a network that was trained before, none. Default 1. */
  readonly after?: number;
}

/**
 * A network that stands still: after its first tasks, only the classifier is trained. What lies below stays as it is, bit for
 * bit, and so do its running statistics.
 *
 * Alone it is a line to compare with: what features of the first task are worth for later ones. Under `slda` or `ncm` it is what those were
 * made for. Keeps nothing; steps after the first tasks are cheaper.
 *
 * @throws CL_OPTION for options outside their ranges; CL_REQUIREMENT where the model does not say which parameters are the classifier's.
 * @example compose(frozen(), slda())
 */
export function frozen(options: FrozenOptions = {}) {
  checkKnown('frozen', options, ['after']);
  const after = checkInteger('frozen', 'after', options.after ?? 1, { min: 0 });

  return defineStrategy({
    name: 'frozen',
    requires: ['boundaries', 'classes'],
    options: { after },
    init: () => ({}),
    trains: (ctx, parameter) => ctx.past.length < after || ctx.head.has(parameter),
    freezes: (ctx) => ctx.past.length >= after,
  });
}
