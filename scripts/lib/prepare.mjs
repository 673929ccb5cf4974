// From a fresh clone to built packages: does only what is not done yet.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { bold, red, step } from './progress.mjs';
import { at, readJson, run, tool } from './tools.mjs';

const stamp = at('node_modules', '.cache', 'cl', 'installed');
const native = at('packages', 'node', 'bin', 'cl-node.mjs');

/** What `node_modules` was, or is to be, made from. */
const wanted = () =>
  createHash('sha256')
    .update(readFileSync(at('pnpm-lock.yaml')))
    .update(process.version)
    .digest('hex');

const installed = () => existsSync(stamp) && existsSync(at('node_modules', 'turbo')) && readFileSync(stamp, 'utf8') === wanted();

/** Called by the `postinstall` script, whoever started the installation. */
export function markInstalled() {
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted());
}

function checkNode() {
  const needed = readJson(at('package.json')).engines.node.replace(/[^\d.]/g, '');
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [wantedMajor, wantedMinor] = needed.split('.').map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return true;
  console.error(red(`Node ${needed} or newer is needed, this is Node ${process.versions.node}. It can be had from nodejs.org.`));
  return false;
}

function pnpm() {
  if (existsSync(at('node_modules', 'pnpm', 'package.json'))) return tool('pnpm');
  return ['npx', '-y', readJson(at('package.json')).packageManager];
}

const install = () =>
  step('packages', async () => {
    // CI: never asks a question, never changes the lockfile. CL_NATIVE: TensorFlow has a line of its own below.
    const { code, output } = await run([...pnpm(), 'install', '--frozen-lockfile'], {
      quiet: true,
      env: { CI: 'true', CL_NATIVE: 'later' },
    });
    if (code === 0) markInstalled();
    return {
      ok: code === 0,
      output: `${output}\n\nThe packages could not be installed. If the lines above speak of the network: the npm registry must be reachable.`,
    };
  });

/** Native TensorFlow is what makes training fast, not what makes it work: without it everything runs, slower. */
const setUpNative = () =>
  step(
    'TensorFlow, native',
    async () => {
      const { code, output, stdout } = await run([process.execPath, native, 'setup'], { quiet: true });
      const said = (stdout.trim() || output.trim()).split('\n').at(-1)?.trim();
      return code === 0
        ? { ok: true, note: said }
        : {
            ok: false,
            note: 'not here: training runs in JavaScript, many times slower',
            output: output.trim().split('\n').slice(-3).join('\n'),
          };
    },
    { optional: true },
  );

/** Brings node_modules, native TensorFlow and the builds up to date. False: something is missing, and has been said. */
export async function prepare({ build = true } = {}) {
  if (!checkNode()) return false;
  if (!installed()) {
    console.log(bold('Setting up, once'));
    if (!(await install())) return false;
    if (existsSync(native)) await setUpNative();
  }
  if (!build) return true;
  return buildPackages();
}

/**
 * Quick when nothing changed: turbo compares what the packages are built from, and then there is nothing to say.
 * `build:js` is what is needed to run; `build` adds the type declarations, which take most of the time.
 */
export const buildPackages = (task = 'build:js') =>
  step('build', async () => {
    const { code, output } = await run([...tool('turbo'), 'run', task, '--output-logs=errors-only', '--no-color'], { quiet: true });
    return { ok: code === 0, output, silent: output.includes('FULL TURBO') };
  });
