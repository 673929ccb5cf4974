import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { modelsFolder } from '../../models/locate.js';
import type { Chatbot } from '../chatbot.js';
import { KNOWN, openChatbot } from '../open.js';

/** Where the chatbot is that is made when there is none yet: beside the models of this user. */
export const ownChatbot = (): string => join(modelsFolder(), 'chat');

/** Whether a folder has a chatbot, complete: its texts are written last. */
export const isChatbot = (folder: string): boolean => existsSync(join(folder, KNOWN));

/** A chatbot from its folder. @throws CL_DATA where the folder is not one, CL_CHECKPOINT for what is wrong with its models. */
export const openFolder = (folder: string): Promise<Chatbot> =>
  openChatbot({
    place: folder,
    read: (name) =>
      readFile(join(folder, name)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
        throw error;
      }),
  });
