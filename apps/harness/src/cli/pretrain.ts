import { type Command, Option } from 'commander';
import type { PretrainFlags } from '../commands/pretrain.js';
import { DOMAIN_NAMES } from '../data/domain-names.js';
import { PRETRAIN_DEFAULTS as DEFAULTS, LANGUAGE_KINDS } from '../pretrain/settings.js';
import { json, parse } from './flags.js';

/** `cl pretrain`: a small language model to begin with, since none that is small enough comes with its head. */
export function addPretrain(program: Command, done: (code: number) => void): void {
  const number = (flag: string, text: string) => new Option(flag, text).argParser(parse.number);
  program
    .command('pretrain')
    .summary('a small language model, trained on general text')
    .description(
      'Trains a small language model from nothing, with a tokenizer of its own, and saves both as loadPretrained and transformers read them.',
    )
    .addOption(
      new Option('--kind <what>', 'an encoder that finds hidden tokens, or a decoder that finds the next (default: mlm)').choices(
        LANGUAGE_KINDS,
      ),
    )
    .addOption(new Option('--domains <list>', `what it reads: ${DOMAIN_NAMES.join(', ')} (default: wiki)`).argParser(parse.names))
    .addOption(number('--width <n>', `size of hidden states (default: ${DEFAULTS.width})`))
    .addOption(number('--layers <n>', `layers (default: ${DEFAULTS.layers})`))
    .addOption(number('--heads <n>', `attention heads, which divide the width (default: ${DEFAULTS.heads})`))
    .addOption(number('--sequence <n>', `tokens of a row (default: ${DEFAULTS.sequence})`))
    .addOption(number('--vocabulary <n>', `tokens that there are (default: ${DEFAULTS.vocabulary})`))
    .addOption(number('--steps <n>', `training steps (default: ${DEFAULTS.steps})`))
    .addOption(number('--batch <n>', `rows a step (default: ${DEFAULTS.batch})`))
    .addOption(number('--rate <n>', `largest learning rate (default: ${DEFAULTS.rate})`))
    .addOption(number('--seed <n>', `of weights and of the order of the texts (default: ${DEFAULTS.seed})`))
    .option('--out <dir>', 'folder of the model (default: models/KIND-LAYERSxWIDTH-seedSEED)')
    .option('--data <dir>', 'folder with the data sets (default: CL_DATA)')
    .addOption(json())
    .addHelpText(
      'after',
      '\nExamples\n' +
        '  cl pretrain --out models/small               some minutes on two cores\n' +
        '  cl pretrain --kind causal --steps 500        a decoder, to try it out\n\n' +
        'Ctrl-C saves; the same command goes on. The same command gives the same weights.',
    )
    .action(async ({ json, ...flags }: PretrainFlags & { readonly json?: true }) => {
      const { pretrainCommand } = await import('../commands/pretrain.js');
      done(await pretrainCommand({ ...flags, json: json === true }));
    });
}
