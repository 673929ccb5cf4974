import { ContinualLearningError, parameterHash } from '@cl/core';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import { checkParameters } from './difference.js';

/** Where parameters or differences come from: JSON, to be kept beside them. */
export interface Origin {
  /** SHA-256 of the base's parameters. */
  readonly base: string;
  /** The vocabulary, by the number of each token; null for a model without one. */
  readonly tokens: readonly string[] | null;
}

/**
 * The origin of all that begins with a base: of differences that are taken from it, and of parameters that go on learning from it. Parameters
 * that have moved on cannot be told from others, so keep it with them.
 *
 * @param tokens The vocabulary, by number.
 * @example
 * const origin = await originOf(base, { tokens }) // kept with `base`, with `difference(chat, base)`, and with all that `base` becomes
 */
export async function originOf(base: NamedTensorMap, { tokens }: { readonly tokens?: readonly string[] } = {}): Promise<Origin> {
  checkParameters('originOf', base);
  return { base: await parameterHash(base), tokens: tokens ? [...tokens] : null };
}

/**
 * Refuses a difference that does not belong to the parameters that it is to be added to.
 *
 * @throws CL_MODEL where it was taken from another base than the one that the parameters come from, or from one with other tokens, or the
 *   same ones in another order.
 * @example checkOrigin({ difference: kept.origin, parameters: learned.origin })
 */
export function checkOrigin(origins: { readonly difference: Origin; readonly parameters: Origin }): void {
  const { difference, parameters } = origins;
  for (const [what, origin] of Object.entries({ 'the difference comes': difference, 'the parameters come': parameters })) {
    if (typeof origin?.base === 'string') continue;
    throw new ContinualLearningError(
      'CL_MODEL',
      `checkOrigin(): where ${what} from is not known. Keep beside both what originOf(base) gives.`,
    );
  }
  if (difference.base !== parameters.base) {
    throw new ContinualLearningError(
      'CL_MODEL',
      `checkOrigin(): the difference is taken from another base (${short(difference.base)}) than the one that the parameters come from (${short(parameters.base)}). Take it from theirs.`,
    );
  }
  const changed = changedToken(difference.tokens, parameters.tokens);
  if (changed === null) return;
  throw new ContinualLearningError(
    'CL_MODEL',
    `checkOrigin(): the vocabulary has changed since the difference was taken: ${changed}. Move its rows to their tokens with mapTokens().`,
  );
}

/** What differs first between two vocabularies, in words, or null. */
function changedToken(before: Origin['tokens'], now: Origin['tokens']): string | null {
  if (!before || !now) return before === now ? null : 'only one of them has one';
  const at = before.findIndex((token, i) => token !== now[i]);
  if (at >= 0) return `token ${at} was '${before[at]}' and is ${now[at] === undefined ? 'gone' : `'${now[at]}'`}`;
  return before.length === now.length ? null : `it had ${before.length} tokens and has ${now.length}`;
}

const short = (hash: string): string => `${hash.slice(0, 12)}…`;
