import { checkInteger, checkKnown, type Learner, pauser, sparseCrossEntropy } from '@cl/core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { longest } from './cached.js';
import { type ModelWithParameters, predictorOf, type TokenPredictor } from './predictor.js';
import { checkTokens, roomsOf } from './settings.js';

/** A text, and what may follow it. */
export interface Continuation {
  readonly prompt: readonly number[];
  readonly continuation: readonly number[];
}

export interface ContinuationScore {
  /** Sum of `tokens`, in nats. */
  readonly logLikelihood: number;
  /** Log-probability of each token of the continuation, given what is before it. */
  readonly tokens: Float32Array;
}

export interface ScoreOptions {
  /** How many are scored at once. Default 8. */
  readonly batchSize?: number;
  /** Ends it between two batches, with the signal's reason as the error. */
  readonly signal?: AbortSignal;
}

/**
 * How likely continuations are: log p(continuation | prompt). Ranks answers to one question (those of a batch that have the same prompt share
 * the work for it), and gives the perplexity of a text, e to the power of −Σ log-likelihoods / Σ tokens, with the text's first token as its
 * prompt. Of an encoder–decoder, prompts are what the encoder sees.
 *
 * @param source A predictor; or a learner or `{ model, parameters }`, of which one is made for this call alone.
 * @throws CL_OPTION, CL_DATA, CL_MODEL
 * @example const scores = await scoreContinuations(writer, labels.map((continuation) => ({ prompt, continuation })));
 */
export async function scoreContinuations(
  source: TokenPredictor | Learner | ModelWithParameters,
  continuations: readonly Continuation[],
  options: ScoreOptions = {},
): Promise<ContinuationScore[]> {
  checkKnown('scoreContinuations', options, ['batchSize', 'signal']);
  const { batchSize = 8, signal } = options;
  checkInteger('scoreContinuations', 'batchSize', batchSize, { min: 1 });
  const { of, done } = predictorOf(source);
  const pause = pauser();
  const scores: ContinuationScore[] = [];
  try {
    check(of, continuations);
    for (let at = 0; at < continuations.length; at += batchSize) {
      await pause();
      signal?.throwIfAborted();
      scores.push(...(await scoresOf(of, continuations.slice(at, at + batchSize))));
    }
    return scores;
  } finally {
    done();
  }
}

function check(predictor: TokenPredictor, continuations: readonly Continuation[]): void {
  const who = 'scoreContinuations';
  const rooms = roomsOf(
    who,
    predictor,
    continuations.map(({ prompt }) => prompt),
    Infinity,
  );
  continuations.forEach(({ continuation }, i) => {
    checkTokens(who, `continuation ${i}`, continuation, predictor.vocabulary, rooms[i]);
  });
}

async function scoresOf(predictor: TokenPredictor, items: readonly Continuation[]): Promise<ContinuationScore[]> {
  // Where several follow the same prompt, it is read once.
  const numbers = new Map<string, number>();
  const from = items.map(({ prompt }) => {
    const key = prompt.join();
    if (!numbers.has(key)) numbers.set(key, numbers.size);
    return numbers.get(key)!;
  });
  const prompts = [...numbers.keys()].map((key) => key.split(',').map(Number));
  const given = items.map(({ continuation }) => continuation.slice(0, -1));
  const count = longest(given) + 1;

  const { logits: first, sequences } = predictor.begin(prompts, count - 1);
  const rest = count > 1 ? sequences.appendEach(given, from) : null;
  const losses = tf.tidy(() => lossesOf(first, rest, from, items, count));
  try {
    const values = (await losses.data()) as Float32Array;
    return items.map(({ continuation }, row) => {
      const tokens = values.slice(row * count, row * count + continuation.length).map((loss) => -loss);
      return { logLikelihood: tokens.reduce((a, b) => a + b, 0), tokens };
    });
  } finally {
    tf.dispose([first, losses, ...(rest ? [rest] : [])]);
    sequences.dispose();
  }
}

/** Cross-entropy of each token of each continuation, a row of `count` for each; where a continuation is shorter, of anything. */
function lossesOf(first: Tensor2D, rest: Tensor | null, from: readonly number[], items: readonly Continuation[], count: number): Tensor1D {
  const vocabulary = first.shape[1];
  const begin: Tensor = tf.expandDims(tf.gather(first, tf.tensor1d([...from], 'int32')), 1);
  const logits = rest ? tf.concat([begin, tf.slice(rest, [0, 0, 0], [items.length, count - 1, vocabulary])], 1) : begin;
  const wanted = new Int32Array(items.length * count);
  items.forEach(({ continuation }, row) => {
    wanted.set(continuation, row * count);
  });
  return sparseCrossEntropy(tf.reshape(logits, [items.length * count, vocabulary]) as Tensor2D, tf.tensor1d(wanted, 'int32'));
}
