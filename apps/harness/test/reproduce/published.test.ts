import { eager, Learner } from '@cl/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { benchmark } from '../../src/benchmarks/index.js';
import { makeProgram } from '../../src/cli/program.js';
import { reproductions } from '../../src/reproduce/published/index.js';
import { rowsWithRuns, specsToReproduce, tablesIn, tablesOf } from '../../src/reproduce/reproduce.js';
import type { Row, RowStrategy } from '../../src/reproduce/reproduction.js';
import { canonicalJson, runId } from '../../src/results/identity.js';
import type { RunSpec } from '../../src/results/schema.js';
import { loadBackend } from '../../src/run/backend.js';
import { learnerOptions } from '../../src/run/learner-options.js';
import { partsOf } from '../../src/strategies/catalog.js';
import { isReference, makeStrategy } from '../../src/strategies/make.js';

beforeAll(() => loadBackend());

const tables = reproductions.flatMap((each) => each.tables);
const named = (name: string) => reproductions.find((each) => each.name === name)!;

/** What a learner is checked against: neither seed nor duration, and as many outputs as the stream has classes. */
const OUTPUTS = { 'split-cifar100-10': 100, 'split-cifar100-20': 100 } as const;
const kindOf = ({ scenario, strategy, options, model, optimizer, benchmark: name }: RunSpec) =>
  canonicalJson({ scenario, strategy, options, model: model.name, optimizer: optimizer.name, image: benchmark(name).image });

describe('every reproduction', () => {
  it('has names of its own, and files of its own for its tables', () => {
    expect(new Set(reproductions.map(({ name }) => name)).size).toBe(reproductions.length);
    expect(new Set(tables.map(({ id }) => id)).size).toBe(tables.length);
    for (const { name, tables: own } of reproductions) for (const { id } of own) expect(id.startsWith(name)).toBe(true);
  });

  it('stands in the help of the command', () => {
    const command = makeProgram('cl', () => {}).commands.find((each) => each.name() === 'reproduce')!;
    const described = command.registeredArguments[0]!.description;
    for (const { name } of reproductions) expect(described.split(/[, ]+/)).toContain(name);
  });

  it('names no strategy that cannot be made: it does not compile', () => {
    const good: RowStrategy[] = ['ewc', 'joint', 'ewc+replay'];
    // @ts-expect-error there is no such strategy
    const unknown: RowStrategy = 'ewd';
    // @ts-expect-error a reference stands alone
    const composed: RowStrategy = 'joint+ewc';
    for (const name of [...good, ...tables.flatMap(({ rows }) => rows.map(({ strategy }) => strategy))]) {
      for (const part of partsOf(name)) if (!isReference(part)) expect(() => optionsNeededOnly(part)).not.toThrow(/There is no strategy/);
    }
    for (const name of [unknown, composed]) expect(good).not.toContain(name);
  });

  it.each(reproductions.map((each) => [each.name, each] as const))(
    '%s: each row is a run with options that its strategy has',
    (_, each) => {
      const specs = specsToReproduce(each, { seeds: [1] }, 'eager');
      expect(new Set(specs.map(runId)).size).toBe(specs.length);
      const rows = each.tables.flatMap(({ rows: own }) => own);
      expect(specs.length).toBeLessThanOrEqual(rows.length);
      for (const table of each.tables) {
        for (const { row, specs: own } of rowsWithRuns(table, { seeds: [1, 2, 3] }, 'eager')) {
          expect(
            own.map(({ seed }) => seed),
            `${table.id} ${row.label}`,
          ).toEqual([1, 2, 3]);
          if (row.buffer !== undefined) expect(Math.abs(keptBy(own[0]!, table.benchmark) - row.buffer)).toBeLessThan(20);
          expect(makeStrategy(own[0]!).parts.length).toBe(isReference(row.strategy) ? 0 : partsOf(row.strategy).length);
        }
      }
      // Each kind of learner can be made on a network of the same layers, small ones.
      const kinds = new Map(specs.map((spec) => [kindOf(spec), spec]));
      for (const spec of kinds.values()) {
        const outputs = OUTPUTS[spec.benchmark as keyof typeof OUTPUTS] ?? 10;
        const small = { ...spec, model: { ...spec.model, hidden: spec.model.hidden.map(() => 4) } };
        const learner = new Learner({ ...learnerOptions(small, benchmark(spec.benchmark), outputs, () => {}), compiler: eager() });
        learner.dispose();
      }
    },
  );

  it('has targets that can be: shares of a hundred, with a source', () => {
    for (const { rows, source } of tables) {
      for (const { published } of rows) {
        if (!published) continue;
        expect(published.accuracy).toBeGreaterThan(10);
        expect(published.accuracy).toBeLessThan(100);
        expect(published.source ?? source).toBeTruthy();
      }
    }
  });
});

