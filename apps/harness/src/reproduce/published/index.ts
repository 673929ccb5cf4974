import type { Reproduction } from '../reproduction.js';
import { compositions } from './compositions.js';
import { derPermMnist, derRotMnist } from './der-domains.js';
import { derSeqMnist } from './der-seq-mnist.js';
import { fisherVariants } from './fisher-variants.js';
import { masksCifar100, masksFashionMnist } from './masks.js';
import { moreSplitMnist } from './more-split-mnist.js';
import { permutedMnist } from './permuted-mnist.js';
import { splitDigits } from './split-digits.js';
import { splitMnist } from './split-mnist.js';

/** What `cl reproduce` can make; the first is what it makes when nothing is named. */
export const reproductions: readonly Reproduction[] = [
  splitMnist,
  permutedMnist,
  derSeqMnist,
  derPermMnist,
  derRotMnist,
  fisherVariants,
  masksCifar100,
  masksFashionMnist,
  compositions,
  moreSplitMnist,
  splitDigits,
];
