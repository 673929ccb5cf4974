import type { Study } from '../study.js';

/** All studies. */
export const studies: readonly Study[] = [];
