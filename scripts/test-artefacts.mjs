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

/** Several commands as one step; what each failed one said is shown. */
const all = (title, commands) =>
  step(title, async () => {
    const failures = [];
    for (const { command, cwd } of commands) {
      const { code, output } = await run(command, { quiet: true, cwd });
      if (code !== 0) failures.push(output);
    }
    return { ok: failures.length === 0, output: failures.join('\n') };
  });

const pack = () =>
  all(
    'pack',
    published.map(({ path }) => ({ command: [...tool('pnpm'), 'pack', '--pack-destination', folder], cwd: path })),
  );
const inspect = () =>
  all(
    'publint, attw',
    published.flatMap((manifest) => [
      { command: [...tool('publint'), tarball(manifest), '--strict'] },
      // node16: what Node ≥ 20 and every bundler of today resolve by; `main` alone (Node 10) cannot reach a subpath.
      { command: [...tool('@arethetypeswrong/cli', 'attw'), tarball(manifest), '--profile', 'node16', '--no-emoji', '--no-color'] },
    ]),
  );

const install = () =>
  step('install with npm', async () => {
    mkdirSync(project);
    const { devDependencies } = readJson(at('package.json'));
    const files = Object.fromEntries(published.map((manifest) => [manifest.name, `file:${tarball(manifest)}`]));
    writeFileSync(
      join(project, 'package.json'),
      // What a user of the tarballs has, and nothing of this workspace: overrides make the packages find one another.
      JSON.stringify({
        private: true,
        dependencies: { '@tensorflow/tfjs': devDependencies['@tensorflow/tfjs'], ...files },
        overrides: files,
      }),
    );
    const { code, output } = await run(['npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], {
      quiet: true,
      cwd: project,
    });
    return { ok: code === 0, output };
  });

/** The same small program in both module systems: learns two tasks, and sees that both are known. */
const program = (load) => `
${load('tf', '@tensorflow/tfjs')}
${load('core', '@cl/core')}
${load('models', '@cl/models')}
${families.map((family) => load(family, `@cl/${family}`)).join('\n')}
const { Learner, adam, column, compose, dataset, split } = core;
const families = { ${families.join(', ')} };
// Four clouds of points on a circle, two classes a task.
const points = (rows, seed) => dataset(
  column(Float32Array.from({ length: 2 * rows }, (_, i) => Math.cos((i >> 1) % 4 + (i % 2) * 1.6) + 0.2 * Math.sin(seed + i * i)), [2]),
  column(Int32Array.from({ length: rows }, (_, i) => i % 4), []),
);
(async () => {
  await tf.setBackend('cpu');
  for (const [name, exported] of Object.entries(families)) if (Object.keys(exported).length === 0) throw new Error(name + ' exports nothing');
  const stream = split({ train: points(400, 1), test: points(100, 2), classesPerTask: 2, scenario: 'class' });
  const learner = new Learner({
    model: models.mlp({ inputs: 2, hidden: [32], outputs: 4 }), optimizer: adam(0.02), scenario: stream.scenario, seed: 1,
    strategy: compose(regularization.ewc({ lambda: 1 }), replay.replay({ capacity: 40 })),
  });
  for (const task of stream.tasks) await learner.learn(task, { epochs: 10, batchSize: 16 });
  for (const task of stream.tasks) {
    const { accuracy } = await learner.evaluate(task);
    if (!(accuracy > 0.9)) throw new Error('task ' + task.index + ': accuracy ' + accuracy);
  }
})().catch((error) => { console.error(error); process.exit(1); });
`;

const use = (title, file, source) =>
  step(title, async () => {
    writeFileSync(join(project, file), source);
    const { code, output } = await run([process.execPath, file], { quiet: true, cwd: project });
    return { ok: code === 0, output };
  });

const esm = () =>
  use(
    'use from ESM',
    'use.mjs',
    program((name, from) => `import * as ${name} from '${from}';`),
  );
const cjs = () =>
  use(
    'use from CommonJS',
    'use.cjs',
    program((name, from) => `const ${name} = require('${from}');`),
  );

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

// Without tarballs or an installation, what follows would only fail for the same reason.
const ready = (await pack()) && (await install());
const parts = ready ? [await inspect(), await esm(), await cjs(), await browser()] : [false];
if (process.argv.includes('--keep')) console.log(`${folder}: ${readdirSync(folder).join(' ')}`);
else rmSync(folder, { recursive: true });
process.exit(parts.every(Boolean) ? 0 : 1);
