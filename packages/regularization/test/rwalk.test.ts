import { strategyContract } from '@cl/core/testing';
import { rwalk } from '../src/index.js';

strategyContract({
  create: (options) => rwalk({ lambda: 0.5, interval: 2, ...options }),
  badOptions: [{ lambda: -1 }, { lambda: '1' }, { alpha: 0 }, { alpha: 1.1 }, { interval: 0 }, { interval: 1.5 }, { epsilon: 0 }],
  goodOptions: [{ alpha: 1 }, { interval: 1 }],
});
