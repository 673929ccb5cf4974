import { decodeSafetensors, type StoredTensor } from '@cl/core';
import { json, type PretrainedFiles } from './files.js';
import { refused } from './refused.js';
import { decodeTorch } from './torch/torch.js';

/** The formats that weights come in, the preferred one first. */
const FORMATS = [
  { file: 'model.safetensors', decode: (bytes: Uint8Array, name: string) => decodeSafetensors(bytes, name).tensors },
  { file: 'pytorch_model.bin', decode: decodeTorch },
] as const;

/** The tensors of one file or of several, which an index then lists. */
export async function weightsIn(files: PretrainedFiles): Promise<Record<string, StoredTensor>> {
  for (const { file, decode } of FORMATS) {
    const whole = await files.read(file);
    if (whole) return decode(whole, `${files.place}/${file}`);
    const index = await files.read(`${file}.index.json`);
    if (!index) continue;
    const { weight_map: map } = json(index, `${files.place}/${file}.index.json`);
    const names = [...new Set(Object.values((map ?? {}) as { [tensor: string]: string }))];
    const parts = await Promise.all(
      names.map(async (name) => {
        const part = await files.read(name);
        if (!part) throw refused(`${files.place}: there is no '${name}', which '${file}.index.json' lists.`);
        return decode(part, `${files.place}/${name}`);
      }),
    );
    return Object.assign({}, ...parts) as Record<string, StoredTensor>;
  }
  throw refused(
    `${files.place}: there is no 'model.safetensors' and no 'pytorch_model.bin'. A folder as Python's transformers write it has config.json and one of them.`,
  );
}
