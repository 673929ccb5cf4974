import { ContinualLearningError, checkInteger, checkNumber } from '@cl/core';
import type { Head } from './heads.js';

interface Size {
  readonly vocabulary: number;
  readonly sequence: number;
  readonly positions: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly feedForward: number;
  readonly dropout: number;
  readonly attentionDropout: number;
  readonly deviation: number;
  readonly head: Head;
}

/** Refuses what no transformer can be made of. */
export function checkSize(factory: string, size: Size): void {
  const counts = ['vocabulary', 'sequence', 'positions', 'width', 'layers', 'heads', 'feedForward'] as const;
  for (const option of counts) checkInteger(factory, option, size[option], { min: 1 });
  for (const option of ['dropout', 'attentionDropout'] as const) checkNumber(factory, option, size[option], { min: 0, below: 1 });
  checkNumber(factory, 'deviation', size.deviation, { min: 0 });
  if (typeof size.head?.build !== 'function') throw refusal(factory, 'head', 'head must be a head, such as tokens({ outputs: 9 })');
  const { sequence, positions, width, heads } = size;
  if (sequence > positions) throw refusal(factory, `sequence: ${sequence}`, `a row must not be longer than the ${positions} positions`);
  if (width % heads !== 0) throw refusal(factory, `heads: ${heads}`, `heads must divide the width, ${width}`);
}

export const refusal = (factory: string, option: string, problem: string) =>
  new ContinualLearningError('CL_OPTION', `${factory}({ ${option} }): ${problem}.`);
