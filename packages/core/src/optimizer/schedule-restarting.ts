import { checkFunction, checkInteger, checkKnown, checkList, checkNumber, optionError, show } from '../options.js';
import type { Schedule } from './optimizer.js';
import { called, cosine } from './schedule.js';

export interface RestartingOptions {
  /** Steps at which it begins anew, rising: where further data sets begin. This or `every`. */
  readonly at?: readonly number[];
  /** It begins anew after each so many steps: those of a data set, where all take as many. */
  readonly every?: number;
  /** What begins anew. Its own steps are counted from there. */
  readonly next: Schedule;
}

/**
 * A schedule that begins anew with each data set. With a warm-up and a decay in it the rate is warmed up and decayed again, with which a
 * language model goes on learning as well as one that learns all data at once (Ibrahim et al., "Simple and scalable strategies to
 * continually pre-train large language models", TMLR 2024, arXiv 2403.08763, with some replay). The authors reset the optimizer's averages
 * too: `slots: 'reset'` of the learner. Compare losses after the decay: at the top of a schedule they are higher on any data.
 *
 * @throws CL_OPTION
 * @example
 * const next = warmup({ steps: 20, next: cosine({ rate: 3e-4, floor: 3e-5, steps: 1980 }) });
 * new Learner({ model, optimizer: adamW(restarting({ every: 2000, next })), slots: 'reset', scenario: 'domain' });
 */
export function restarting(options: RestartingOptions): Schedule {
  checkKnown('restarting', options, ['at', 'every', 'next']);
  const { at, every, next } = options;
  checkFunction('restarting', 'next', next, 'a schedule');
  if ((at === undefined) === (every === undefined)) throw optionError('restarting', 'at', at, 'given, or else `every`, but not both');
  if (every !== undefined) {
    checkInteger('restarting', 'every', every, { min: 1 });
    return called(`restarting({ every: ${every}, next: ${next.name} })`, (step) => next(step % every));
  }
  const begins = checkList('restarting', 'at', at, (item, name) => checkInteger('restarting', name, item, { min: 1 }));
  if (begins.some((step, i) => i > 0 && step <= begins[i - 1]!)) throw optionError('restarting', 'at', at, 'rising');
  return called(`restarting({ at: ${show(begins)}, next: ${next.name} })`, (step) =>
    next(step - (begins.findLast((begin) => begin <= step) ?? 0)),
  );
}

export interface InfiniteOptions {
  /** Rate at the top, after the warm-up. */
  readonly rate: number;
  /** Steps of a straight line up to the top. Default 0. */
  readonly warmup?: number;
  /** Steps of half a cosine from the top down to `constant`. */
  readonly cooldown: number;
  /** Rate from then on, over all data sets. */
  readonly constant: number;
  /** A last decay, from `constant` down to `floor` in `steps` steps, exponentially; the rate stays there. Default: none. */
  readonly anneal?: { readonly from: number; readonly steps: number; readonly floor: number };
}

/**
 * A schedule without an end: after warm-up and cool-down the rate stays what it is, so that no new data set has to be warmed up for, and only
 * where a finished network is wanted it is annealed (Ibrahim et al., 2024, arXiv 2403.08763). To go on learning afterwards, go
 * on from before the last decay.
 *
 *     η = η_max s / S_warm  →  half a cosine to η_const  →  η_const  →  η_const (η_min / η_const)^((s − s_anneal) / S_anneal)
 *
 * @throws CL_OPTION
 * @example adamW(infinite({ rate: 3e-4, warmup: 20, cooldown: 500, constant: 1.5e-4, anneal: { from: 5000, steps: 300, floor: 3e-5 } }))
 */
export function infinite(options: InfiniteOptions): Schedule {
  checkKnown('infinite', options, ['rate', 'warmup', 'cooldown', 'constant', 'anneal']);
  const { rate, warmup = 0, cooldown, constant, anneal } = options;
  checkNumber('infinite', 'rate', rate, { above: 0 });
  checkInteger('infinite', 'warmup', warmup, { min: 0 });
  checkInteger('infinite', 'cooldown', cooldown, { min: 1 });
  checkNumber('infinite', 'constant', constant, { above: 0, max: rate });
  if (anneal !== undefined) checkAnneal(anneal, { earliest: warmup + cooldown, constant });
  const cooling = cosine({ rate, floor: constant, steps: cooldown });
  return called(`infinite(${show(options)})`, (step) => {
    if (step < warmup) return (rate * (step + 1)) / (warmup + 1);
    if (!anneal || step < anneal.from) return cooling(step - warmup);
    return constant * (anneal.floor / constant) ** Math.min(1, (step - anneal.from) / anneal.steps);
  });
}

function checkAnneal(anneal: NonNullable<InfiniteOptions['anneal']>, { earliest, constant }: { earliest: number; constant: number }): void {
  checkKnown('infinite', anneal, ['from', 'steps', 'floor']);
  checkInteger('infinite', 'anneal.from', anneal.from, { min: earliest });
  checkInteger('infinite', 'anneal.steps', anneal.steps, { min: 1 });
  checkNumber('infinite', 'anneal.floor', anneal.floor, { above: 0, max: constant });
}
