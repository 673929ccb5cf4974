import type { Study } from '../study.js';
import { domains, domainsMinilm } from './domains.js';
import { entityStudies } from './entities.js';
import { rehearsalStudy } from './rehearsal.js';
import { twoNetworks } from './two-networks.js';

/** All studies. */
export const studies: readonly Study[] = [domains, domainsMinilm, ...entityStudies, rehearsalStudy, twoNetworks];
