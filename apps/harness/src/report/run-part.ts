import { benchmarks } from '../benchmarks/index.js';
import { csvOf } from '../results/csv.js';
import type { RunFailure, RunResult, RunSpec } from '../results/schema.js';
import { titleOf } from '../strategies/catalog.js';
import { duration, plural, scenarioTitle } from '../terminal/format.js';
import { numbers } from './figure.js';
import { html, type Markup } from './html.js';

/** What a report is about, beside the results. */
export interface ReportAbout {
  readonly title: string;
  /** The command that makes it again. */
  readonly command: string;
  /** The folder of the runs, as the reader would type it. It is shown, not read. */
  readonly out?: string;
  /** How many runs there were to be; more than there are results: the report says so. */
  readonly planned?: number;
  readonly failures?: readonly RunFailure[];
}

export const benchmarkTitle = (name: string): string => benchmarks.find((known) => known.name === name)?.title ?? name;

/** Part 1: what was run, where, and how it is run again. */
export function runPart(results: readonly RunResult[], about: ReportAbout): Markup {
  const { command, out, failures = [] } = about;
  const planned = Math.max(about.planned ?? 0, results.length + failures.length);
  return html`<section aria-labelledby="run">
<h2 id="run" class="first">What was run</h2>
<div class="command"><pre id="command"><code>${command}</code></pre><button type="button" data-copy="command" hidden>Copy</button></div>
${failures.length > 0 && failureTable(failures)}
${planned > results.length + failures.length && html`<p class="warning">${planned - results.length - failures.length} of ${plural(planned, 'run')} had not ended when this was written.</p>`}
${results.length > 0 && html`<dl class="facts">${facts(results, out).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>`}
${mixed(results)}
${results.length > 0 && taskTables(results)}
${results.length > 0 && csvLink(results, failures, 'results')}
</section>`;
}

/** A link that saves the runs as a file: no script, no network. */
export const csvLink = (results: readonly RunResult[], failures: readonly RunFailure[], name: string): Markup =>
  html`<p><a class="button" download="${name}.csv" href="data:text/csv;charset=utf-8,${encodeURIComponent(csvOf(results, failures))}">CSV, a line a run</a></p>`;

const failureTable = (
  failures: readonly RunFailure[],
): Markup => html`<div class="warning"><p><strong>${plural(failures.length, 'run')} failed.</strong></p>
<ul>${failures.map(({ spec, code, message }) => html`<li>${titleOf(spec.strategy)}, ${scenarioTitle[spec.scenario]}, seed ${spec.seed}: <code>${code}</code> ${message}</li>\n`)}</ul></div>`;

/** Each text once, in the order in which they come. */
const distinct = (results: readonly RunResult[], text: (result: RunResult) => string | null): string[] => [
  ...new Set(results.map(text).filter((one) => one !== null)),
];

function facts(results: readonly RunResult[], out: string | undefined): [string, string][] {
  const seeds = [...new Set(results.map(({ spec }) => spec.seed))].sort((a, b) => a - b);
  const list = (text: (result: RunResult) => string | null) => distinct(results, text).join('; ');
  const starts = results.map(({ startedAt }) => startedAt).sort();
  const ends = results.map(({ finishedAt }) => finishedAt).sort();
  const seconds = results.reduce((sum, { time }) => sum + time.trainSeconds + time.evaluateSeconds, 0);
  const rows: [string, string][] = [
    ['Benchmark', list(({ spec }) => benchmarkTitle(spec.benchmark))],
    ['Scenario', list(({ spec }) => `${scenarioTitle[spec.scenario]}${spec.competing === 'all' ? ', all outputs competing' : ''}`)],
    ['Tasks', list(({ tasks }) => plural(tasks.length, 'task'))],
    ['Runs', `${results.length}; ${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}`],
    [
      'Model',
      list(({ spec: { model } }) =>
        [model.name, model.hidden.join('-'), model.dropout > 0 && `dropout ${model.dropout}`].filter(Boolean).join(' '),
      ),
    ],
    [
      'Optimizer',
      list(({ spec: { optimizer } }) =>
        [`${optimizer.name}, learning rate ${optimizer.learningRate}`, ...settings(optimizer.options)].join(', '),
      ),
    ],
    ['Training of a task', list(({ spec }) => trainingOf(spec))],
    ['Order of classes', list(({ spec }) => (spec.order === 'shuffled' ? 'by the seed' : 'ascending'))],
    ['Steps', list(({ spec }) => (spec.compiler === 'graph' ? 'compiled' : 'eager'))],
    ['Commit', list(({ environment }) => environment.commit && shortCommit(environment.commit)) || 'not in a repository'],
    [
      'Versions',
      list(
        ({ environment: { version, node, tensorflow } }) =>
          `cl ${version}, Node ${node}, ${tensorflow === null ? 'no native TensorFlow' : `TensorFlow ${tensorflow}`}`,
      ),
    ],
    ['Machine', list(({ environment: { processor, platform } }) => `${processor}, ${platform}`)],
    [
      'Ran on',
      list(
        ({ environment: { device, threads, backend } }) => `${device === 'gpu' ? 'GPU' : 'CPU'}, ${plural(threads, 'thread')}, ${backend}`,
      ),
    ],
    ['Time', `${duration(seconds)} of training and tests`],
    ['From, to', period(starts[0]!, ends.at(-1)!)],
  ];
  return out === undefined ? rows : [...rows, ['Folder', out]];
}

const settings = (options: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(options).map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`);

const trainingOf = ({ epochs, iterations, batchSize, limit }: RunSpec): string =>
  [
    iterations === null ? plural(epochs ?? 1, 'epoch') : plural(iterations, 'step'),
    `batches of ${batchSize}`,
    limit.train !== null && `at most ${limit.train} rows`,
  ]
    .filter(Boolean)
    .join(', ');

/** Twelve digits, and '-dirty' where there were changes. */
const shortCommit = (commit: string): string => commit.replace(/^([0-9a-f]{12})[0-9a-f]+/, '$1');

/** '2026-11-24 17:52 – 17:55 UTC' */
function period(from: string, to: string): string {
  const [day, clock] = [(time: string) => time.slice(0, 10), (time: string) => time.slice(11, 16)];
  return `${day(from)} ${clock(from)} – ${day(from) === day(to) ? '' : `${day(to)} `}${clock(to)} UTC`;
}

/** What keeps numbers from being compared with each other. */
function mixed(results: readonly RunResult[]): Markup[] {
  const warnings: [string, (result: RunResult) => string][] = [
    ['versions of the code', ({ environment: { commit, version } }) => `${version} ${commit}`],
    [
      'machines or back ends: their times cannot be compared',
      ({ environment: e }) => `${e.processor} ${e.backend} ${e.device} ${e.tensorflow} ${e.threads}`,
    ],
  ];
  return warnings
    .filter(([, text]) => distinct(results, text).length > 1)
    .map(([what]) => html`<p class="warning">These runs are of several ${what}.</p>`);
}

/** The tasks, once for all seeds that have the same. */
function taskTables(results: readonly RunResult[]): Markup {
  const known = new Map<string, { readonly tasks: RunResult['tasks']; readonly title: string; readonly seeds: Set<number> }>();
  for (const { tasks, spec } of results) {
    const key = JSON.stringify([spec.benchmark, tasks.map(({ name, classes, test }) => [name, classes, test])]);
    const one = known.get(key) ?? { tasks, title: benchmarkTitle(spec.benchmark), seeds: new Set<number>() };
    known.set(key, one);
    one.seeds.add(spec.seed);
  }
  const tables = [...known.values()].map(({ tasks, title, seeds }) => ({
    title: `${title}, seed ${[...seeds].sort((a, b) => a - b).join(', ')}`,
    head: ['task', 'name', 'classes', 'training rows', 'test rows'],
    rows: tasks.map(({ name, classes, train, test }, i) => [String(i + 1), name, classes.join(', '), String(train), String(test)]),
  }));
  return numbers(tables, 'The tasks');
}
