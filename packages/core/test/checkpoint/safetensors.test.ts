import { readFileSync } from 'node:fs';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '../../src/checkpoint/index.js';
import { ContinualLearningError } from '../../src/errors.js';

const bytesOf = (values: Float32Array | Int32Array) => new Uint8Array(values.buffer);
const file = (header: string, data = 0): Uint8Array => {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
};

describe('a file of the reference implementation (fixtures/make.py)', () => {
  const python = new Uint8Array(readFileSync(new URL('fixtures/python.safetensors', import.meta.url)));
  const { tensors, metadata } = decodeSafetensors(python, 'python.safetensors');

  it('is read', () => {
    const floats = new Float32Array(tensors['trunk/kernel']!.bytes.slice().buffer);
    expect(tensors['trunk/kernel']).toMatchObject({ dtype: 'F32', shape: [2, 3] });
    expect([...floats]).toEqual([0, -0, 1.5, NaN, Infinity, Math.fround(1e-45)]);
    expect([...new Int32Array(tensors.labels!.bytes.slice().buffer)]).toEqual([-1, 2, 2147483647]);
    expect(tensors.mask).toMatchObject({ dtype: 'BOOL', shape: [3], bytes: Uint8Array.of(1, 0, 1) });
    expect(tensors.empty).toMatchObject({ dtype: 'F32', shape: [0, 4], bytes: new Uint8Array(0) });
    expect(tensors.scalar!.shape).toEqual([]);
    expect(Object.keys(tensors)).toContain('größe ☃');
    expect([tensors.half!.dtype, tensors.wide!.dtype, tensors.bytes!.dtype]).toEqual(['F16', 'I64', 'U8']);
    expect(metadata).toEqual({ 'made by': 'safetensors 0.8.0' });
  });

  it('is written, byte for byte', () => {
    expect(encodeSafetensors(tensors, metadata)).toEqual(python);
  });
});

const tensor = fc
  .tuple(fc.constantFrom('F32', 'I32'), fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }), fc.infiniteStream(fc.nat(255)))
  .map(([dtype, shape, stream]): StoredTensor => {
    const bytes = Uint8Array.from({ length: 4 * shape.reduce((a, b) => a * b, 1) }, () => stream.next().value!);
    return { dtype, shape, bytes };
  });

describe('safetensors', () => {
  test.prop([
    fc.dictionary(
      fc.string().filter((name) => name !== '__metadata__'),
      tensor,
      { maxKeys: 6 },
    ),
  ])('decode undoes encode, whatever the names', (tensors) => {
    const { tensors: back } = decodeSafetensors(encodeSafetensors(tensors), 'f');
    expect(new Map(Object.entries(back))).toEqual(new Map(Object.entries(tensors)));
  });

  it('begins its data at a multiple of eight', () => {
    for (const name of ['a', 'ab', 'abc', 'abcd', 'abcde', 'ä']) {
      const bytes = encodeSafetensors({ [name]: { dtype: 'F32', shape: [1], bytes: bytesOf(Float32Array.of(1)) } });
      expect((bytes.length - 4) % 8).toBe(0);
    }
  });

  const sound = encodeSafetensors({ a: { dtype: 'F32', shape: [2], bytes: bytesOf(Float32Array.of(1, 2)) } });

  it('refuses a file cut anywhere', () => {
    for (let length = 0; length < sound.length; length++) {
      expect(() => decodeSafetensors(sound.subarray(0, length), 'cut'), `${length} bytes`).toThrow(
        expect.objectContaining({ code: 'CL_CHECKPOINT' }),
      );
    }
    expect(() => decodeSafetensors(sound.subarray(0, sound.length - 1), 'cut')).toThrow(
      "cut: 'a' ends at 8, found 7 bytes of data: the file is truncated.",
    );
  });

  it('reads any bytes or refuses them with CL_CHECKPOINT', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(sound.length - 1), fc.nat(255), (junk, at, value) => {
        const changed = sound.slice();
        changed[at] = value;
        for (const bytes of [junk, changed]) {
          try {
            decodeSafetensors(bytes, 'f');
          } catch (error) {
            if (!ContinualLearningError.is(error, 'CL_CHECKPOINT')) throw error;
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['a header that is no JSON', file('{"a":'), 'expected a JSON object'],
    ['a header that is a list', file('[]'), 'expected a JSON object'],
    ['an unknown type', file('{"a":{"dtype":"toString","shape":[],"data_offsets":[0,4]}}', 4), "'a' has no sound type, shape and place"],
    ['a negative shape', file('{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}', 4), 'no sound type'],
    ['no entry', file('{"a":null}'), 'no sound type'],
    ['a place of another size', file('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}', 4), "'a', F32 [2], needs 8 bytes, found 4."],
    ['a gap', file('{"a":{"dtype":"F32","shape":[],"data_offsets":[4,8]}}', 8), "'a' begins at 4, but the tensor before it ends at 0."],
    ['bytes left over', file('{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', 9), 'expected 4 bytes of data, found 9.'],
    ['a huge header', new Uint8Array(16).fill(255), 'header of at most 100000000 bytes'],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes, 'f')).toThrow(
      expect.objectContaining({ code: 'CL_CHECKPOINT', message: expect.stringContaining(message) }),
    );
  });
});
