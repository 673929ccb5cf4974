import { testPairs } from './pairs.js';

testPairs('regularization');
