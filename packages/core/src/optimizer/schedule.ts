import { checkFunction, checkInteger, checkKnown, checkList, checkNumber, optionError, show } from '../options.js';
import type { Schedule } from './optimizer.js';

/**
 * The same rate at every step.
 *
 * @example sgd(constant(0.1)) // as sgd(0.1)
 */
export function constant(rate: number): Schedule {
  checkNumber('constant', 'rate', rate, { min: 0 });
  return called(`constant(${rate})`, () => rate);
}

export interface StepwiseOptions {
  /** Rate at the first step. */
  readonly rate: number;
  /** Steps from which on the rate is multiplied by `factor` once more, rising. This or `every`. */
  readonly milestones?: readonly number[];
  /** The rate is multiplied by `factor` after each so many steps. */
  readonly every?: number;
  /** Default 0.1, as PyTorch's MultiStepLR and StepLR. */
  readonly factor?: number;
}

/**
 * A rate that drops at given steps: rate × factorᵏ after k of them.
 *
 * @example stepwise({ rate: 0.1, milestones: [1000, 1500] }) // 0.1, from step 1000 on 0.01, from step 1500 on 0.001
 */
export function stepwise(options: StepwiseOptions): Schedule {
  checkKnown('stepwise', options, ['rate', 'milestones', 'every', 'factor']);
  const { rate, milestones, every, factor = 0.1 } = options;
  checkNumber('stepwise', 'rate', rate, { min: 0 });
  checkNumber('stepwise', 'factor', factor, { above: 0 });
  if ((milestones === undefined) === (every === undefined)) {
    throw optionError('stepwise', 'milestones', milestones, 'given, or else `every`, but not both');
  }
  const name = `stepwise(${show(options)})`;
  if (every !== undefined) {
    checkInteger('stepwise', 'every', every, { min: 1 });
    return called(name, (step) => rate * factor ** Math.floor(step / every));
  }
  const at = checkList('stepwise', 'milestones', milestones, (item, place) => checkInteger('stepwise', place, item, { min: 0 }));
  return called(name, (step) => rate * factor ** at.filter((milestone) => step >= milestone).length);
}

export interface CosineOptions {
  /** Rate at the first step. */
  readonly rate: number;
  /** Steps until the floor is reached; the rate stays there. */
  readonly steps: number;
  /** Default 0. */
  readonly floor?: number;
}

/**
 * Half a cosine from `rate` down to `floor` (Loshchilov & Hutter, "SGDR", ICLR 2017, equation 5, without restarts).
 *
 * @example adam(cosine({ rate: 1e-3, steps: 2000 }))
 */
export function cosine(options: CosineOptions): Schedule {
  checkKnown('cosine', options, ['rate', 'steps', 'floor']);
  const { rate, steps, floor = 0 } = options;
  checkNumber('cosine', 'rate', rate, { min: 0 });
  checkInteger('cosine', 'steps', steps, { min: 1 });
  checkNumber('cosine', 'floor', floor, { min: 0, max: rate });
  return called(
    `cosine(${show(options)})`,
    (step) => floor + ((rate - floor) * (1 + Math.cos((Math.PI * Math.min(step, steps)) / steps))) / 2,
  );
}

export interface LinearOptions {
  /** Rate at the first step. */
  readonly rate: number;
  /** Steps until the floor is reached; the rate stays there. */
  readonly steps: number;
  /** Default 0. */
  readonly floor?: number;
}

/**
 * A straight line from `rate` down to `floor`: with `warmup` before it, what language models are fine-tuned with.
 *
 * @example adamW(warmup({ steps: 100, next: linear({ rate: 5e-5, steps: 900 }) }))
 */
export function linear(options: LinearOptions): Schedule {
  checkKnown('linear', options, ['rate', 'steps', 'floor']);
  const { rate, steps, floor = 0 } = options;
  checkNumber('linear', 'rate', rate, { min: 0 });
  checkInteger('linear', 'steps', steps, { min: 1 });
  checkNumber('linear', 'floor', floor, { min: 0, max: rate });
  return called(`linear(${show(options)})`, (step) => rate + (floor - rate) * (Math.min(step, steps) / steps));
}

export interface WarmupOptions {
  /** Steps until the full rate is reached. */
  readonly steps: number;
  /** What follows. Its own steps are counted from the end of the warmup. */
  readonly next: number | Schedule;
}

/**
 * A straight line up to the first rate of another schedule: (step + 1) / (steps + 1) of it, so that no step is wasted on a rate
 * of zero.
 *
 * @example adamW(warmup({ steps: 100, next: cosine({ rate: 5e-4, steps: 900 }) }))
 */
export function warmup(options: WarmupOptions): Schedule {
  checkKnown('warmup', options, ['steps', 'next']);
  const { steps, next } = options;
  checkInteger('warmup', 'steps', steps, { min: 1 });
  const after = typeof next === 'number' ? constant(checkNumber('warmup', 'next', next, { min: 0 })) : next;
  checkFunction('warmup', 'next', after, 'a rate or a schedule');
  return called(`warmup({ steps: ${steps}, next: ${after.name} })`, (step) =>
    step < steps ? (after(0) * (step + 1)) / (steps + 1) : after(step - steps),
  );
}

/** The rate at a step, counted from 0. Throws CL_OPTION if a schedule gives what is no rate. */
export function rateAt(learningRate: number | Schedule, step: number): number {
  if (typeof learningRate === 'number') return learningRate;
  return checkNumber(learningRate.name || 'schedule', `step ${step}`, learningRate(step), { min: 0 });
}

/** The name is what reports and the check on resuming see of a function. */
export const called = (name: string, schedule: Schedule): Schedule => Object.defineProperty(schedule, 'name', { value: name });
