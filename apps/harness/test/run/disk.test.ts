import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { command } from '../cli/cl.js';
import { numbersOf, resultsIn } from './results.js';

const { cl, at, script } = command();

/** A disk of its own for one process: needs Linux, and a kernel that lets users mount. */
const unshare = ['--map-root-user', '--mount', 'sh', '-ec'];
const canMount = spawnSync('unshare', [...unshare, 'mount -t tmpfs -o size=1m tmpfs /mnt']).status === 0;

const RUN = 'split-digits --strategy ewc+replay --limit 100,50 --epochs 2 --checkpoint-every 3'.split(' ');

describe.runIf(canMount)('on a full disk', () => {
  it('a run fails with CL_DISK, keeps its last checkpoint, and goes on from it when there is room', async () => {
    const [disk, kept, reference] = [at('disk'), at('kept'), at('reference')];
    for (const folder of [disk, kept]) mkdirSync(folder);
    // Room for two small checkpoints, the old one and the new one, as long as there is no penalty in them yet.
    const steps = `
      mount -t tmpfs -o size=650k tmpfs "$disk"
      node "$cli" run ${RUN.join(' ')} --out "$disk/out" && exit 90
      test $? = 1
      ls -A "$disk"/out/runs/*/checkpoints > "$kept/left"
      cp -r "$disk"/out/runs/*/checkpoints "$kept/checkpoints"
      mount -o remount,size=20m "$disk"
      node "$cli" resume "$disk/out"
      cp -r "$disk/out" "$kept/out"`;
    const environment = { ...process.env, disk, kept, cli: script() };
    const run = promisify(execFile)('unshare', [...unshare, steps], { env: environment });
    const [{ stderr }, undisturbed] = await Promise.all([run, cl(['run', ...RUN, '--out', reference])]);

    expect(undisturbed.code).toBe(0);
    expect(stderr).toMatch(/^CL_DISK {2}.*the disk is full/m);
    expect(stderr).toContain('cl resume');
    const names = readdirSync(join(kept, 'checkpoints'));
    expect(names).toEqual([expect.stringMatching(/^step-\d{8}$/)]);
    expect(existsSync(join(kept, 'checkpoints', names[0]!, 'manifest.json'))).toBe(true);
    expect(resultsIn(join(kept, 'out')).map(numbersOf)).toEqual(resultsIn(reference).map(numbersOf));
  }, 180_000);
});
