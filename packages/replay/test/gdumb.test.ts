import { strategyContract } from '@cl/core/testing';
import { gdumb } from '../src/index.js';

strategyContract({
  create: (options) => gdumb({ capacity: 12, ...options }),
  changesFirstTask: true,
  badOptions: [{ capacity: 0 }, { schedule: 'cosine' }, { floor: 2 }, { clip: 0 }],
  goodOptions: [{ schedule: 'optimizer' }],
});
