import '@tensorflow/tfjs';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Learner, sgd } from '@cl/core';
import { mlp } from '@cl/models';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Checkpoints } from '../../src/run/checkpoints.js';
import { newRecord } from '../../src/run/record.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cl-checkpoints-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const options = { model: mlp({ inputs: 2, hidden: [3], outputs: 2 }), optimizer: sgd(0.1), scenario: 'class' } as const;
const record = { ...newRecord('here'), accuracy: [[0.75, 0.5]] };

/** Saves, and gives the folder of the checkpoint. */
async function saved(): Promise<string> {
  const learner = new Learner(options);
  await new Checkpoints(folder, 1).save(learner, record);
  learner.dispose();
  return join(folder, 'checkpoints', readdirSync(join(folder, 'checkpoints'))[0]!);
}

it('has learner and record of one moment', async () => {
  await saved();
  const restored = await new Checkpoints(folder, 1).restore(options);
  expect(restored?.record).toEqual(record);
  restored?.learner.dispose();
});

it.each<readonly [string, (path: string) => void]>([
  ['a record with another digit', (path) => writeFileSync(path, readFileSync(path, 'utf8').replace('0.75', '0.95'))],
  ['a record that is cut off', (path) => truncateSync(path, 20)],
  ['an empty record', (path) => truncateSync(path, 0)],
  ['no record', (path) => rmSync(path)],
  ['tensors that are cut off', (path) => truncateSync(path.replace('run.json', 'tensors.safetensors'), 20)],
])('with %s is refused: it is said which folder to delete', async (_, damage) => {
  const checkpoint = await saved();
  damage(join(checkpoint, 'run.json'));
  await expect(new Checkpoints(folder, 1).restore(options)).rejects.toMatchObject({
    code: 'CL_CHECKPOINT',
    message: expect.stringMatching(/step-00000000: .*expected .*Delete this folder, and the run begins again\.$/),
  });
});

it('come every 20 seconds, more rarely where writing takes long, and never more than ten minutes apart', async () => {
  let clock = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => 1000 * clock);
  const learner = new Learner(options);
  const checkpoints = new Checkpoints(folder, null);
  const due = (): boolean => checkpoints.isDue(0);
  for (const [takes, next] of [
    [0, 20],
    [1, 50],
    [3600, 600],
  ] as const) {
    const saving = checkpoints.save(learner, record);
    clock += takes;
    await saving;
    clock += next - 1;
    expect(due(), `after one that took ${takes} seconds`).toBe(false);
    clock += 1;
    expect(due()).toBe(true);
  }
  learner.dispose();
});
