import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { setup } from '../../setup/index.mjs';
import { addonPath, inspectLink } from '../../setup/link.mjs';
import { listFiles } from '../../setup/run.mjs';
import type { ProgressEvent } from '../../setup/types.mjs';
import { fillCache, makePath, makeProject, nativeEntry, type Project, temporaryFolder } from './store.js';

/** Names and contents of all files of a package. */
function fingerprint(folder: string): string {
  const hash = createHash('sha256');
  for (const path of listFiles(folder).sort()) hash.update(relative(folder, path)).update(readFileSync(path));
  return hash.digest('hex');
}

/** Everything the machine offers, but what the test puts before it and the project's own cache. */
const environmentOf = ({ cacheHome }: Project, more: Record<string, string> = {}) => ({
  ...process.env,
  XDG_CACHE_HOME: cacheHome,
  TF_NATIVE_WHEEL: '',
  ...more,
});

const PYTHON = 'case "$*" in *"-m pip --version"*) echo "pip 23.2 from somewhere";; *"-m pip"*) echo "$PIP_SAYS" >&2; exit 1;; esac';
const COMPILER = 'exit 0';

const stages = ({ cache }: Project) => readdirSync(cache).filter((name) => name.startsWith('.tmp-'));

describe('setup() where the library cannot be had', () => {
  it('without Python and with an unreachable download: quick, clear, and the package is as it was', async () => {
    const project = makeProject();
    const before = project.copies.map(fingerprint);
    const environment = environmentOf(project, {
      PATH: makePath({ 'g++': COMPILER }),
      HTTP_PROXY: '',
      HTTPS_PROXY: '',
      TFJS_NODE_CDN_STORAGE: 'http://127.0.0.1:1/',
    });
    const result = await setup({ folders: [project.folder], environment });
    expect(result).toMatchObject({ ok: false, way: 'javascript', version: null, entry: null, links: [] });
    expect(result.failures.map(({ reason }) => reason)).toEqual(['no-python', 'official']);
    expect(result.failures[1]?.message).toBe("TensorFlow.js' own download failed: its download host cannot be reached (ECONNREFUSED).");
    expect(result.seconds).toBeLessThan(10);
    expect(project.copies.map(fingerprint)).toEqual(before);
    expect(stages(project)).toEqual([]);
  });

  it.each([
    ['ERROR: Could not find a version that satisfies the requirement x (from versions: none)', 'the package index cannot be reached'],
    ['ERROR: Could not find a version that satisfies the requirement x (from versions: 2.20.0, 2.21.0)', 'the index has 2.20.0, 2.21.0'],
    ['ERROR: THESE PACKAGES DO NOT MATCH THE HASHES', 'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES'],
  ])('turns what pip says into a cause: %s', async (said, cause) => {
    const project = makeProject();
    const environment = environmentOf(project, {
      PATH: makePath({ python3: PYTHON, 'g++': COMPILER }, ['cat']),
      PIP_SAYS: said,
      TFJS_NODE_CDN_STORAGE: 'http://127.0.0.1:1/',
    });
    const { failures } = await setup({ folders: [project.folder], environment });
    expect(failures[0]).toMatchObject({
      way: 'wheel',
      reason: 'download',
      message: `pip could not download tensorflow-cpu 2.16.2: ${cause}.`,
    });
  });

  it('a cut-off wheel', async () => {
    const project = makeProject();
    const wheel = join(project.folder, 'tensorflow_cpu-2.16.2-cp311-cp311-manylinux_2_17_x86_64.whl');
    writeFileSync(wheel, Buffer.from('PK\u0003\u0004 and then the connection broke'));
    const result = await setup({ folders: [project.folder], environment: environmentOf(project, { TF_NATIVE_WHEEL: wheel }) });
    expect(result.failures).toHaveLength(1);
    expect(result.failures[0]).toMatchObject({
      reason: 'unpack',
      message: expect.stringMatching(/^Cannot unpack tensorflow_cpu-2\.16\.2-.*\.whl: BadZipFile: /),
    });
    expect(stages(project)).toEqual([]);
  });

  it('a wheel of which only the name fits', async () => {
    const project = makeProject();
    const wheel = join(project.folder, 'tensorflow_cpu-2.16.2-py3-none-any.whl');
    // The smallest zip there is: an end record and nothing before it.
    writeFileSync(wheel, Buffer.concat([Buffer.from('PK\u0005\u0006'), Buffer.alloc(18)]));
    const { failures } = await setup({ folders: [project.folder], environment: environmentOf(project, { TF_NATIVE_WHEEL: wheel }) });
    expect(failures[0]).toMatchObject({ reason: 'unpack', message: expect.stringContaining('unknown layout: libtensorflow_cc.so.2') });
  });

  it('a wheel that is not there, or is no wheel', async () => {
    const project = makeProject();
    for (const [wheel, message] of [
      [join(project.folder, 'nowhere.whl'), 'does not exist'],
      [join(project.folder, 'package.json'), 'is not named like a wheel'],
    ] as const) {
      writeFileSync(join(project.folder, 'package.json'), '{}');
      const { ok, failures } = await setup({ folders: [project.folder], environment: environmentOf(project, { TF_NATIVE_WHEEL: wheel }) });
      expect(ok).toBe(false);
      expect(failures[0]).toMatchObject({ reason: 'no-wheel', message: expect.stringContaining(message) });
    }
  });

  it('an addon that somebody else put there and that does not load: left alone', async () => {
    const project = makeProject();
    const addon = addonPath(project.copies[1]);
    mkdirSync(dirname(addon), { recursive: true });
    writeFileSync(addon, 'theirs');
    const { ok, failures } = await setup({ folders: [project.folder], environment: environmentOf(project, { PATH: makePath({}) }) });
    expect(ok).toBe(false);
    const failure = failures.find(({ reason }) => reason === 'link');
    expect(failure?.message).toMatch(/was put there by another installation and does not load: .*(too short|invalid)/);
    expect(failure?.advice).toContain('--force');
    expect(readFileSync(addon, 'utf8')).toBe('theirs');
  });

  it('a device that does not exist', async () => {
    const project = makeProject();
    const { failures } = await setup({ folders: [project.folder], environment: environmentOf(project, { TF_NATIVE_DEVICE: 'cuda' }) });
    expect(failures[0]).toMatchObject({ reason: 'option', message: 'TF_NATIVE_DEVICE must be gpu or cpu, received "cuda".' });
  });

  it('no copy of tfjs-node-gpu', async () => {
    const result = await setup({ folders: [temporaryFolder()] });
    expect(result).toMatchObject({ ok: false, failures: [{ reason: 'no-package' }] });
  });
});

