import type { Chatbot } from '../chatbot.js';
import { openChatbot } from '../open.js';
import { type KnowledgeFiles, Versions } from '../versions.js';
import { type Context, type Port, serve } from './calls.js';
import { filesAt } from './files.js';
import type { Place } from './place.js';

/** What there is to say of a chatbot. */
export interface About {
  readonly weights: number;
  /** Whom it knows. */
  readonly people: readonly string[];
}

/** What is asked: of the version now, or of the one before the last text. */
export interface Question {
  readonly question: string;
  readonly version: 'now' | 'before';
}

/** What the worker does that answers. */
export type Answers = ReturnType<typeof answers>;

function answers(prepare: () => Promise<unknown>) {
  let chatbot: Chatbot;
  let versions: Versions;
  return {
    async open(place: Place): Promise<About> {
      await prepare();
      chatbot = await openChatbot(filesAt(place));
      versions = new Versions(chatbot);
      return { weights: chatbot.weights, people: chatbot.people };
    },
    /** Its parts are those of the answer. */
    async ask({ question, version }: Question, { part }: Context): Promise<void> {
      const { speaking } = (version === 'before' && versions.before) || versions.now;
      for await (const piece of chatbot.answer(question, speaking)) part(piece);
    },
    knowledge: (): KnowledgeFiles | null => versions.now.knowledge,
    learned: ({ name, knowledge }: { readonly name: string; readonly knowledge: KnowledgeFiles }): Promise<void> =>
      versions.add(name, knowledge),
    forget: (): string | undefined => versions.forget(),
  };
}

/** In a worker of a page: a chatbot, in all its versions. @param prepare Loads what computes. */
export const serveAnswers = (port: Port, prepare: () => Promise<unknown>): void => serve(port, answers(prepare));
