import { strategyContract } from '@cl/core/testing';
import { ncl } from '../src/index.js';

strategyContract({
  create: (options) => ncl(options),
  changesFirstTask: true,
  badOptions: [
    { dataSize: 0 },
    { dataSize: 1.5 },
    { lambda: -1 },
    { damping: -1 },
    { sum: 'exact' },
    { fisher: 'weighted' },
    { prior: 'last' },
    { radius: 0 },
    { radius: -1 },
  ],
  goodOptions: [
    { dataSize: 50, prior: 'initial', sum: 'additive', fisher: 'exact', radius: 0.1, damping: 0, lambda: 0 },
    { fisher: 'empirical', sum: 'nearest' },
  ],
});
