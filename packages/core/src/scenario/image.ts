import { type Column, type Dataset, isSingle, sizeOf, type Values } from '../data.js';
import { ContinualLearningError } from '../errors.js';

/** Height, width and channels of an image. */
export interface Size {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** The one column of a data set's inputs. Throws CL_SHAPE where there are several. */
export function singleInput(who: string, { x }: Dataset): Column {
  if (isSingle(x)) return x;
  throw new ContinualLearningError('CL_SHAPE', `${who}: x must be one column of images, not several (${Object.keys(x).join(', ')}).`);
}

/** Size of an image of shape [height, width] or [height, width, channels]. Throws CL_SHAPE for any other shape. */
export function imageSize(who: string, shape: readonly number[]): Size {
  const [height, width, channels = 1] = shape;
  if (height !== undefined && width !== undefined && shape.length <= 3) return { height, width, channels };
  const hint = 'rows must be images of shape [height, width] or [height, width, channels]';
  throw new ContinualLearningError('CL_SHAPE', `${who}: ${hint}; theirs is [${shape.join(', ')}].`);
}

/** Rows that are computed at a time: enough to make a call worth it, few enough to stay in the processor's cache. */
const CHUNK = 16;

/**
 * A column of rows computed from the rows of another. Keeps room for a few rows and allocates no more on reading.
 *
 * @param shape Shape of a computed row.
 * @param f Fills a row of `into` from element `at` on, from the source row that starts at element `start` of `rows`.
 */
export function computed(
  source: Column,
  shape: readonly number[],
  f: (rows: Values, start: number, into: Values, at: number) => void,
): Column {
  const [sizeIn, sizeOut] = [sizeOf(source.shape), sizeOf(shape)];
  const rows = new (source.dtype === 'float32' ? Float32Array : Int32Array)(CHUNK * sizeIn);
  return {
    length: source.length,
    shape,
    dtype: source.dtype,
    gather(indices, into, offset) {
      for (let from = 0; from < indices.length; from += CHUNK) {
        const chunk = new Int32Array(Math.min(CHUNK, indices.length - from));
        for (let i = 0; i < chunk.length; i++) chunk[i] = indices[from + i]!;
        source.gather(chunk, rows, 0);
        for (let i = 0; i < chunk.length; i++) f(rows, i * sizeIn, into, offset + (from + i) * sizeOut);
      }
    },
  };
}

/**
 * Rows whose values are those of the source in another arrangement.
 *
 * @param from For each value the place in the source row that it comes from, or −1 for zero: [size of `shape`].
 */
export function rearranged(source: Column, shape: readonly number[], from: Int32Array): Column {
  return computed(source, shape, (rows, start, into, at) => {
    for (let k = 0; k < from.length; k++) {
      const place = from[k]!;
      into[at + k] = place < 0 ? 0 : rows[start + place]!;
    }
  });
}

/** Shape of an image with a border, and for each of its values the place that it comes from: see `rearranged`. */
export function framed(shape: readonly number[], border: number): { readonly shape: readonly number[]; readonly from: Int32Array } {
  if (border === 0) return { shape, from: Int32Array.from({ length: sizeOf(shape) }, (_, k) => k) };
  const { height, width, channels } = imageSize('padded()', shape);
  const [wide, high] = [width + 2 * border, height + 2 * border];
  const from = new Int32Array(high * wide * channels).fill(-1);
  for (let y = 0; y < height; y++) {
    const start = ((y + border) * wide + border) * channels;
    for (let k = 0; k < width * channels; k++) from[start + k] = y * width * channels + k;
  }
  return { shape: [high, wide, ...shape.slice(2)], from };
}

/**
 * Images with a border of zeros on each side, as in van de Ven's Permuted MNIST, which pads 28 × 28 to 32 × 32.
 *
 * @param border Pixels on each side.
 */
export function padded(source: Column, border: number): Column {
  if (border === 0) return source;
  const { shape, from } = framed(source.shape, border);
  return rearranged(source, shape, from);
}
