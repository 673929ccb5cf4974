import { announceFusable, type FusedRule } from '../recorder.js';
import type { Kernel } from './register.js';

/** Optimizer steps tell what they are; only a recording listens. */
export const apply = {
  'cl/Fusable': (inputs, attributes) => {
    announceFusable(attributes.rule as FusedRule, inputs, attributes);
    return [];
  },
} satisfies { readonly [name: `cl/${string}`]: Kernel };
