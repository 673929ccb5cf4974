import type { Compiler } from '@cl/core';
import { loadPretrained, pretrainedFiles } from '@cl/models';
import * as tf from '@tensorflow/tfjs-core';
import type { Chatbot } from './chatbot.js';
import type { KnowledgeFiles } from './versions.js';

/** A text that is to be learned. */
export interface Reading {
  readonly text: string;
  /** What is known before; null: what the chatbot knew at first. */
  readonly knowledge: KnowledgeFiles | null;
  /** Training steps. Default: as many as `Chatbot.read` takes. */
  readonly steps?: number | undefined;
}

/** How far a reading is. */
export interface Progress {
  /** Of the whole, (0, 1]. */
  readonly share: number;
  /** About how long it still takes; null: that cannot be said yet. */
  readonly secondsLeft: number | null;
}

export interface ReadingOptions {
  readonly compiler?: Compiler;
  readonly signal?: AbortSignal;
  readonly onStep?: (progress: Progress) => void | Promise<void>;
}

/** Learns a text, beside the one that answers: in another process, or in a worker of a page. Files in, files out. */
export async function learned(
  chatbot: Chatbot,
  { text, knowledge, steps }: Reading,
  { onStep, ...options }: ReadingOptions,
): Promise<KnowledgeFiles> {
  const before = knowledge && (await loadPretrained(knowledge)).parameters;
  // The first step loads, traces or compiles what the others use: they are timed from its end.
  let begun: number | null = null;
  try {
    const after = await chatbot.read(text, before ?? chatbot.knowledge, {
      ...options,
      ...(steps !== undefined && { steps }),
      onStep({ iteration, iterations }) {
        begun ??= performance.now();
        const each = iteration > 1 ? (performance.now() - begun) / 1000 / (iteration - 1) : null;
        return onStep?.({ share: iteration / iterations, secondsLeft: each && each * (iterations - iteration) });
      },
    });
    try {
      return await pretrainedFiles(chatbot.model, after);
    } finally {
      tf.dispose(after);
    }
  } finally {
    if (before) tf.dispose(before);
  }
}
