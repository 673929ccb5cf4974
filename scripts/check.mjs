// `pnpm check`: everything that must hold before a change goes in; the same here and in .ci/run. Goes on after a failure, so that one
// run shows all of them. `--only lint,types` and `--skip tests` choose.

import { buildPackages, prepare } from './lib/prepare.mjs';
import { bold, command, green, red } from './lib/progress.mjs';
import { run, tool } from './lib/tools.mjs';

const script = (name, ...args) => [process.execPath, `scripts/${name}.mjs`, ...args];
const turbo = (...args) => [...tool('turbo'), 'run', ...args, '--output-logs=errors-only', '--no-color'];

/** In the order in which they tell most soonest; `build` before what looks at the builds. */
const checks = {
  lint: () => command('format, lint, house rules', [...tool('@biomejs/biome', 'biome'), 'ci', '--error-on-warnings', '--colors=off']),
  types: () => command('types', turbo('typecheck', '--continue')),
  build: () => buildPackages('build'),
  unused: () => command('unused code, dependencies', [...tool('knip'), '--treat-config-hints-as-errors']),
  api: () => command('public API as recorded', script('api-snapshot', '--check')),
  artefacts: () => command('packed packages', script('test-artefacts')),
  size: () => command('bundle sizes', tool('size-limit')),
  generated: () => command('generated pages as committed', script('generate-docs', '--check')),
  snippets: () => command('snippets of the docs', script('check-snippets')),
  site: () => command('site', script('docs', 'build')),
  tests: async () => (await run(script('test', '--coverage'))).code === 0,
};

const list = (flag) => process.argv.find((_arg, i) => process.argv[i - 1] === flag)?.split(',');
const unknown = [...(list('--only') ?? []), ...(list('--skip') ?? [])].filter((name) => !(name in checks));
if (unknown.length > 0) {
  console.error(red(`No check is called ${unknown.join(', ')}. There are: ${Object.keys(checks).join(', ')}.`));
  process.exit(2);
}
const chosen = Object.keys(checks).filter((name) => (list('--only') ?? [name]).includes(name) && !(list('--skip') ?? []).includes(name));

if (!(await prepare({ build: false }))) process.exit(1);
console.log(bold('Checks'));
const failed = [];
for (const name of chosen) if (!(await checks[name]())) failed.push(name);

if (failed.length > 0) console.error(red(`\nNot as it should be: ${failed.join(', ')}. One alone: pnpm check --only ${failed[0]}`));
else console.log(green('\nAll checks passed.'));
process.exit(failed.length > 0 ? 1 : 0);
