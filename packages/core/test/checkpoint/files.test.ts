import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  checkModel,
  decodeSafetensors,
  type Files,
  FORMAT_VERSION,
  memoryStore,
  pack,
  restoreTree,
  signatureOf,
  unpack,
} from '../../src/checkpoint/index.js';
import { ContinualLearningError } from '../../src/errors.js';
import { reservoir } from '../../src/memory/index.js';
import { random } from '../../src/random/index.js';
import { idsOf, range, rowsOf } from '../memory/rows.js';

beforeAll(() => tf.setBackend('cpu'));

const model = signatureOf({
  name: 'mlp',
  parameters: {
    'dense0/kernel': { shape: [2, 3], initializer: 'zeros', role: 'trunk' },
    'head/bias': { shape: [3], initializer: 'zeros', role: 'head' },
  },
});

function stateOf(ids: number[]) {
  const memory = reservoir({ capacity: 4 });
  if (ids.length > 0) memory.add(rowsOf(ids), random(1));
  return {
    parameters: {
      'dense0/kernel': tf.tensor2d([
        [1, 2, 3],
        [4, 5, 6],
      ]),
      'head/bias': tf.tensor1d([7, 8, 9]),
    },
    memory,
    step: 12,
  };
}

const packed = () => pack(stateOf(range(9)), model, { library: '@cl/core 0.0.0' });

/** What a checkpoint holds, in one string. */
async function contents(files: Files): Promise<string> {
  const { state, model: signature } = await unpack(files, 'ckpt');
  const template = stateOf([]);
  const back = restoreTree(template, state);
  return JSON.stringify([
    signature?.parameters,
    back.step,
    idsOf(back.memory.all()),
    [...back.parameters['dense0/kernel'].dataSync()],
    [...back.parameters['head/bias'].dataSync()],
  ]);
}

const changed = (files: Files, name: string, change: (bytes: Uint8Array) => Uint8Array | undefined): Files => {
  const bytes = change(files[name]!.slice());
  const { [name]: _, ...others } = files;
  return bytes ? { ...others, [name]: bytes } : others;
};

