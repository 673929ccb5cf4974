import { checkInteger } from '@cl/core';
import { loadTensorFlow } from '@cl/node';
import { type BenchRow, bench } from '../bench/bench.js';
import { CELLS, cellsNamed } from '../bench/cells.js';
import { benchLanguage } from '../bench/language.js';
import { LANGUAGE_CELLS } from '../bench/language-cells.js';
import { LANGUAGE_METHODS, languageCellsNamed, languageMethodsNamed } from '../bench/language-methods.js';
import { type MemoryRow, measureMemory } from '../bench/memory.js';
import { METHODS, methodsNamed } from '../bench/methods.js';
import { type PyTorch, startPyTorch } from '../bench/pytorch-rival.js';
import { joined, readSpeed, type SpeedTable } from '../bench/table.js';
import { benchmark } from '../benchmarks/index.js';
import { EXIT } from '../cli/exit-codes.js';
import type { Environment } from '../results/schema.js';
import { writeFileAtomically, writeJson } from '../results/write-file.js';
import { loadBackend } from '../run/backend.js';
import { environmentOf } from '../run/environment.js';
import { milliseconds, NONE } from '../terminal/format.js';
import { colours } from '../terminal/style.js';

export interface BenchRequest {
  /** Language models in place of networks that classify images. */
  readonly language: boolean;
  readonly cells: readonly string[];
  readonly methods: readonly string[];
  readonly turns: number;
  readonly eager: boolean;
  /** Whether 20,000 steps are watched for what they leave behind. */
  readonly memory: boolean;
  readonly python: string;
  readonly data: string | undefined;
  /** File for the rows alone, as a JSON array with one object a line. */
  readonly json: string | undefined;
  /** File for rows and circumstances, of which the table in the documentation is made: what it has of other cells and strategies stays. */
  readonly results: string | undefined;
}

/** Carries out `cl bench`: milliseconds a step against PyTorch, in turns. Returns the exit code. */
export async function benchCommand(request: BenchRequest): Promise<number> {
  checkInteger('cl bench', 'turns', request.turns, { min: 1 });
  const race = request.language ? ofLanguage(request) : ofImages(request);
  const kind = request.language ? 'speed-language' : 'speed';
  await loadTensorFlow();
  const environment = await environmentOf(await loadBackend(null));
  const earlier = () => (request.results ? readSpeed(request.results, { kind, machine: environment.processor }) : null);
  // Asked before anything is timed too: a file that holds something else is refused at once.
  await earlier();
  const data = request.data ?? process.env.CL_DATA;
  const pytorch = data || request.language ? await startPyTorch(request.python, data) : null;
  print(circumstances(pytorch, request, data));
  try {
    const memory = request.memory && !request.language ? await measureMemory(await imagesIn(data)) : null;
    if (memory) print(memoryLine(memory));
    const rows: BenchRow[] = [];
    // After each race: it may be an hour until the last one is over, and somebody may have waited long enough.
    await race(pytorch, data, async (found) => {
      for (const row of found) print(lineOf(row));
      rows.push(...found);
      if (request.json) await writeFileAtomically(request.json, `[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`);
      if (request.results) {
        const made = documentOf(rows, { kind, environment, memory, pytorch, request });
        await writeJson(request.results, joined(made, await earlier()));
      }
    });
    const judged = rows.filter((row) => row.target !== null && ratioOf(row) !== null);
    const missed = judged.filter((row) => ratioOf(row)! > row.target!);
    if (judged.length > 0)
      print(
        missed.length === 0
          ? '\nEvery target is met.'
          : `\n${missed.length} of the compiled cells miss their target; they are shown as they are.`,
      );
    return EXIT.ok;
  } finally {
    pytorch?.close();
  }
}

const print = (text: string) => void process.stdout.write(`${text}\n`);

type Race = (
  pytorch: PyTorch | null,
  data: string | undefined,
  onRows: (rows: readonly BenchRow[]) => Promise<void>,
) => Promise<readonly BenchRow[]>;

function ofImages({ cells: cellNames, methods: methodNames, turns, eager }: BenchRequest): Race {
  const [cells, methods] = [cellsNamed(cellNames), methodsNamed(methodNames)];
  return (pytorch, data, onRows) => bench({ cells, methods, turns, skipEager: !eager, pytorch, ...(data && { data }), onRows });
}

