import { ContinualLearningError } from '@cl/core';
import type { PretrainedFiles } from '@cl/models';
import { Chatbot, type ChatbotSource } from './chatbot.js';

/** The file in a chatbot's folder that says what its base has read, and of whom. */
export const KNOWN = 'known.json';

export type Known = Pick<ChatbotSource, 'old' | 'people'>;

/**
 * A chatbot from the files of its folder: `base/` and `chat/`, models as Python's transformers have them, `tokenizer.json` and `known.json`.
 *
 * @param files Reads what is in the folder; of what is in a folder within it by a name such as 'base/config.json'.
 * @throws CL_DATA where it is not a chatbot's, CL_CHECKPOINT for what is wrong with its models.
 */
export async function openChatbot(files: PretrainedFiles): Promise<Chatbot> {
  const known = await files.read(KNOWN);
  if (!known) {
    throw new ContinualLearningError(
      'CL_DATA',
      `${files.place}/${KNOWN}: not found. A chatbot's folder has base/, chat/, tokenizer.json and ${KNOWN}, as cl chat --train writes it.`,
    );
  }
  // It has no settings beside: a page need not ask for what is not there.
  const tokenizer: PretrainedFiles = { ...files, read: async (name) => (name === 'tokenizer.json' ? files.read(name) : null) };
  return Chatbot.open({ base: within(files, 'base'), chat: within(files, 'chat'), tokenizer, ...parsed(known, files.place) });
}

const within = ({ place, read }: PretrainedFiles, folder: string): PretrainedFiles => ({
  place: `${place}/${folder}`,
  read: (name) => read(`${folder}/${name}`),
});

function parsed(bytes: Uint8Array, place: string): Known {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Known;
  } catch (cause) {
    throw new ContinualLearningError('CL_DATA', `${place}/${KNOWN}: expected JSON; it is damaged or truncated.`, { cause });
  }
}
