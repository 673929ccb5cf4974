import { it } from 'vitest';
import { expectClose, goldenFiles } from '../../../../testing/golden.js';
import { column, read } from '../../src/data.js';
import { type Interpolation, rotatedColumn } from '../../src/scenario/index.js';

interface Given {
  readonly height: number;
  readonly width: number;
  readonly interpolation: Interpolation;
  readonly image: readonly number[];
  readonly angles: readonly number[];
}

it.each(goldenFiles<Given, { images: number[][] }>('rotation', new URL('../../golden/', import.meta.url)))(
  'turns as Pillow does: $file',
  (golden) => {
    const { height, width, interpolation, image, angles } = golden.given;
    const source = column(Float32Array.from(image), [height, width]);
    angles.forEach((angle, i) => {
      expectClose(read(rotatedColumn(source, angle, interpolation)).values, golden.expected.images[i], golden.tolerance, `${angle}°`);
    });
  },
);
