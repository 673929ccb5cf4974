import { describe, expect, it } from 'vitest';
import { benchmark } from '../../src/benchmarks/index.js';
import { secondsAhead, stepsAhead } from '../../src/config/estimate.js';
import { checkSettings } from '../../src/config/read.js';
import { specsOf } from '../../src/config/specs.js';

const about = (settings: { benchmark: string; [name: string]: unknown }) => {
  const spec = specsOf(checkSettings({ strategies: ['finetune'], ...settings }, 'test'), 'graph').runs[0]!;
  const on = benchmark(settings.benchmark);
  return { steps: stepsAhead(spec, on), seconds: secondsAhead(spec, on, 1) };
};

describe('what is ahead', () => {
  it('is steps of each task, of its own rows or of all', () => {
    expect(about({ benchmark: 'split-mnist', scenarios: 'class', epochs: 1, batch: 100 }).steps).toBe(5 * 120);
    expect(about({ benchmark: 'permuted-mnist', scenarios: 'domain', epochs: 1, batch: 100 }).steps).toBe(10 * 600);
    expect(about({ benchmark: 'split-mnist', scenarios: 'class', iterations: 7, batch: 100 }).steps).toBe(35);
  });

  it('has what is tested: all tasks, before the first and after each', () => {
    const [few, all] = [
      [60_000, 1],
      [60_000, 10_000],
    ].map((limit) => about({ benchmark: 'rotated-mnist', iterations: 1, limit }).seconds);
    // 21 × 20 × 10,000 rows are read, at 10 µs each.
    expect(all! - few!).toBeGreaterThan(42);
    expect(all! - few!).toBeLessThan(100);
  });
});
