import { ContinualLearningError, checkInteger, checkKnown, checkList, checkNumber } from '@cl/core';
import type { TokenLists, TokenPredictor } from './predictor.js';

export interface SamplingOptions {
  /** How many tokens are generated at most, 1 or more; never more than the model has room for behind the prompt. Default 128. */
  readonly maxTokens?: number;
  /** Tokens that end a text; they are not part of it. Default: none. */
  readonly stop?: readonly number[];
  /** 0: the likeliest token each time. Above: drawn from softmax(logits / temperature). Default 0. */
  readonly temperature?: number;
  /** Draws from that many likeliest tokens only. Default: from all. */
  readonly topK?: number;
  /** Draws from the fewest likeliest tokens whose probabilities sum up to this, in (0, 1]. Default 1: from all. */
  readonly topP?: number;
  /** Of the draws. Default 0. */
  readonly seed?: number;
  /** Ends it between two tokens, with the signal's reason as the error. */
  readonly signal?: AbortSignal;
}

export interface GenerateOptions extends SamplingOptions {
  /** Texts that are kept in view at each step; 1 is greedy. Only at temperature 0. Default 1. */
  readonly beams?: number;
  /** Beams are compared by log-likelihood / length^lengthPenalty: 0 favours short texts, 1 compares means per token. Default 1. */
  readonly lengthPenalty?: number;
}

/** What was generated behind a prompt. */
export interface Generated {
  /** Without the prompt, and without the token that ended it. */
  readonly tokens: readonly number[];
  /** Sum of the log-probabilities of its tokens in nats, at temperature 1 and among all tokens; that which ended it included. */
  readonly logLikelihood: number;
  /** A stop token, or no more tokens allowed. */
  readonly ended: 'stop' | 'length';
}

/** Options, complete. */
export interface Settings {
  readonly maxTokens: number;
  readonly stop: ReadonlySet<number>;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly seed: number;
  readonly beams: number;
  readonly lengthPenalty: number;
  readonly signal: AbortSignal | undefined;
}

const SAMPLING = ['maxTokens', 'stop', 'temperature', 'topK', 'topP', 'seed', 'signal'];

export function settingsOf(who: 'generate' | 'streamTokens', options: GenerateOptions): Settings {
  checkKnown(who, options, who === 'generate' ? [...SAMPLING, 'beams', 'lengthPenalty'] : SAMPLING);
  const { temperature = 0, beams = 1 } = options;
  checkInteger(who, 'beams', beams, { min: 1 });
  checkNumber(who, 'temperature', temperature, { min: 0 });
  if (beams > 1 && temperature > 0) {
    throw new ContinualLearningError(
      'CL_OPTION',
      `${who}({ beams: ${beams}, temperature: ${temperature} }): beams look for the likeliest text and draw nothing. Leave one of the two out.`,
    );
  }
  return {
    temperature,
    beams,
    maxTokens: checkInteger(who, 'maxTokens', options.maxTokens ?? 128, { min: 1 }),
    stop: new Set(checkList(who, 'stop', options.stop ?? [], (token, name) => checkInteger(who, name, token, { min: 0 }))),
    topK: checkInteger(who, 'topK', options.topK ?? Infinity, { min: 1, infinite: true }),
    topP: checkNumber(who, 'topP', options.topP ?? 1, { above: 0, max: 1 }),
    seed: checkNumber(who, 'seed', options.seed ?? 0),
    lengthPenalty: checkNumber(who, 'lengthPenalty', options.lengthPenalty ?? 1),
    signal: options.signal,
  };
}

/**
 * How many tokens may follow each prompt.
 *
 * @throws CL_DATA for a prompt that is empty, has a token that the model does not have, or leaves no room.
 */
export function roomsOf(who: string, { vocabulary, roomAfter }: TokenPredictor, prompts: TokenLists, most: number): number[] {
  return prompts.map((prompt, i) => {
    checkTokens(who, `prompt ${i}`, prompt, vocabulary);
    const room = roomAfter(prompt);
    if (room >= 1) return Math.min(most, room);
    throw refused(`${who}(): prompt ${i} has ${prompt.length} tokens, and leaves no room for another. Shorten it.`);
  });
}

/** Refuses an empty text, one for which there is no room, and tokens that there are not. */
export function checkTokens(who: string, what: string, tokens: readonly number[], vocabulary: number, room = Infinity): void {
  if (tokens.length === 0) throw refused(`${who}(): ${what} is empty; at least one token is needed, such as that which texts begin with.`);
  if (tokens.length > room)
    throw refused(`${who}(): ${what} has ${tokens.length} tokens, and there is room for ${room}. Shorten it, or its prompt.`);
  const odd = tokens.find((token) => !(Number.isInteger(token) && token >= 0 && token < vocabulary));
  if (odd !== undefined) throw refused(`${who}(): ${what} has the token ${odd}; tokens are whole numbers from 0 to ${vocabulary - 1}.`);
}

const refused = (message: string) => new ContinualLearningError('CL_DATA', message);
