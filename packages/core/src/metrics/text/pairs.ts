import { ContinualLearningError } from '../../errors.js';

/** One reference, or several of which any will do. */
export type References = string | readonly string[];

export const listed = (references: References): readonly string[] => (typeof references === 'string' ? [references] : references);

/** Throws CL_SHAPE where texts and their references differ in number, or where a text has none. */
export function checkPairs(metric: string, candidates: readonly string[], references: readonly References[]): void {
  if (candidates.length !== references.length) {
    const message = `${metric}(): ${candidates.length} texts and references of ${references.length}; each text needs its own.`;
    throw new ContinualLearningError('CL_SHAPE', message);
  }
  const lacking = references.findIndex((each) => listed(each).length === 0);
  if (lacking >= 0) throw new ContinualLearningError('CL_SHAPE', `${metric}(): text ${lacking} has no reference.`);
}
