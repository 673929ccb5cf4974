import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ownFolder } from '../../setup/own-package.mjs';
import type { DoctorReport } from '../../setup/types.mjs';
import { fillCache, installOwnPackage, makePath, makeProject, nativeEntry, type Project } from './store.js';

function cli(
  args: string[],
  { folder = ownFolder, cwd = ownFolder, env = {} }: { folder?: string; cwd?: string; env?: NodeJS.ProcessEnv } = {},
) {
  return spawnSync(process.execPath, [join(folder, 'bin', 'cl-node.mjs'), ...args], {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
}

const lines = (text: string) => text.split('\n').filter(Boolean);

/** The command as a user of the published package has it, on a machine without tools. */
function installed(project: Project) {
  const folder = installOwnPackage(project);
  const env = { XDG_CACHE_HOME: project.cacheHome, PATH: makePath({}), TFJS_NODE_CDN_STORAGE: 'http://127.0.0.1:1/', TF_NATIVE_WHEEL: '' };
  return { folder, cwd: project.folder, env };
}

describe('cl-node', () => {
  it('helps, with two examples a command', () => {
    for (const command of ['setup', 'doctor']) {
      const { status, stdout, stderr } = cli([command, '--help']);
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout.slice(stdout.indexOf('Examples')).match(/npx @cl\/node/g)).toHaveLength(2);
    }
    expect(cli([]).stdout).toContain('doctor');
  });

  it.each([[['nonsense']], [['setup', '--nonsense']], [['doctor', '--gpu']], [['setup', 'again']]])(
    'refuses %s with one line and code 2',
    (args) => {
      const { status, stdout, stderr } = cli(args);
      expect([status, stdout]).toEqual([2, '']);
      expect(lines(stderr)).toHaveLength(1);
    },
  );
});

describe('@cl/node/setup', () => {
  it.each([
    ['import', "import('@cl/node/setup')"],
    ['require', "Promise.resolve(require('@cl/node/setup'))"],
  ])('can be had by %s, also where there is no file', (_way, load) => {
    const { cwd, env } = installed(makeProject());
    const program = `${load}.then(({ setup }) => setup({ folders: ['/'] })).then(({ failures }) => console.log(failures[0].reason))`;
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', program], { cwd, env: { ...process.env, ...env }, encoding: 'utf8' });
    expect([stdout, stderr]).toEqual(['no-package\n', '']);
  });
});

describe('cl-node setup and doctor, installed in a project, where nothing can be built', () => {
  it('by hand: code 1, and the command that cures it', () => {
    const { status, stderr } = cli(['setup'], installed(makeProject()));
    expect(status).toBe(1);
    expect(lines(stderr)).toHaveLength(2);
    expect(stderr).toMatch(/about 75x slower\. .* Then: npx @cl\/node setup\n$/);
  });

  it('after an installation: code 0, and the same two lines', () => {
    const { status, stderr } = cli(['setup', '--from-postinstall'], installed(makeProject()));
    expect(status).toBe(0);
    expect(lines(stderr)).toHaveLength(2);
  });

  it('after an installation with TF_NATIVE_SKIP: nothing', () => {
    const options = installed(makeProject());
    const { status, stdout, stderr } = cli(['setup', '--from-postinstall'], { ...options, env: { ...options.env, TF_NATIVE_SKIP: '1' } });
    expect([status, stdout, stderr]).toEqual([0, '', '']);
  });

  it('doctor: code 1, what is missing, and what runs meanwhile', () => {
    const { status, stdout } = cli(['doctor', '--json'], installed(makeProject()));
    expect(status).toBe(1);
    const report: DoctorReport = JSON.parse(stdout);
    expect(report).toMatchObject({ ok: false, backend: { backend: 'cpu', device: 'cpu' }, tools: { python: null, compiler: null } });
    expect(report.packages.map(({ link }) => link.state)).toEqual(['missing', 'missing']);
    expect(report.backend.matmulMilliseconds).toBeGreaterThan(0);
    expect(report.problems.map(({ advice }) => advice).join()).toContain('npx @cl/node setup');
  });

  it('with a filled cache: code 0, one line, and a doctor who is content', (context) => {
    const native = nativeEntry(context);
    const project = makeProject();
    const options = installed(project);
    fillCache(project, native);
    const first = cli(['setup', '--from-postinstall'], options);
    expect([first.status, first.stderr]).toEqual([0, '']);
    const again = cli(['setup', '--from-postinstall'], options);
    expect([again.status, again.stderr, lines(again.stdout).length]).toEqual([0, '', 1]);
    const { status, stdout } = cli(['doctor'], options);
    expect(status).toBe(0);
    expect(stdout).toMatch(/✓ back end +TensorFlow 2\.16\.2 on the (CPU|GPU), ready in \d+ ms; 1024² matrix product/);
  });
});
