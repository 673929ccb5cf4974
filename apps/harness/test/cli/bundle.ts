import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
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
 *
 * @param options `native`: false for a machine on which native TensorFlow is not set up. Default true.
 */
export async function bundleCommand({ native = true }: { native?: boolean } = {}): Promise<Bundle> {
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
  linkTensorFlow(folder, native);
  return { cli: join(folder, 'cli.js'), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** TensorFlow.js as @cl/node has it, one copy for all; or tfjs-node-gpu as it comes from the registry, without its addon. */
function linkTensorFlow(folder: string, native: boolean): void {
  const scope = join(folder, 'node_modules', '@tensorflow');
  mkdirSync(scope, { recursive: true });
  const find = createRequire(join(node, 'package.json'));
  const addon = find.resolve('@tensorflow/tfjs-node-gpu/package.json');
  const link = (path: string, name: string) => symlinkSync(dirname(path), join(scope, name));
  link(find.resolve('@tensorflow/tfjs-core/package.json'), 'tfjs-core');
  if (native) {
    link(addon, 'tfjs-node-gpu');
    return;
  }
  link(createRequire(addon).resolve('@tensorflow/tfjs/package.json'), 'tfjs');
  mkdirSync(join(scope, 'tfjs-node-gpu'));
  copyFileSync(addon, join(scope, 'tfjs-node-gpu', 'package.json'));
  symlinkSync(join(dirname(addon), 'dist'), join(scope, 'tfjs-node-gpu', 'dist'));
}
