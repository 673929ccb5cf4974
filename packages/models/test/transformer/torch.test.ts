import { readFileSync } from 'node:fs';
import { ContinualLearningError, decodeSafetensors, type StoredTensor } from '@cl/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { goldenFiles } from '../../../../testing/golden.js';
import { useCpu } from '../../../../testing/places.js';
import { loadPretrained, tokens } from '../../src/index.js';
import { floatsOf } from '../../src/pretrained/floats.js';
import { decodeTorch } from '../../src/pretrained/torch/torch.js';
import { type Expected, filesOfTiny, type Given } from './tiny.js';

beforeAll(useCpu);

const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`torch/${name}`, import.meta.url)));
const expected = JSON.parse(new TextDecoder().decode(fixture('expected.json'))) as Record<string, { shape: number[]; values: number[] }>;

function valuesOf(tensor: StoredTensor, name: string): number[] {
  if (tensor.dtype === 'BOOL') return [...tensor.bytes];
  if (tensor.dtype === 'I64') return Array.from(new BigInt64Array(new Uint8Array(tensor.bytes).buffer), Number);
  return [...floatsOf(tensor, name)];
}

function refusal(bytes: Uint8Array): string {
  try {
    decodeTorch(bytes, 'a.bin');
  } catch (error) {
    expect(ContinualLearningError.is(error, 'CL_CHECKPOINT'), String(error)).toBe(true);
    return (error as Error).message;
  }
  throw new Error('It was not refused.');
}

describe.each(['archive', 'pickles'])('a file of PyTorch, %s', (container) => {
  it('has the tensors that were saved, however they lie in their storage', () => {
    const tensors = decodeTorch(fixture(`${container}.bin`), container);
    const names = Object.keys(expected).filter((name) => !name.startsWith('layer.'));
    expect(Object.keys(tensors)).toEqual(names);
    for (const name of names) {
      expect(tensors[name]!.shape, name).toEqual(expected[name]!.shape);
      expect(valuesOf(tensors[name]!, name), name).toEqual(expected[name]!.values);
    }
    expect(Object.fromEntries(Object.entries(tensors).map(([name, { dtype }]) => [name, dtype]))).toMatchObject({
      ...{ plain: 'F32', half: 'F16', bfloat: 'BF16', double: 'F64', long: 'I64', bool: 'BOOL', parameter: 'F32' },
    });
  });

  it('may be the state of a module', () => {
    const tensors = decodeTorch(fixture(`module-${container}.bin`), container);
    expect(Object.keys(tensors)).toEqual(['layer.weight', 'layer.bias']);
    for (const [name, tensor] of Object.entries(tensors)) expect(valuesOf(tensor, name)).toEqual(expected[name]!.values);
  });

  it('is refused where it is cut off, wherever that is', () => {
    const bytes = fixture(`${container}.bin`);
    for (let length = 0; length < bytes.length; length += 61) refusal(bytes.subarray(0, length));
  });

  it('is refused or read where a byte is another, but never ends in an error of another kind', () => {
    const bytes = fixture(`module-${container}.bin`);
    for (let at = 0; at < bytes.length; at += 3) {
      const changed = bytes.slice();
      changed[at]! ^= 0x55;
      try {
        decodeTorch(changed, 'a.bin');
      } catch (error) {
        expect(ContinualLearningError.is(error, 'CL_CHECKPOINT'), `byte ${at}: ${String(error)}`).toBe(true);
      }
    }
  });
});

