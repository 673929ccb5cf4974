import { stripVTControlCharacters } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { specsOf } from '../../src/config/specs.js';
import { summarise } from '../../src/report-data/summarise.js';
import { runId } from '../../src/results/identity.js';
import type { RunResult, RunSpec } from '../../src/results/schema.js';
import { duration, percentSpread, roughly } from '../../src/terminal/format.js';
import { progressView } from '../../src/terminal/progress.js';
import { colours } from '../../src/terminal/style.js';
import { resultTable } from '../../src/terminal/table.js';

const { runs } = specsOf(
  { benchmark: 'split-digits', strategies: ['finetune', 'joint', 'replay'], scenarios: ['class', 'task'], seeds: [1, 2] },
  'graph',
);

const resultOf = (spec: RunSpec, accuracy: number) =>
  ({
    id: runId(spec),
    spec,
    metrics: { averageAccuracy: accuracy, forgetting: null },
    time: { trainSeconds: 1, evaluateSeconds: 0.5, msPerIteration: 2 },
    tasks: [],
  }) as unknown as RunResult;

/** Keeps what is written. */
function output(isTTY: boolean) {
  const written: string[] = [];
  const stream = { isTTY, columns: 100, rows: 24, write: (text: string) => written.push(text) > 0, on: () => stream, off: () => stream };
  return {
    stream: stream as unknown as NodeJS.WriteStream,
    text: () => stripVTControlCharacters(written.join('')),
    last: () => stripVTControlCharacters(written.at(-1) ?? ''),
  };
}

describe('progress', () => {
  afterEach(() => vi.useRealTimers());

  it('is a line for each run that has ended, where there is no terminal', () => {
    const { stream, text } = output(false);
    const view = progressView(runs, stream);
    view.event({ type: 'found', spec: runs[0]!, result: resultOf(runs[0]!, 0.2) });
    view.event({ type: 'progress', spec: runs[1]!, progress: { phase: 'train', training: 0, trainings: 5, step: 1, steps: 2, loss: 1 } });
    view.event({ type: 'finished', spec: runs[1]!, result: resultOf(runs[1]!, 0.25) });
    view.event({
      type: 'failed',
      spec: runs[2]!,
      failure: { format: 1, id: 'x', spec: runs[2]!, code: 'CL_DISK', message: '', at: '' },
      stack: null,
    });
    view.end();
    expect(text().trimEnd().split('\n')).toEqual([
      '  1 of 12 runs were there already',
      '  ✓ fine-tuning  class-incremental   seed 2   25.0 %    1.5 s  2/12',
      '  ✗ fine-tuning  task-incremental    seed 1  CL_DISK  3/12',
    ]);
  });

  it('says every five minutes how far runs are, where there is no terminal and none has ended', () => {
    vi.useFakeTimers();
    const { stream, text } = output(false);
    const view = progressView(runs, stream);
    const at = (run: number, step: number) =>
      view.event({
        type: 'progress',
        spec: runs[run]!,
        progress: { phase: 'train', training: 0, trainings: 5, step, steps: 900, loss: 1 },
      });
    const wait = (minutes: number) => vi.setSystemTime(Date.now() + 60_000 * minutes);
    at(0, 10);
    wait(4);
    at(1, 20);
    expect(text()).toBe('');
    wait(1);
    at(0, 30);
    wait(4);
    view.event({ type: 'finished', spec: runs[0]!, result: resultOf(runs[0]!, 0.25) });
    wait(4);
    at(1, 40);
    wait(1);
    at(1, 50);
    expect(text().trimEnd().split('\n')).toEqual([
      '  … fine-tuning  class-incremental   seed 1  step 30 of 900',
      '  … fine-tuning  class-incremental   seed 2  step 20 of 900',
      '  ✓ fine-tuning  class-incremental   seed 1   25.0 %    1.5 s  1/12',
      '  … fine-tuning  class-incremental   seed 2  step 50 of 900',
    ]);
  });

  it.runIf(!process.env.CI)('is a bar for each strategy on a terminal', () => {
    const { stream, text } = output(true);
    const view = progressView(runs, stream);
    for (const spec of runs.slice(0, 4)) view.event({ type: 'finished', spec, result: resultOf(spec, 0.2) });
    view.event({ type: 'progress', spec: runs[4]!, progress: { phase: 'train', training: 0, trainings: 5, step: 1, steps: 1, loss: 0.5 } });
    view.end();
    const end = text();
    expect(end).toMatch(/fine-tuning {2}█{20} {4}4\/4 {4}6\.0 s/);
    expect(end).toMatch(/joint {8}█{5}░{15} {4}0\/4 {11}loss 0\.5/);
    expect(end).toMatch(/replay {7}░{20} {4}0\/4/);
  });
});

describe('the table', () => {
  it('has the upper bound first, the lower last, and the best strategy between them', () => {
    const accuracy: Record<string, number> = { finetune: 0.2, joint: 0.95, replay: 0.9 };
    const results = runs
      .filter(({ scenario }) => scenario === 'class')
      .map((spec) => resultOf(spec, accuracy[spec.strategy]! + spec.seed / 100));
    const lines = resultTable(summarise(results), colours({ isTTY: false }, {})).split('\n');
    expect(lines.map((line) => line.trim().replace(/ {2,}/g, ' | '))).toEqual([
      'class-incremental',
      'strategy | accuracy % | forgetting % | ms/step',
      'joint (upper) | 96.5 ± 0.7 | – | 2.0',
      'replay | 91.5 ± 0.7 | – | 2.0',
      'fine-tuning (lower) | 21.5 ± 0.7 | – | 2.0',
    ]);
  });

  it('tells runs of one strategy apart by what differs', () => {
    const specs = [100, 200].map((capacity) => ({ ...runs.at(-1)!, options: { replay: { capacity } } }));
    expect(summarise(specs.map((spec) => resultOf(spec, 0.9))).map(({ label }) => label)).toEqual([
      'replay (capacity 100)',
      'replay (capacity 200)',
    ]);
  });
});

describe('numbers', () => {
  it('are as people say them', () => {
    expect([2.14, 41.4, 190, 7500].map(duration)).toEqual(['2.1 s', '41 s', '3 min 10 s', '2 h 5 min']);
    expect([3, 47, 600, 9000].map(roughly)).toEqual(['some seconds', 'about 50 s', 'about 10 min', 'about 2.5 h']);
    expect(percentSpread({ mean: 0.881, deviation: 0.0094, values: [] })).toBe('88.1 ± 0.9');
    expect(percentSpread({ mean: -0.0001, deviation: null, values: [] })).toBe('0.0');
  });
});

describe('colours', () => {
  it('are there on a terminal, unless somebody wants none', () => {
    const coloured = (isTTY: boolean, environment: Record<string, string>) => colours({ isTTY }, environment).red('x') !== 'x';
    expect([coloured(true, {}), coloured(false, {}), coloured(false, { FORCE_COLOR: '1' })]).toEqual([true, false, true]);
    expect([
      coloured(true, { NO_COLOR: '1' }),
      coloured(true, { TERM: 'dumb' }),
      coloured(true, { NO_COLOR: '1', FORCE_COLOR: '1' }),
    ]).toEqual([false, false, false]);
  });
});
