import { type Command, Option } from 'commander';
import { dryRun, json, parse } from './flags.js';

interface Flags {
  readonly arms?: readonly string[];
  readonly seeds?: readonly number[];
  readonly set?: readonly string[];
  readonly out?: string;
  readonly results?: string;
  readonly data?: string;
  readonly threads?: number;
  readonly json?: true;
  readonly dryRun?: true;
}

const collect = (text: string, before: readonly string[] = []): string[] => [...before, text];

/** `cl study`: experiments with arms and several measures. */
export function addStudy(program: Command, done: (code: number) => void): void {
  program
    .command('study')
    .summary('an experiment with several arms and measures: language, entities, chat')
    .description(
      'Carries out a study, trial after trial; what is finished is not run again, and what was interrupted goes on. Without a name: which there are.',
    )
    .argument('[name]', 'name of the study')
    .addOption(new Option('--arms <list>', 'only these').argParser(parse.names))
    .addOption(new Option('--seeds <list>', 'seeds, a trial each (default: 1,2,3)').argParser(parse.numbers))
    .addOption(new Option('--set <name=value>', 'a setting of the study; may be repeated').argParser(collect))
    .option('--data <dir>', 'folder with the data sets (default: CL_DATA)')
    .option('--out <dir>', 'folder of the trials (default: runs/study-NAME)')
    .option('--results <dir>', 'also write study-NAME.json there, once all trials are finished')
    .addOption(new Option('--threads <n>', 'threads for one operation').argParser(parse.number))
    .addOption(dryRun())
    .addOption(json())
    .addHelpText(
      'after',
      `
Examples
  cl study                                        which there are, and their arms
  cl study ner-gum --arms finetune,add-ner --seeds 1
`.trimEnd(),
    )
    .action(async (name: string | undefined, { arms, seeds, set, out, results, data, threads, json, dryRun }: Flags) => {
      const { study } = await import('../commands/study.js');
      done(await study({ name, arms, seeds, set, out, results, data, threads, json: json === true, dryRun: dryRun === true }));
    });
}
