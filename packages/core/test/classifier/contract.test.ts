import { frozen, ncm, slda } from '../../src/index.js';
import { strategyContract } from '../../src/testing/index.js';

strategyContract({ create: (options) => ncm(options), badOptions: [{ normalize: 1 }], goodOptions: [{ normalize: false }] });

strategyContract({
  create: (options) => slda(options),
  badOptions: [{ shrinkage: 0 }, { shrinkage: 1.5 }, { deviation: 'between' }],
  goodOptions: [{ shrinkage: 1 }, { deviation: 'within' }],
});

strategyContract({ create: (options) => frozen(options), badOptions: [{ after: -1 }, { after: 0.5 }], goodOptions: [{ after: 0 }] });
