import { benchmarks } from '../benchmarks/index.js';
import { EXIT } from '../cli/exit-codes.js';
import { catalog } from '../strategies/catalog.js';
import { defaultsFor } from '../strategies/defaults.js';
import { optionNames } from '../strategies/make.js';
import { colours } from '../terminal/style.js';

/** Says what there is. Returns the exit code. */
export function listAll({ what, json }: { readonly what: 'benchmarks' | 'strategies' | undefined; readonly json: boolean }): number {
  const found = {
    ...(what !== 'strategies' && { benchmarks: benchmarks.map(({ load: _, ...about }) => about) }),
    ...(what !== 'benchmarks' && {
      strategies: catalog.map((info) => ({ ...info, options: optionNames(info.name), defaults: defaultsOn(info.name) })),
    }),
  };
  if (json) process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  else
    process.stdout.write(
      `${[...(found.benchmarks ? benchmarkLines() : []), ...(found.benchmarks && found.strategies ? [''] : []), ...(found.strategies ? strategyLines() : [])].join('\n')}\n`,
    );
  return EXIT.ok;
}

/** The options that differ from a strategy's own defaults, on each benchmark and in each scenario, with their source. */
const defaultsOn = (strategy: string) =>
  benchmarks.flatMap(({ name, scenarios, tasks, defaults: { batchSize } }) =>
    scenarios.map((scenario) => ({ benchmark: name, scenario, ...defaultsFor(strategy, { benchmark: name, scenario, tasks, batchSize }) })),
  );

function benchmarkLines(): string[] {
  const { bold, dim } = colours(process.stdout);
  return [
    bold('Benchmarks'),
    ...benchmarks.map(({ name, description, scenarios }) => `  ${name.padEnd(20)} ${description} ${dim(scenarios.join(', '))}`),
  ];
}

function strategyLines(): string[] {
  const { bold, dim } = colours(process.stdout);
  const settable = (name: string): string => {
    const options = optionNames(name);
    return options.length > 0 ? dim(` --set ${name}.{${options.join(',')}}`) : '';
  };
  const families = [...new Set(catalog.map(({ family }) => family))];
  const lines = families.flatMap((family) => [
    dim(`  ${family}`),
    ...catalog
      .filter((info) => info.family === family)
      .map(({ name, description }) => `  ${name.padEnd(12)} ${description}${settable(name)}`),
  ]);
  return [
    bold('Strategies'),
    ...lines,
    '',
    dim('  Combined with +, in this order: ewc+replay. Defaults and where they come from: cl list strategies --json'),
  ];
}
