import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPretrained, tokenizerOf } from '@cl/models';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PretrainRequest, pretrain } from '../../src/pretrain/pretrain.js';
import { PRETRAIN_DEFAULTS } from '../../src/pretrain/settings.js';
import { learnedTokenizer, tokenizerFrom } from '../../src/pretrain/tokenizer.js';
import { loadBackend } from '../../src/run/backend.js';

const sentences = Array.from({ length: 40 }, (_, i) => `the ${['cat', 'dog', 'cow'][i % 3]} sees the ${['sun', 'sea'][i % 2]} ${i} times`);
const texts = { train: sentences, test: sentences.slice(0, 10) };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pretrain-'));
});
afterEach(() => rm(folder, { recursive: true }));

const settings = {
  ...PRETRAIN_DEFAULTS,
  ...{ width: 16, layers: 1, heads: 2, sequence: 12, vocabulary: 270, steps: 6, batch: 4 },
};

const request = async (name: string, changes: Partial<PretrainRequest> = {}): Promise<PretrainRequest> => ({
  ...{ settings, texts, folder: join(folder, name), backend: await loadBackend() },
  ...changes,
});

describe('a tokenizer learned from texts', () => {
  it('frames rows of an encoder, and gives every text back', async () => {
    const tokenizer = await tokenizerFrom(learnedTokenizer(sentences, { kind: 'mlm', vocabulary: 270 }));
    expect(['[PAD]', '[CLS]', '[SEP]', '[MASK]'].map(tokenizer.idOf)).toEqual([0, 1, 2, 3]);
    expect([tokenizer.padding, tokenizer.vocabulary]).toEqual([0, 270]);
    expect(tokenizer.framed([9])).toEqual([1, 9, 2]);
    expect(tokenizer.decode(tokenizer.pieces('Ünknown words 😀 too'))).toBe('Ünknown words 😀 too');
  });

  it("leaves a decoder's as they are", async () => {
    const tokenizer = await tokenizerFrom(learnedTokenizer(sentences, { kind: 'causal', vocabulary: 270 }));
    expect(tokenizer.framed([9])).toEqual([9]);
    expect(tokenizer.idOf('<|endoftext|>')).toBe(0);
  });
});

describe('pretrain', { timeout: 60_000 }, () => {
  it('gives the same weights for the same settings, others for another seed, and only reads what is finished', async () => {
    const [first, again] = [await pretrain(await request('a')), await pretrain(await request('b'))];
    expect(again).toEqual(first);
    expect(first.tokens).toBe(6 * 4 * 12);
    let steps = 0;
    const read = await pretrain(await request('a', { onStep: () => void steps++ }));
    expect([read, steps]).toEqual([first, 0]);
    await expect(pretrain(await request('a', { settings: { ...settings, width: 32 } }))).rejects.toThrow(
      /has another model: its width is 16, asked for is 32\./,
    );
    await expect(pretrain(await request('a', { texts: { ...texts, train: sentences.slice(1) } }))).rejects.toThrow(/of other texts/);
    const other = await pretrain(await request('c', { settings: { ...settings, seed: 2 } }));
    expect(other.fingerprint).not.toBe(first.fingerprint);
  });

  it('goes on where it was interrupted, to the same weights', async () => {
    const straight = await pretrain(await request('straight'));
    const controller = new AbortController();
    const stop = ({ iteration }: { iteration: number }) => void (iteration === 3 && controller.abort());
    await expect(pretrain(await request('stopped', { signal: controller.signal, onStep: stop }))).rejects.toThrow(/aborted/);
    await expect(pretrain(await request('stopped', { settings: { ...settings, steps: 9 } }))).rejects.toMatchObject({ code: 'CL_OPTION' });
    const seen: number[] = [];
    const resumed = await pretrain(await request('stopped', { onStep: ({ iteration }) => void seen.push(iteration) }));
    expect(seen).toEqual([4, 5, 6]);
    expect(resumed).toEqual(straight);
    expect((await readdir(join(folder, 'stopped'))).sort()).toEqual([
      'config.json',
      'model.safetensors',
      'pretrain.json',
      'tokenizer.json',
    ]);
  });

  it.each(['mlm', 'causal'] as const)('%s: the folder is a pre-trained model', async (kind) => {
    const { folder: place, ...rest } = await request(kind, { settings: { ...settings, kind } });
    await pretrain({ ...rest, folder: place });
    const { model, parameters, fresh } = await loadPretrained(place);
    expect([model.architecture.layout, model.outputs, fresh]).toEqual([kind === 'mlm' ? 'bert' : 'gpt2', 270, []]);
    const tokenizer = await tokenizerOf(place, { model });
    expect(tokenizer.pieces('the cat').every((id) => id < 270)).toBe(true);
    tf.dispose(parameters);
  });

  it('refuses settings that cannot be, and texts that are too few', async () => {
    await expect(pretrain(await request('x', { settings: { ...settings, kind: 'mln' as 'mlm' } }))).rejects.toThrow(/Did you mean 'mlm'\?/);
    await expect(pretrain(await request('x', { settings: { ...settings, steps: 0 } }))).rejects.toThrow(/steps must be a whole number/);
    await expect(pretrain(await request('x', { texts: { train: ['short'], test: [] } }))).rejects.toThrow(/general: packed\(\)/);
  });
});
