import { readFile } from 'node:fs/promises';
import { describeFailure } from '../../cli/failure.js';
import type { Chatbot } from '../chatbot.js';
import { textOf } from '../text-of.js';
import { type Version, Versions } from '../versions.js';
import { ReaderProcess } from './reader-process.js';

/** Where a session writes. */
export interface Voice {
  /** A part of an answer, as it comes. */
  write(text: string): void;
  /** A line about what is going on; `isPassing` ones may be overwritten by the next. */
  say(line: string, isPassing?: boolean): void;
}

export const HELP = `Ask something, or:
  /read FILE    learn a text, in the background: questions are answered as before until it is done
  /before ...   ask the version before the last text
  /after ...    ask the version after it, as without a command
  /both ...     ask both
  /rollback     forget the last text
  /help         this
  /quit         leave`;

/** A conversation: one line after another, each a question or a command. */
export class Session {
  readonly #chatbot: Chatbot;
  readonly #folder: string;
  readonly #voice: Voice;
  readonly #steps: number | undefined;
  readonly #reader = new ReaderProcess();
  readonly #versions: Versions;
  #reading: Promise<void> | null = null;
  #isAnswering = false;
  /** What there was to say while an answer was being written. */
  readonly #held: string[] = [];

  constructor(chatbot: Chatbot, { folder, voice, steps }: { folder: string; voice: Voice; steps: number | undefined }) {
    this.#chatbot = chatbot;
    this.#folder = folder;
    this.#voice = voice;
    this.#steps = steps;
    this.#versions = new Versions(chatbot);
  }

  /** Does what a line asks for. False: it asks to leave. */
  async line(text: string): Promise<boolean> {
    const [, command, rest = ''] = /^\/(\w*)\s*(.*)$/.exec(text.trim()) ?? [];
    if (command === undefined) {
      if (text.trim() !== '') await this.#answer(text.trim(), this.#versions.now);
      return true;
    }
    if (command === 'quit') return false;
    if (command === 'help') this.#voice.say(HELP);
    else if (command === 'read') await this.#read(rest);
    else if (command === 'rollback') this.#rollback();
    else if (['before', 'after', 'both'].includes(command)) await this.#compare(command as 'both', rest);
    else this.#voice.say(`There is no /${command}. ${HELP}`);
    return true;
  }

  /** Until a text that is being read has been learned. */
  async settled(): Promise<void> {
    await this.#reading;
  }

  close(): void {
    this.#reader.close();
    this.#versions.dispose();
    this.#chatbot.dispose();
  }

  async #answer(question: string, { speaking }: Version): Promise<void> {
    this.#isAnswering = true;
    try {
      for await (const piece of this.#chatbot.answer(question, speaking)) this.#voice.write(piece);
      this.#voice.write('\n');
    } catch (error) {
      this.#voice.say((error as Error).message);
    } finally {
      this.#isAnswering = false;
      for (const line of this.#held.splice(0)) this.#voice.say(line);
    }
  }

  async #compare(which: 'before' | 'after' | 'both', question: string): Promise<void> {
    const { before, now } = this.#versions;
    if (!before) {
      this.#voice.say('Nothing has been read yet: /read FILE first.');
    } else if (question === '') {
      this.#voice.say(`Ask something: /${which} Where does ... live?`);
    } else {
      if (which !== 'after') await this.#labelled('before', question, before);
      if (which !== 'before') await this.#labelled('after', question, now);
    }
  }

  #labelled(label: string, question: string, version: Version): Promise<void> {
    this.#voice.write(label.padEnd(8));
    return this.#answer(question, version);
  }

  #rollback(): void {
    if (this.#reading) {
      this.#voice.say('It is reading, on top of what it knows now. Wait until that is done.');
      return;
    }
    const text = this.#versions.forget();
    this.#voice.say(text === undefined ? 'There is nothing to forget: nothing has been read.' : `${text} is forgotten.`);
  }

  async #read(file: string): Promise<void> {
    const { say } = this.#voice;
    if (this.#reading) return say('It is still reading. One text at a time.');
    if (file === '') return say('Which file? /read FILE');
    const bytes = await readFile(file).catch((error: Error) => {
      say(`${file} cannot be read: ${error.message}`);
      return null;
    });
    if (bytes === null) return;
    const text = textOf(bytes);
    if (text === null) return say(`${file} cannot be read: it is no text in UTF-8.`);
    const words = text.split(/\s+/).filter((word) => word !== '').length;
    say(`Reading ${file}, ${words} words. Ask on: until it is done, the bot answers as it was.`);
    this.#reading = this.#learn(file, text).finally(() => {
      this.#reading = null;
    });
  }

  async #learn(file: string, text: string): Promise<void> {
    const begun = performance.now();
    let shown = 0;
    try {
      const request = { folder: this.#folder, text, knowledge: this.#versions.now.knowledge, steps: this.#steps };
      const knowledge = await this.#reader.read(request, ({ share, secondsLeft }) => {
        if (share < shown + 0.1) return;
        shown = share;
        const left = secondsLeft === null ? '' : `, about ${Math.ceil(secondsLeft)} s left`;
        if (!this.#isAnswering) this.#voice.say(`${file}: ${Math.round(100 * share)} %${left}`, true);
      });
      await this.#versions.add(file, knowledge);
      const seconds = Math.round((performance.now() - begun) / 1000);
      this.#tell(`${file} is read, in ${seconds} s. /both asks before and after, /rollback forgets it.`);
    } catch (error) {
      const { code = 'CL_RUN', message } = error as { code?: string; message: string };
      this.#tell(`${file} could not be learned; the bot is as it was.\n${describeFailure(code, message)}`);
    }
  }

  /** Says something that no line asked for: behind an answer that is being written. */
  #tell(line: string): void {
    if (this.#isAnswering) this.#held.push(line);
    else this.#voice.say(line);
  }
}
