import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished, type TestContext } from 'vitest';
import { entryKey, writeManifest } from '../../setup/cache.mjs';
import { inspectLink } from '../../setup/link.mjs';
import { ownFolder } from '../../setup/own-package.mjs';

/** The installed copy of tfjs-node-gpu. */
const installed = dirname(createRequire(join(ownFolder, 'package.json')).resolve('@tensorflow/tfjs-node-gpu/package.json'));

/** A folder of its own for each test, gone afterwards. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'cl-node-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** One copy of tfjs-node-gpu as pnpm lays it out, what it requires beside it. */
function addCopy(project: string, peers: string): string {
  const modules = join(project, 'node_modules', '.pnpm', `@tensorflow+tfjs-node-gpu@4.22.0_${peers}`, 'node_modules');
  const copy = join(modules, '@tensorflow', 'tfjs-node-gpu');
  mkdirSync(copy, { recursive: true });
  for (const name of ['package.json', 'binding.gyp', 'binding', 'scripts', 'dist'])
    cpSync(join(installed, name), join(copy, name), { recursive: true });
  const originals = dirname(dirname(installed));
  for (const name of ['@mapbox', 'adm-zip', 'google-protobuf', 'https-proxy-agent', 'progress', 'rimraf', 'tar']) {
    symlinkSync(realpathSync(join(originals, name)), join(modules, name), 'junction');
  }
  symlinkSync(realpathSync(join(originals, '@tensorflow', 'tfjs')), join(modules, '@tensorflow', 'tfjs'), 'junction');
  const tfjs = dirname(realpathSync(join(originals, '@tensorflow', 'tfjs')));
  symlinkSync(join(tfjs, 'tfjs-core'), join(modules, '@tensorflow', 'tfjs-core'), 'junction');
  return copy;
}

export interface Project {
  folder: string;
  /** Copies of tfjs-node-gpu, without an addon. */
  copies: [string, string];
  /** XDG_CACHE_HOME to use. */
  cacheHome: string;
  /** Where the set-up keeps its folders under it. */
  cache: string;
}

/** A project made like one that pnpm installed, with two copies of tfjs-node-gpu: two sets of peers make two. */
export function makeProject(): Project {
  const folder = temporaryFolder();
  const copies: Project['copies'] = [addCopy(folder, 'seedrandom@2.4.3'), addCopy(folder, 'seedrandom@3.0.5')];
  mkdirSync(join(folder, 'node_modules', '@tensorflow'));
  symlinkSync(copies[1], join(folder, 'node_modules', '@tensorflow', 'tfjs-node-gpu'), 'junction');
  symlinkSync(
    join(dirname(realpathSync(join(dirname(installed), 'tfjs'))), 'tfjs-core'),
    join(folder, 'node_modules', '@tensorflow', 'tfjs-core'),
    'junction',
  );
  const cacheHome = join(folder, 'cache');
  return { folder, copies, cacheHome, cache: join(cacheHome, 'continual-learning', 'tensorflow') };
}

/** This package as npm installs it into a project. */
export function installOwnPackage({ folder }: Project): string {
  const own = join(folder, 'node_modules', '@cl', 'node');
  mkdirSync(own, { recursive: true });
  for (const name of ['package.json', 'bin', 'setup']) cpSync(join(ownFolder, name), join(own, name), { recursive: true });
  symlinkSync(
    realpathSync(join(ownFolder, 'node_modules', 'node-api-headers')),
    join(folder, 'node_modules', 'node-api-headers'),
    'junction',
  );
  return own;
}

/**
 * The finished cache folder of this machine, or a skipped test where native TensorFlow was never set up. In continuous
 * integration, and where it was set up once, its absence is a failure.
 */
export function nativeEntry({ skip }: TestContext): string {
  const link = inspectLink(installed);
  if (link.state === 'linked') return link.entry;
  if (process.env.CI || link.state !== 'missing')
    throw new Error(`Native TensorFlow is ${link.state}. Run: node packages/node/bin/cl-node.mjs setup`);
  return skip('native TensorFlow is not set up: node packages/node/bin/cl-node.mjs setup');
}

/** Puts a finished folder into a project's cache: the addon copied, the big libraries linked. */
export function fillCache({ cache, copies }: Project, entry: string): string {
  const build = { dist: 'tensorflow-cpu', version: '2.16.2', platform: process.platform, arch: process.arch };
  const key = entryKey(build, copies[0]);
  const folder = join(cache, key);
  mkdirSync(join(folder, 'lib'), { recursive: true });
  const names = readdirSync(join(entry, 'lib'));
  for (const name of names) {
    if (name.endsWith('.node')) copyFileSync(join(entry, 'lib', name), join(folder, 'lib', name));
    else symlinkSync(join(entry, 'lib', name), join(folder, 'lib', name));
  }
  writeManifest(folder, { ...build, key, way: 'wheel', device: 'cpu', addon: 'lib/tfjs_binding.node' });
  return folder;
}

/** A folder to use as PATH, with shell scripts by name; `real` names programs of this machine to link. */
export function makePath(scripts: Record<string, string>, real: readonly string[] = []): string {
  const folder = temporaryFolder();
  for (const [name, body] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  for (const name of real) symlinkSync(whereIs(name), join(folder, name));
  return folder;
}

function whereIs(name: string): string {
  const found = (process.env.PATH ?? '')
    .split(':')
    .map((folder) => join(folder, name))
    .find((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
  if (!found) throw new Error(`${name} is not on the PATH of this machine.`);
  return found;
}
