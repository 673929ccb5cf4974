import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of CL_DATA if it holds these data sets; else undefined, and says so. */
export function folderWith(...names: readonly string[]): string | undefined {
  const folder = process.env.CL_DATA;
  const missing = names.filter((name) => !folder || !existsSync(join(folder, name)));
  if (missing.length === 0) return folder;
  console.warn(`Skipped, for want of data: set CL_DATA to a folder with ${missing.join(' and ')} in it.`);
  return undefined;
}
