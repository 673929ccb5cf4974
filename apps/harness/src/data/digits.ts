import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataError } from './data-error.js';
import { type ImageSet, imagesOf } from './image-set.js';
import { readPacked } from './read-packed.js';
import type { DataFile } from './sets.js';

const TRAIN: DataFile = {
  name: 'optdigits.tra.gz',
  bytes: 112_530,
  sha256: '48d4af3fb64f9155169d969319fc15f206004064b7cbccad0cb9d8a16d9b0f25',
  unpacked: { bytes: 563_639, sha256: 'e1b683cc211604fe8fd8c4417e6a69f31380e0c61d4af22e93cc21e9257ffedd' },
};
const TEST: DataFile = {
  name: 'optdigits.tes.gz',
  bytes: 53_392,
  sha256: '02633070f0eba52475fb2cfaedcf256826aa2b6c462429e2e6d0826619fc55c9',
  unpacked: { bytes: 264_712, sha256: '6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8' },
};

const PIXELS = 64;

/**
 * Optical Recognition of Handwritten Digits (E. Alpaydin & C. Kaynak, 1998, doi 10.24432/C50P49, CC BY 4.0): 3,823 and 1,797
 * images of 8 × 8 pixels with values k / 16. Comes with this package.
 */
export async function loadDigits(): Promise<ImageSet> {
  const image = [8, 8, 1] as const;
  const [train, test] = await Promise.all(
    [TRAIN, TEST].map(async (file) => {
      const { pixels, labels } = parseDigits(await readPacked(join(folder(), file.name), file), file.name);
      return imagesOf(pixels, labels, { image, scale: 1 / 16 });
    }),
  );
  const classNames = Array.from({ length: 10 }, (_, digit) => String(digit));
  return { name: 'digits', title: 'Digits', train: train!, test: test!, classes: 10, classNames, image };
}

/**
 * Lines of 64 pixels, 0 … 16, and a digit, separated by commas.
 *
 * @throws CL_DATA with the line where it is something else.
 */
export function parseDigits(text: Uint8Array, what: string): { pixels: Uint8Array; labels: Uint8Array } {
  const lines = new TextDecoder().decode(text).trimEnd().split(/\r?\n/);
  const pixels = new Uint8Array(lines.length * PIXELS);
  const labels = new Uint8Array(lines.length);
  lines.forEach((line, row) => {
    const values = line.split(',').map(Number);
    const [label] = values.slice(PIXELS);
    const good =
      values.length === PIXELS + 1 && values.every((value) => Number.isInteger(value) && value >= 0 && value <= 16) && label! <= 9;
    if (!good) throw dataError(`${what}: line ${row + 1} is not 64 pixels of 0 … 16 and a digit: '${line.slice(0, 40)}'.`);
    pixels.set(values.slice(0, PIXELS), row * PIXELS);
    labels[row] = label!;
  });
  return { pixels, labels };
}

/** The folder that comes with this package, seen from the sources and from the built file alike. */
function folder(): string {
  const here = fileURLToPath(import.meta.url);
  for (let above = dirname(here); above !== dirname(above); above = dirname(above)) {
    const found = join(above, 'data', 'digits');
    if (existsSync(join(found, TRAIN.name))) return found;
  }
  throw dataError(`digits/${TRAIN.name}: not found above ${here}; the package is incomplete, install it again.`);
}
