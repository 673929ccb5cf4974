import { graph } from '@cl/node';
import { codeOf, messageOf } from '../../cli/failure.js';
import { loadBackend } from '../../run/backend.js';
import { learned, type Progress, type Reading } from '../reading.js';
import type { KnowledgeFiles } from '../versions.js';
import { openFolder } from './folder.js';

/** What a reader is to do: once, then it ends. */
export interface ToReader extends Reading {
  /** The chatbot's folder. */
  readonly folder: string;
}

export type FromReader =
  | ({ readonly type: 'step' } & Progress)
  | { readonly type: 'done'; readonly knowledge: KnowledgeFiles }
  | { readonly type: 'failed'; readonly code: string; readonly message: string };

/** The child process: learns a text, sends what it then knows, and ends. */
export async function serveReader(): Promise<void> {
  const request = await new Promise<ToReader>((resolve) => process.once('message', (message) => resolve(message as ToReader)));
  // Without the parent nobody wants the result.
  process.on('disconnect', () => process.exit(1));
  try {
    await send({ type: 'done', knowledge: await learn(request) });
  } catch (error) {
    await send({ type: 'failed', code: codeOf(error), message: messageOf(error) });
  }
  process.disconnect();
}

async function learn({ folder, ...reading }: ToReader): Promise<KnowledgeFiles> {
  const { compiler } = await loadBackend(1);
  const chatbot = await openFolder(folder);
  try {
    return await learned(chatbot, reading, {
      ...(compiler === 'graph' && { compiler: graph() }),
      onStep: (progress) => send({ type: 'step', ...progress }),
    });
  } finally {
    chatbot.dispose();
  }
}

const send = (message: FromReader): Promise<void> =>
  new Promise((resolve) => {
    if (process.connected) process.send?.(message, undefined, {}, () => resolve());
    else resolve();
  });
