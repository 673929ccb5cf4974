import { testPairs } from './pairs.js';

testPairs('architecture', 'classifier');
