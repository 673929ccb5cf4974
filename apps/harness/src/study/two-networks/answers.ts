import * as tf from '@tensorflow/tfjs-core';
import type { Logits } from './network.js';
import { type Codec, END, PADDING } from './turns.js';

export interface Answer {
  readonly text: string;
  /** Whether it came to an end within the tokens that were allowed. */
  readonly ended: boolean;
}

/** Continues texts, a batch at a time, with the likeliest token each time, up to the token that ends an answer or to `most` tokens. */
export async function answersTo(
  prompts: readonly string[],
  {
    logits,
    tokenizer,
    most = 24,
    batchSize = 64,
  }: { readonly logits: Logits; readonly tokenizer: Codec; readonly most?: number; readonly batchSize?: number },
): Promise<readonly Answer[]> {
  const [end, padding] = [END, PADDING].map((token) => tokenizer.encode(token)[0]!) as [number, number];
  const answers: Answer[] = [];
  for (let from = 0; from < prompts.length; from += batchSize) {
    const begun = prompts.slice(from, from + batchSize).map((prompt) => tokenizer.encode(prompt));
    const rows = begun.map((row) => [...row]);
    for (let step = 0; step < most && rows.some((row) => row.at(-1) !== end); step++) {
      const next = await likeliest(rows, logits, padding);
      rows.forEach((row, i) => {
        if (row.at(-1) !== end) row.push(next[i]!);
      });
    }
    for (const [i, row] of rows.entries()) {
      const ended = row.at(-1) === end;
      const own = row.slice(begun[i]!.length, ended ? -1 : undefined);
      answers.push({ text: tokenizer.decode(own).trim(), ended });
    }
  }
  return answers;
}

/** The likeliest token after each row. */
async function likeliest(rows: readonly (readonly number[])[], logits: Logits, padding: number): Promise<Int32Array> {
  const length = Math.max(...rows.map((row) => row.length));
  const found = tf.tidy(() => {
    const ids = tf.tensor2d(
      rows.flatMap((row) => [...row, ...Array<number>(length - row.length).fill(padding)]),
      [rows.length, length],
      'int32',
    );
    const places = tf.tensor1d(
      rows.map((row, i) => i * length + row.length - 1),
      'int32',
    );
    const outputs = logits(ids);
    return tf.argMax(tf.gather(tf.reshape(outputs, [rows.length * length, outputs.shape.at(-1)!]), places), 1);
  });
  const values = (await found.data()) as Int32Array;
  found.dispose();
  return values;
}
