import { expect, test } from 'vitest';
import { closingLine, count } from '../count-tests.mjs';

test('the closing line has what vitest counted', () => {
  expect(closingLine(count({ numPassedTests: 12, numFailedTests: 0, testResults: [] }))).toBe('12 passed, 0 failed');
  expect(closingLine(count({ numPassedTests: 12, numFailedTests: 1, numPendingTests: 2, numTodoTests: 1 }))).toBe(
    '12 passed, 1 failed, 3 skipped',
  );
});

test('a file that could not be loaded counts as a failure', () => {
  const testResults = [
    { status: 'failed', assertionResults: [] },
    { status: 'failed', assertionResults: [{ status: 'failed' }] },
    { status: 'passed', assertionResults: [{ status: 'passed' }] },
  ];
  expect(count({ numPassedTests: 1, numFailedTests: 1, testResults })).toEqual({ passed: 1, failed: 2, skipped: 0 });
});
