import { generate, type TokenPredictor } from '@cl/models';
import { type Codec, END } from './turns.js';

export interface Answer {
  readonly text: string;
  /** Whether it came to an end within the tokens that were allowed. */
  readonly ended: boolean;
}

export interface Answering {
  readonly predictor: TokenPredictor;
  readonly codec: Codec;
}

/** Texts at a time. */
const BATCH = 64;

/** Goes on with texts by the likeliest token each time, up to the token that ends an answer or to `most` tokens. */
export async function answersTo(texts: readonly string[], { predictor, codec }: Answering, most = 24): Promise<readonly Answer[]> {
  const stop = codec.encode(END);
  const answers: Answer[] = [];
  for (let from = 0; from < texts.length; from += BATCH) {
    const prompts = texts.slice(from, from + BATCH).map((text) => codec.encode(text));
    for (const { tokens, ended } of await generate(predictor, prompts, { maxTokens: most, stop })) {
      answers.push({ text: codec.decode(tokens).trim(), ended: ended === 'stop' });
    }
  }
  return answers;
}
