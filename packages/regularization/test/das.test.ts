import { strategyContract } from '@cl/core/testing';
import { das } from '../src/index.js';

strategyContract({
  create: (options) => das({ general: false, ...options }),
  badOptions: [
    { on: 'weights' },
    { importance: 'hidden' },
    { importance: 1.5 },
    { importance: -0.1 },
    { general: 0 },
    { general: true },
    { general: 2.5 },
    { signed: 1 },
    { contrast: -1 },
    { temperature: 0 },
  ],
  goodOptions: [
    { general: 10 },
    { on: 'gradients' },
    { on: 'nothing' },
    { importance: 'random' },
    { importance: 0.5 },
    { signed: true },
    { contrast: 0 },
    { temperature: 1 },
  ],
});
