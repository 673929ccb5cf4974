import { type Column, column, type Dataset, dataset, read } from '../../src/data.js';
import { ContinualLearningError } from '../../src/errors.js';

/** Examples whose input tells which row they are: x = [row, row + ½], and these labels. */
export function labelled(labels: readonly number[], from = 0): Dataset {
  const x = Float32Array.from(labels.flatMap((_, row) => [from + row, from + row + 0.5]));
  return dataset(column(x, [2]), column(Int32Array.from(labels), []));
}

/** Random images with labels 0 … classes − 1 in turn. */
export function images(count: number, shape: readonly number[], classes: number): Dataset {
  const size = shape.reduce((a, b) => a * b, 1);
  const pixels = Uint8Array.from({ length: count * size }, (_, i) => (i * i * 31 + i * 7) % 256);
  return dataset(
    column(pixels, shape, { scale: 1 / 255 }),
    column(
      Int32Array.from({ length: count }, (_, i) => i % classes),
      [],
    ),
  );
}

export const labelsIn = (data: Dataset): number[] => [...read(data.y).values];

export const inputsIn = (data: Dataset): number[] => [...read(data.x as Column).values];

/** The row numbers that `labelled` wrote into the inputs. */
export const rowsIn = (data: Dataset): number[] => inputsIn(data).filter((_, i) => i % 2 === 0);

/** The code and the message of the error that is thrown. */
export function failure(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (ContinualLearningError.is(error)) return `${error.code} ${error.message}`;
    throw error;
  }
  throw new Error('Nothing was thrown.');
}
