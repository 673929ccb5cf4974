import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ContinualLearningError } from '@cl/core';
import { modelsFolder } from '../models/locate.js';
import { Chatbot, type ChatbotSource } from './chatbot.js';

/** The file in a chatbot's folder that says what its base has read, and of whom. */
export const KNOWN = 'known.json';

export type Known = Pick<ChatbotSource, 'old' | 'people'>;

/** Where the chatbot is that is made when there is none yet: beside the models of this user. */
export const ownChatbot = (): string => join(modelsFolder(), 'chat');

/** Whether a folder has a chatbot, complete: its texts are written last. */
export const isChatbot = (folder: string): boolean => existsSync(join(folder, KNOWN));

/**
 * A chatbot from its folder: `base` and `chat`, models as Python's transformers have them, `tokenizer.json` and `known.json`.
 *
 * @throws CL_DATA where the folder is not one, CL_CHECKPOINT for what is wrong with its models.
 */
export async function openFolder(folder: string): Promise<Chatbot> {
  const path = join(folder, KNOWN);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new ContinualLearningError(
      'CL_DATA',
      `${path}: not found. A chatbot's folder has base/, chat/, tokenizer.json and ${KNOWN}, as cl chat --train writes it.`,
      { cause },
    );
  });
  return Chatbot.open({ base: join(folder, 'base'), chat: join(folder, 'chat'), tokenizer: folder, ...(JSON.parse(text) as Known) });
}
