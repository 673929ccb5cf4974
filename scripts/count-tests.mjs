// Prints what the last `npm test` counted, as one plain line, from vitest's own report. Fails if there is none, or nothing ran.
import { existsSync } from 'node:fs';
import { readJson, testReport } from './lib/tools.mjs';

/** A file that could not even be loaded has no test that failed; it counts as one. */
export function count({ numPassedTests, numFailedTests, numPendingTests = 0, numTodoTests = 0, testResults = [] }) {
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  return { passed: numPassedTests, failed: numFailedTests + broken.length, skipped: numPendingTests + numTodoTests };
}

export const closingLine = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;

if (process.argv[1] === new URL(import.meta.url).pathname) {
  if (!existsSync(testReport)) {
    console.error('There is no report of a test run: the tests did not start, or were ended.');
    process.exit(1);
  }
  const counted = count(readJson(testReport));
  console.log(closingLine(counted));
  process.exit(counted.failed > 0 || counted.passed === 0 ? 1 : 0);
}
