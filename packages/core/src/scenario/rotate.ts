import type { Column } from '../data.js';
import { ContinualLearningError } from '../errors.js';
import { computed, imageSize, rearranged, type Size } from './image.js';

/** How a pixel between source pixels gets its value. */
export type Interpolation = 'bilinear' | 'nearest';

/**
 * Images turned about their centre, counter-clockwise, with zeros where nothing was: PIL's `Image.rotate`, which torchvision
 * and the benchmarks made with it use. Multiples of 90° move pixels and change none of them (square images).
 *
 * @param source Images [height, width] or [height, width, channels].
 * @param angle Degrees.
 * @throws CL_SHAPE for rows that are not images, and for whole numbers under bilinear interpolation.
 */
export function rotatedColumn(source: Column, angle: number, interpolation: Interpolation = 'bilinear'): Column {
  const { height, width, channels } = imageSize('rotated()', source.shape);
  if (interpolation === 'bilinear' && source.dtype !== 'float32') {
    const message = "rotated(): bilinear interpolation needs float32 values; give the column a scale, or choose interpolation 'nearest'.";
    throw new ContinualLearningError('CL_SHAPE', message);
  }
  if (angle % 360 === 0) return source;
  const size = { height, width, channels };
  if (interpolation === 'nearest') return rearranged(source, source.shape, nearest(size, angle));
  const { from, weights } = bilinear(size, angle);
  return computed(source, source.shape, (rows, start, into, at) => {
    for (let k = 0, t = 0; t < from.length; k++, t += 4) {
      into[at + k] =
        weights[t]! * rows[start + from[t]!]! +
        weights[t + 1]! * rows[start + from[t + 1]!]! +
        weights[t + 2]! * rows[start + from[t + 2]!]! +
        weights[t + 3]! * rows[start + from[t + 3]!]!;
    }
  });
}

/** For each value the place of the source value that lies there, −1 outside the image: [values]. */
function nearest(size: Size, angle: number): Int32Array {
  const from = new Int32Array(size.height * size.width * size.channels).fill(-1);
  eachValue(size, angle, (k, x, y, place) => {
    from[k] = place(Math.floor(x), Math.floor(y));
  });
  return from;
}

/** For each value the places of the four source values that it is made of, and their weights, 0 outside the image: [values × 4]. */
function bilinear(size: Size, angle: number) {
  const from = new Int32Array(size.height * size.width * size.channels * 4);
  const weights = new Float64Array(from.length);
  eachValue(size, angle, (k, x, y, place) => {
    const [left, top] = [Math.floor(x - 0.5), Math.floor(y - 0.5)];
    const [u, v] = [x - 0.5 - left, y - 0.5 - top];
    from.set([place(left, top), place(left + 1, top), place(left, top + 1), place(left + 1, top + 1)], k * 4);
    weights.set([(1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v], k * 4);
  });
  return { from, weights };
}

/**
 * Calls `f` for each value k that comes from within the image, with the point that its pixel's centre comes from. Pixel
 * (0, 0) covers the points from 0 to 1. `place` finds the value of the same channel in a pixel, or in the outermost one beyond.
 */
function eachValue(
  { height, width, channels }: Size,
  angle: number,
  f: (k: number, x: number, y: number, place: (column: number, row: number) => number) => void,
): void {
  const [cos, sin] = cosSin(angle);
  const clamp = (value: number, limit: number) => Math.min(Math.max(value, 0), limit - 1);
  for (let k = 0; k < height * width * channels; k++) {
    const channel = k % channels;
    const dx = (Math.floor(k / channels) % width) + 0.5 - width / 2;
    const dy = Math.floor(k / channels / width) + 0.5 - height / 2;
    const [x, y] = [cos * dx - sin * dy + width / 2, sin * dx + cos * dy + height / 2];
    if (x < 0 || x >= width || y < 0 || y >= height) continue;
    f(k, x, y, (column, row) => (clamp(row, height) * width + clamp(column, width)) * channels + channel);
  }
}

/** Cosine and sine of an angle in degrees, exact at multiples of 90°. */
function cosSin(angle: number): readonly [number, number] {
  const turns = (((angle / 90) % 4) + 4) % 4;
  if (Number.isInteger(turns)) return [[1, 0, -1, 0][turns]!, [0, 1, 0, -1][turns]!];
  const radians = (angle * Math.PI) / 180;
  return [Math.cos(radians), Math.sin(radians)];
}
