/// <reference types="node" />
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** By a path that the compiler does not follow, so that no package's type check takes the harness's sources in. */
const LOCATE: string = new URL('../apps/harness/src/models/locate.ts', import.meta.url).href;

/** The folder of a model of `cl models`, in CL_MODELS or the user's cache; null where it is not there, said once. */
export async function pretrainedFolder(name: string): Promise<string | null> {
  const { modelFolder } = (await import(/* @vite-ignore */ LOCATE)) as { modelFolder(name: string): string };
  const folder = modelFolder(name);
  if (existsSync(join(folder, 'model.safetensors'))) return folder;
  console.warn(
    `Skipped: tests of '${name}' need its weights. Get them with \`cl models get ${name}\`, or set CL_MODELS to a folder that has ${name}/.`,
  );
  return null;
}
