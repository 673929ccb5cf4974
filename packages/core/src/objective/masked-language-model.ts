import type { Tensor } from '@tensorflow/tfjs-core';
import { type Block, isSingle, type Rows } from '../data.js';
import { ContinualLearningError } from '../errors.js';
import { checkBoolean, checkInteger, checkKnown, checkList, checkNumber, optionError } from '../options.js';
import type { Random } from '../random/random.js';
import type { Objective } from './objective.js';
import { accuracyOfTokens, checkTokens, crossEntropyOfTokens, NO_TARGET } from './tokens.js';

export interface MaskedLanguageModelOptions {
  /** Id of the mask, '[MASK]'. */
  readonly mask: number;
  /** How many tokens there are: random ones are drawn from 0 … vocabulary − 1. */
  readonly vocabulary: number;
  /** Ids that are never asked for, such as those of '[CLS]', '[SEP]' and padding. Default: none. */
  readonly special?: readonly number[];
  /** Share of the tokens that are asked for, in (0, 1]. Default 0.15, as BERT and RoBERTa. */
  readonly rate?: number;
  /** Share of those that are shown as a random token, in [0, 1]. Default 0.1. */
  readonly random?: number;
  /** Share of those that are shown as they are, in [0, 1]. Default 0.1. The rest is shown as the mask. */
  readonly unchanged?: number;
  /** Name of the model's input of token ids, where it has several. Default 'ids'. */
  readonly input?: string;
  /**
   * True: the model is told which tokens are asked for, and computes outputs for these alone, a fraction of the time and memory of outputs
   * for all. It gets their places as a further input, `asked`, int32 [batch, places], and outputs and targets are [batch, places, …]; there
   * is room for four deviations more than the mean, and of a row that draws still more the last ones are not asked for. `encoder()` of
   * @cl/models can do so. Default false.
   */
  readonly compact?: boolean;
}

/**
 * Tokens that are hidden, from those around them (Devlin et al., "BERT", NAACL 2019, §3.1, arXiv 1810.04805): each token is asked for with
 * probability `rate`, and is then shown as the mask, as a random token or as it is. Cross-entropy, the mean over the tokens that are asked
 * for; reports `accuracy`, of tokens. Others are drawn at each step; evaluation asks for the same ones each time.
 *
 * Targets: the token ids themselves, int32 [batch, sequence], and −100 (`NO_TARGET`; any negative number) for padding. Memories keep the
 * tokens, and each time that they are drawn others are hidden. A hook that wants the tokens as they were puts `batch.y` where it is not
 * negative in place of the ids (with `compact`: at the places that `asked` tells).
 *
 * @throws CL_OPTION for an option that cannot be used; CL_SHAPE while training where the model answers at other places than are asked for.
 * @example maskedLanguageModel({ mask: 103, special: [0, 101, 102], vocabulary: 30_522 })
 */
export function maskedLanguageModel(options: MaskedLanguageModelOptions): Objective {
  const policy = checked(options);
  return {
    name: 'maskedLanguageModel',
    present(rows, random) {
      const shown = hidden(rows, random, policy);
      return policy.compact ? compacted(shown, policy) : shown;
    },
    terms(outputs, batch) {
      checkPlaces(outputs, batch.y);
      return crossEntropyOfTokens(outputs, batch.y, batch);
    },
    measure: (outputs, batch) => ({ accuracy: accuracyOfTokens(outputs, batch.y, batch) }),
    check: (y, outputs) => checkTokens('maskedLanguageModel', y, outputs),
  };
}

type Policy = Required<Omit<MaskedLanguageModelOptions, 'special'>> & { readonly special: ReadonlySet<number> };

function checked(options: MaskedLanguageModelOptions): Policy {
  const who = 'maskedLanguageModel';
  checkKnown(who, options, ['mask', 'vocabulary', 'special', 'rate', 'random', 'unchanged', 'input', 'compact']);
  const { mask, vocabulary, special = [], rate = 0.15, random = 0.1, unchanged = 0.1, input = 'ids', compact = false } = options;
  checkInteger(who, 'vocabulary', vocabulary, { min: 1 });
  checkInteger(who, 'mask', mask, { min: 0, below: vocabulary });
  checkNumber(who, 'rate', rate, { above: 0, max: 1 });
  checkNumber(who, 'random', random, { min: 0, max: 1 });
  checkNumber(who, 'unchanged', unchanged, { min: 0, max: 1 });
  if (random + unchanged > 1) throw optionError(who, 'unchanged', unchanged, `at most 1 − random, which is ${1 - random}`);
  checkBoolean(who, 'compact', compact);
  const never = checkList(who, 'special', special, (id, name) => checkInteger(who, name, id, { min: 0 }));
  return { mask, vocabulary, rate, random, unchanged, input, compact, special: new Set([...never, mask]) };
}

/** Rows with some tokens hidden, and labels for those alone. */
function hidden(rows: Rows, draws: Random, { mask, vocabulary, special, rate, random, unchanged, input }: Policy): Rows {
  const shown = idsOf(rows, input);
  const ids = shown.values.slice();
  const labels = new Int32Array(rows.y.values.length).fill(NO_TARGET);
  for (const [i, token] of rows.y.values.entries()) {
    if (token < 0 || special.has(token) || draws.uniform() >= rate) continue;
    labels[i] = token;
    const how = draws.uniform();
    if (how >= random + unchanged) ids[i] = mask;
    else if (how >= unchanged) ids[i] = draws.integer(vocabulary);
  }
  const block: Block = { values: ids, shape: shown.shape };
  return { ...rows, x: isSingle(rows.x) ? block : { ...rows.x, [input]: block }, y: { values: labels, shape: rows.y.shape } };
}

/** Labels [batch, places] in place of [batch, sequence], and where they stand. Places that are left over ask for nothing. */
function compacted(rows: Rows, { input, rate }: Policy): Rows {
  const length = rows.y.shape[0]!;
  const places = Math.min(length, Math.ceil(rate * length + 4 * Math.sqrt(rate * (1 - rate) * length)));
  const asked = new Int32Array(rows.count * places);
  const labels = new Int32Array(rows.count * places).fill(NO_TARGET);
  for (let row = 0; row < rows.count; row++) {
    for (let i = 0, next = row * places; i < length && next < (row + 1) * places; i++) {
      const label = rows.y.values[row * length + i]!;
      if (label < 0) continue;
      asked[next] = i;
      labels[next++] = label;
    }
  }
  const x = isSingle<Block>(rows.x) ? { [input]: rows.x } : rows.x;
  return { ...rows, x: { ...x, asked: { values: asked, shape: [places] } }, y: { values: labels, shape: [places] } };
}

/** A model that does not know of `asked` answers at all places. */
function checkPlaces({ shape: outputs }: Tensor, { shape: targets }: Tensor): void {
  if (outputs[1] === targets[1]) return;
  throw new ContinualLearningError(
    'CL_SHAPE',
    `maskedLanguageModel(): outputs must be [batch, ${targets[1]}, vocabulary], a row for each token that may be asked for, received [${outputs}]. With { compact: true } the model must read the input 'asked', as encoder() with a language() head does; leave it out for others.`,
  );
}

function idsOf({ x, y }: Rows, input: string): Block {
  const ids = isSingle<Block>(x) ? x : x[input];
  if (ids && `${ids.shape}` === `${y.shape}`) return ids;
  throw new ContinualLearningError(
    'CL_SHAPE',
    `maskedLanguageModel(): there must be a target for each token of '${input}', received ${ids ? `[${ids.shape}] tokens` : 'no such input'} and [${y.shape}] targets a row. The targets are the token ids themselves.`,
  );
}
