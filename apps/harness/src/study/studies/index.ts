import type { Study } from '../study.js';
import { domains } from './domains.js';
import { twoNetworks } from './two-networks.js';

/** All studies. */
export const studies: readonly Study[] = [domains, twoNetworks];
