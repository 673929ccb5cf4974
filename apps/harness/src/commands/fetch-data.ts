import { createLogUpdate } from 'log-update';
import type { Benchmark } from '../benchmarks/index.js';
import { type DownloadProgress, loadData } from '../data/index.js';
import { bytes } from '../terminal/format.js';
import { isLive } from '../terminal/style.js';

/** Whether data sets were seen by this process: digits come with the package, the others are looked for once, before any run. */
const seen = new Set<string>();

/**
 * Sees to it that a benchmark's data are there, before processes are started that would each find out for themselves.
 *
 * @throws CL_DATA
 */
export async function fetchData(
  { data: name, title }: Benchmark,
  { data, signal, quiet }: { data?: string | undefined; signal: AbortSignal; quiet: boolean },
) {
  if (name === 'digits' || seen.has(name)) return;
  const live = !quiet && isLive(process.stderr);
  const draw = createLogUpdate(process.stderr, { showCursor: true });
  let last = '';
  const progress = ({ file, received, total }: DownloadProgress) => {
    if (live) draw(`${title}: downloading ${file}, ${bytes(received)} of ${bytes(total)}`);
    else if (!quiet && file !== last) process.stderr.write(`${title}: downloading ${file}, ${bytes(total)}\n`);
    last = file;
  };
  await loadData(name, { data, progress, signal });
  if (live) draw.clear();
  seen.add(name);
}
