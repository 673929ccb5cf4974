import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContinualLearningError, decodeSafetensors, encodeSafetensors, initialParameters } from '@cl/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { goldenFiles } from '../../../../testing/golden.js';
import { useCpu } from '../../../../testing/places.js';
import { classifier, type Head, language, loadPretrained, pretrainedFiles, savePretrained, sentences, tokens } from '../../src/index.js';
import { COPIES, type Expected, filesOfTiny, type Given, utf8, weightsFile } from './tiny.js';

beforeAll(useCpu);

const golden = (variant: string) =>
  goldenFiles<Given, Expected>('transformers', new URL('../../golden/', import.meta.url), `${variant}-1`)[0]!.given;

const cases: readonly (readonly [string, Head])[] = [
  ['bert-mlm', language()],
  ['bert-token', tokens({ outputs: 5 })],
  ['gpt2', language()],
  ['llama', language()],
  ['t5', language()],
  ['roberta-mlm', language()],
];
const given = golden('bert-token');
const files = filesOfTiny(given);

/** What an error says; the test fails if there is none. */
async function refusal(
  source: Parameters<typeof loadPretrained>[0],
  options: Parameters<typeof loadPretrained>[1] = { head: tokens({ outputs: 5 }) },
) {
  const error = await loadPretrained(source, { sequence: 8, ...options }).then(
    () => null,
    (error: unknown) => error,
  );
  expect(ContinualLearningError.is(error, 'CL_CHECKPOINT'), String(error)).toBe(true);
  return (error as Error).message;
}

it('says that a small GPT-2 has no tokens to begin and to end texts with, which Python would take from the large one', async () => {
  const ends = async (variant: string) => {
    const { model, parameters } = await loadPretrained(filesOfTiny(golden(variant)), { head: language(), sequence: 7 });
    const config = JSON.parse(new TextDecoder().decode((await pretrainedFiles(model, parameters))['config.json'])) as object;
    return 'eos_token_id' in config ? config.eos_token_id : 'not said';
  };
  expect(await ends('gpt2')).toBeNull();
  expect(await ends('llama')).toBe('not said');
});

it("has RoBERTa's classifier by its own names, with a dense layer of its own in place of the pooler", async () => {
  const { model, parameters } = await loadPretrained(filesOfTiny(golden('roberta-mlm')), { head: classifier({ outputs: 3 }), sequence: 7 });
  const others = Object.entries(initialParameters(model, 1)).filter(([name]) => !parameters[name]);
  expect(others.map(([name]) => name)).toEqual(['pooler/kernel', 'pooler/bias', 'head/kernel', 'head/bias']);
  const written = await pretrainedFiles(model, { ...parameters, ...Object.fromEntries(others) });
  const { tensors } = decodeSafetensors(written['model.safetensors'], 'written');
  expect(
    Object.keys(tensors)
      .filter((name) => !name.startsWith('roberta.'))
      .sort(),
  ).toEqual(['dense.bias', 'dense.weight', 'out_proj.bias', 'out_proj.weight'].map((name) => `classifier.${name}`));
  expect(JSON.parse(new TextDecoder().decode(written['config.json']))).toMatchObject({
    ...{ model_type: 'roberta', architectures: ['RobertaForSequenceClassification'], max_position_embeddings: 18, pad_token_id: 1 },
  });
});

