import { createInterface } from 'node:readline';
import { colours } from '../../terminal/style.js';
import type { Chatbot } from '../chatbot.js';
import { Session } from './session.js';

export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WriteStream;
}

export interface ChatOptions {
  readonly folder: string;
  /** Training steps for a text. Default: as many as `Chatbot.read` takes. */
  readonly steps: number | undefined;
  readonly signal: AbortSignal;
}

/** A conversation in a terminal, or of lines that come through a pipe: then nothing but answers and what is going on is written. */
export async function converse(chatbot: Chatbot, { input, output }: Terminal, { folder, steps, signal }: ChatOptions): Promise<void> {
  const { dim, bold } = colours(output);
  const isTerminal = input.isTTY === true && output.isTTY === true;
  const lines = createInterface({ input, output, terminal: isTerminal, prompt: isTerminal ? bold('you  ') : '' });
  let isAnswering = false;
  const session = new Session(chatbot, {
    folder,
    steps,
    voice: {
      write: (text) => void output.write(text),
      say(line, isPassing = false) {
        if (isPassing && !isTerminal) return;
        // What comes in between goes above the line that is being typed.
        if (isTerminal && !isAnswering) output.write('\r\x1b[K');
        output.write(`${dim(line)}\n`);
        if (isTerminal && !isAnswering) lines.prompt(true);
      },
    },
  });
  output.write(`${dim(greeting(chatbot))}\n`);
  lines.prompt();
  const leave = () => lines.close();
  signal.addEventListener('abort', leave);
  try {
    for await (const line of lines) {
      isAnswering = true;
      if (isTerminal && !line.startsWith('/')) output.write(bold('bot  '));
      const goesOn = await session.line(line);
      isAnswering = false;
      if (!goesOn) return;
      lines.prompt();
    }
    // What was piped in may end before a text is read.
    if (!isTerminal && !signal.aborted) await session.settled();
  } finally {
    signal.removeEventListener('abort', leave);
    lines.close();
    session.close();
  }
}

const greeting = ({ weights, people }: Chatbot): string =>
  `A chatbot with ${weights.toLocaleString('en')} weights: a very small one, made to show how one goes on learning. It knows
${people.length} invented people, takes each question by itself, and gets things wrong. Try: Where does ${people[0]} live? What is the job of
${people[1]}? Answer in one word. /help says what else there is.`;
