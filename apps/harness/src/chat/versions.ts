import { loadPretrained } from '@cl/models';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Chatbot } from './chatbot.js';

/** Knowledge as files, by name, as Python's transformers have a model: so it travels between processes and workers. */
export type KnowledgeFiles = { readonly [name: string]: Uint8Array };

/** What is known at a time, and what answers with it. */
export interface Version {
  /** Null: what the chatbot knew at first. */
  readonly knowledge: KnowledgeFiles | null;
  readonly speaking: NamedTensorMap;
  /** Names of what it has read, oldest first. */
  readonly texts: readonly string[];
}

/** All that a chatbot has known: as it was at first, and after each text. A text is forgotten by going back to the version before it. */
export class Versions {
  readonly #chatbot: Chatbot;
  readonly #all: Version[];

  constructor(chatbot: Chatbot) {
    this.#chatbot = chatbot;
    this.#all = [{ knowledge: null, speaking: chatbot.aligned(chatbot.knowledge), texts: [] }];
  }

  get now(): Version {
    return this.#all.at(-1)!;
  }

  /** The version before the last text. Undefined where nothing has been read. */
  get before(): Version | undefined {
    return this.#all.at(-2);
  }

  /** Adds what is known after a text. @throws CL_CHECKPOINT for files that are no model. */
  async add(text: string, knowledge: KnowledgeFiles): Promise<void> {
    const { parameters } = await loadPretrained(knowledge);
    this.#all.push({ knowledge, speaking: this.#chatbot.aligned(parameters), texts: [...this.now.texts, text] });
    tf.dispose(parameters);
  }

  /** Forgets the last text, and gives its name. Undefined where there is none. */
  forget(): string | undefined {
    if (!this.before) return undefined;
    const { speaking, texts } = this.#all.pop()!;
    tf.dispose(speaking);
    return texts.at(-1);
  }

  dispose(): void {
    tf.dispose(this.#all.map(({ speaking }) => speaking));
  }
}
