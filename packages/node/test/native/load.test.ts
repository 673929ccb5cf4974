import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { linkAddon } from '../../setup/link.mjs';
import { ownFolder } from '../../setup/own-package.mjs';
import { prepareProcess } from '../../setup/runtime.mjs';
import { fillCache, installOwnPackage, makeProject, nativeEntry, type Project } from './store.js';

/** Builds load.ts into a project as it is published: bundled, in either module system. */
async function bundle(project: Project, format: 'esm' | 'cjs'): Promise<string> {
  const own = installOwnPackage(project);
  const outfile = join(own, 'dist', format === 'esm' ? 'load.js' : 'load.cjs');
  await build({
    entryPoints: [join(ownFolder, 'src', 'native', 'load.ts')],
    // Only the error class of @cl/core is used.
    alias: { '@cl/core': join(ownFolder, '..', 'core', 'src', 'errors.ts') },
    outfile,
    format,
    bundle: true,
    platform: 'node',
    target: 'node20',
    logLevel: 'silent',
  });
  return outfile;
}

/** Runs a program that has what load.ts exports in `native`, in a process whose environment says nothing on TensorFlow. */
function runProgram(project: Project, loader: string, program: string, env: NodeJS.ProcessEnv = {}) {
  const file = join(project.folder, loader.endsWith('.cjs') ? 'program.cjs' : 'program.mjs');
  const head = loader.endsWith('.cjs')
    ? `const native = require(${JSON.stringify(loader)});`
    : `import * as native from ${JSON.stringify(loader)};`;
  writeFileSync(file, `${head}\n(async () => { ${program} })();\n`);
  const quiet = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(TF_|NODE_OPTIONS|VITEST)/.test(name)));
  return spawnSync(process.execPath, [file], { cwd: project.folder, env: { ...quiet, ...env }, encoding: 'utf8' });
}

/** Goes on with `loaded`, as a user's program does: through tfjs-core. */
const COMPUTE = `
  const tf = await import('@tensorflow/tfjs-core');
  const [sum] = await tf.tidy(() => tf.sum(tf.matMul(tf.oneHot([0, 1], 2), tf.ones([2, 2])))).data();
  const { TF_NUM_INTEROP_THREADS: inter, TF_NUM_INTRAOP_THREADS: intra } = process.env;
  console.log(JSON.stringify({ ...loaded, sum, current: tf.getBackend(), inter, intra }));`;
const LOAD = `const loaded = await native.loadTensorFlow({ threads: { intra: 2 } }); ${COMPUTE}`;
const BEST = `const loaded = await native.useBestBackend(); await native.useBestBackend(); ${COMPUTE}`;
const FAIL = 'await native.loadTensorFlow().catch(({ code, name, message }) => console.log(JSON.stringify({ code, name, message })));';

/** A project whose copy of tfjs-node-gpu has its addon. */
function makeNativeProject(entry: string): { project: Project; addon: string } {
  const project = makeProject();
  const addon = join(fillCache(project, entry), 'lib', 'tfjs_binding.node');
  linkAddon(project.copies[1], addon);
  return { project, addon };
}

describe('where native TensorFlow is', () => {
  it.for(['esm', 'cjs'] as const)('loads, computes, and prints nothing on stderr (%s)', async (format, context) => {
    const { project } = makeNativeProject(nativeEntry(context));
    const loader = await bundle(project, format);
    for (const [program, intra] of [
      [LOAD, '2'],
      [BEST, undefined],
    ] as const) {
      const { status, stdout, stderr } = runProgram(project, loader, program);
      expect([status, stderr]).toEqual([0, '']);
      // Rows of the identity times ones: 2 + 2.
      expect(JSON.parse(stdout)).toMatchObject({ backend: 'tensorflow', version: '2.16.2', sum: 4, current: 'tensorflow', inter: '-1' });
      expect(JSON.parse(stdout).intra).toBe(intra);
    }
  });

  it('says what is damaged and how to mend it', async (context) => {
    const { project, addon } = makeNativeProject(nativeEntry(context));
    truncateSync(addon, 100);
    const { stdout } = runProgram(project, await bundle(project, 'esm'), FAIL);
    expect(JSON.parse(stdout)).toMatchObject({
      code: 'CL_NATIVE',
      name: 'ContinualLearningError',
      message: expect.stringMatching(
        /^Native TensorFlow is damaged: lib\/tfjs_binding\.node has 100 of \d+ bytes in .*\. Run: npx @cl\/node setup$/,
      ),
    });
  });

  it('names a library that does not load', async () => {
    const project = makeProject();
    const wrong = join(project.folder, 'wrong.node');
    writeFileSync(wrong, 'no library');
    mkdirSync(join(project.copies[1], 'lib', 'napi-v8'), { recursive: true });
    symlinkSync(wrong, join(project.copies[1], 'lib', 'napi-v8', 'tfjs_binding.node'));
    const { stdout } = runProgram(project, await bundle(project, 'esm'), FAIL);
    expect(JSON.parse(stdout)).toMatchObject({
      code: 'CL_NATIVE',
      message: expect.stringMatching(/^Native TensorFlow does not load: .* Run: npx @cl\/node setup --force$/),
    });
  });
});

describe('where it is not', () => {
  it('loadTensorFlow() names the command that sets it up', async () => {
    const project = makeProject();
    const { stdout, stderr } = runProgram(project, await bundle(project, 'esm'), FAIL);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ code: 'CL_NATIVE', message: 'Native TensorFlow is not set up. Run: npx @cl/node setup' });
  });

  it('useBestBackend() computes in JavaScript and says so in one line, once', async () => {
    const project = makeProject();
    const { status, stdout, stderr } = runProgram(project, await bundle(project, 'esm'), BEST);
    expect([status, stderr]).toEqual([
      0,
      'Pure JavaScript, about 75x slower than native TensorFlow. Native TensorFlow is not set up. Run: npx @cl/node setup\n',
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ backend: 'cpu', version: '4.22.0', device: 'cpu', sum: 4, current: 'cpu' });
  });
});

describe('prepareProcess', () => {
  it('sets what is unset, and an option wins over the environment', () => {
    const environment: Record<string, string | undefined> = { TF_CPP_MIN_LOG_LEVEL: '0', TF_NUM_INTEROP_THREADS: '3' };
    prepareProcess({}, environment);
    expect(environment).toEqual({
      TF_CPP_MIN_LOG_LEVEL: '0',
      TF_NUM_INTEROP_THREADS: '3',
      TF_OVERRIDE_GLOBAL_THREADPOOL: '1',
      TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    });
    prepareProcess({ intra: 4, inter: 1 }, environment);
    expect(environment).toMatchObject({ TF_NUM_INTEROP_THREADS: '1', TF_NUM_INTRAOP_THREADS: '4' });
  });

  it('gives back what Node 24 dropped', async () => {
    prepareProcess({}, {});
    const util: { isNullOrUndefined?: (value: unknown) => boolean } = (await import('node:util')).default;
    expect([undefined, null, 0].map((value) => util.isNullOrUndefined?.(value))).toEqual([true, true, false]);
  });
});
