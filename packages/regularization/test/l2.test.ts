import { strategyContract } from '@cl/core/testing';
import { l2 } from '../src/index.js';

strategyContract({
  create: (options) => l2({ lambda: 1, ...options }),
  badOptions: [{ lambda: -1 }, { lambda: '1' }, { lambda: Number.NaN }],
});