const optionsNeededOnly = (name: string) => {
  try {
    makeStrategy({ strategy: name, options: {} });
  } catch (error) {
    if (/There is no strategy/.test(String(error))) throw error;
  }
};

/** Rows in the memory of a run at its end. */
function keptBy({ strategy, options }: RunSpec, name: string): number {
  const { capacity, perTask } = options[strategy] as { capacity?: number; perTask?: number };
  return capacity ?? perTask! * benchmark(name).tasks;
}

describe('cells of the reference', () => {
  const cell = (id: string, label: string, buffer?: number): Row =>
    tables.find((table) => table.id === id)!.rows.find((row) => row.label === label && row.buffer === buffer)!;

  it('have the numbers and settings of their publications', () => {
    expect(cell('split-mnist-class', 'EWC')).toMatchObject({
      published: { accuracy: 20.64, standardError: 0.52 },
      settings: { set: { 'ewc.lambda': 1e9 } },
    });
    expect(cell('split-mnist-domain', 'SI')).toMatchObject({ published: { accuracy: 65.36 }, settings: { set: { 'si.c': 5e4 } } });
    expect(cell('permuted-mnist-class', 'DGR')).toMatchObject({ published: { accuracy: 92.19 } });
    expect(cell('split-mnist-task', 'ER (100 a class)').published).toBeNull();
    expect(cell('der-seq-mnist-class', 'DER++', 500)).toMatchObject({
      published: { accuracy: 91 },
      settings: { lr: 0.03, set: { 'derpp.alpha': 1, 'derpp.beta': 0.5, 'derpp.batchSize': 10 } },
    });
    expect(cell('der-seq-mnist-task', 'ER', 5120)).toMatchObject({ published: { accuracy: 99.33 }, settings: { lr: 0.1 } });
    expect(cell('der-rot-mnist', 'A-GEM', 500)).toMatchObject({ published: { accuracy: 80.31 }, settings: { lr: 0.3 } });
    expect(cell('der-perm-mnist', 'GSS', 5120)).toMatchObject({ published: { accuracy: 82.22 }, settings: { lr: 0.03 } });
    // The penalty there has no ½.
    expect(cell('der-perm-mnist', 'oEWC')).toMatchObject({ settings: { set: { 'ewc.lambda': 1.4 } } });
    expect(cell('fisher-variants', 'empirical')).toMatchObject({ published: { accuracy: 99.12, standardError: 0.12 } });
  });

  it('are read twice from the same runs of the DER protocol', () => {
    const both = named('der-seq-mnist');
    const [asClass, asTask] = both.tables;
    // Progressive networks alone are runs of the second table.
    expect(asTask!.rows.length).toBe(asClass!.rows.length + 1);
    const specs = specsToReproduce(both, { seeds: [1, 2] }, 'graph');
    expect(specs.length).toBe(2 * asTask!.rows.length);
    // As there: all ten outputs compete from the beginning.
    expect(specs.filter(({ competing }) => competing !== 'all').map(({ strategy }) => strategy)).toEqual(['progressive', 'progressive']);
  });
});

describe('a part of a reproduction', () => {
  it('is chosen by scenario and strategy', () => {
    const choice = { seeds: [1, 2], scenarios: ['class'], strategies: ['ewc'] } as const;
    const specs = specsToReproduce(named('split-mnist'), choice, 'graph');
    expect(specs.map(({ strategy, scenario, seed }) => [strategy, scenario, seed])).toEqual([
      ['ewc', 'class', 1],
      ['ewc', 'class', 2],
      ['ewc', 'class', 1],
      ['ewc', 'class', 2],
    ]);
    expect(() => tablesIn(named('split-mnist'), { seeds: [1], strategies: ['packnet'] })).toThrow(/has no 'packnet'.*Strategies: finetune/);
  });

  it('is tried out with few steps, whatever its duration, and then compared with nothing', () => {
    const choice = { seeds: [1], trial: 7, strategies: ['finetune'] };
    const [spec] = specsToReproduce(named('der-rot-mnist'), choice, 'graph');
    expect(spec).toMatchObject({ iterations: 7, epochs: null, limit: { test: 200 } });
    expect(tablesOf(named('der-rot-mnist'), choice, { results: [], earlier: [], command: 'x', compiler: 'graph' })).toEqual([]);
  });
});
