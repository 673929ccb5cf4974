import { describe, expect, it } from 'vitest';
import { benchmark, benchmarks } from '../../src/benchmarks/index.js';
import { checkSettings } from '../../src/config/read.js';
import { specsOf } from '../../src/config/specs.js';
import { runId } from '../../src/results/identity.js';
import { learnerOptions } from '../../src/run/learner-options.js';
import { catalog, partsOf } from '../../src/strategies/catalog.js';
import { isReference, makeStrategy, optionNames } from '../../src/strategies/make.js';

const specs = (settings: object) => specsOf(checkSettings({ benchmark: 'split-mnist', ...settings }, 'test'), 'graph');
const first = (settings: object) => specs(settings).runs[0]!;

describe('defaults that depend on the size of a memory', () => {
  const derpp = (set: Record<string, unknown>) =>
    first({
      strategies: ['derpp'],
      scenarios: 'class',
      set: Object.fromEntries(Object.entries(set).map(([name, value]) => [`derpp.${name}`, value])),
    }).options.derpp;

  it('are those of the size in the paper that is nearest', () => {
    expect(derpp({})).toMatchObject({ capacity: 200, alpha: 0.2, beta: 1, batchSize: 128 });
    expect(derpp({ capacity: 500 })).toMatchObject({ capacity: 500, alpha: 1, beta: 0.5, batchSize: 10 });
    expect(derpp({ capacity: 5120 })).toMatchObject({ capacity: 5120, alpha: 0.2, beta: 0.5, batchSize: 64 });
    expect(derpp({ capacity: 3000, beta: 2 })).toMatchObject({ capacity: 3000, alpha: 0.2, beta: 2, batchSize: 64 });
  });

  it('are the first where the memory is told otherwise', () => {
    expect(derpp({ perClass: 20 })).toEqual({ perClass: 20, alpha: 0.2, beta: 1, batchSize: 128 });
  });
});

describe('the runs that settings describe', () => {
  it('are by strategy, scenario and seed', () => {
    const { runs } = specs({ strategies: ['ewc', 'replay'], scenarios: 'class,task', seeds: [1, 2] });
    expect(runs.map(({ strategy, scenario, seed }) => `${strategy} ${scenario} ${seed}`)).toEqual([
      'ewc class 1',
      'ewc class 2',
      'ewc task 1',
      'ewc task 2',
      'replay class 1',
      'replay class 2',
      'replay task 1',
      'replay task 2',
    ]);
  });

  it('says which command is for named entities', () => {
    expect(() => specs({ benchmark: 'ner-gum', strategies: ['ewc'] })).toThrow(/cl study ner-gum.*cl entities ner-gum/);
    // Not all of them have a study.
    expect(() => specs({ benchmark: 'ner-crossner', strategies: ['ewc'] })).toThrow(
      /entities\. With a small network.*: cl entities ner-crossner/,
    );
  });

  it('have what the benchmark has where nothing is said', () => {
    expect(first({ strategy: 'finetune' })).toMatchObject({
      scenario: 'class',
      options: {},
      model: { name: 'mlp', hidden: [400, 400], dropout: 0 },
      optimizer: { name: 'adam', learningRate: 0.001, options: {} },
      iterations: 2000,
      epochs: null,
      batchSize: 128,
      seed: 1,
      compiler: 'graph',
    });
  });

  it('give joint training as many steps as all tasks have together', () => {
    expect(first({ strategy: 'joint', iterations: 10 }).iterations).toBe(50);
    expect(first({ strategy: 'joint', epochs: 3 })).toMatchObject({ epochs: 3, iterations: null });
  });

  it('make one pass over a stream without boundaries, and leave out what needs them', () => {
    const { runs, leftOut } = specs({ strategies: ['replay', 'ewc'], scenario: 'free' });
    expect(runs).toMatchObject([{ strategy: 'replay', epochs: 1, iterations: null }]);
    expect(leftOut).toMatchObject([{ strategy: 'ewc', why: expect.stringContaining('where one task ends') }]);
  });

  it('leave a strategy out of a scenario where its outputs would be those of another network', () => {
    const { runs, leftOut } = specs({ strategies: ['dmc'], scenarios: ['class', 'domain', 'task'] });
    expect(runs.map(({ scenario }) => scenario)).toEqual(['class', 'task']);
    expect(leftOut).toEqual([{ strategy: 'dmc', scenario: 'domain', why: expect.stringMatching(/^dmc puts outputs of two networks/) }]);
  });

  it('know which option takes the place of which', () => {
    expect(first({ strategy: 'replay' }).options.replay).toMatchObject({ perClass: 100 });
    const { replay } = first({ strategy: 'replay', set: { 'replay.capacity': 50 } }).options;
    expect(replay).toMatchObject({ capacity: 50 });
    expect(replay).not.toHaveProperty('perClass');
  });

  it("let all outputs compete where that is asked for, in scenario 'class' alone", () => {
    const { runs } = specs({ strategies: ['ewc'], scenarios: 'class,task', competing: 'all' });
    expect(runs.map(({ scenario, competing }) => [scenario, competing])).toEqual([
      ['class', 'all'],
      ['task', undefined],
    ]);
    expect(learnerOptions(runs[0]!, benchmark('split-mnist'), 10, () => {})).toMatchObject({ scenario: 'class', competing: 'all' });
    expect(() => specs({ strategies: ['ewc'], scenarios: 'task,domain', competing: 'all' })).toThrow(
      "--competing all: only in scenario 'class' is there a choice of what competes, not in task, domain.",
    );
  });

  it('hand options to the optimizer', () => {
    expect(first({ strategy: 'ewc', set: { optimizer: { beta1: 0.8 } } }).optimizer.options).toEqual({ beta1: 0.8 });
    expect(() => first({ strategy: 'ewc', set: { 'optimizer.momentum': 0.8 } })).toThrow(/adam.*no option 'momentum'/);
  });

  it('say in full what they are made of: made again from a spec, a strategy has the same options', () => {
    for (const { name } of catalog) {
      const spec = first({ strategy: name, scenario: 'task' });
      const options = Object.fromEntries(makeStrategy(spec).parts.map((part) => [part.name, part.options ?? {}]));
      for (const part of partsOf(name).filter((part) => !isReference(part))) expect(options[part]).toMatchObject(spec.options[part]!);
    }
  });
});

