import type { StoredTensor } from '@cl/core';
import { encodeSafetensors } from '@cl/core';
import type { Tolerance } from '../../../../testing/golden.js';

interface Values {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** What the golden files of the tiny models have. */
export interface Given {
  readonly config: { readonly [name: string]: unknown };
  readonly weights: { readonly [name: string]: Values };
  readonly ids: readonly (readonly number[])[];
  readonly attentionMask: readonly (readonly number[])[];
  readonly labels: readonly (readonly number[])[];
}

export interface Expected {
  readonly logits: Values;
  readonly loss: number;
  readonly gradients: { readonly [name: string]: { readonly sum: number; readonly l2: number; readonly first: readonly number[] } };
  readonly greedy?: readonly number[];
}

export interface Tiny {
  readonly file: string;
  readonly variant: string;
  readonly given: Given;
  readonly expected: Expected;
  readonly tolerance: Tolerance;
}

/** Copies of tied weights that a file need not have. */
export const COPIES = [
  'cls.predictions.decoder.weight',
  'cls.predictions.decoder.bias',
  'lm_head.weight',
  'lm_head.decoder.weight',
  'lm_head.decoder.bias',
  'encoder.embed_tokens.weight',
  'decoder.embed_tokens.weight',
];

export const utf8 = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** They are multiples of 1/512, of which the files have six digits. */
const exact = (value: number): number => Math.round(value * 512) / 512;

export const weightsFile = (weights: Given['weights']): Uint8Array => {
  const tensors = Object.entries(weights).map(([name, { shape, values }]): [string, StoredTensor] => [
    name,
    { dtype: 'F32', shape, bytes: new Uint8Array(Float32Array.from(values, exact).buffer) },
  ]);
  return encodeSafetensors(Object.fromEntries(tensors), { format: 'pt' });
};

/** The model of a golden file as the files that Python's transformers would write. */
export const filesOfTiny = ({ config, weights }: Given): { readonly [name: string]: Uint8Array } => ({
  'config.json': utf8(config),
  'model.safetensors': weightsFile(weights),
});
