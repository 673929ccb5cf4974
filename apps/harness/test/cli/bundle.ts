import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const harness = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const node = resolve(harness, '..', '..', 'packages', 'node');

/** The command as a bundle of the sources as they are now, those of the packages included, in a folder of its own. */
export interface Bundle {
  readonly cli: string;
  remove(): void;
}

/**
 * Tests run what people run, in processes of its own, without waiting for a build. What the harness depends on is taken from its
 * node_modules; the packages of this repository are bundled, since only their builds are there.
 */
export async function bundleCommand(): Promise<Bundle> {
  const cache = join(harness, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'cl-test-'));
  const { dependencies } = JSON.parse(readFileSync(join(harness, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
  const external = Object.keys(dependencies).filter((name) => !name.startsWith('@cl/'));
  await build({
    entryPoints: ['cli', 'worker'].map((name) => join(harness, 'src', `${name}.ts`)),
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['@cl/source'],
    external: ['@tensorflow/*', ...external, ...external.map((name) => `${name}/*`)],
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
    logLevel: 'error',
  });
  linkTensorFlow(folder);
  return { cli: join(folder, 'cli.js'), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** TensorFlow.js as @cl/node has it: one copy for all. */
function linkTensorFlow(folder: string): void {
  const scope = join(folder, 'node_modules', '@tensorflow');
  mkdirSync(scope, { recursive: true });
  const find = createRequire(join(node, 'package.json'));
  for (const name of ['tfjs-core', 'tfjs-node-gpu'])
    symlinkSync(dirname(find.resolve(`@tensorflow/${name}/package.json`)), join(scope, name));
}
