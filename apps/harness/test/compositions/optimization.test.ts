import { testPairs } from './pairs.js';

testPairs('optimization', 'distillation');
