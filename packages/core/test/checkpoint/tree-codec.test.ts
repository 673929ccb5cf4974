import '@tensorflow/tfjs';
import { fc, test } from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeTree, parameterHash, restoreTree } from '../../src/checkpoint/index.js';
import { type Memory, reservoir } from '../../src/memory/index.js';
import { random } from '../../src/random/index.js';
import type { Tree } from '../../src/strategy/strategy.js';
import { idsOf, range, rowsOf } from '../memory/rows.js';

beforeAll(() => tf.setBackend('cpu'));

/** Tensors as what they hold, for comparison. */
function plain(tree: unknown): unknown {
  if (tree instanceof tf.Tensor) return { dtype: tree.dtype, shape: tree.shape, values: [...tree.dataSync()] };
  if (Array.isArray(tree)) return tree.map(plain);
  if (typeof tree === 'object' && tree !== null && !('save' in tree))
    return Object.fromEntries(Object.entries(tree).map(([name, value]) => [name, plain(value)]));
  return tree;
}

const tensor = fc.oneof(
  fc.array(fc.float(), { maxLength: 5 }).map((values) => tf.tensor1d(values.map(Math.fround), 'float32')),
  fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { maxLength: 5 }).map((values) => tf.tensor1d(values, 'int32')),
  fc.array(fc.boolean(), { minLength: 2, maxLength: 2 }).map((values) => tf.tensor2d(values, [1, 2], 'bool')),
);
const name = fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom('$tensor', '$stored', '$number', '$$', 'a/b', 'a', 'b', '0'));
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.double(),
    fc.string(),
    tensor,
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(name, tie('tree'), { maxKeys: 4 }),
  ),
}));

describe('encodeTree and restoreTree', () => {
  test.prop([tree])('restore undoes encode, through JSON text', async (value) => {
    const { json, arrays } = await encodeTree(value);
    const back = restoreTree(null, { json: JSON.parse(JSON.stringify(json)), arrays });
    expect(plain(back)).toEqual(plain(value));
  });

  it('writes tensors by their types, though the cpu keeps what was cast from bool in bytes', async () => {
    const mask = tf.tensor1d([true, false, true], 'bool');
    const tree = { numbers: tf.cast(mask, 'float32'), whole: tf.cast(mask, 'int32') };
    const { json, arrays } = await encodeTree(tree);
    expect(Object.values(arrays).map(({ bytes }) => bytes.length)).toEqual([12, 12]);
    expect(plain(restoreTree(null, { json, arrays }))).toEqual({
      numbers: { dtype: 'float32', shape: [3], values: [1, 0, 1] },
      whole: { dtype: 'int32', shape: [3], values: [1, 0, 1] },
    });
  });

  it('keeps every bit: NaN, −0, infinities, the smallest number', async () => {
    const bits = Uint32Array.of(0x7fc00001, 0x80000000, 0x7f800000, 0xff800000, 1, 0x3f800001);
    const encoded = await encodeTree({
      w: tf.tensor1d(new Float32Array(bits.buffer)),
      numbers: [NaN, -0, Infinity, -Infinity, 5e-324, 0.1],
    });
    const back = restoreTree({ w: null, numbers: null } as Tree, encoded) as unknown as { w: tf.Tensor; numbers: number[] };
    expect(new Uint32Array((back.w.dataSync() as Float32Array).slice().buffer)).toEqual(bits);
    expect(back.numbers).toEqual([NaN, -0, Infinity, -Infinity, 5e-324, 0.1]);
  });

  it('names tensors by their place, so that other programs can find them', async () => {
    const t = tf.scalar(1);
    const { arrays } = await encodeTree({ parameters: { 'dense0/kernel': t }, list: [t, { b: t }], 'a/b': t, a: { b: t } });
    expect(Object.keys(arrays).sort()).toEqual(['a/b', 'a/b#2', 'list/0', 'list/1/b', 'parameters/dense0/kernel']);
    expect(Object.keys((await encodeTree(t)).arrays)).toEqual(['tensor']);
    expect(Object.keys((await encodeTree({ __metadata__: t })).arrays)).toEqual(['__metadata__#2']);
  });

  it('loads memories in place, at any depth', async () => {
    const stateWith = (memory: Memory) => ({ strategies: [{ replay: { memory, seen: 3 } }] });
    const full = reservoir({ capacity: 5 });
    full.add(rowsOf(range(12)), random(1));
    const encoded = await encodeTree(stateWith(full));
    const before = idsOf(full.all());
    full.add(rowsOf(range(50)), random(2));

    const empty = reservoir({ capacity: 5 });
    const back = restoreTree(stateWith(empty), encoded);
    expect(back.strategies[0]!.replay.memory).toBe(empty);
    expect(idsOf(empty.all())).toEqual(before);
    expect(Object.keys(encoded.arrays)).toContain('strategies/0/replay/memory/extra/logits');
  });

  it('refuses a memory that is none now, and leaves no tensor behind', async () => {
    const encoded = await encodeTree({ a: tf.scalar(1), memory: reservoir({ capacity: 5 }) });
    const tensors = tf.memory().numTensors;
    const restore = () => restoreTree({ a: null, memory: null } as Tree, encoded);
    expect(restore).toThrow(
      expect.objectContaining({ code: 'CL_CHECKPOINT', message: expect.stringContaining("'memory' was a memory when it was saved") }),
    );
    expect(tf.memory().numTensors).toBe(tensors);
    expect(() => restoreTree(null, { json: { $tensor: 'w' }, arrays: {} })).toThrow("Expected a tensor 'w' in the checkpoint, found none.");
  });

  it.each([
    [{ a: new Map() }, "'a' is a Map, which cannot be saved"],
    [{ a: [() => 1] }, "'a/0' is a function"],
    [{ a: { b: new Float32Array(1) } }, "'a/b' is a Float32Array"],
    [[undefined], "'0' is a undefined"],
    [{ a: 1n }, "'a' is a bigint"],
  ])('refuses what is no state: case %#', async (value, message) => {
    await expect(encodeTree(value as unknown as Tree)).rejects.toThrow(
      expect.objectContaining({ code: 'CL_CHECKPOINT', message: expect.stringContaining(message) }),
    );
  });

  it('refuses tensors of strings', async () => {
    await expect(encodeTree({ words: tf.tensor1d(['a']) })).rejects.toThrow("'words' is a string tensor");
  });
});

describe('parameterHash', () => {
  const w = () =>
    tf.tensor2d([
      [1, 2],
      [3, 4],
    ]);

  it('is what it has always been, computed by other means', async () => {
    // printf '["%s","w","F32",[2,2]]\n' "$(printf '\0\0\200\77\0\0\0@\0\0@@\0\0\200@' | sha256sum | cut -d' ' -f1)" | sha256sum
    expect(await parameterHash({ w: w() })).toBe('4b0dba17188f8cd36e574ea732fb78464403e97de7a1eda764c9843ff09f75c6');
  });

  it('does not depend on the order, but on name, shape, type and every bit', async () => {
    const base = await parameterHash({ a: w(), b: tf.scalar(0) });
    expect(await parameterHash({ b: tf.scalar(0), a: w() })).toBe(base);
    const others = [
      { a: w(), c: tf.scalar(0) },
      { a: tf.reshape(w(), [4]), b: tf.scalar(0) },
      { a: w(), b: tf.scalar(-0) },
      { a: w(), b: tf.scalar(0, 'int32') },
      { a: w() },
    ];
    const hashes = await Promise.all(others.map((parameters) => parameterHash(parameters as tf.NamedTensorMap)));
    expect(new Set([base, ...hashes]).size).toBe(6);
  });
});
