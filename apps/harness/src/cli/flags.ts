import { type Command, InvalidArgumentError, Option } from 'commander';

const number = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) throw new InvalidArgumentError('Expected a number.');
  return value;
};
const numbers = (text: string): number[] => text.split(',').map(number);
const names = (text: string): string[] => text.split(',').map((name) => name.trim());
const collect = (text: string, before: readonly string[] = []): string[] => [...before, text];

/** Flags of `run` and `compare` alike; what they mean is checked where the settings are. */
export function addSettings(command: Command): Command {
  return command
    .addOption(new Option('--seeds <list>', 'seeds, one run each').argParser(numbers))
    .addOption(new Option('--epochs <n>', 'passes over the data of each task').argParser(number))
    .addOption(new Option('--iterations <n>', 'or training steps on each task').argParser(number))
    .addOption(new Option('--batch <n>', 'rows a step').argParser(number))
    .addOption(new Option('--optimizer <name>', 'sgd, momentum, adam or adamW'))
    .addOption(new Option('--lr <rate>', 'learning rate').argParser(number))
    .addOption(new Option('--model <name>', 'mlp or cnn'))
    .addOption(new Option('--hidden <list>', 'units of each hidden layer, as in 400,400').argParser(numbers))
    .addOption(new Option('--dropout <share>', 'share of hidden units dropped in training').argParser(number))
    .addOption(new Option('--competing <which>', 'outputs that compete in scenario class: seen (those of classes so far) or all'))
    .addOption(new Option('--slots <what>', 'averages of the optimizer where a task begins: keep or reset'))
    .addOption(
      new Option('--set <name=value>', 'option of a strategy or of the optimizer, as in ewc.lambda=100; may be repeated').argParser(
        collect,
      ),
    )
    .addOption(new Option('--limit <rows>', 'at most so many training rows a task, or training,test').argParser(numbers))
    .addOption(new Option('--order <how>', 'classes of split benchmarks: shuffled by the seed, or sorted'))
    .addOption(new Option('--config <file>', 'YAML file with the same settings; flags win'))
    .addOption(new Option('--out <dir>', 'folder of the runs (default: runs/BENCHMARK-HASH)'))
    .addOption(new Option('--data <dir>', 'folder with the data sets (default: CL_DATA, else downloaded once)'))
    .addOption(new Option('--checkpoint-every <n>', 'steps between checkpoints (default: by time)').argParser(number))
    .addOption(new Option('--eager', 'run steps op by op, not compiled'))
    .addOption(new Option('--threads <n>', 'threads of each process for one operation').argParser(number))
    .addOption(new Option('--workers <n>', 'processes at a time (default: one a processor)').argParser(number));
}

/** Values of flags, for the commands that have fewer of them. */
export const parse = { names, numbers, number };

/** `--json`, where a command has something to say. */
export const json = (): Option => new Option('--json', 'one JSON document on stdout in place of text');

export const dryRun = (): Option => new Option('--dry-run', 'say what would run and how long it would take, and run nothing');

/** `--set a.b=1` given several times, as a record. */
export const assignmentsOf = async (set: readonly string[] | undefined): Promise<Record<string, unknown> | undefined> => {
  if (!set) return undefined;
  const { parseAssignment } = await import('../config/read.js');
  return Object.fromEntries(set.map(parseAssignment));
};
