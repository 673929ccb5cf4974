import { testPairs } from './pairs.js';

testPairs('replay');
