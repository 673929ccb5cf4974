import { loadTensorFlow } from '@cl/node';
import { type BenchRow, bench } from '../bench/bench.js';
import { CELLS, cellsNamed } from '../bench/cells.js';
import { type MemoryRow, measureMemory } from '../bench/memory.js';
import { METHODS, methodsNamed } from '../bench/methods.js';
import { type PyTorch, startPyTorch } from '../bench/pytorch-rival.js';
import { benchmark } from '../benchmarks/index.js';
import { EXIT } from '../cli/exit-codes.js';
import { writeFileAtomically } from '../results/write-file.js';
import { loadBackend } from '../run/backend.js';
import { environmentOf } from '../run/environment.js';
import { milliseconds, NONE } from '../terminal/format.js';
import { colours } from '../terminal/style.js';

export interface BenchRequest {
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
  /** File for rows and circumstances, of which the table in the documentation is made. */
  readonly results: string | undefined;
}

/** Carries out `cl bench`: milliseconds a step against PyTorch, in turns. Returns the exit code. */
export async function benchCommand(request: BenchRequest): Promise<number> {
  const [cells, methods] = [cellsNamed(request.cells), methodsNamed(request.methods)];
  await loadTensorFlow();
  const data = request.data ?? process.env.CL_DATA;
  const pytorch = data ? await startPyTorch(request.python, data) : null;
  const print = (text: string) => void process.stdout.write(`${text}\n`);
  print(circumstances(pytorch, request.python, data));
  try {
    const stream = await benchmark('split-mnist').load({ scenario: 'task', order: 'sorted', limit: 640, ...(data && { data }) });
    const memory = request.memory ? await measureMemory(stream) : null;
    if (memory) print(memoryLine(memory));
    const rows = await bench({
      cells,
      methods,
      turns: request.turns,
      skipEager: !request.eager,
      pytorch,
      ...(data && { data }),
      onRow: (row) => print(lineOf(row)),
    });
    if (request.json) await writeFileAtomically(request.json, `[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`);
    if (request.results)
      await writeFileAtomically(request.results, `${JSON.stringify(await documentOf(rows, { memory, pytorch, request }), null, 2)}\n`);
    const missed = rows.filter(({ ratioToPyTorch, target }) => ratioToPyTorch !== null && target !== null && ratioToPyTorch > target);
    if (pytorch)
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

function circumstances(pytorch: PyTorch | null, python: string, data: string | undefined): string {
  if (pytorch) return `Against PyTorch ${pytorch.version} on ${pytorch.threads} threads, in turns.\n`;
  const why = data
    ? `'${python}' has no torch; name another with --python`
    : 'it reads MNIST itself: name the folder with --data or CL_DATA';
  return `Without PyTorch: ${why}.\n`;
}

function memoryLine({ steps, tensors: [few, many], resident: [before, after] }: MemoryRow): string {
  return `${steps} steps of EWC + replay: ${few} tensors after 100, ${many} after all; ${before} MB resident after a tenth, ${after} MB after all.\n`;
}

function lineOf({ cell, strategy, mode, msPerIteration, spread, ratioToPyTorch, ratioToHandWritten, target }: BenchRow): string {
  const { green, red, dim } = colours(process.stdout);
  const met = ratioToPyTorch !== null && target !== null && ratioToPyTorch <= target;
  const ratio = ratioToPyTorch === null ? NONE : `${ratioToPyTorch.toFixed(2)} × PyTorch`;
  const marked = target === null || ratioToPyTorch === null ? ratio : (met ? green : red)(`${ratio} (≤ ${target})`);
  const hand = ratioToHandWritten === null ? '' : dim(`  ${ratioToHandWritten.toFixed(2)} × hand-written`);
  return `${cell.padEnd(17)} ${strategy.padEnd(14)} ${mode.padEnd(13)} ${milliseconds(msPerIteration).padStart(8)} ms ± ${milliseconds(spread)}  ${marked}${hand}`;
}

/** The command that measures the same again, from anywhere: without the places of one machine. */
export function commandOf({ cells, methods, turns, eager, memory }: Omit<BenchRequest, 'python' | 'data' | 'json' | 'results'>): string {
  const flags = [
    ...(cells.length > 0 ? [`--cells ${cells.join()}`] : []),
    ...(methods.length > 0 ? [`--strategies ${methods.join()}`] : []),
    `--turns ${turns}`,
    ...(eager ? [] : ['--no-eager']),
    ...(memory ? [] : ['--no-memory']),
  ];
  return `pnpm exec cl bench ${flags.join(' ')}`;
}

async function documentOf(
  rows: readonly BenchRow[],
  { memory, pytorch, request }: { memory: MemoryRow | null; pytorch: PyTorch | null; request: BenchRequest },
) {
  const { processor, node, tensorflow, commit } = await environmentOf(await loadBackend(null));
  return {
    kind: 'speed',
    command: commandOf(request),
    commit,
    date: new Date().toISOString().slice(0, 10),
    machine: processor,
    versions: { node, tensorflow, torch: pytorch?.version ?? null },
    threads: { torch: pytorch?.threads ?? null },
    cells: Object.fromEntries(CELLS.map(({ name, title }) => [name, title])),
    strategies: Object.fromEntries(METHODS.map(({ name, title }) => [name, title])),
    memory,
    rows,
  };
}
