// Fills the parts of the pages that are made from the code and from results/*.json: tables of strategies, options, results, speed, budgets;
// and draws the figures of studies.
// `--check` writes nothing and fails if a page is not as it would be written. Needs the builds.
import { mkdirSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { fill, pages, read } from './lib/pages.mjs';
import { claimsTable, pairsTable } from './lib/pairs.mjs';
import { benchmarks, comparison, limits, results, resultsOf, table } from './lib/results.mjs';
import { speed, speedOf } from './lib/speed.mjs';
import { optionsOf, strategies, summaryOf } from './lib/strategies.mjs';
import { study, studyArms } from './lib/studies.mjs';
import { at, readJson } from './lib/tools.mjs';

const methods = await strategies();
const { compose } = await import(pathToFileURL(at('packages', 'core', 'dist', 'index.js')));
const { studyFigures } = await import(pathToFileURL(at('apps', 'harness', 'dist', 'study', 'figures.js')));
const figures = {};
for (const result of results('study')) figures[result.id] = await studyFigures(result);
/** All but fine-tuning, which is the empty composition. */
const composable = methods.filter(({ family }) => family !== 'baseline').map(({ strategy }) => strategy);
const method = (name) => methods.find((each) => each.name === name) ?? fail(`no page in docs/methods makes a strategy called '${name}'`);
function fail(message) {
  throw new Error(message);
}

/** 'Elastic weight consolidation: parameters that …' says in its second half what the method does. */
const does = (each) => summaryOf(each.package.replace('@cl/', ''), each.factory).replace(/^[^:]*: /, '');
const strategyTable = (link) =>
  table([
    ['method', 'what it does', 'keeps', 'paper'],
    ...methods
      .filter(({ family }) => family !== 'baseline')
      .map((each) => [`[${each.title}](${link(each.page)})<br>\`${each.package}\``, does(each), each.keeps, each.paper]),
  ]);

function options(name) {
  const each = method(name);
  const rows = optionsOf(each.package.replace('@cl/', ''), each.factory);
  if (rows.length === 0) return 'None.';
  return table([
    ['option', 'type', ''],
    ...rows.map(({ name: option, type, required, text }) => [`\`${option}\``, `\`${type}\``, required ? `${text} Required.` : text]),
  ]);
}

const sizes = () =>
  table([['package', 'at most'], ...readJson(at('.size-limit.json')).map(({ name, limit }) => [`\`${name}\``, limit])], ['---', '--:']);

const blocksFor = (path) => ({
  strategies: () => strategyTable((page) => (path === 'README.md' ? `docs/methods/${page}.md` : `./${page}`)),
  options,
  results: (strategy) => resultsOf(strategy),
  benchmarks: (prefix) => benchmarks(prefix),
  comparison: (prefix) => comparison(prefix),
  limits: () => limits(),
  claims: () => claimsTable(composable, compose),
  pairs: () => pairsTable(composable, compose),
  speed: (...names) => (names.length > 0 ? speedOf(names) : speed()),
  'speed-language': () => speed(results('speed-language')),
  study: (name) => study(name, figures),
  'study-arms': (name, ...arms) => studyArms(name, arms),
  sizes,
});

const files = new Map(pages().map((path) => [path, fill(read(path), blocksFor(path))]));
const hooks = Object.fromEntries(methods.map(({ name, hooks: filled, claims, requires }) => [name, { hooks: filled, claims, requires }]));
files.set('docs/methods/hooks.json', `${JSON.stringify(hooks, null, 2)}\n`);

for (const { file, svg } of Object.values(figures).flat()) files.set(`docs/public/figures/${file}`, svg);

const current = (path) => {
  try {
    return read(path);
  } catch {
    return '';
  }
};
const stale = [...files].filter(([path, text]) => current(path) !== text);
if (process.argv.includes('--check')) {
  if (stale.length > 0) {
    console.error(`Not as it would be written now: ${stale.map(([path]) => path).join(', ')}. Write it: pnpm generate`);
    process.exit(1);
  }
  console.log('Generated parts are up to date.');
} else {
  mkdirSync(at('docs', 'public', 'figures'), { recursive: true });
  for (const [path, text] of stale) writeFileSync(at(path), text);
  console.log(stale.length > 0 ? `Written: ${stale.map(([path]) => path).join(', ')}.` : 'Nothing changed.');
}
