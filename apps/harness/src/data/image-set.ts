import { type Column, column, type Dataset } from '@cl/core';

/** Labelled images. */
export interface ImageSet {
  readonly name: string;
  readonly title: string;
  readonly train: Dataset;
  readonly test: Dataset;
  readonly classes: number;
  readonly classNames: readonly string[];
  /** Height, width and channels: the shape of a row of x. Values lie in [0, 1]. */
  readonly image: readonly [number, number, number];
}

/** Images that stay bytes in memory, and their class numbers. */
export function imagesOf(pixels: Uint8Array, labels: Uint8Array, { image, scale }: { image: readonly number[]; scale: number }): Dataset {
  const x: Column = column(pixels, image, { scale });
  return { length: labels.length, x, y: column(labels, []) };
}