describe('a file that would run something', () => {
  const header = fixture('pickles.bin');
  /** Three small pickles stand before the tensors. */
  const start = [0, 1, 2].reduce((at) => header.indexOf(0x2e, at) + 1, 0);
  const withPickle = (text: string) => {
    const evil = Uint8Array.from(text, (character) => character.charCodeAt(0));
    const bytes = new Uint8Array(start + evil.length);
    bytes.set(header.subarray(0, start));
    bytes.set(evil, start);
    return bytes;
  };

  /** A pair of a pair of a pair …, each twice the same: written out, 2⁶⁰ of them. */
  const LAUGHS = `)${'q\x00h\x00\x86'.repeat(60)}`;

  it.each([
    ['a call of the system', '\x80\x02cos\nsystem\nX\x02\x00\x00\x00ls\x85R.', /names 'os\.system'.*Nothing was run/],
    ['the same by the newer instruction', '\x80\x04\x8c\x02os\x8c\x06system\x93)R.', /names 'os\.system'/],
    ['a built-in function', '\x80\x02c__builtin__\neval\n)R.', /names '__builtin__\.eval'/],
    [
      'a neighbour of what is allowed',
      '\x80\x02ctorch._utils\n_rebuild_device_tensor_from_numpy\n)R.',
      /names 'torch\._utils\._rebuild_device/,
    ],
    ['a name that objects have anyway', '\x80\x02ctorch\nconstructor\n)R.', /names 'torch\.constructor'/],
    ['a call of a storage', '\x80\x02ctorch\nFloatStorage\n)R.', /calls torch\.FloatStorage/],
    ['an object made', '\x80\x02ccollections\nOrderedDict\n)\x81.', /instruction \(129\)/],
    ['an instance made', '\x80\x02(ios\nsystem\n.', /instruction \(105\)/],
    ['something other than tensors', '\x80\x02}X\x01\x00\x00\x00aK\x01s.\x80\x02].', /'a' is no tensor/],
    ['a list of lists of lists, as a name', `\x80\x04${LAUGHS}\x8c\x06system\x93)R.`, /a name is no text/],
    ['the same as the name of a tensor', `\x80\x02}${LAUGHS}K\x01s.\x80\x02].`, /an entry whose name is no text/],
    [
      'a tensor of one value, repeated until memory is full',
      `\x80\x02}X\x01\x00\x00\x00actorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x01NtQK\x00J\xff\xff\xff\x7f\x85K\x00\x85\x89}tRs.\x80\x02](X\x01\x00\x00\x000e.\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00`,
      /repeats few values 2147483647 times/,
    ],
  ])('%s is refused', (_, text, message) => {
    expect(refusal(withPickle(text))).toMatch(message);
  });
});

it('is read where there are no safetensors', async () => {
  const { given } = goldenFiles<Given, Expected>('transformers', new URL('../../golden/', import.meta.url), 'bert-token-1')[0]!;
  const files = filesOfTiny(given);
  const { tensors } = decodeSafetensors(files['model.safetensors']!, 'golden');
  const head = tokens({ outputs: 5 });
  const { parameters } = await loadPretrained(files, { head, sequence: 7 });
  const old = await loadPretrained({ 'config.json': files['config.json']!, 'pytorch_model.bin': asTorch(tensors) }, { head, sequence: 7 });
  for (const [name, tensor] of Object.entries(parameters)) expect(old.parameters[name]!.dataSync(), name).toEqual(tensor.dataSync());
});

/** A file as PyTorch before version 1.6 wrote it, of float32 tensors; matrices are stored transposed, to be turned by their strides. */
function asTorch(tensors: { readonly [name: string]: StoredTensor }): Uint8Array {
  const header = fixture('pickles.bin');
  const start = [0, 1, 2].reduce((at) => header.indexOf(0x2e, at) + 1, 0);
  const parts: number[] = [...header.subarray(0, start)];
  const text = (value: string) => [0x58, ...int32(value.length), ...Array.from(value, (letter) => letter.charCodeAt(0))];
  const int32 = (value: number) => [...new Uint8Array(Int32Array.of(value).buffer)];
  const number = (value: number) => [0x4a, ...int32(value)];
  const named = (module: string, name: string) => Array.from(`c${module}\n${name}\n`, (letter) => letter.charCodeAt(0));
  const tuple = (...items: number[][]) => [0x28, ...items.flat(), 0x74];
  const entries = Object.entries(tensors);
  parts.push(0x80, 2, 0x7d, 0x28);
  for (const [name, { shape, bytes }] of entries) {
    const strides = shape.length === 2 ? [1, shape[0]!] : [1];
    const storage = tuple(text('storage'), named('torch', 'FloatStorage'), text(name), text('cpu'), number(bytes.length / 4), [0x4e]);
    const shapes = tuple(...shape.map(number));
    const args = tuple([...storage, 0x51], number(0), shapes, tuple(...strides.map(number)), [0x89], [0x7d]);
    for (const byte of [...text(name), ...named('torch._utils', '_rebuild_tensor_v2'), ...args, 0x52]) parts.push(byte);
  }
  parts.push(0x75, 0x2e, 0x80, 2, 0x5d, 0x28, ...entries.flatMap(([name]) => text(name)), 0x65, 0x2e);
  for (const [, { shape, bytes }] of entries) {
    parts.push(...int32(bytes.length / 4), 0, 0, 0, 0);
    const values = new Float32Array(new Uint8Array(bytes).buffer);
    const [rows, columns] = shape.length === 2 ? (shape as [number, number]) : [1, values.length];
    const turned = Float32Array.from(values, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
    for (const byte of new Uint8Array(turned.buffer)) parts.push(byte);
  }
  return Uint8Array.from(parts);
}
