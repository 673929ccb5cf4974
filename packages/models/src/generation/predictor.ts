import { type Compiler, ContinualLearningError, checkHas, checkInteger, checkKnown, Learner } from '@cl/core';
import type { NamedTensorMap, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { TokenInputs, Transformer } from '../transformer/index.js';
import { cached, incrementalOf } from './cached.js';
import { uncached } from './uncached.js';

/** Token numbers, a list for each sequence. They may differ in length. */
export type TokenLists = readonly (readonly number[])[];

/** What tokens are generated from: gives logits of the next token. All that generates or scores works on it. */
export interface TokenPredictor {
  /** How many tokens there are. */
  readonly vocabulary: number;
  /** True: the logits of `begin` and `append` are logs of probabilities, so that nothing is left to be summed. Default false. */
  readonly normalized?: boolean;
  /** How many tokens can follow a prompt. */
  roomAfter(prompt: readonly number[]): number;
  /**
   * Begins a sequence for each prompt: of a decoder the prompt itself, of an encoder–decoder the answer to it.
   *
   * @param room How many tokens will be appended to each at most.
   * @returns Logits of the token that comes next, [prompts, vocabulary], yours to dispose, and the sequences.
   */
  begin(prompts: TokenLists, room: number): { readonly logits: Tensor2D; readonly sequences: Sequences };
  dispose(): void;
}

/** Sequences in the making, with what is remembered of them. */
export interface Sequences {
  /**
   * Appends tokens, at least one to each sequence. Logits behind the last of them, [sequences, vocabulary], yours to dispose.
   *
   * @param from The sequences that these go on with, by number: the same one may go on in several ways. Default: each with itself.
   */
  append(tokens: TokenLists, from?: readonly number[]): Tensor2D;
  /** The same with logits behind each token, [sequences, longest list or more, vocabulary]; a list may be empty. */
  appendEach(tokens: TokenLists, from?: readonly number[]): Tensor;
  dispose(): void;
}

/** A model with a language head, and its weights. */
export interface ModelWithParameters {
  readonly model: Transformer;
  readonly parameters: NamedTensorMap;
}

/** Any function from tokens to logits. */
export interface LogitsFunction {
  readonly vocabulary: number;
  /** Tokens of a row: shorter sequences are padded at the end. */
  readonly sequence: number;
  /** Logits behind each token, [rows, sequence, vocabulary], of `ids` and `mask`, int32 [rows, sequence]. What it returns is disposed. */
  logits(inputs: Required<Pick<TokenInputs, 'ids' | 'mask'>>): Tensor;
}

export interface PredictorOptions {
  /** What makes the model fast: `graph()` in Node. Default: `eager()`. */
  readonly compiler?: Compiler;
}

/**
 * A predictor of tokens, to generate with and to score texts with.
 *
 * - Of `{ model, parameters }`: with a cache of keys and values, so that a token costs one token's work. It holds on to the parameters until
 *   `dispose`; yours stay yours.
 * - Of a learner: the same with its parameters as they are now. Where its strategy changes what the network computes (masks, gates, a
 *   classifier of its own), it asks `learner.predict` about the whole text for each token: slower, and never longer than a row of inputs.
 * - Of `{ vocabulary, sequence, logits }`: any function from tokens to logits, without a cache.
 *
 * @throws CL_MODEL for a model without a language head, or one whose tokens see later ones.
 * @example
 * const writer = predictor({ model, parameters }, { compiler: graph() });
 * const [answer] = await generate(writer, [tokenizer.pieces('Once upon a time')], { maxTokens: 50 });
 * writer.dispose();
 */
export function predictor(source: Learner | ModelWithParameters | LogitsFunction, options: PredictorOptions = {}): TokenPredictor {
  checkKnown('predictor', options, ['compiler']);
  if (source instanceof Learner) return ofLearner(source, options);
  if (typeof source === 'object' && source !== null && 'logits' in source) {
    checkKnown('predictor', source, ['vocabulary', 'sequence', 'logits']);
    checkInteger('predictor', 'vocabulary', source.vocabulary, { min: 1 });
    checkInteger('predictor', 'sequence', source.sequence, { min: 1 });
    return uncached(source);
  }
  checkKnown('predictor', source, ['model', 'parameters']);
  checkHas('predictor', 'model', source.model, ['apply', 'parameters'], 'a model with a language head, as decoder() makes');
  checkHas('predictor', 'source', source, ['parameters'], 'a learner, { model, parameters }, or { vocabulary, sequence, logits }');
  return cached(source, options.compiler);
}

function ofLearner(learner: Learner, { compiler }: PredictorOptions): TokenPredictor {
  const model = learner.model as Partial<Transformer> & Learner['model'];
  if (learner.isPlain && incrementalOf(model)) {
    const parameters = learner.parameters();
    try {
      return cached({ model: model as Transformer, parameters }, compiler);
    } finally {
      for (const tensor of Object.values(parameters)) tensor.dispose();
    }
  }
  const { ids, decoderIds } = model.inputs as { readonly ids?: readonly [number]; readonly decoderIds?: readonly [number] };
  if (decoderIds) {
    throw new ContinualLearningError(
      'CL_MODEL',
      `predictor(): a strategy changes what '${model.name}' computes, and encoder–decoders are only written with as they are.`,
    );
  }
  if (!ids) {
    throw new ContinualLearningError(
      'CL_MODEL',
      `predictor(): '${model.name}' takes no token ids. Tokens come from a transformer with a language head.`,
    );
  }
  return uncached({ vocabulary: model.outputs, sequence: ids[0], logits: (inputs) => learner.predict(inputs) });
}

/** A predictor as it is, or one of what is given, that `done` disposes. */
export function predictorOf(source: Learner | ModelWithParameters | TokenPredictor): { readonly of: TokenPredictor; done(): void } {
  if ('begin' in source) return { of: source, done: () => {} };
  const made = predictor(source);
  return { of: made, done: () => made.dispose() };
}
