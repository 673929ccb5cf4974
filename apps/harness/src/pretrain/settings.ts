/** What a language model learns: hidden tokens from those around them, or each next token. */
export const LANGUAGE_KINDS = ['mlm', 'causal'] as const;

export type LanguageKind = (typeof LANGUAGE_KINDS)[number];

/** Which small language model, and how it is trained. */
export interface PretrainSettings {
  readonly kind: LanguageKind;
  /** Size of hidden states, layers, and attention heads, which divide the size. */
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** Tokens of a row. */
  readonly sequence: number;
  /** Tokens that there are. */
  readonly vocabulary: number;
  readonly steps: number;
  /** Rows a step. */
  readonly batch: number;
  /** The largest learning rate: it rises for a tenth of the steps, and falls to 0. */
  readonly rate: number;
  readonly seed: number;
}

export const PRETRAIN_DEFAULTS: PretrainSettings = {
  ...{ kind: 'mlm', width: 128, layers: 4, heads: 4, sequence: 96, vocabulary: 2048 },
  ...{ steps: 4000, batch: 16, rate: 1e-3, seed: 1 },
};
