import { strategyContract } from '@cl/core/testing';
import { bic } from '../src/index.js';

strategyContract({
  create: (options) => bic({ capacity: 12, ...options }),
  changesFirstTask: true,
  badOptions: [{ capacity: 1 }, { validation: 1 }, { temperature: 0 }, { batchSize: 0 }, { herding: 'random' }],
  goodOptions: [{ herding: 'code' }, { batchSize: 3 }, { validation: 0.5 }],
});
