import { describe, expect, it } from 'vitest';
import { bandOf } from '../../src/reproduce/band.js';
import { expectedToFail, limitsOf } from '../../src/reproduce/limits.js';
import { reproductions } from '../../src/reproduce/published/index.js';
import { type Choice, type ReproducedTable, specsToReproduce, tablesOf } from '../../src/reproduce/reproduce.js';
import { runId } from '../../src/results/identity.js';
import { metricsOf } from '../../src/results/metrics.js';
import type { RunResult, RunSpec } from '../../src/results/schema.js';
import { catalog } from '../../src/strategies/catalog.js';

/** A run that reached `accuracy` on each of two tasks, and `within` where only a task's own classes compete. */
const resultOf = (spec: RunSpec, accuracy: number, within = 0.9): RunResult => {
  const initial = [0.5, 0.5];
  const matrix = (value: number) => [
    [1, 0.5],
    [value, value],
  ];
  return {
    format: 1,
    id: runId(spec),
    spec,
    tasks: [],
    accuracy: matrix(accuracy),
    initial,
    accuracyWithinTask: spec.scenario === 'class' ? matrix(within) : null,
    loss: [],
    metrics: metricsOf({ accuracy: matrix(accuracy), initial, spec }),
    time: { trainSeconds: 1, evaluateSeconds: 1, iterations: 1, msPerIteration: 1 },
    memory: { parameters: 1000, strategy: 100 + spec.seed, resident: 1 },
    measures: { 'packnet.used': 0.25 * spec.seed },
    parameterHash: 'hash',
    environment: {
      node: 'v20',
      platform: 'linux',
      processor: '2 × CPU',
      backend: 'tensorflow',
      device: 'cpu',
      tensorflow: '2',
      threads: 1,
      version: '0',
      commit: 'abc',
    },
    notes: [],
    command: '',
    startedAt: '2026-11-24T00:00:00Z',
    finishedAt: '2026-11-24T01:00:00Z',
  };
};
const command = 'cl x';
const made = (name: string, choice: Choice, reach: (spec: RunSpec) => number, earlier: readonly ReproducedTable[] = []) => {
  const reproduction = reproductions.find((each) => each.name === name)!;
  const results = specsToReproduce(reproduction, choice, 'graph').map((spec) => resultOf(spec, reach(spec)));
  return tablesOf(reproduction, choice, { results, earlier, command, compiler: 'graph' });
};

describe('a band', () => {
  it('is two standard errors of the difference, at least a point; two points where no error is given; and has two sides', () => {
    expect(bandOf({ accuracy: 60, standardError: 3 }, 4)).toEqual({ low: 50, high: 70 });
    expect(bandOf({ accuracy: 60, standardError: 0.01 }, 0)).toEqual({ low: 59, high: 61 });
    expect(bandOf({ accuracy: 60 }, 9)).toEqual({ low: 58, high: 62 });
  });
});

