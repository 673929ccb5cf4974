import { type Command, CommanderError } from 'commander';
import { addChat } from './chat.js';
import { addEntities } from './entities.js';
import { EXIT } from './exit-codes.js';
import { describeError, exitCodeOf, UsageError } from './failure.js';
import { addPretrain } from './pretrain.js';
import { makeProgram } from './program.js';
import { addStudy } from './study.js';

/**
 * Carries out a command line.
 *
 * @param args Without node and the script.
 * @returns The exit code.
 */
export async function main(args: readonly string[]): Promise<number> {
  let code: number = EXIT.ok;
  const done = (value: number) => {
    code = value;
  };
  const program = makeProgram(commandLine(args), done);
  addChat(program, done);
  addEntities(program, done);
  addPretrain(program, done);
  addStudy(program, done);
  for (const command of withParts(program)) command.exitOverride().configureOutput({ writeErr: () => {} });
  try {
    if (args.length === 0) {
      program.outputHelp();
      return EXIT.ok;
    }
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    // The reason of a signal that Ctrl-C set off, where the command has nothing to say of what is kept.
    if (error instanceof DOMException && error.name === 'AbortError') {
      process.stderr.write('Interrupted.\n');
      return EXIT.interrupted;
    }
    const shown = error instanceof CommanderError ? usage(error, args) : error;
    process.stderr.write(`${describeError(shown)}\n`);
    return exitCodeOf(shown);
  }
}

const withParts = (command: Command): Command[] => [command, ...command.commands.flatMap(withParts)];

/** "error: unknown option '--epoch'\n(Did you mean --epochs?)" → "cl run: unknown option '--epoch'. Did you mean --epochs?" */
function usage({ code, message }: CommanderError, [first = '']: readonly string[]): UsageError {
  const text = message.replace(/^error: /, '').replace(/\n?\(Did you mean (.*)\?\)/s, '. Did you mean $1?');
  const name = /^[a-z]+$/.test(first) && code !== 'commander.unknownCommand' ? `cl ${first}` : 'cl';
  return new UsageError(`${name}: ${text}${/[.?]$/.test(text) ? '' : '.'} See ${name} --help.`);
}

/** The command as it could be typed again. */
const commandLine = (args: readonly string[]): string => ['cl', ...args.map(quoted)].join(' ');

const quoted = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
