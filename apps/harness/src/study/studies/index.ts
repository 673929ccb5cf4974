import type { Study } from '../study.js';
import { domains } from './domains.js';
import { entityStudies } from './entities.js';
import { rehearsalStudy } from './rehearsal.js';
import { twoNetworks } from './two-networks.js';

/** All studies. */
export const studies: readonly Study[] = [domains, ...entityStudies, rehearsalStudy, twoNetworks];