describe('a table', () => {
  it('has target, band, measured mean, spread, seeds, command and commit; too good is out of the band too', () => {
    const choice = { seeds: [1, 2], strategies: ['finetune', 'replay'], scenarios: ['class'] } as const;
    const [table] = made('split-mnist', choice, ({ strategy, seed }) => (strategy === 'finetune' ? 0.198 + 0.002 * (seed - 1) : 0.95));
    expect(table).toMatchObject({
      id: 'split-mnist-class',
      command: 'cl x',
      commit: 'abc',
      seeds: [1, 2],
      trial: null,
    });
    const [low, replay] = table!.rows;
    expect(low!.accuracy.mean).toBeCloseTo(0.199, 12);
    expect(low!.accuracy.standardError).toBeCloseTo(0.001, 12);
    expect(low).toMatchObject({ published: { accuracy: 0.1989, standardError: 0.0002 }, inBand: true, seeds: 2 });
    expect(replay).toMatchObject({ inBand: false });
    expect(replay!.memory.strategy).toBeCloseTo(101.5, 12);
    expect(replay!.measures['packnet.used']).toBeCloseTo(0.375, 12);
  });

  it('reads accuracy within tasks where it says so, and tells buffers apart', () => {
    const tables = made('der-seq-mnist', { seeds: [1], strategies: ['derpp'] }, ({ options }) => Number(options.derpp!.capacity) / 1e4);
    expect(tables.map(({ id, scenario }) => [id, scenario])).toEqual([
      ['der-seq-mnist-class', 'class'],
      ['der-seq-mnist-task', 'task'],
    ]);
    expect(tables[0]!.rows.map(({ buffer, accuracy }) => [buffer, accuracy.mean])).toEqual([
      [200, 0.02],
      [500, 0.05],
      [5120, 0.512],
    ]);
    expect(tables[1]!.rows.map(({ accuracy }) => accuracy.mean)).toEqual([0.9, 0.9, 0.9]);
  });

  it('leaves out a row whose runs are not all there', () => {
    const reproduction = reproductions.find(({ name }) => name === 'split-mnist')!;
    const choice = { seeds: [1, 2], strategies: ['finetune', 'joint'], scenarios: ['task'] } as const;
    const results = specsToReproduce(reproduction, choice, 'graph')
      .filter(({ strategy, seed }) => strategy === 'joint' || seed === 1)
      .map((spec) => resultOf(spec, 0.9));
    const [table] = tablesOf(reproduction, choice, { results, earlier: [], command, compiler: 'graph' });
    expect(table!.rows.map(({ strategy }) => strategy)).toEqual(['joint']);
  });

  describe('that is there already', () => {
    const part = (seeds: number[], strategies?: string[]) => ({ seeds, scenarios: ['class'] as const, ...(strategies && { strategies }) });
    const of = (table: ReproducedTable | undefined) =>
      Object.fromEntries(table!.rows.map(({ label, seeds, accuracy }) => [label, [seeds, Number(accuracy.mean.toFixed(6))]]));
    const two = made('split-mnist', part([1, 2], ['finetune', 'replay']), ({ seed }) => seed / 10);

    it('keeps the rows that were not asked for, and puts new ones in their places', () => {
      const [table] = made('split-mnist', part([1, 2], ['joint', 'replay']), () => 0.9, two);
      expect(of(table)).toEqual({ 'fine-tuning': [2, 0.15], joint: [2, 0.9], 'ER (100 a class)': [2, 0.9] });
      expect(table!.runs).toHaveLength(6);
    });

    it('takes further seeds in', () => {
      const [table] = made('split-mnist', part([3], ['replay']), ({ seed }) => seed / 10, two);
      expect(of(table)).toEqual({ 'fine-tuning': [2, 0.15], 'ER (100 a class)': [3, 0.2] });
      expect(table!.seeds).toEqual([1, 2, 3]);
      expect(table!.rows[1]!.accuracy.deviation).toBeCloseTo(0.1, 12);
    });

    it('gives up runs that had other settings than they would have now', () => {
      const others = two.map((table) => ({ ...table, runs: table.runs.map((run) => ({ ...run, id: `${run.id}x` })) }));
      expect(of(made('split-mnist', part([3], ['replay']), () => 0.3, others)[0])).toEqual({ 'ER (100 a class)': [1, 0.3] });
    });

    it('is left as it is where nothing of it was measured', () => {
      const reproduction = reproductions.find(({ name }) => name === 'split-mnist')!;
      const choice = part([1], ['joint']);
      expect(tablesOf(reproduction, choice, { results: [], earlier: two, command, compiler: 'graph' })).toEqual([]);
    });
  });

  it('says what a composition has more than the better of its parts, seed by seed', () => {
    const choice = { seeds: [1, 2], strategies: ['ewc', 'replay', 'ewc+replay'], scenarios: ['class'] } as const;
    const reached: Record<string, number> = { ewc: 0.2, replay: 0.7, 'ewc+replay': 0.75 };
    const [table] = made('compositions', choice, ({ strategy, seed }) => reached[strategy]! + 0.1 * seed);
    const gains = Object.fromEntries(table!.rows.map(({ strategy, gain }) => [strategy, gain]));
    expect(gains.ewc).toBeNull();
    expect(gains['ewc+replay']).toMatchObject({ over: 'replay' });
    expect(gains['ewc+replay']!.mean).toBeCloseTo(0.05, 12);
    expect(gains['ewc+replay']!.standardError).toBeCloseTo(0, 12);
  });
});

describe('limits', () => {
  it('put what was measured beside what is to be expected', () => {
    const reach = ({ strategy, scenario }: RunSpec) =>
      strategy === 'joint' ? 0.98 : strategy === 'replay' ? 0.9 : scenario === 'task' && strategy === 'ewc' ? 0.97 : 0.2;
    const tables = made('split-mnist', { seeds: [1, 2, 3] }, reach);
    const [block] = limitsOf(tables, 'cl reproduce limits')!.blocks;
    const row = (label: string) => block!.rows.find((each) => each.label === label)!.cells;
    expect(row('EWC').class).toMatchObject({
      accuracy: { mean: expect.closeTo(0.2, 12) },
      seeds: 3,
      fails: true,
      expected: expect.stringContaining('never meet'),
    });
    expect(row('EWC').task).toMatchObject({ fails: false, expected: null, table: 'split-mnist-task' });
    expect(row('ER (100 a class)').class).toMatchObject({ fails: false, expected: null });
    expect(row('ER (100 a class)').class.share).toBeCloseTo(0.7 / 0.78, 12);
    expect(row('separate networks').class).toMatchObject({ accuracy: null, fails: null });
    expect(limitsOf([], 'x')).toBeNull();
  });

  it('expect failure of what keeps and draws no examples where classes compete, and of nothing else', () => {
    const failing = catalog.filter((info) => expectedToFail(info, 'class')).map(({ name }) => name);
    expect(failing).toEqual(expect.arrayContaining(['finetune', 'ewc', 'si', 'lwf', 'gpm', 'spg']));
    for (const name of ['joint', 'replay', 'agem', 'gem', 'icarl', 'generative', 'slda', 'packnet']) expect(failing).not.toContain(name);
    for (const info of catalog) expect(expectedToFail(info, 'task')).toBeNull();
  });
});
