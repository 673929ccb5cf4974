import { checkOneOf } from '@cl/core';
import { loadCifar100 } from './cifar.js';
import { loadDigits } from './digits.js';
import { parseIdx } from './idx.js';
import { type ImageSet, imagesOf } from './image-set.js';
import { type DataOptions, locate } from './locate.js';
import { readPacked } from './read-packed.js';
import { CIFAR100_SUBSET, FASHION_MNIST, type IdxSource, MNIST } from './sets.js';

export const DATA_NAMES = ['digits', 'mnist', 'fashion-mnist', 'cifar100-subset'] as const;

export type DataName = (typeof DATA_NAMES)[number];

/**
 * A data set by its name. Digits come with this package; the others lie in the folder `data` or CL_DATA, or are downloaded once.
 *
 * @throws CL_DATA if files are missing, damaged or cannot be downloaded; CL_OPTION for an unknown name.
 * @example const { train, test } = await loadData('mnist', { data: '/srv/data' });
 */
export async function loadData(name: DataName, options: DataOptions = {}): Promise<ImageSet> {
  switch (checkOneOf('loadData', 'name', name, DATA_NAMES)) {
    case 'digits':
      return loadDigits();
    case 'mnist':
      return loadIdx(MNIST, options);
    case 'fashion-mnist':
      return loadIdx(FASHION_MNIST, options);
    case 'cifar100-subset':
      return loadCifar100(CIFAR100_SUBSET, options);
  }
}

/** A data set of four idx files with 60,000 and 10,000 images of 28 × 28. */
export async function loadIdx(source: IdxSource, options: DataOptions = {}): Promise<ImageSet> {
  const image = [28, 28, 1] as const;
  const { trainImages, trainLabels, testImages, testLabels } = source.files;
  const bytes = async (file: IdxSource['files']['trainImages'], shape: readonly number[]) =>
    parseIdx(await readPacked(await locate(source, file, options), file), `${source.name}/${file.name}`, shape);
  // One after another, so that a display of progress shows one file at a time.
  const train = imagesOf(await bytes(trainImages, [60_000, 28, 28]), await bytes(trainLabels, [60_000]), { image, scale: 1 / 255 });
  const test = imagesOf(await bytes(testImages, [10_000, 28, 28]), await bytes(testLabels, [10_000]), { image, scale: 1 / 255 });
  return { name: source.name, title: source.title, train, test, classes: 10, classNames: source.classNames, image };
}