describe('setup() with a filled cache', () => {
  /** Without tools: nothing can be built, so what works came from the cache. */
  const withoutTools = (project: Project) => environmentOf(project, { PATH: makePath({}), TFJS_NODE_CDN_STORAGE: 'http://127.0.0.1:1/' });

  it('links every copy, loads the library, and then has nothing to do', async (context) => {
    const native = nativeEntry(context);
    const project = makeProject();
    const entry = fillCache(project, native);
    const events: ProgressEvent[] = [];
    const options = { folders: [project.folder], environment: withoutTools(project), report: (event: ProgressEvent) => events.push(event) };
    const first = await setup(options);
    expect(first).toMatchObject({ ok: true, way: 'cache', version: '2.16.2', entry, failures: [] });
    expect(first.links.map(({ state }) => state)).toEqual(['linked', 'linked']);
    expect(events.filter(({ state }) => state === 'done').map(({ step }) => step)).toEqual(['link', 'check', 'link', 'check']);
    const again = await setup({ ...options, quick: true });
    expect(again.links.map(({ state }) => state)).toEqual(['already', 'already']);
    expect(again.seconds).toBeLessThan(1);
  });

  it('repairs a copy that lost its link', async (context) => {
    const native = nativeEntry(context);
    const project = makeProject();
    fillCache(project, native);
    const options = { folders: [project.folder], environment: withoutTools(project), quick: true };
    await setup(options);
    rmSync(join(project.copies[0], 'lib'), { recursive: true });
    const { ok, links } = await setup(options);
    expect(ok).toBe(true);
    expect(links.map(({ state }) => state).sort()).toEqual(['already', 'linked']);
  });

  it('does not take a damaged folder, and says so', async (context) => {
    const native = nativeEntry(context);
    const project = makeProject();
    const entry = fillCache(project, native);
    const notes: string[] = [];
    const options = {
      folders: [project.folder],
      environment: withoutTools(project),
      report: ({ state, text }: ProgressEvent) => void (state === 'note' && notes.push(text)),
    };
    await setup(options);
    truncateSync(join(entry, 'lib', 'tfjs_binding.node'), 1000);
    const result = await setup(options);
    expect(notes.join()).toMatch(/lib\/tfjs_binding\.node has 1000 of \d+ bytes; building it again\./);
    expect(result).toMatchObject({ ok: false, way: 'javascript' });
    expect(result.failures.map(({ reason }) => reason)).toContain('no-compiler');
  });

  it('keeps what works when a new build fails, and says that it does', async (context) => {
    const native = nativeEntry(context);
    const project = makeProject();
    fillCache(project, native);
    const options = { folders: [project.folder], environment: withoutTools(project) };
    await setup(options);
    const result = await setup({ ...options, force: true });
    expect(result).toMatchObject({ ok: false, way: 'present', version: '2.16.2' });
    expect(inspectLink(project.copies[0]).state).toBe('linked');
  });
});
