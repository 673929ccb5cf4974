import { loadPretrained, savePretrained } from '@cl/models';
import { graph } from '@cl/node';
import { codeOf, messageOf } from '../cli/failure.js';
import { loadBackend } from '../run/backend.js';
import { openFolder } from './folder.js';

/** What a reader is to do: once, then it ends. */
export interface ToReader {
  /** The chatbot's folder. */
  readonly folder: string;
  readonly text: string;
  /** A folder with the knowledge to begin with; null: what the chatbot knew at first. */
  readonly knowledge: string | null;
  readonly steps: number;
  /** Folder for what is known afterwards. */
  readonly to: string;
}

export type FromReader =
  | { readonly type: 'step'; readonly share: number }
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly code: string; readonly message: string };

/** The child process: learns a text, writes what it then knows, and ends. */
export async function serveReader(): Promise<void> {
  const request = await new Promise<ToReader>((resolve) => process.once('message', (message) => resolve(message as ToReader)));
  // Without the parent nobody wants the result.
  process.on('disconnect', () => process.exit(1));
  try {
    await learn(request);
    await send({ type: 'done' });
  } catch (error) {
    await send({ type: 'failed', code: codeOf(error), message: messageOf(error) });
  }
  process.disconnect();
}

async function learn({ folder, text, knowledge, steps, to }: ToReader): Promise<void> {
  const { compiler } = await loadBackend(1);
  const chatbot = await openFolder(folder);
  try {
    const known = knowledge === null ? chatbot.knowledge : chatbot.keep((await loadPretrained(knowledge)).parameters);
    const after = await chatbot.read(text, known, {
      steps,
      ...(compiler === 'graph' && { compiler: graph() }),
      onStep: ({ iteration, iterations }) => send({ type: 'step', share: iteration / iterations }),
    });
    await savePretrained(to, chatbot.model, after);
  } finally {
    chatbot.dispose();
  }
}

const send = (message: FromReader): Promise<void> =>
  new Promise((resolve) => {
    if (process.connected) process.send?.(message, undefined, {}, () => resolve());
    else resolve();
  });
