import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ContinualLearningError } from '@cl/core';
import { Chatbot } from './chatbot.js';

/** What a chatbot's folder has beside its models, `base` and `chat`: texts that its base has read. */
export const OLD_TEXTS = 'old.json';

/** The chatbot that comes along. */
export function chatbotFolder(): string {
  const here = fileURLToPath(import.meta.url);
  for (let above = dirname(here); above !== dirname(above); above = dirname(above)) {
    const path = join(above, 'data', 'chat');
    if (existsSync(join(path, OLD_TEXTS))) return path;
  }
  throw new ContinualLearningError(
    'CL_DATA',
    'The chatbot that comes along is not there. Make one: cl chat --train DIR, then cl chat --model DIR.',
  );
}

/**
 * A chatbot from its folder: `base` and `chat`, models as Python's transformers have them, `tokenizer.json` and `old.json`.
 *
 * @throws CL_DATA where the folder is not one, CL_CHECKPOINT for what is wrong with its models.
 */
export async function openFolder(folder: string): Promise<Chatbot> {
  const path = join(folder, OLD_TEXTS);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new ContinualLearningError(
      'CL_DATA',
      `${path}: not found. A chatbot's folder has base/, chat/, tokenizer.json and ${OLD_TEXTS}, as cl chat --train writes it.`,
      { cause },
    );
  });
  return Chatbot.open({ base: join(folder, 'base'), chat: join(folder, 'chat'), tokenizer: folder, old: JSON.parse(text) as string[] });
}
