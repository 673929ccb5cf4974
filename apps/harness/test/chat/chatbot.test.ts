import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeSafetensors, encodeSafetensors } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Chatbot } from '../../src/chat/chatbot.js';
import { openFolder } from '../../src/chat/node/folder.js';
import { halves } from '../../src/chat/node/halves.js';
import { learned, type Progress } from '../../src/chat/reading.js';
import { Versions } from '../../src/chat/versions.js';
import { loadBackend } from '../../src/run/backend.js';
import { lossOf } from '../../src/study/two-networks/network.js';
import { packedTexts } from '../../src/study/two-networks/rows.js';
import { newTexts, smallChatbot } from './small-chatbot.js';

let folder: string;
let chatbot: Chatbot;
beforeAll(async () => {
  // Loaded once a process, and each file begins on another.
  const { backend } = await loadBackend();
  await tf.setBackend(backend);
  folder = await mkdtemp(join(tmpdir(), 'chatbot-'));
  chatbot = await openFolder(await smallChatbot(join(folder, 'bot')));
});
afterAll(async () => {
  chatbot.dispose();
  await rm(folder, { recursive: true });
});

describe('a chatbot', { timeout: 60_000 }, () => {
  it('reads: the text is no surprise any more, and what it knew before is as it was', async () => {
    const rows = packedTexts(newTexts, chatbot.codec, 64);
    const surprise = (knowledge: tf.NamedTensorMap) => lossOf((ids) => chatbot.model.apply(knowledge, { ids }).outputs, rows);
    const before = await surprise(chatbot.knowledge);
    const after = await chatbot.read(newTexts.join('\n'), chatbot.knowledge, { steps: 40, learningRate: 1e-2 });
    expect(await surprise(after)).toBeLessThan(before - 1);
    expect(await surprise(chatbot.knowledge)).toBe(before);
    tf.dispose(after);
  });

  it('goes from version to version by files, and back, with a share and an estimate on the way, and leaves no tensor behind', async () => {
    const { numTensors } = tf.memory();
    const versions = new Versions(chatbot);
    expect([versions.before, versions.forget()]).toEqual([undefined, undefined]);
    const seen: Progress[] = [];
    for (const text of ['first.txt', 'second.txt']) {
      const reading = { text: newTexts.join('\n'), knowledge: versions.now.knowledge, steps: 4 };
      await versions.add(text, await learned(chatbot, reading, { onStep: (progress) => void seen.push(progress) }));
    }
    expect(versions.now.texts).toEqual(['first.txt', 'second.txt']);
    expect(versions.before!.texts).toEqual(['first.txt']);
    // The second text was read on top of the first: neither is what was known before it.
    const [name] = Object.keys(chatbot.knowledge) as [string];
    const moved = (from: tf.NamedTensorMap, to: tf.NamedTensorMap) =>
      tf.tidy(() => tf.max(tf.abs(tf.sub(from[name]!, to[name]!))).dataSync()[0]!);
    expect(moved(versions.before!.speaking, versions.now.speaking)).toBeGreaterThan(0);
    expect(versions.forget()).toBe('second.txt');
    expect(versions.now.texts).toEqual(['first.txt']);
    expect(versions.forget()).toBe('first.txt');
    const first = chatbot.aligned(chatbot.knowledge);
    expect(moved(first, versions.now.speaking)).toBe(0);
    tf.dispose(first);
    versions.dispose();
    expect(tf.memory().numTensors).toBe(numTensors);

    expect(seen.map(({ share }) => share)).toEqual([0.25, 0.5, 0.75, 1, 0.25, 0.5, 0.75, 1]);
    expect(seen[0]!.secondsLeft).toBeNull();
    expect(seen[1]!.secondsLeft).toBeGreaterThan(0);
    expect(seen[3]!.secondsLeft).toBe(0);
  });

  it('answers the same to the same, and leaves no tensor behind', async () => {
    const speaking = chatbot.aligned(chatbot.knowledge);
    const answer = async () => {
      let said = '';
      for await (const piece of chatbot.answer('Where does Barmo live?', speaking)) said += piece;
      return said;
    };
    const first = await answer();
    const { numTensors } = tf.memory();
    expect(await answer()).toBe(first);
    expect(tf.memory().numTensors).toBe(numTensors);
    tf.dispose(speaking);
  });

  it('is, with all of the difference and nothing read, the network that was taught to answer', async () => {
    const speaking = chatbot.aligned(chatbot.knowledge);
    const { loadPretrained } = await import('@cl/models');
    const { parameters } = await loadPretrained(join(folder, 'bot', 'chat'));
    for (const [name, values] of Object.entries(parameters)) {
      expect(tf.tidy(() => tf.max(tf.abs(tf.sub(values, speaking[name]!))).arraySync())).toBeLessThan(1e-6);
    }
    tf.dispose([speaking, parameters]);
  });

  it('refuses a text of nothing or of more than it reads, a question that is too long, and a folder that is none', async () => {
    await expect(chatbot.read(' \n ', chatbot.knowledge)).rejects.toMatchObject({ code: 'CL_DATA' });
    // Half of eight rows of 64 tokens are of the text.
    const long = chatbot.read('Where does Barmo live?\n'.repeat(100), chatbot.knowledge, { steps: 1 });
    await expect(long).rejects.toMatchObject({ code: 'CL_DATA', message: expect.stringContaining('the 256 tokens that 1 steps read') });
    const speaking = chatbot.aligned(chatbot.knowledge);
    await expect(chatbot.answer('x'.repeat(200), speaking).next()).rejects.toMatchObject({ code: 'CL_DATA' });
    tf.dispose(speaking);
    await expect(openFolder(join(folder, 'nowhere'))).rejects.toMatchObject({
      code: 'CL_DATA',
      message: expect.stringContaining('--train'),
    });
  });
});

describe('half precision', () => {
  it('is the nearest number with eleven bits, down to the smallest there are', () => {
    const values = [0, 1, -1, 0.1, 65504, 1e6, 2 ** -14, 2 ** -24, 3 * 2 ** -24, 2 ** -26, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 2047.6 / 1024];
    // 0x3c00 is 1; 1 + 2⁻¹¹ is in the middle, and rounds up; 2047.6 / 1024 rounds to 2, where the exponent carries over.
    const expected = [0, 0x3c00, 0xbc00, 0x2e66, 0x7bff, 0x7bff, 0x0400, 1, 3, 0, 0x3c01, 0x3c02, 0x4000];
    const bytes = halves(new Uint8Array(Float32Array.from(values).buffer));
    expect([...new Uint16Array(bytes.buffer)]).toEqual(expected);
  });

  it('is what a file of F16 has', () => {
    const bytes = halves(new Uint8Array(Float32Array.from([0.5, -2]).buffer));
    const { tensors } = decodeSafetensors(encodeSafetensors({ x: { dtype: 'F16', shape: [2], bytes } }), 'x');
    expect(tensors.x!.bytes).toHaveLength(4);
  });
});
