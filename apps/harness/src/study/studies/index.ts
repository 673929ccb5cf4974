import type { Study } from '../study.js';
import { twoNetworks } from './two-networks.js';

/** All studies. */
export const studies: readonly Study[] = [twoNetworks];