function ofLanguage({ cells: cellNames, methods: methodNames, turns }: BenchRequest): Race {
  const [cells, methods] = [languageCellsNamed(cellNames), languageMethodsNamed(methodNames)];
  return (pytorch, _data, onRows) => benchLanguage({ cells, methods, turns, pytorch, onRows });
}

const imagesIn = (data: string | undefined) =>
  benchmark('split-mnist').load({ scenario: 'task', order: 'sorted', limit: 640, ...(data && { data }) });

/** What is held against the target: PyTorch, or fine-tuning for methods without a loop there. */
const ratioOf = ({ ratioToPyTorch, ratioToFinetune }: BenchRow): number | null => ratioToPyTorch ?? ratioToFinetune ?? null;

function circumstances(pytorch: PyTorch | null, { language, python }: BenchRequest, data: string | undefined): string {
  if (pytorch) return `Against PyTorch ${pytorch.version} on ${pytorch.threads} threads, in turns.\n`;
  const why =
    data || language
      ? `'${python}' has no torch; name another with --python`
      : 'it reads MNIST itself: name the folder with --data or CL_DATA';
  return `Without PyTorch: ${why}.\n`;
}

function memoryLine({ steps, tensors: [few, many], resident: [before, after] }: MemoryRow): string {
  return `${steps} steps of EWC + replay: ${few} tensors after 100, ${many} after all; ${before} MB resident after a tenth, ${after} MB after all.\n`;
}

function lineOf(row: BenchRow): string {
  const { cell, strategy, mode, msPerIteration, spread, ratioToPyTorch, ratioToHandWritten, tokensPerSecond, target } = row;
  const { green, red, dim } = colours(process.stdout);
  const found = ratioOf(row);
  const ratio = found === null ? NONE : `${found.toFixed(2)} × ${ratioToPyTorch === null ? 'fine-tuning' : 'PyTorch'}`;
  const marked = target === null || found === null ? ratio : (found <= target ? green : red)(`${ratio} (≤ ${target})`);
  const hand = ratioToHandWritten === null ? '' : dim(`  ${ratioToHandWritten.toFixed(2)} × hand-written`);
  const pace = tokensPerSecond == null ? '' : `  ${tokensPerSecond.toFixed(0)} tokens a second`;
  return `${cell.padEnd(17)} ${strategy.padEnd(14)} ${mode.padEnd(13)} ${milliseconds(msPerIteration).padStart(8)} ms ± ${milliseconds(spread)}  ${marked}${hand}${pace}`;
}

/** The command that measures the same again, from anywhere: without the places of one machine. */
export function commandOf({
  language,
  cells,
  methods,
  turns,
  eager,
  memory,
}: Omit<BenchRequest, 'python' | 'data' | 'json' | 'results'>): string {
  const flags = [
    ...(language ? ['--language'] : []),
    ...(cells.length > 0 ? [`--cells ${cells.join()}`] : []),
    ...(methods.length > 0 ? [`--strategies ${methods.join()}`] : []),
    `--turns ${turns}`,
    ...(eager || language ? [] : ['--no-eager']),
    ...(memory || language ? [] : ['--no-memory']),
  ];
  return `pnpm exec cl bench ${flags.join(' ')}`;
}

interface Measured {
  readonly kind: SpeedTable['kind'];
  readonly environment: Environment;
  readonly memory: MemoryRow | null;
  readonly pytorch: PyTorch | null;
  readonly request: BenchRequest;
}

function documentOf(rows: readonly BenchRow[], { kind, environment, memory, pytorch, request }: Measured): SpeedTable {
  const { processor, node, tensorflow, commit } = environment;
  const [cells, methods] = request.language ? [LANGUAGE_CELLS, LANGUAGE_METHODS] : [CELLS, METHODS];
  return {
    kind,
    command: commandOf(request),
    commit,
    date: new Date().toISOString().slice(0, 10),
    machine: processor,
    versions: { node, tensorflow, torch: pytorch?.version ?? null },
    threads: { torch: pytorch?.threads ?? null },
    cells: Object.fromEntries(cells.map(({ name, title }) => [name, title])),
    strategies: Object.fromEntries(methods.map(({ name, title }) => [name, title])),
    // Copies, as a table's rows may have more than what is measured here.
    memory: memory && { ...memory },
    rows: rows.map((row) => ({ ...row })),
  };
}
