import { strategyContract } from '@cl/core/testing';
import { icarl } from '../src/index.js';

strategyContract({
  create: (options) => icarl({ capacity: 12, ...options }),
  changesFirstTask: true,
  badOptions: [{ capacity: 0 }, { capacity: 1.5 }, { batchSize: 0 }, { herding: 'welling' }, { average: 'classes' }],
  goodOptions: [{ herding: 'code' }, { average: 'outputs' }, { batchSize: 3 }],
});
