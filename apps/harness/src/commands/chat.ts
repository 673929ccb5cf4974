import { checkInteger } from '@cl/core';
import { isChatbot, openFolder, ownChatbot } from '../chat/node/folder.js';
import { serveReader } from '../chat/node/reader-child.js';
import { converse } from '../chat/node/terminal.js';
import { trainChatbot } from '../chat/node/train.js';
import { EXIT } from '../cli/exit-codes.js';
import { UsageError } from '../cli/failure.js';
import { loadBackend } from '../run/backend.js';
import { interruptible } from './signals.js';

export interface ChatCommand {
  readonly model: string | undefined;
  readonly steps: number | undefined;
  readonly train: string | undefined;
  readonly data: string | undefined;
  readonly seed: number | undefined;
  readonly reader: boolean;
}

/** Talks with a small chatbot that reads texts on demand; or makes one. Returns the exit code. */
export async function chat({ model, steps, train, data, seed = 1, reader }: ChatCommand): Promise<number> {
  if (reader) {
    await serveReader();
    return EXIT.ok;
  }
  if (train !== undefined && model !== undefined) {
    throw new UsageError('cl chat: --train makes a chatbot, --model names one to talk with. Give one of the two.');
  }
  if (steps !== undefined) checkInteger('cl chat', 'steps', steps, { min: 1 });
  const backend = await loadBackend();
  return interruptible(async (signal) => {
    const make = (folder: string) => {
      const say = (line: string) => void process.stderr.write(`${line}\n`);
      return trainChatbot({ folder, data, seed: checkInteger('cl chat', 'seed', seed, { min: 0 }), backend, signal, say });
    };
    if (train !== undefined) {
      await make(train);
      process.stdout.write(`${train}\n`);
      return EXIT.ok;
    }
    const folder = model ?? ownChatbot();
    if (model === undefined && !isChatbot(folder)) {
      process.stderr.write(`There is no chatbot yet. It is made now, once, in some minutes, and kept in ${folder}.\n`);
      await make(folder);
    }
    await converse(await openFolder(folder), { input: process.stdin, output: process.stdout }, { folder, steps, signal });
    return signal.aborted ? EXIT.interrupted : EXIT.ok;
  });
}
