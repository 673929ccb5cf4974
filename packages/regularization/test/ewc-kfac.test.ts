import { strategyContract } from '@cl/core/testing';
import { ewcKfac } from '../src/index.js';

strategyContract({
  create: (options) => ewcKfac({ lambda: 1, ...options }),
  badOptions: [{ lambda: -1 }, { lambda: '1' }, { fisher: 'batched' }, { sum: 'exact' }, { gamma: -0.1 }, { gamma: 1.1 }],
  goodOptions: [
    { fisher: 'sample', sum: 'additive', gamma: 0.9 },
    { fisher: 'empirical', sum: 'nearest', gamma: 0 },
  ],
});
