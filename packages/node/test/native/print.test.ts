import { describe, expect, it } from 'vitest';
import { describeCure, describeResult, makeReporter } from '../../setup/print.mjs';
import type { ProgressEvent, SetupResult } from '../../setup/types.mjs';

function collect(isTTY: boolean, environment: Record<string, string> = {}) {
  const written: string[] = [];
  const report = makeReporter({ write: (text) => written.push(text), isTTY }, environment);
  return { written, report };
}

const download = (state: ProgressEvent['state'], seconds: number): ProgressEvent => ({
  step: 'download',
  state,
  text: 'tensorflow-cpu 2.16.2',
  seconds,
  ...(state === 'progress' && { bytes: 100e6, totalBytes: 214e6 }),
});

describe('makeReporter', () => {
  it('without a terminal: plain lines, one now and then', () => {
    const { written, report } = collect(false);
    report(download('start', 0));
    for (let tenths = 0; tenths < 250; tenths++) report(download('progress', tenths / 10));
    report(download('done', 25));
    expect(written.map((line) => line.trim().replaceAll(/ {2,}/g, '  '))).toEqual([
      '… download  tensorflow-cpu 2.16.2  100 of 214 MB  10 s',
      '… download  tensorflow-cpu 2.16.2  100 of 214 MB  20 s',
      '✓ download  tensorflow-cpu 2.16.2  25 s',
    ]);
  });

  it('on a terminal: one line that changes, with bytes and seconds', () => {
    const { written, report } = collect(true);
    report(download('progress', 3.2));
    report(download('done', 5));
    expect(written).toHaveLength(2);
    expect(written[0]).toMatch(/^\r.*100 of 214 MB {2}3\.2 s/);
    expect(written[0]).not.toContain('\n');
    expect(written[1]).toMatch(/\n$/);
  });

  it('honours NO_COLOR', () => {
    const colour = '\u001b[32m';
    const [coloured, plain] = [collect(true), collect(true, { NO_COLOR: '1' })];
    for (const { report } of [coloured, plain]) report(download('done', 1));
    expect(coloured.written.join('')).toContain(colour);
    expect(plain.written.join('')).not.toContain(colour);
  });
});

describe('describeResult and describeCure', () => {
  const failed: SetupResult = {
    ok: false,
    way: 'javascript',
    version: null,
    device: null,
    entry: null,
    links: [],
    seconds: 1,
    failures: [
      { way: 'wheel', reason: 'no-compiler', message: 'No C++ compiler found.', advice: 'Install one.' },
      { way: 'official', reason: 'official', message: 'The download failed.', advice: 'Install all.' },
    ],
  };

  it('say what was chosen, why, how much slower it is, and the cure of the better way', () => {
    expect(describeResult(failed)).toBe('No native TensorFlow: No C++ compiler found. The download failed.');
    expect(describeCure(failed, 'cl-node setup')).toBe(
      'Everything runs on pure JavaScript instead, about 75x slower. Install one. Then: cl-node setup',
    );
  });

  it('do not speak of JavaScript where TensorFlow still works', () => {
    const kept: SetupResult = { ...failed, way: 'present', version: '2.16.2', device: 'cpu' };
    expect(describeCure(kept, 'x')).toMatch(/^TensorFlow 2\.16\.2 on the CPU stays as it was\./);
  });
});