describe('round trip', () => {
  it.each(cases)('writes the tensors of %s as they were read, by the same names', async (variant, head) => {
    const source = golden(variant);
    const { model, parameters } = await loadPretrained(filesOfTiny(source), { head, sequence: 7 });
    const written = await pretrainedFiles(model, parameters);
    const { tensors, metadata } = decodeSafetensors(written['model.safetensors'], 'written');
    const before = decodeSafetensors(weightsFile(source.weights), 'golden').tensors;
    expect(metadata).toEqual({ format: 'pt' });
    expect(Object.keys(tensors).sort()).toEqual(
      Object.keys(before)
        .filter((name) => !COPIES.includes(name))
        .sort(),
    );
    for (const [name, tensor] of Object.entries(tensors)) expect(tensor, name).toEqual(before[name]);

    // What was written is read as the same model, without being told of the head.
    const again = await loadPretrained(written, { sequence: 7 });
    expect(again.fresh).toEqual([]);
    expect(again.model.name).toBe(model.name);
    expect(again.model.architecture.options).toMatchObject({ ...model.architecture.options, head: expect.anything() });
    const config = JSON.parse(new TextDecoder().decode(written['config.json'])) as Record<string, unknown>;
    const same = Object.keys(config).filter(
      (name) =>
        !['architectures', 'id2label', 'label2id', 'bos_token_id', 'eos_token_id', 'rope_theta', 'tie_word_embeddings'].includes(name),
    );
    for (const name of same) expect(config[name], name).toEqual(source.config[name]);
  });

  it('goes through a folder, which then has these two files', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cl-'));
    try {
      const { model, parameters } = await loadPretrained(files, { head: tokens({ outputs: 5 }) });
      await savePretrained(join(folder, 'model'), model, parameters);
      expect(readdirSync(join(folder, 'model')).sort()).toEqual(['config.json', 'model.safetensors']);
      const again = await loadPretrained(join(folder, 'model'));
      const hidden = (p: typeof parameters) => [
        ...model.apply(p, { ids: tf.tensor2d([[1, 2, 3]], undefined, 'int32') }).outputs.dataSync(),
      ];
      expect(hidden(again.parameters)).toEqual(hidden(parameters));
      expect(await refusal(join(folder, 'nowhere'))).toMatch(/there is no 'config.json'/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('loading', () => {
  it('draws a new head, and says so', async () => {
    const { model, parameters, fresh, unused } = await loadPretrained(files, { head: classifier({ outputs: 3 }), newHead: true });
    expect(fresh).toEqual(['pooler/kernel', 'pooler/bias', 'head/kernel', 'head/bias']);
    expect([...unused].sort()).toEqual(['classifier.bias', 'classifier.weight']);
    expect(Object.keys(parameters)).toEqual(Object.keys(model.parameters).filter((name) => !fresh.includes(name)));
    expect(Object.keys(initialParameters(model, 1))).toEqual(Object.keys(model.parameters));
  });

  it('leaves the heads of others unused', async () => {
    const { unused } = await loadPretrained(files, { head: sentences() });
    expect([...unused].sort()).toEqual(['classifier.bias', 'classifier.weight']);
  });

  it('takes the first layers alone', async () => {
    const { model, parameters } = await loadPretrained(files, { head: sentences(), layers: 1 });
    expect(model.architecture.options.layers).toBe(1);
    expect(Object.keys(parameters).some((name) => name.startsWith('layer1/'))).toBe(false);
  });

  it('reads names without the prefix, in several files, and in half precision', async () => {
    const { tensors } = decodeSafetensors(files['model.safetensors']!, 'golden');
    const names = Object.keys(tensors);
    // All values are multiples of 1/512 below 8: 12 bits, one more than half precision has from 2 on.
    const half = (name: string) => {
      const values = new Float32Array(tensors[name]!.bytes.slice().buffer);
      const bits = Uint16Array.from(new Uint32Array(values.buffer), (word) => word >>> 16);
      return { dtype: 'BF16', shape: tensors[name]!.shape, bytes: new Uint8Array(bits.buffer) };
    };
    const part = (some: string[], make = (name: string) => tensors[name]!) =>
      encodeSafetensors(Object.fromEntries(some.map((name) => [name.replace(/^bert\./, ''), make(name)])));
    const map = Object.fromEntries(names.map((name, i) => [name.replace(/^bert\./, ''), i % 2 ? 'a.safetensors' : 'b.safetensors']));
    const odd = names.filter((_, i) => i % 2);
    const source = {
      'config.json': files['config.json']!,
      'model.safetensors.index.json': utf8({ weight_map: map }),
      'a.safetensors': part(odd, half),
      'b.safetensors': part(names.filter((_, i) => !(i % 2))),
    };
    const head = tokens({ outputs: 5 });
    const [split, whole] = [await loadPretrained(source, { head }), await loadPretrained(files, { head })];
    for (const [name, value] of Object.entries(whole.parameters)) {
      const [a, b] = [value.dataSync(), split.parameters[name]!.dataSync()];
      // Eight bits of fraction.
      a.forEach((x, i) => {
        expect(Math.abs(x - b[i]!), name).toBeLessThanOrEqual(Math.abs(x) / 128);
      });
    }
  });
});

describe('refusals', () => {
  const changed = (weights: Given['weights']) => filesOfTiny({ ...given, weights });
  const { 'bert.encoder.layer.1.output.dense.bias': bias, ...others } = given.weights as {
    [name: string]: { shape: number[]; values: number[] };
  };

  it('of files that are cut off', async () => {
    const bytes = files['model.safetensors']!;
    expect(await refusal({ ...files, 'model.safetensors': bytes.subarray(0, bytes.length - 9) })).toMatch(/truncated/);
    expect(await refusal({ ...files, 'config.json': files['config.json']!.subarray(0, 50) })).toMatch(/damaged or truncated/);
    expect(await refusal({ 'config.json': files['config.json']! })).toMatch(/there is no 'model.safetensors'/);
  });

  it('of tensors that are missing, unexpected or of another shape, by name', async () => {
    expect(await refusal(changed(others))).toMatch(/lacks 1 tensors of the network: encoder\.layer\.1\.output\.dense\.bias/);
    const more = { ...given.weights, 'bert.encoder.layer.2.output.dense.bias': bias! };
    expect(await refusal(changed(more))).toMatch(/no such model has: encoder\.layer\.2\.output\.dense\.bias/);
    await loadPretrained(changed(more), { head: sentences(), unexpected: 'ignore' });
    const short = { ...others, 'bert.encoder.layer.1.output.dense.bias': { shape: [11], values: bias!.values.slice(1) } };
    expect(await refusal(changed(short))).toMatch(/dense\.bias' has shape \[11\], the model needs \[12\]/);
    expect(await refusal(files, { head: tokens({ outputs: 6 }) })).toMatch(
      /'classifier.weight' has shape \[5, 12\], the model needs \[6, 12\].*grow/,
    );
  });

  it('of a part of a head, by what is missing', async () => {
    const { 'classifier.bias': _, ...headless } = given.weights;
    expect(await refusal(changed(headless))).toMatch(/lacks classifier\.bias\. .*newHead: true/);
    expect((await loadPretrained(changed(headless), { head: tokens({ outputs: 5 }), newHead: true })).fresh).toEqual([
      'head/kernel',
      'head/bias',
    ]);
  });

  it('of an output layer that is said to be the table of words, and is not', async () => {
    const { weights, ...llama } = golden('llama');
    const config = { ...llama.config, architectures: ['LlamaForCausalLM'] };
    const { 'model.embed_tokens.weight': words, ...rest } = weights;
    const own = { shape: words!.shape, values: words!.values.map((value, i) => (i === 3 ? value + 1 : value)) };
    const untied = (about: Given['config']) =>
      filesOfTiny({ ...golden('llama'), config: about, weights: { 'model.embed_tokens.weight': words!, ...rest, 'lm_head.weight': own } });
    expect(await refusal(untied({ ...config, tie_word_embeddings: true }), {})).toMatch(/'lm_head.weight' is not the table.*tied: false/);
    // Llama's class has it so where the file does not say.
    const { tie_word_embeddings: _, ...silent } = config as Given['config'];
    const { fresh, parameters } = await loadPretrained(untied(silent), { sequence: 8 });
    expect([fresh, parameters['head/kernel']?.shape]).toEqual([[], [...words!.shape].reverse()]);
  });

  it('of what is no source and no head', async () => {
    await expect(loadPretrained(undefined as never)).rejects.toMatchObject({
      code: 'CL_OPTION',
      message: expect.stringContaining('folder'),
    });
    await expect(loadPretrained(files, { head: 'tokens' as never })).rejects.toMatchObject({
      code: 'CL_OPTION',
      message: expect.stringContaining('head must be a head, such as tokens({ outputs: 9 })'),
    });
  });

  it('of architectures and parts of them that are not known', async () => {
    const config = (part: object) => ({ ...files, 'config.json': utf8({ ...given.config, ...part }) });
    expect(await refusal(config({ model_type: 'mamba' }))).toMatch(/'mamba' is not known. Known are bert, roberta, gpt2, llama and t5/);
    expect(await refusal(config({ hidden_act: 'swiglu' }))).toMatch(/'hidden_act' is 'swiglu'/);
    expect(await refusal(config({ position_embedding_type: 'relative_key' }))).toMatch(/position_embedding_type/);
    expect(await refusal(config({ hidden_size: 'wide' }))).toMatch(/'hidden_size' must be a number/);
    expect(await refusal(config({ architectures: ['BertForQuestionAnswering'] }), {})).toMatch(/no head for 'BertForQuestionAnswering'/);
  });
});
