import { type Command, Option } from 'commander';
import { parse } from './flags.js';

interface Flags {
  readonly model?: string;
  readonly steps?: number;
  readonly train?: string;
  readonly data?: string;
  readonly seed?: number;
  readonly reader?: true;
}

/** `cl chat`: a chatbot that goes on learning. */
export function addChat(program: Command, done: (code: number) => void): void {
  program
    .command('chat')
    .summary('a small chatbot that learns texts while you talk')
    .description(
      'Talks with a very small chatbot. /read FILE teaches it a text in the background; /before, /after and /both compare, /rollback forgets.',
    )
    .option('--model <dir>', 'folder of a chatbot (default: your own, made the first time, in some minutes)')
    .addOption(new Option('--steps <n>', 'training steps for a text (default: 80)').argParser(parse.number))
    .option('--train <dir>', 'make a chatbot there, in some minutes, in place of talking')
    .option('--data <dir>', 'folder with the data sets, to make one (default: CL_DATA)')
    .addOption(new Option('--seed <n>', 'seed, to make one (default: 1)').argParser(parse.number))
    .addOption(new Option('--reader', 'what a chat starts to read a text').hideHelp())
    .addHelpText(
      'after',
      `
Examples
  cl chat                                  ask it who it is, and about the people it knows
  cl chat --train mine --data /srv/data    another one; then: cl chat --model mine
`.trimEnd(),
    )
    .action(async ({ reader, ...flags }: Flags) => {
      const { chat } = await import('../commands/chat.js');
      const { model, steps, train, data, seed } = flags;
      done(await chat({ model, steps, train, data, seed, reader: reader === true }));
    });
}
