import { dataError } from './data-error.js';
import { type ImageSet, imagesOf } from './image-set.js';
import { type DataOptions, locate } from './locate.js';
import { readPacked } from './read-packed.js';
import type { DataFile, RecordSource } from './sets.js';

const SIDE = 32;
const PLANE = SIDE * SIDE;
const CHANNELS = 3;

/** CIFAR-100, or a part of it, in the binary layout of its authors. */
export async function loadCifar100(source: RecordSource, options: DataOptions = {}): Promise<ImageSet> {
  const part = async (file: DataFile) => {
    const { pixels, labels } = parseCifar100(await readPacked(await locate(source, file, options), file), `${source.name}/${file.name}`);
    return imagesOf(pixels, labels, { image: [SIDE, SIDE, CHANNELS], scale: 1 / 255 });
  };
  const { name, title, classNames, files } = source;
  return {
    name,
    title,
    train: await part(files.train),
    test: await part(files.test),
    classes: classNames.length,
    classNames,
    image: [SIDE, SIDE, CHANNELS],
  };
}

/**
 * Records of a coarse and a fine label and 32 × 32 pixels, all red ones first, then the green, then the blue. Images come out with the
 * three channels of a pixel together.
 *
 * @throws CL_DATA where the bytes are no whole number of records, or a label is no class.
 */
export function parseCifar100(bytes: Uint8Array, what: string): { pixels: Uint8Array; labels: Uint8Array } {
  const size = 2 + CHANNELS * PLANE;
  const count = bytes.length / size;
  if (!Number.isInteger(count)) throw dataError(`${what}: ${bytes.length} bytes are no whole number of records of ${size} bytes.`);
  const labels = new Uint8Array(count);
  const pixels = new Uint8Array(count * CHANNELS * PLANE);
  for (let row = 0; row < count; row++) {
    const fine = bytes[row * size + 1]!;
    if (fine > 99) throw dataError(`${what}: record ${row} has class ${fine}; there are 0 … 99.`);
    labels[row] = fine;
    for (let channel = 0; channel < CHANNELS; channel++) {
      const from = row * size + 2 + channel * PLANE;
      const to = row * CHANNELS * PLANE + channel;
      for (let i = 0; i < PLANE; i++) pixels[to + CHANNELS * i] = bytes[from + i]!;
    }
  }
  return { pixels, labels };
}
