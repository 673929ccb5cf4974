// Tests what would be published, not what lies in the tree: packs every package, inspects the tarballs (publint, attw), installs them
// into an empty project with npm, and uses them there from ESM, from CJS and in a bundle for the browser. `--keep` leaves the project.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { families, portable, published } from './lib/packages.mjs';
import { step } from './lib/progress.mjs';
import { at, readJson, run, tool } from './lib/tools.mjs';

const folder = mkdtempSync(join(tmpdir(), 'cl-artefacts-'));
const project = join(folder, 'project');
const tarball = ({ name, version }) => join(folder, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`);

async function all(title, commands) {
  return step(title, async () => {
    for (const argv of commands) {
      const { code, output } = await run(argv.command, { quiet: true, cwd: argv.cwd });
      if (code !== 0) return { ok: false, output };
    }
    return { ok: true };
  });
}

const pack = () => all('pack', published.map(({ path }) => ({ command: [...tool('pnpm'), 'pack', '--pack-destination', folder], cwd: path })));
const inspect = () =>
  all('publint, attw', published.flatMap((manifest) => [
    { command: [...tool('publint'), tarball(manifest), '--strict'] },
    // node16: what Node ≥ 20 and every bundler of today resolve by; `main` alone (Node 10) cannot reach a subpath.
    { command: [...tool('@arethetypeswrong/cli', 'attw'), tarball(manifest), '--profile', 'node16', '--no-emoji', '--no-color'] },
  ]));

const install = () =>
  step('install with npm', async () => {
    mkdirSync(project);
    const { devDependencies } = readJson(at('package.json'));
    const files = Object.fromEntries(published.map((manifest) => [manifest.name, `file:${tarball(manifest)}`]));
    writeFileSync(
      join(project, 'package.json'),
      // What a user of the tarballs has, and nothing of this workspace: overrides make the packages find one another.
      JSON.stringify({ private: true, dependencies: { '@tensorflow/tfjs': devDependencies['@tensorflow/tfjs'], ...files }, overrides: files }),
    );
    const { code, output } = await run(['npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], { quiet: true, cwd: project });
    return { ok: code === 0, output };
  });

/** The same small program in both module systems: learn two tasks, and see that something was learned. */
const program = (load) => `
${load('tf', '@tensorflow/tfjs')}
${load('core', '@cl/core')}
${load('models', '@cl/models')}
${load('regularization', '@cl/regularization')}
${load('replay', '@cl/replay')}
${[...families].filter((f) => !['regularization', 'replay'].includes(f)).map((f) => load(f, `@cl/${f}`)).join('\n')}
const { Learner, adam, compose } = core;
const point = (i) => [Math.cos(i), Math.sin(i)];
const task = (index, classes, angle) => {
  const rows = Array.from({ length: 64 }, (_, i) => ({ x: point(i / 64 + angle + (i % 2) * 3), y: classes[i % 2] }));
  const dataset = core.dataset({ x: Float32Array.from(rows.flatMap((r) => r.x)), shape: [2], y: Int32Array.from(rows.map((r) => r.y)) });
  return { index, name: 'task ' + index, classes, train: dataset, test: dataset };
};
(async () => {
  await tf.setBackend('cpu');
  for (const name of ${JSON.stringify(families)}) if (Object.keys(${`{ ${families.join(', ')} }`}[name]).length === 0) throw new Error(name + ' exports nothing');
  const learner = new Learner({
    model: models.mlp({ inputs: 2, hidden: [16], outputs: 4 }), optimizer: adam(0.02), scenario: 'task', seed: 1,
    strategy: compose(regularization.ewc({ lambda: 1 }), replay.replay({ capacity: 20 })),
  });
  const tasks = [task(0, [0, 1], 0), task(1, [2, 3], 1)];
  for (const each of tasks) await learner.learn(each, { epochs: 20, batchSize: 16 });
  const { accuracy } = await learner.evaluate(tasks[1]);
  if (!(accuracy > 0.9)) throw new Error('accuracy ' + accuracy);
})().catch((error) => { console.error(error); process.exit(1); });
`;

const use = (title, file, source) =>
  step(title, async () => {
    writeFileSync(join(project, file), source);
    const { code, output } = await run([process.execPath, file], { quiet: true, cwd: project });
    return { ok: code === 0, output };
  });

const esm = () => use('use from ESM', 'use.mjs', program((name, from) => `import * as ${name} from '${from}';`));
const cjs = () => use('use from CommonJS', 'use.cjs', program((name, from) => `const ${name} = require('${from}');`));

/** A bundle for the browser: fails if a package reaches for a Node module, or brings a second copy of tfjs-core. */
const browser = () =>
  step('bundle for a browser', async () => {
    const contents = portable.map(({ name, folder: as }) => `export * as ${as} from '${name}';`).join('\n');
    const result = await build({
      stdin: { contents, resolveDir: project },
      bundle: true,
      platform: 'browser',
      format: 'esm',
      external: ['@tensorflow/tfjs-core'],
      write: false,
      metafile: true,
      logLevel: 'silent',
    });
    const foreign = Object.keys(result.metafile.inputs).filter((path) => path.includes('@tensorflow'));
    return foreign.length > 0 ? { ok: false, output: `bundled, but should be the user's own: ${foreign.join(', ')}` } : { ok: true };
  });

let ok = true;
for (const part of [pack, inspect, install, esm, cjs, browser]) {
  // What comes after a failure would only fail for the same reason.
  ok = await part();
  if (!ok) break;
}
if (process.argv.includes('--keep')) console.log(`${folder}: ${readdirSync(folder).join(' ')}`);
else rmSync(folder, { recursive: true });
process.exit(ok ? 0 : 1);
