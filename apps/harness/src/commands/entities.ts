import {
  ContinualLearningError,
  checkInteger,
  checkNumber,
  checkOneOf,
  type EntityStream,
  hashedWords,
  type SlicingProtocol,
} from '@cl/core';
import { entityBenchmarks, entityFiles } from '../benchmarks/entities.js';
import { EXIT } from '../cli/exit-codes.js';
import { UsageError } from '../cli/failure.js';
import { type EntityReport, entityStrategy, runEntities } from '../run/entities.js';
import { colours } from '../terminal/style.js';
import { columns } from '../terminal/table.js';
import { interruptible } from './signals.js';

export interface EntityFlags {
  readonly strategies?: readonly string[];
  readonly train?: string;
  readonly test?: string;
  readonly first?: number;
  readonly next?: number;
  readonly protocol?: string;
  readonly order?: number;
  readonly seed?: number;
  readonly epochs?: number;
  readonly batch?: number;
  readonly lr?: number;
  readonly width?: number;
  readonly layers?: number;
  readonly length?: number;
  readonly vocabulary?: number;
  readonly data?: string;
}

/** Trains strategies on a stream of tagged sentences, one after another, and says how well entities are found. Returns the exit code. */
export async function entities(
  benchmark: string | undefined,
  { json, ...flags }: EntityFlags & { readonly json: boolean },
): Promise<number> {
  const who = 'cl entities';
  const integer = (name: 'seed' | 'epochs' | 'batch' | 'width' | 'layers' | 'length' | 'vocabulary', otherwise: number, min = 1) =>
    checkInteger(who, name, flags[name] ?? otherwise, { min });
  const strategies = flags.strategies ?? ['finetune', 'add-ner', 'extend-ner'];
  // Mistakes show before anything is trained.
  strategies.forEach(entityStrategy);
  const [length, vocabulary] = [integer('length', 48), integer('vocabulary', 4096, 2)];
  const stream = await streamOf(benchmark, flags, hashedWords({ length, long: 'split', buckets: vocabulary }));
  const settings = {
    ...{ stream, length, vocabulary, seed: integer('seed', 1, 0) },
    ...{ epochs: integer('epochs', 12), batchSize: integer('batch', 16), width: integer('width', 48), layers: integer('layers', 1) },
    learningRate: checkNumber(who, 'lr', flags.lr ?? 2e-3, { above: 0 }),
  };
  const { dim } = colours(process.stderr);
  return interruptible(async (signal) => {
    const reports: EntityReport[] = [];
    for (const strategy of strategies) {
      const onTask = (name: string, { macro, micro }: { macro: number; micro: number }) => {
        if (!json) process.stderr.write(`${dim(`${strategy}, ${name}: macro F1 ${percent(macro)}, micro ${percent(micro)}`)}\n`);
      };
      reports.push(await runEntities({ ...settings, strategy, signal, onTask }));
    }
    const { stream: _, ...said } = settings;
    const report = { benchmark: benchmark ?? 'own files', settings: said, steps: stream.steps, recipe: stream.recipe ?? null, reports };
    process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : `${table(reports)}\n`);
    return EXIT.ok;
  });
}

async function streamOf(benchmark: string | undefined, flags: EntityFlags, encoder: ReturnType<typeof hashedWords>): Promise<EntityStream> {
  const { train, test, first, next, order, seed, data } = flags;
  const protocol = flags.protocol as SlicingProtocol | undefined;
  const slicing = { ...(protocol && { protocol }), ...(order !== undefined && { order }), ...(seed !== undefined && { seed }) };
  if (benchmark !== undefined) {
    const own = (['train', 'test', 'first', 'next'] as const).find((name) => flags[name] !== undefined);
    if (own) throw new UsageError(`cl entities ${benchmark}: --${own} is for own files. Leave it out, or the benchmark.`);
    const names = entityBenchmarks.map(({ name }) => name);
    const found = entityBenchmarks[names.indexOf(checkOneOf('cl entities', 'benchmark', benchmark, names))]!;
    return found.load({ encoder, ...slicing, ...(data !== undefined && { data }) });
  }
  if (train === undefined || test === undefined) {
    throw new ContinualLearningError('CL_OPTION', 'cl entities: give a benchmark, or your own files with --train and --test.');
  }
  return entityFiles({ train, test, encoder, ...slicing, ...(first !== undefined && { first }), ...(next !== undefined && { next }) });
}

const percent = (share: number): string => (100 * share).toFixed(1);

function table(reports: readonly EntityReport[]): string {
  const { bold } = colours(process.stdout);
  const head = ['strategy', 'macro F1', 'micro F1', 'macro, end', 'micro, end', 'interference'].map((title) => bold(title));
  const rows = reports.map(({ strategy, tasks, mean, backwardInterference }) => [
    ...[strategy, percent(mean.macro), percent(mean.micro), percent(tasks.at(-1)!.macro), percent(tasks.at(-1)!.micro)],
    backwardInterference === null ? '–' : percent(backwardInterference),
  ]);
  return columns([head, ...rows], head.length);
}
