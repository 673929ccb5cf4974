import type { Scalar } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkKnown, checkList, checkNumber, optionError } from '../options.js';
import type { At } from './optimizer.js';

/** Parameters that an optimizer treats in a way of their own. */
export interface ParameterGroup {
  /** Those whose name it finds: /bias|norm/ for 'layer0/attention/query/bias'. */
  readonly match: RegExp;
  /** The learning rate is multiplied by it, at least 0. Default 1. */
  readonly learningRateFactor?: number;
  /** In place of the optimizer's own; 0 for none. */
  readonly weightDecay?: number;
}

/** The groups, if they can be used: throws CL_OPTION otherwise. */
export function checkedGroups(factory: string, groups: unknown): readonly ParameterGroup[] {
  return checkList(factory, 'groups', groups, (group, place) => {
    checkKnown(`${factory}: ${place}`, group, ['match', 'learningRateFactor', 'weightDecay']);
    const { match, learningRateFactor, weightDecay } = group as ParameterGroup;
    if (!(match instanceof RegExp)) throw optionError(factory, `${place}.match`, match, 'a regular expression');
    if (learningRateFactor !== undefined) checkNumber(factory, `${place}.learningRateFactor`, learningRateFactor, { min: 0 });
    if (weightDecay !== undefined) checkNumber(factory, `${place}.weightDecay`, weightDecay, { min: 0 });
    // With these flags a regular expression remembers where it last looked.
    return { ...(group as ParameterGroup), match: new RegExp(match.source, match.flags.replace(/[gy]/g, '')) };
  });
}

/** What changes from step to step, for a group with a learning rate of its own. */
export const scaled = (at: At, factor = 1): At => (factor === 1 ? at : { ...at, learningRate: tf.mul(at.learningRate, factor) as Scalar });
