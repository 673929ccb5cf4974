import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { command } from './cl.js';

const { cl, at, script } = command();

const COMMANDS = ['run', 'compare', 'resume', 'report', 'list', 'models', 'demo', 'entities', 'study', 'chat', 'setup', 'doctor'];

describe('help', () => {
  it('comes without TensorFlow, and so at once', () => {
    const folder = dirname(script());
    const open = ['cli.js'];
    for (const name of open) {
      const text = readFileSync(join(folder, name), 'utf8');
      // What is imported when the file is, as opposed to `import('…')`.
      for (const [, found] of text.matchAll(/^(?:import|\} from|export .* from)[^'"()]*["']([^'"]+)["'];$/gm)) {
        expect(found).not.toContain('@tensorflow');
        if (found!.startsWith('./') && !open.includes(found!.slice(2))) open.push(found!.slice(2));
      }
    }
    expect(open.length).toBeGreaterThan(1);
  });

  it('names every command, and the exit codes', async () => {
    const { code, stdout } = await cl(['--help']);
    expect(code).toBe(0);
    for (const name of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    expect(stdout).toContain('130  interrupted');
    expect(await cl([])).toMatchObject({ code: 0, stdout });
  });

  it.each(COMMANDS)('of cl %s has two examples', async (name) => {
    const { code, stdout } = await cl([name, '--help']);
    expect(code).toBe(0);
    const examples = stdout.slice(stdout.indexOf('\nExamples\n')).split('\n');
    expect(examples.filter((line) => line.startsWith(`  cl ${name}`))).toHaveLength(2);
  });
});

describe('a study', () => {
  it('is run by its strategies, as benchmarks are', async () => {
    const { code, stdout } = await cl(['run', 'ner-gum', '--strategies', 'finetune,joint', '--seeds', '1', '--dry-run']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/fine-tuning\n {2}joint .*\n\n2 trials, 0 finished/);
    expect(await cl(['study', 'ner-gum', '--arms', 'finetune,joint', '--seeds', '1', '--dry-run'])).toMatchObject({ code: 0, stdout });
  });
});

describe('cl study --dry-run', () => {
  it('has each seed once, and --json says the same as one document', async () => {
    const line = 'study ner-gum --arms finetune,joint --seeds 2,2 --dry-run';
    expect((await cl(line.split(' '))).stdout).toMatch(/^2 trials, 0 finished/m);
    const { code, stdout } = await cl([...line.split(' '), '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      folder: join('runs', 'study-ner-gum'),
      settings: { epochs: 10 },
      trials: [
        { arm: 'finetune', seed: 2 },
        { arm: 'joint', seed: 2 },
      ],
      finished: 0,
      secondsAhead: null,
    });
  });
});

describe('cl report', () => {
  it('leaves a folder alone that has no results', async () => {
    for (const name of ['nothing', 'mine']) {
      const folder = at(name);
      if (name === 'mine') {
        mkdirSync(folder);
        writeFileSync(join(folder, 'report.html'), 'my own');
      }
      const { code, stderr } = await cl(['report', folder]);
      expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringMatching(/^CL_DATA .*there are no results/) });
    }
    expect(existsSync(at('nothing'))).toBe(false);
    expect(readFileSync(at('mine/report.html'), 'utf8')).toBe('my own');
    expect(readdirSync(at('mine'))).toEqual(['report.html']);
    expect((await cl(['report', at('mine/report.html')])).stderr).toMatch(/^CL_DATA .*there are no results/);
  });
});

