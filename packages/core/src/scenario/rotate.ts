import type { Column } from '../data.js';
import { ContinualLearningError } from '../errors.js';
import { computed, imageSize } from './image.js';

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
  const { from, weights } = taps({ height, width, angle, interpolation });
  return computed(source, source.shape, (rows, start, into, at) => {
    for (let pixel = 0, t = 0; pixel < height * width; pixel++, t += 4) {
      for (let c = 0; c < channels; c++) {
        const base = start + c;
        into[at + pixel * channels + c] =
          weights[t]! * rows[base + from[t]! * channels]! +
          weights[t + 1]! * rows[base + from[t + 1]! * channels]! +
          weights[t + 2]! * rows[base + from[t + 2]! * channels]! +
          weights[t + 3]! * rows[base + from[t + 3]! * channels]!;
      }
    }
  });
}

/** For each pixel, the four source pixels that it is made of and their weights: [height × width × 4]. Weight 0 outside the image. */
function taps({ height, width, angle, interpolation }: { height: number; width: number; angle: number; interpolation: Interpolation }) {
  const from = new Int32Array(height * width * 4);
  const weights = new Float32Array(height * width * 4);
  const [cos, sin] = cosSin(angle);
  const clamp = (value: number, limit: number) => Math.min(Math.max(value, 0), limit - 1);

  for (let y = 0, t = 0; y < height; y++) {
    for (let x = 0; x < width; x++, t += 4) {
      // The centre of the pixel, turned back to where it comes from.
      const [dx, dy] = [x + 0.5 - width / 2, y + 0.5 - height / 2];
      const sourceX = cos * dx - sin * dy + width / 2;
      const sourceY = sin * dx + cos * dy + height / 2;
      if (sourceX < 0 || sourceX >= width || sourceY < 0 || sourceY >= height) continue;
      if (interpolation === 'nearest') {
        from[t] = Math.floor(sourceY) * width + Math.floor(sourceX);
        weights[t] = 1;
        continue;
      }
      // Beyond the centres of the outermost pixels their values go on.
      const [left, top] = [Math.floor(sourceX - 0.5), Math.floor(sourceY - 0.5)];
      const [u, v] = [sourceX - 0.5 - left, sourceY - 0.5 - top];
      const [x0, x1, y0, y1] = [clamp(left, width), clamp(left + 1, width), clamp(top, height), clamp(top + 1, height)];
      from.set([y0 * width + x0, y0 * width + x1, y1 * width + x0, y1 * width + x1], t);
      weights.set([(1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v], t);
    }
  }
  return { from, weights };
}

/** Cosine and sine of an angle in degrees, exact at multiples of 90°. */
function cosSin(angle: number): readonly [number, number] {
  const turns = (((angle / 90) % 4) + 4) % 4;
  if (Number.isInteger(turns)) return [[1, 0, -1, 0][turns]!, [0, 1, 0, -1][turns]!];
  const radians = (angle * Math.PI) / 180;
  return [Math.cos(radians), Math.sin(radians)];
}
