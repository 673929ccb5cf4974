import { readFileSync } from 'node:fs';
import { loadTensorFlow } from '@cl/node';
import { beforeAll, expect, test, vi } from 'vitest';
import { benchLanguage } from '../../src/bench/language.js';
import { LANGUAGE_CELLS, type LanguageSize, textsOf } from '../../src/bench/language-cells.js';
import { LANGUAGE_METHODS, languageCellsNamed, languageMethodsNamed } from '../../src/bench/language-methods.js';
import type { Loop, PyTorch } from '../../src/bench/pytorch-rival.js';

// Ten programs are compiled and compared with eager steps, whatever their size.
vi.setConfig({ testTimeout: 240_000 });

beforeAll(async () => {
  await loadTensorFlow();
});

const SIZE: LanguageSize = { vocabulary: 20, sequence: 8, positions: 66, width: 8, layers: 1, heads: 2, batch: 4 };
const toys = LANGUAGE_CELLS.map((cell) => ({ ...cell, size: SIZE, turn: 1 }));

/** In PyTorch's place: says what it is asked for, and takes half a millisecond for each step. */
function pytorch(asked: Loop[]): PyTorch {
  return {
    ...{ version: 'none', threads: 1, close() {} },
    rival(loop) {
      asked.push(loop);
      return { mode: 'pytorch', turn: async () => 0.5, dispose() {} };
    },
  };
}

test('every cell is timed: steps against PyTorch and against fine-tuning, and tokens', async () => {
  const asked: Loop[] = [];
  const rows = await benchLanguage({ cells: toys, turns: 1, pytorch: pytorch(asked) });
  expect(rows.map(({ cell, strategy, mode }) => `${cell} ${strategy} ${mode}`)).toEqual([
    'encoder-masked finetune compiled',
    'encoder-masked das compiled',
    'encoder-masked das-updates compiled',
    'encoder-masked finetune pytorch',
    'decoder-causal finetune compiled',
    'decoder-causal finetune pytorch',
    'decoder-causal generate-1 compiled',
    'decoder-causal generate-1 pytorch',
    'decoder-causal generate-8 compiled',
    'decoder-causal generate-8 pytorch',
    'minilm-tokens finetune compiled',
    'minilm-tokens finetune pytorch',
  ]);
  const [masked, causal, tokens] = LANGUAGE_CELLS.map(({ name }) => ({ cell: name, size: SIZE }));
  expect(asked).toEqual([masked, causal, { ...causal, texts: 1 }, { ...causal, texts: 8 }, tokens]);
  const [plain, das, , theirs] = rows;
  // One turn each, so the medians' ratio is the turn's.
  expect(plain!.ratioToPyTorch).toBeCloseTo(plain!.msPerIteration / 0.5);
  expect(das!.ratioToFinetune).toBeCloseTo(das!.msPerIteration / plain!.msPerIteration);
  expect(theirs).toMatchObject({ msPerIteration: 0.5, ratioToPyTorch: null, target: null });
  const eight = rows.find(({ strategy }) => strategy === 'generate-8')!;
  expect(eight.tokensPerSecond).toBeCloseTo(8000 / eight.msPerIteration);
  expect(eight.ratioToPyTorch).toBeCloseTo(eight.msPerIteration / 0.5);
  expect(rows.flatMap(({ target }) => target ?? [])).toEqual([1, 4.5, 1.05, 1, 1, 1, 1]);
});

test('without PyTorch there is nothing that it could be compared with', async () => {
  const rows = await benchLanguage({ cells: toys.slice(1, 2), methods: languageMethodsNamed(['finetune']), turns: 1 });
  expect(rows).toMatchObject([{ strategy: 'finetune', mode: 'compiled', ratioToPyTorch: null, ratioToFinetune: null }]);
});

test('texts are as long as the model reads; where they are padded, padding has no labels', () => {
  const trained = (name: string) => textsOf(toys.find((cell) => cell.name === name)!)[1]!.train;
  const rowsOf = (name: string) => {
    const data = trained(name);
    const [mask, labels] = [new Int32Array(160 * 8), new Int32Array(160 * 8)];
    const all = Int32Array.from({ length: 160 }, (_, i) => i);
    (data.x as unknown as Record<'mask', typeof data.y>).mask.gather(all, mask, 0);
    data.y.gather(all, labels, 0);
    return { mask, labels };
  };
  expect(new Set(rowsOf('encoder-masked').mask)).toEqual(new Set([1]));
  const { mask, labels } = rowsOf('minilm-tokens');
  expect([...mask].map((real) => real === 1)).toEqual([...labels].map((label) => label >= 0));
  const lengths = Array.from({ length: 160 }, (_, row) => mask.slice(8 * row, 8 * row + 8).reduce((a, b) => a + b, 0));
  expect([Math.min(...lengths), Math.max(...lengths)]).toEqual([4, 8]);
});

test('every cell has its loop in PyTorch; cells and methods are chosen by name', () => {
  const python = readFileSync(new URL('../../bench/pytorch/language.py', import.meta.url), 'utf8');
  expect(LANGUAGE_CELLS.map(({ name }) => name)).toEqual([...python.matchAll(/^ {4}"([\w-]+)": /gm)].map(([, name]) => name));
  expect(languageCellsNamed(['minilm-tokens']).map(({ name }) => name)).toEqual(['minilm-tokens']);
  expect(languageMethodsNamed([])).toEqual(LANGUAGE_METHODS);
  expect(() => languageCellsNamed(['mlp-100-b10-sgd'])).toThrow(/There is no cell 'mlp-100-b10-sgd'/);
  expect(() => languageMethodsNamed(['generate'])).toThrow(/There is no strategy 'generate'\. Did you mean 'generate-1'\?/);
});