describe('an identity', () => {
  const spec = first({ strategy: 'ewc' });
  it('is of what decides the numbers, in whatever order it is written', () => {
    const shuffled = Object.fromEntries(Object.entries(spec).reverse()) as typeof spec;
    expect(runId(shuffled)).toBe(runId(spec));
    expect(runId(first({ strategy: 'ewc', out: 'elsewhere', workers: 3, data: 'there' }))).toBe(runId(spec));
  });

  it('is that of earlier runs where nothing is said of what competes, or that it is as it was', () => {
    expect(runId(first({ strategy: 'ewc', competing: 'seen' }))).toBe(runId(spec));
    expect(spec).not.toHaveProperty('competing');
  });

  it('differs for each setting that does', () => {
    const others = [
      { seeds: 2 },
      { iterations: 1 },
      { lr: 0.1 },
      { batch: 1 },
      { slots: 'reset' },
      { limit: 9 },
      { order: 'sorted' },
      { competing: 'all' },
      { set: { 'ewc.lambda': 1 } },
    ];
    const ids = others.map((other) => runId(first({ strategy: 'ewc', ...other })));
    expect(new Set([...ids, runId(spec), runId({ ...spec, compiler: 'eager' })]).size).toBe(others.length + 2);
  });
});

describe('every strategy', () => {
  it('has options that can be used on every benchmark in every scenario, or a reason why not', () => {
    for (const { name, scenarios } of benchmarks) {
      const { runs, leftOut } = specsOf(
        { benchmark: name, scenarios: [...scenarios], strategies: catalog.map((info) => info.name) },
        'graph',
      );
      expect(runs.length + leftOut.length).toBe(scenarios.length * catalog.length);
    }
  });

  it('has options that can be set', () => {
    expect(optionNames('ewc')).toEqual(expect.arrayContaining(['lambda', 'mode']));
    expect(optionNames('joint')).toEqual([]);
    for (const { name } of catalog) for (const option of optionNames(name)) expect(option).toMatch(/^\w+$/);
  });
});
