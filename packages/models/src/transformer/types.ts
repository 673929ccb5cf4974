import type { ApplyOptions, Model } from '@cl/core';
import type { NamedTensorMap, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { DecoderOptions } from './decoder.js';
import type { EncoderOptions } from './encoder.js';
import type { EncoderDecoderOptions } from './encoder-decoder.js';
import type { Incremental } from './incremental.js';

export type Encoder = (options: EncoderOptions) => Transformer;

export type Decoder = (options: DecoderOptions) => Transformer;

/** What a transformer takes. */
export type TokenInputs = {
  /** Token numbers, int32 [batch, sequence]. */
  readonly ids: Tensor2D;
  /** 1 for a token, 0 for padding at the end, int32 [batch, sequence]. Default: all are tokens. */
  readonly mask?: Tensor2D;
  /** Places that a language head is to name the tokens of, int32 [batch, places]; outputs are [batch, places, vocabulary]. Default: all. */
  readonly asked?: Tensor2D;
  /** Of an encoder–decoder: tokens of the answer so far, int32 [batch, answer]. */
  readonly decoderIds?: Tensor2D;
};

/** The layout of a transformer, with what it was made from. */
export type Architecture =
  | { readonly layout: 'bert'; readonly options: Required<EncoderOptions> }
  | { readonly layout: 'gpt2' | 'llama'; readonly options: Required<DecoderOptions> }
  | { readonly layout: 't5'; readonly options: Required<EncoderDecoderOptions> };

/** A model of token sequences. Outputs are [batch, outputs], or [batch, sequence, outputs], as its head says. */
export interface Transformer extends Model {
  readonly inputs: { readonly ids: readonly [number]; readonly mask: readonly [number]; readonly decoderIds?: readonly [number] };
  readonly architecture: Architecture;
  /** Hidden states below the head, [batch, sequence, width]: of any sequence that positions suffice for. */
  hidden(parameters: NamedTensorMap, x: TokenInputs, options?: ApplyOptions): Tensor;
  /** How it goes on with sequences, token by token; of models that do not look ahead and have a language head. For `predictor`. */
  readonly incremental?: Incremental;
}
