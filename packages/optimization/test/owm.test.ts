import { strategyContract } from '@cl/core/testing';
import { owm } from '../src/index.js';

strategyContract({
  create: (options) => owm(options),
  badOptions: [{ alpha: 0 }, { alpha: -1 }, { alpha: '1' }],
  goodOptions: [{ alpha: 1 }],
});
