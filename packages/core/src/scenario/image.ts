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

/**
 * A column of rows computed from the rows of another.
 *
 * @param shape Shape of a computed row.
 * @param f Fills `into` from element `at` on, from the source row that starts at element `from` of `row`.
 */
export function computed(
  source: Column,
  shape: readonly number[],
  f: (rows: Values, from: number, into: Values, at: number) => void,
): Column {
  const [sizeIn, sizeOut] = [sizeOf(source.shape), sizeOf(shape)];
  return {
    length: source.length,
    shape,
    dtype: source.dtype,
    gather(indices, into, offset) {
      const size = indices.length * sizeIn;
      const rows = source.dtype === 'float32' ? new Float32Array(size) : new Int32Array(size);
      source.gather(indices, rows, 0);
      for (let i = 0; i < indices.length; i++) f(rows, i * sizeIn, into, offset + i * sizeOut);
    },
  };
}

/**
 * Images with a border of zeros on each side, as in van de Ven's Permuted MNIST, which pads 28 × 28 to 32 × 32.
 *
 * @param border Pixels on each side.
 */
export function padded(source: Column, border: number): Column {
  if (border === 0) return source;
  const { height, width, channels } = imageSize('padded()', source.shape);
  const shape = [height + 2 * border, width + 2 * border, ...source.shape.slice(2)];
  const [rowIn, rowOut] = [width * channels, (width + 2 * border) * channels];
  return computed(source, shape, (rows, from, into, at) => {
    into.fill(0, at, at + sizeOf(shape));
    for (let y = 0; y < height; y++) {
      into.set(rows.subarray(from + y * rowIn, from + (y + 1) * rowIn), at + (y + border) * rowOut + border * channels);
    }
  });
}
