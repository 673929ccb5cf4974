import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { dataError } from './data-error.js';
import { type DownloadProgress, download } from './download.js';
import type { DataFile, DataSource } from './sets.js';

/** Where data are looked for. */
export interface DataOptions {
  /** A folder with a folder for each data set in it. Default: that of the environment variable CL_DATA. */
  readonly data?: string | undefined;
  /** Default: the environment of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Called while a file is downloaded. */
  readonly progress?: (progress: DownloadProgress) => void;
  /** Stops a download; what has arrived is kept for the next time. */
  readonly signal?: AbortSignal;
}

/**
 * The path of a file of a data set. In the folder that was named, by `data` or by CL_DATA, it must be there: nothing is
 * downloaded behind the back of someone who says where the data are. Without such a folder it is downloaded, once, into the
 * user's cache folder.
 *
 * @throws CL_DATA if it is not there, or cannot be downloaded.
 */
export async function locate(source: DataSource, file: DataFile, options: DataOptions = {}): Promise<string> {
  const { environment = process.env, progress, signal } = options;
  const named = options.data ?? (environment.CL_DATA || undefined);
  if (named !== undefined) {
    return find(source, file, { folder: named, by: options.data === undefined ? 'CL_DATA' : '--data', cache: cacheFolder(environment) });
  }

  const path = join(cacheFolder(environment), source.name, file.name);
  if (!existsSync(path)) {
    if (source.origins.length === 0) {
      throw dataError(
        `${source.name}/${file.name}: nobody publishes this file, so it cannot be downloaded. ${source.recipe ?? ''}. Put them into ${join('DIR', source.name)} and pass --data DIR, or set CL_DATA.`,
      );
    }
    const urls = source.origins.map((origin) => new URL(file.name, origin).href);
    await download({ urls, to: path, file, ...(progress && { progress }), ...(signal && { signal }) });
  }
  return path;
}

/** Where downloaded data are kept: one folder for all projects of a user. */
export function cacheFolder(environment: Readonly<Record<string, string | undefined>> = process.env, platform = process.platform): string {
  const home = environment.HOME || environment.USERPROFILE || homedir();
  const system: { [name: string]: string } = {
    darwin: join(home, 'Library', 'Caches'),
    win32: environment.LOCALAPPDATA || join(home, 'AppData', 'Local'),
  };
  return join(environment.XDG_CACHE_HOME || system[platform] || join(home, '.cache'), 'continual-learning', 'data');
}

async function find(
  source: DataSource,
  file: DataFile,
  { folder, by, cache }: { folder: string; by: string; cache: string },
): Promise<string> {
  const unpacked = file.name.replace(/\.gz$/, '');
  for (const name of [file.name, unpacked]) {
    const path = join(folder, source.name, name);
    if (existsSync(path)) return path;
  }
  const given = `${folder} (given by ${by})`;
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const missing = !isFolder
    ? `there is no folder ${given}`
    : `not found in ${given}; looked for ${join(folder, source.name, file.name)}, also without .gz`;
  const to = join(folder, source.name);
  const [origin] = source.origins;
  const remedy =
    origin === undefined
      ? `Put them into ${to}. ${source.recipe ?? ''} (${source.title}, ${source.licence}).`
      : `Put the files of ${origin} (${source.title}, ${source.licence}) into ${to}, or leave ${by} out and they are downloaded once into ${cache}.`;
  throw dataError(`${source.name}/${file.name}: ${missing}. ${remedy}`);
}