describe('a command that cannot be carried out', () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['run split-digits --strategy ewc --itertions 3', /CL_OPTION {2}cl run: unknown option '--itertions'\. Did you mean --iterations\?/],
    ['models get minilm', /CL_OPTION {2}cl models: command-argument value 'minilm' is invalid.*Allowed choices are minilm-l6/],
    ['rum split-digits', /CL_OPTION {2}cl: unknown command 'rum'\. Did you mean run\? See cl --help\./],
    ['run split-digit --strategy ewc', /CL_OPTION {2}There is no benchmark 'split-digit'\. Did you mean 'split-digits'\?/],
    ['run split-digits --strategy replayy', /CL_OPTION {2}There is no strategy 'replayy'\. Did you mean 'replay'\?/],
    [
      'run split-digits --strategy ewc --set ewc.lamda=3',
      /CL_OPTION {2}ewc\(\{ lamda: 3 \}\): there is no option 'lamda'\. Did you mean 'lambda'\?/,
    ],
    [
      'run split-digits --strategy ewc --set replay.capacity=3',
      /CL_OPTION {2}--set replay\.capacity: 'replay' is not among the strategies/,
    ],
    ['run split-digits --strategy ewc --epochs 0', /CL_OPTION {2}cl run: epochs: 0 cannot be used/],
    ['run split-digits --strategy ewc --epochs 1 --iterations 4', /CL_OPTION {2}Give --epochs or --iterations, not both/],
    ['run split-digits --strategy joint+ewc', /CL_CONFLICT {2}.*'joint' is a training to compare with/],
    ['run split-digits --strategy packnet', /CL_REQUIREMENT {2}PackNet cannot be used in scenario 'class'/],
    ['run split-digits', /CL_OPTION {2}Name a strategy/],
    ['study ner-gun', /CL_OPTION {2}cl study\(\{ study: 'ner-gun' \}\)/],
    ['study ner-gum --arms finetune,addner', /CL_OPTION .*arms must be one of .*'add-ner'/],
    ['study ner-gum --threads 0', /CL_OPTION .*threads must be a whole number of at least 1/],
    ['entities ner-gum --train own.conll', /CL_OPTION {2}cl entities ner-gum: --train is for own files/],
    ['entities ner-gum --strategies finetune,add-nre', /CL_OPTION .*strategies must be one of 'finetune', .*Did you mean 'add-ner'\?/],
    ['chat --train mine --model theirs', /CL_OPTION {2}cl chat: --train makes a chatbot/],
    ['bench --turns 0', /CL_OPTION .*turns must be a whole number of at least 1/],
    ['reproduce split-mnist --seeds 1.5 --dry-run', /CL_OPTION .*seeds must be a whole number/],
    ['reproduce split-mnist --workers 0 --dry-run', /CL_OPTION .*workers must be a whole number of at least 1/],
    [
      'reproduce split-mnist --strategies finetune,ewk --dry-run',
      /CL_OPTION .*'split-mnist' has no 'ewk'\. Scenarios: task, domain, class\./,
    ],
    ['reproduce split-mnist --steps 5 --results ./results --dry-run', /CL_OPTION {2}--steps is to try something out/],
    ['study ner-gum --set epoch=3', /CL_OPTION .*'ner-gum' has no such setting\. Did you mean epochs\?/],
    ['study ner-gum --set epochs=-3 --dry-run', /CL_OPTION .*--set epochs=-3: expected a number, at least 0/],
    ['run ner-gum --strategies finetune --epochs 3', /CL_OPTION {2}cl run ner-gum: 'epochs' is not for a study\..*cl study ner-gum --set/],
  ];
  it.each(wrong)('cl %s', async (line, message) => {
    const { code, stdout, stderr } = await cl(line.split(' '));
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/docs\/errors\.md#cl-/);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('tells with exit code 1 what else is in the way, and with CL_DEBUG where', async () => {
    const missing = await cl(['run', 'split-mnist', '--strategy', 'ewc', '--data', at('nowhere')]);
    expect(missing).toMatchObject({ code: 1 });
    expect(missing.stderr).toMatch(/^CL_DATA {2}.*--data/m);
    const debug = await cl(['resume', at('nowhere')], { CL_DEBUG: '1' });
    expect(debug).toMatchObject({ code: 1 });
    expect(debug.stderr).toMatch(/^\s+at /m);
  });
});

describe('cl run --dry-run', () => {
  it('says what would run, how many runs, and roughly how long', async () => {
    const line =
      'run split-mnist --scenario class --strategy ewc+replay --seeds 1,2 --iterations 500 --batch 128 --optimizer adam --lr 0.001 --hidden 400,400';
    const { code, stdout } = await cl([...line.split(' '), '--out', at('dry'), '--dry-run']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/EWC \+ replay, class-incremental, seed 2: 2500 steps of 128 .*ewc\.lambda=1000000000/);
    expect(stdout).toMatch(/^2 runs, 2 at a time, .*\d+ (s|min) with native TensorFlow/m);
    const { stdout: json } = await cl([...line.split(' '), '--dry-run', '--json']);
    expect(JSON.parse(json)).toMatchObject({ runs: [{ seed: 1 }, { seed: 2, iterations: 500, model: { hidden: [400, 400] } }] });
  });
});

describe('cl list', () => {
  it('has every strategy with its options and the sources of their defaults', async () => {
    const { stdout } = await cl(['list', '--json']);
    const { benchmarks, strategies } = JSON.parse(stdout) as {
      benchmarks: { name: string }[];
      strategies: { name: string; defaults: { options: object; source: string | null }[] }[];
    };
    expect(benchmarks.map(({ name }) => name)).toContain('split-digits');
    const { defaults } = strategies.find(({ name }) => name === 'ewc')!;
    expect(defaults).toContainEqual(expect.objectContaining({ benchmark: 'split-mnist', scenario: 'task', options: { lambda: 1e5 } }));
    for (const { defaults } of strategies)
      for (const { options, source } of defaults) expect(source !== null || Object.keys(options).length === 0).toBe(true);
  });
});
