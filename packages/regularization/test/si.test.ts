import { strategyContract } from '@cl/core/testing';
import { si } from '../src/index.js';

strategyContract({
  create: (options) => si({ c: 0.5, ...options }),
  badOptions: [{ c: -1 }, { c: '1' }, { xi: 0 }, { xi: -1 }, { gradient: 'tasks' }, { relu: 1 }],
  goodOptions: [{ gradient: 'total', relu: false }],
});
