import { parseConll, type TaggedSentence } from '@cl/core';
import type { EntitySource } from './entity-sets.js';
import { type DataOptions, locate } from './locate.js';
import { readPacked } from './read-packed.js';
import type { DataFile } from './sets.js';

/** Tagged sentences to learn from and to test on. */
export interface EntitySet {
  readonly train: readonly TaggedSentence[];
  readonly test: readonly TaggedSentence[];
  readonly validation?: readonly TaggedSentence[];
}

/** Of one file without a split, the first four fifths are for training. */
const TRAINING = 0.8;

/**
 * A set of tagged sentences from the folder `data` or CL_DATA, its checksums checked.
 *
 * @throws CL_DATA if files are missing or damaged.
 */
export async function loadEntities(source: EntitySource, options: DataOptions = {}): Promise<EntitySet> {
  const read = async (file: DataFile): Promise<TaggedSentence[]> => {
    const bytes = await readPacked(await locate(source, file, options), file);
    return parseConll(new TextDecoder().decode(bytes), { file: `${source.name}/${file.name}` });
  };
  const { train, test, validation } = source.files;
  const sentences = await read(train);
  const cut = test ? sentences.length : Math.floor(TRAINING * sentences.length);
  return {
    train: sentences.slice(0, cut),
    test: test ? await read(test) : sentences.slice(cut),
    ...(validation && { validation: await read(validation) }),
  };
}
