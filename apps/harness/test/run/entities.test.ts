import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashedWords } from '@cl/core';
import { expect, it } from 'vitest';
import { entityFiles } from '../../src/benchmarks/entities.js';
import { runEntities } from '../../src/run/entities.js';

it('own files from the first line to the last score', { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'entities-'));
  try {
    const names = { PER: ['Ada', 'Grace', 'Alan'], LOC: ['Oslo', 'Rome', 'Paris'] };
    const lines = Array.from({ length: 60 }, (_, i) => `${names.PER[i % 3]} B-PER\nleft O\n${names.LOC[(i + (i % 2)) % 3]} B-LOC\n`);
    const path = join(folder, 'sentences.conll');
    await writeFile(path, lines.join('\n'));
    const [length, vocabulary] = [4, 100];
    const stream = await entityFiles({ train: path, test: path, encoder: hashedWords({ length, buckets: vocabulary }) });
    const settings = { stream, length, vocabulary, seed: 1, epochs: 15, batchSize: 10, learningRate: 0.01, width: 16, layers: 1 };

    const [plain, extended] = [
      await runEntities({ ...settings, strategy: 'finetune' }),
      await runEntities({ ...settings, strategy: 'extend-ner' }),
    ];
    expect(plain.tasks[0]!.macro).toBeGreaterThan(0.9);
    // Places are learned first; persons come, and fine-tuning has forgotten places.
    expect(plain.tasks[1]!.perType.LOC).toBeLessThan(0.2);
    expect(plain.backwardInterference).toBeLessThan(-0.7);
    expect(extended.tasks[1]!.macro).toBeGreaterThan(0.9);
    expect(extended.backwardInterference).toBeGreaterThan(-0.1);
    await expect(runEntities({ ...settings, strategy: 'extend-nar' })).rejects.toThrow(/'extend-ner'/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
