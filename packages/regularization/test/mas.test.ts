import { strategyContract } from '@cl/core/testing';
import { mas } from '../src/index.js';

strategyContract({
  create: (options) => mas({ lambda: 0.1, ...options }),
  badOptions: [{ lambda: -1 }, { lambda: '1' }, { per: 'row' }],
  goodOptions: [{ per: 'batch' }],
});
