import { ContinualLearningError, checkHas, checkInteger, checkKnown, checkList, custom, type Stream } from '@cl/core';
import { type PackedOptions, packed, type TextTokens } from './packed.js';

/** Texts of one kind. */
export interface TextDomain {
  readonly name: string;
  readonly train: readonly string[];
  readonly test: readonly string[];
  readonly validation?: readonly string[];
}

export interface TextStreamOptions {
  /** In the order in which they come. */
  readonly domains: readonly TextDomain[];
  /** Its `vocabulary` is the number of the model's outputs. */
  readonly tokenizer: TextTokens & { readonly vocabulary: number };
  /** Tokens of a row, special ones included. */
  readonly length: number;
  /** Tokens to train on, of each domain. Default: all. */
  readonly tokens?: number;
  /** Tokens to test on, and to validate with, of each domain. Default: all. */
  readonly testTokens?: number;
  /** Tokens that follow each text. Default: none. */
  readonly after?: readonly number[];
  /** Of which training texts are taken, and in which order. Default 0. */
  readonly seed?: number;
  /** Default 'text domains'. */
  readonly name?: string;
}

/**
 * One kind of text after another, for a language model that goes on learning: each domain is a task, of as many tokens as any other.
 * Scenario 'domain'; all tokens compete in all of them. It takes `maskedLanguageModel` for an encoder and `languageModel` for a decoder.
 * Test rows are the same for every seed.
 *
 * @throws CL_OPTION for an option that cannot be used, CL_DATA for a domain with too few tokens, with its name.
 * @example
 * const stream = textStream({ domains: [{ name: 'law', ...law }, { name: 'code', ...code }], tokenizer, length: 64, tokens: 200_000 });
 * for (const task of stream.tasks) await learner.learn(task, { batchSize: 16 });
 */
export function textStream(options: TextStreamOptions): Stream {
  const who = 'textStream';
  checkKnown(who, options, ['domains', 'tokenizer', 'length', 'tokens', 'testTokens', 'after', 'seed', 'name']);
  const { domains, tokenizer, length, tokens, testTokens, after = [], name = 'text domains' } = options;
  const seed = checkInteger(who, 'seed', options.seed ?? 0, { min: 0 });
  if (checkList(who, 'domains', domains, (domain) => domain).length === 0)
    throw new ContinualLearningError('CL_OPTION', `${who}({ domains: [] }): domains must be a list of at least one domain.`);

  for (const [i, domain] of domains.entries())
    checkHas(who, `domains[${i}]`, domain, ['name', 'train', 'test'], 'a domain, { name, train, test }');

  const rows = (texts: readonly string[], domain: string, part: Pick<PackedOptions, 'tokens' | 'seed'>) =>
    named(domain, () => packed(texts, { tokenizer, length, after, ...part }));
  const tested = { ...(testTokens !== undefined && { tokens: testTokens }), seed: 0 };
  const tasks = domains.map(({ name: domain, train, test, validation }) => ({
    name: domain,
    train: rows(train, domain, { ...(tokens !== undefined && { tokens }), seed }),
    test: rows(test, domain, tested),
    ...(validation && { validation: rows(validation, domain, tested) }),
  }));
  const recipe = {
    ...{ from: 'text domains', domains: domains.map((domain) => domain.name), length, seed },
    ...{ tokens: tokens ?? null, testTokens: testTokens ?? null, after: [...after] },
  };
  return { ...custom({ tasks, scenario: 'domain', outputs: tokenizer.vocabulary, name }), recipe };
}

/** Says which domain it was, where something is wrong with one. */
function named<T>(domain: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!ContinualLearningError.is(error)) throw error;
    throw new ContinualLearningError(error.code, `${domain}: ${error.message}`, { cause: error });
  }
}
