// Result files, results/*.json, as the harness writes them, and the tables made from them. No number in the docs is typed by hand.
//
// { "kind": "benchmark", "id": "split-mnist-class", "title": "Split-MNIST, class-incremental", "command": "npx cl reproduce split-mnist",
//   "commit": "0123abc", "date": "2026-11-24", "machine": "2 cores, CPU", "protocol": "5 tasks × 2 digits, …",
//   "rows": [{ "strategy": "ewc", "label": "EWC", "seeds": 5, "accuracy": { "mean": 0.21, "deviation": 0.01 },
//              "forgetting": { "mean": 0.98, "deviation": 0.01 },
//              "published": { "accuracy": 0.2064, "deviation": 0.005, "source": "van de Ven et al. 2022, table 2" } }] }
//
// { "kind": "speed", …, "rows": [{ "label": "MLP 784-400-400-10, batch 10, EWC", "ours": 0.11, "eager": 2.8, "pytorch": 0.39, "libraries": { "avalanche": 1.2 } }] }
// times in milliseconds a step.
import { existsSync, readdirSync } from 'node:fs';
import { at, readJson } from './tools.mjs';

export const NOT_YET = '*Not measured yet.*';

export const results = () =>
  existsSync(at('results'))
    ? readdirSync(at('results'))
        .filter((name) => name.endsWith('.json'))
        .sort()
        .map((name) => readJson(at('results', name)))
        .filter(({ kind }) => kind === 'benchmark' || kind === 'speed')
    : [];

/** A table in Markdown; the first row names the columns. */
export const table = ([head, ...rows], align = head.map(() => '---')) =>
  [head, align, ...rows]
    .map(
      (cells) =>
        `| ${cells
          .map((cell) =>
            String(cell ?? '–')
              .replaceAll('|', '\\|')
              .replaceAll('\n', ' '),
          )
          .join(' | ')} |`,
    )
    .join('\n');

const percent = (value) => (100 * value).toFixed(1);
const spread = (value) =>
  value?.mean === undefined
    ? '–'
    : value.deviation === undefined
      ? percent(value.mean)
      : `${percent(value.mean)} ± ${percent(value.deviation)}`;
const published = ({ published: it } = {}) =>
  it ? `${percent(it.accuracy)}${it.deviation === undefined ? '' : ` ± ${percent(it.deviation)}`} (${it.source})` : '–';

const made = ({ command, commit, date, machine }) => `\`${command}\` at ${commit.slice(0, 7)}, ${date}, ${machine}.`;

const benchmarkTable = ({ rows }) =>
  table(
    [
      ['strategy', 'accuracy %', 'forgetting %', 'published accuracy %', 'seeds'],
      ...rows.map((row) => [row.label, spread(row.accuracy), spread(row.forgetting), published(row), row.seeds]),
    ],
    ['---', '--:', '--:', '---', '--:'],
  );

/** Every benchmark, or those whose id starts with `prefix`. */
export function benchmarks(prefix = '') {
  const found = results().filter(({ kind, id }) => kind === 'benchmark' && id.startsWith(prefix));
  if (found.length === 0) return NOT_YET;
  return found
    .map((result) => `### ${result.title}\n\n${result.protocol ?? ''}\n\n${benchmarkTable(result)}\n\n${made(result)}`)
    .join('\n\n');
}

/** One strategy's rows in every benchmark, with the line below and the line above. */
export function resultsOf(strategy) {
  const rows = results()
    .filter(({ kind }) => kind === 'benchmark')
    .flatMap((result) => {
      const find = (name) => result.rows.find((row) => row.strategy === name);
      const own = find(strategy);
      return own
        ? [
            [
              result.title,
              spread(own.accuracy),
              spread(find('finetune')?.accuracy),
              spread(find('joint')?.accuracy),
              published(own),
              own.seeds,
            ],
          ]
        : [];
    });
  if (rows.length === 0) return NOT_YET;
  return table(
    [['benchmark', 'accuracy %', 'fine-tuning', 'joint', 'published', 'seeds'], ...rows],
    ['---', '--:', '--:', '--:', '---', '--:'],
  );
}

const milliseconds = (value) => (value === undefined ? '–' : value < 1 ? value.toFixed(3) : value.toFixed(1));

/** Milliseconds a step: compiled, op by op, PyTorch, and libraries on PyTorch. */
export function speed() {
  const found = results().filter(({ kind }) => kind === 'speed');
  if (found.length === 0) return NOT_YET;
  return found
    .map((result) => {
      const libraries = [...new Set(result.rows.flatMap((row) => Object.keys(row.libraries ?? {})))];
      const head = ['milliseconds a step', '@cl, compiled', '@cl, op by op', 'PyTorch loop', ...libraries];
      const rows = result.rows.map((row) => [
        row.label,
        ...[row.ours, row.eager, row.pytorch, ...libraries.map((name) => row.libraries?.[name])].map(milliseconds),
      ]);
      return `${table(
        [head, ...rows],
        head.map((_, i) => (i === 0 ? '---' : '--:')),
      )}\n\n${made(result)}`;
    })
    .join('\n\n');
}