describe('pack and unpack', () => {
  it('come back as they were', async () => {
    const files = await packed();
    expect(Object.keys(files).sort()).toEqual(['manifest.json', 'state.json', 'tensors.safetensors']);
    expect(await contents(files)).toBe(
      JSON.stringify([model.parameters, 12, idsOf(stateOf(range(9)).memory.all()), [1, 2, 3, 4, 5, 6], [7, 8, 9]]),
    );
  });

  it('is the same bytes for the same state', async () => {
    expect(await packed()).toEqual(await packed());
  });

  it('is open: a manifest with sizes and checksums, tensors under their names', async () => {
    const files = await packed();
    const manifest = JSON.parse(new TextDecoder().decode(files['manifest.json']));
    expect(manifest).toMatchObject({ format: 'cl-checkpoint', version: FORMAT_VERSION, model, about: { library: '@cl/core 0.0.0' } });
    expect(manifest.files['tensors.safetensors']).toEqual({
      bytes: files['tensors.safetensors']!.length,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(Object.keys(decodeSafetensors(files['tensors.safetensors']!, 'f').tensors)).toContain('parameters/dense0/kernel');
  });

  it('finds every flipped bit of the contents, and every one of the manifest that matters', async () => {
    const files = await packed();
    const expected = await contents(files);
    let found = 0;
    for (const name of Object.keys(files)) {
      for (let at = 0; at < files[name]!.length; at++) {
        const flipped = changed(files, name, (bytes) => {
          bytes[at]! ^= 1 << (at % 8);
          return bytes;
        });
        try {
          const now = await contents(flipped);
          expect(name, `byte ${at} of ${name} went unnoticed`).toBe('manifest.json');
          const { model: signature } = await unpack(flipped, 'ckpt');
          // A letter of the model's name or of what is there for people: harmless.
          if (now !== expected)
            expect(() => checkModel(signature, model, 'ckpt'), `byte ${at}`).toThrow(expect.objectContaining({ code: 'CL_CHECKPOINT' }));
        } catch (error) {
          if (!ContinualLearningError.is(error, 'CL_CHECKPOINT')) throw error;
          found++;
        }
      }
    }
    expect(found).toBeGreaterThan(files['state.json']!.length + files['tensors.safetensors']!.length);
  });

  const rewritten = (files: Files, change: (manifest: Record<string, unknown>) => void): Files =>
    changed(files, 'manifest.json', (bytes) => {
      const manifest = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
      change(manifest);
      return new TextEncoder().encode(JSON.stringify(manifest));
    });

  it.each<[string, (files: Files) => Files, RegExp]>([
    [
      'a truncated file',
      (files) => changed(files, 'tensors.safetensors', (bytes) => bytes.subarray(0, 100)),
      /^ckpt: expected \d+ bytes in tensors.safetensors, found 100\.$/,
    ],
    [
      'a flipped bit',
      (files) => changed(files, 'tensors.safetensors', (bytes) => bytes.with(bytes.length - 1, 1)),
      /expected SHA-256 [0-9a-f]{64} of tensors.safetensors, found [0-9a-f]{64}/,
    ],
    ['a missing file', (files) => changed(files, 'state.json', () => undefined), /^ckpt: expected a file state.json, found none\.$/],
    ['a missing manifest', (files) => changed(files, 'manifest.json', () => undefined), /expected a file manifest.json, found none/],
    [
      'a truncated manifest',
      (files) => changed(files, 'manifest.json', (bytes) => bytes.subarray(0, 50)),
      /expected JSON in manifest.json/,
    ],
    [
      'a manifest that is no text',
      (files) => changed(files, 'manifest.json', () => Uint8Array.of(0xff, 0xfe)),
      /expected JSON in manifest.json/,
    ],
    [
      'another format',
      (files) =>
        rewritten(files, (manifest) => {
          manifest.format = 'zip';
        }),
      /expected manifest.json with "format": "cl-checkpoint", found "zip"/,
    ],
    [
      'a later version',
      (files) =>
        rewritten(files, (manifest) => {
          manifest.version = 2;
        }),
      /written in format version 2, this version of @cl\/core reads version 1/,
    ],
    [
      'no checksums',
      (files) =>
        rewritten(files, (manifest) => {
          delete manifest.files;
        }),
      /expected a checksum of state.json in manifest.json, found none/,
    ],
  ])('refuse %s', async (_, damage, message) => {
    await expect(unpack(damage(await packed()), 'ckpt')).rejects.toThrow(
      expect.objectContaining({ code: 'CL_CHECKPOINT', message: expect.stringMatching(message) }),
    );
  });
});

describe('checkModel', () => {
  const other = (parameters: Record<string, number[]>) => ({ name: 'mlp', parameters });

  it('passes for the same shapes, in any order', () => {
    expect(() => checkModel(model, other({ 'head/bias': [3], 'dense0/kernel': [2, 3] }), 'ckpt')).not.toThrow();
  });

  it.each([
    [
      other({ 'dense0/kernel': [2, 5], 'head/bias': [5] }),
      "runs/x/step-001200: written for a model with 'dense0/kernel' [2,3], this model has [2,5].",
    ],
    [other({ 'dense0/kernel': [2, 3] }), "written for a model with 'head/bias' [3], this model has no such parameter."],
    [
      other({ ...model.parameters, 'dense1/kernel': [1] } as Record<string, number[]>),
      "with 'dense1/kernel' no such parameter, this model has [1].",
    ],
  ])('names the first difference: case %#', (now, message) => {
    expect(() => checkModel(model, now, 'runs/x/step-001200')).toThrow(
      expect.objectContaining({ code: 'CL_CHECKPOINT', message: expect.stringContaining(message) }),
    );
  });
});

describe('memoryStore', () => {
  const files = (value: number): Files => ({ 'a.bin': Uint8Array.of(value) });

  it('gives back the newest, or one by name, and lists them oldest first', async () => {
    const store = memoryStore();
    await store.write('one', files(1));
    await store.write('two', files(2));
    expect(await store.read()).toEqual({ name: 'two', where: 'two', files: files(2) });
    expect(await store.read('one')).toEqual({ name: 'one', where: 'one', files: files(1) });
    await store.write('one', files(3));
    expect([await store.list(), (await store.read()).files]).toEqual([['two', 'one'], files(3)]);
  });

  it('keeps copies', async () => {
    const store = memoryStore();
    const bytes = Uint8Array.of(1);
    await store.write('one', { 'a.bin': bytes });
    bytes[0] = 9;
    (await store.read()).files['a.bin']![0] = 8;
    expect((await store.read()).files).toEqual(files(1));
  });

  it('says what is missing and what is there', async () => {
    const store = memoryStore();
    await expect(store.read()).rejects.toThrow(
      expect.objectContaining({ code: 'CL_CHECKPOINT', message: 'memory: expected a checkpoint, found none. There is none yet.' }),
    );
    await store.write('one', files(1));
    await expect(store.read('two')).rejects.toThrow("expected a checkpoint 'two', found none. There are: one.");
  });

  it.each(['', '.', '..', '../x', 'a/b', '.hidden', '-x', 'x'.repeat(129), 'ä'])('refuses the name %j', async (name) => {
    await expect(memoryStore().write(name, {})).rejects.toThrow(expect.objectContaining({ code: 'CL_OPTION' }));
  });
});
