import { beforeAll, expect, it } from 'vitest';
import { selfTest } from '../../src/graph/self-test.js';
import { native } from './support.js';

beforeAll(native);
it('works', () => {
  expect(selfTest()).toBe(null);
});
