import { setTimeout as pause } from 'node:timers/promises';
import { random } from '@cl/core';
import { describe, expect, it } from 'vitest';
import { command, type Running } from '../cli/cl.js';
import { checkpointsIn, numbersOf, resultsIn } from './results.js';

const { cl, start, at } = command();

// Two strategies with all that a run can have: a penalty made by a pass over the data, a memory, and draws at each step.
const RUN = ['run', 'split-digits', '--scenario', 'class', '--strategy', 'ewc+replay', '--seeds', '1', '--dropout', '0.2', '--batch', '16'];
const MODES = {
  compiled: ['--epochs', '8', '--limit', '160,50', '--checkpoint-every', '7'],
  eager: ['--eager', '--epochs', '3', '--limit', '80,50', '--checkpoint-every', '3'],
};

/** Waits until a checkpoint of another step is there, or in the making, and a moment more; false if the process has ended before. */
async function untilNextCheckpoint({ child }: Running, folder: string, { seed, kills }: { seed: number; kills: number }): Promise<boolean> {
  const before = new Set(checkpointsIn(folder));
  const draws = random(seed, 'kill', kills);
  // A few checkpoints on, at any moment of a step, of writing or of measuring.
  const wanted = 1 + Math.floor(3 * draws.uniform());
  const seen = new Set<string>();
  while (seen.size < wanted) {
    if (child.exitCode !== null || child.signalCode !== null) return false;
    for (const path of checkpointsIn(folder)) if (!before.has(path)) seen.add(path);
    await pause(1);
  }
  await pause(25 * draws.uniform());
  return true;
}

describe.each(Object.entries(MODES))('%s', (mode, settings) => {
  it('a run that is killed again and again ends as one that was left alone', async () => {
    const [undisturbed, killed] = ['undisturbed', 'killed'].map((name) => at(`${mode}-${name}`)) as [string, string];
    const reference = cl([...RUN, ...settings, '--out', undisturbed]);
    let kills = 0;
    for (let args = [...RUN, ...settings, '--out', killed]; ; args = ['resume', killed]) {
      const running = start(args);
      if (kills < 4 && (await untilNextCheckpoint(running, killed, { seed: 1, kills }))) {
        running.child.kill('SIGKILL');
        kills++;
        await running.ended;
        continue;
      }
      expect(await running.ended).toMatchObject({ code: 0, stderr: '' });
      break;
    }
    expect((await reference).code).toBe(0);
    expect(kills).toBeGreaterThanOrEqual(3);
    const [expected, found] = [resultsIn(undisturbed), resultsIn(killed)];
    expect(found).toHaveLength(1);
    expect(numbersOf(found[0]!)).toEqual(numbersOf(expected[0]!));
    expect(found[0]!.spec.compiler).toBe(mode === 'eager' ? 'eager' : 'graph');
  }, 240_000);
});
