import { type Command, Option } from 'commander';
import type { EntityFlags } from '../commands/entities.js';
import { json, parse } from './flags.js';

/** `cl entities`: named-entity recognition, whose scores are about entities and not about rows. */
export function addEntities(program: Command, done: (code: number) => void): void {
  const number = (flag: string, text: string) => new Option(flag, text).argParser(parse.number);
  program
    .command('entities')
    .summary('named entities whose types or domains come one by one')
    .description(
      'Trains a small transformer on sentences whose entity types, or domains, come one by one, and scores the entities it finds.',
    )
    .argument('[benchmark]', 'ner-wnut17, ner-gum, ner-bionlp13cg, ner-fewnerd, ner-crossner or ner-domains; or give --train and --test')
    .addOption(
      new Option('--strategies <list>', 'as in finetune,extend-ner,replay+extend-ner (default: finetune,add-ner,extend-ner)').argParser(
        parse.names,
      ),
    )
    .option('--train <file>', 'own sentences to learn from: CoNLL columns, .jsonl or .csv, also .gz')
    .option('--test <file>', 'own sentences to test on')
    .addOption(number('--first <n>', 'types of the first step of own files (default: 1)'))
    .addOption(number('--next <n>', 'types of each later step (default: 1)'))
    .option('--protocol <name>', 'which sentences a step gets: split, filter, greedy or all')
    .addOption(number('--order <n>', 'order of the steps: 0 alphabetical, 1 … those of a Latin square'))
    .addOption(number('--seed <n>', 'of the slices and of the training (default: 1)'))
    .addOption(number('--epochs <n>', 'passes over the sentences of each step (default: 12)'))
    .addOption(number('--batch <n>', 'sentences a training step (default: 16)'))
    .addOption(number('--lr <rate>', 'learning rate of Adam (default: 0.002)'))
    .addOption(number('--width <n>', 'size of hidden states (default: 48)'))
    .addOption(number('--layers <n>', 'layers of the transformer (default: 1)'))
    .addOption(number('--length <n>', 'words of a row; longer sentences go on in the next (default: 48)'))
    .addOption(number('--vocabulary <n>', 'numbers that words are hashed to (default: 4096)'))
    .option('--data <dir>', 'folder with the data sets (default: CL_DATA)')
    .addOption(json())
    .addHelpText(
      'after',
      `
Examples
  cl entities ner-gum --data DIR --strategies finetune,extend-ner,replay+extend-ner
  cl entities --train eng.train --test eng.testb --protocol split --order 2
`.trimEnd(),
    )
    .action(async (benchmark: string | undefined, { json, ...flags }: EntityFlags & { json?: true }) => {
      const { entities } = await import('../commands/entities.js');
      done(await entities(benchmark, { ...flags, json: json === true }));
    });
}
