import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resume } from '../../src/commands/resume.js';
import { loadBackend } from '../../src/run/backend.js';
import { studyFigures } from '../../src/study/figures.js';
import { renderStudy } from '../../src/study/report.js';
import { studyResult } from '../../src/study/result.js';
import { runStudy } from '../../src/study/run-study.js';
import { settingsWith } from '../../src/study/settings.js';
import type { Study } from '../../src/study/study.js';
import { trialFolder } from '../../src/study/trial-files.js';

let out: string;
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'study-'));
});
afterEach(() => rm(out, { recursive: true }));

/** Counts how often its parts are done; the second part fails as long as it is told to. */
function counting(): Study & { readonly done: string[]; failing: boolean } {
  const done: string[] = [];
  const doing = <T>(part: string, value: T) => {
    done.push(part);
    return Promise.resolve(value);
  };
  const study = {
    name: 'counting',
    title: 'Counting',
    question: 'Is <b>each part</b> done once?',
    protocol: 'Parts are counted.',
    settings: { size: 3, how: 'fast', loud: false },
    arms: [
      { name: 'one', label: 'One' },
      { name: 'two', label: 'Two', note: 'it is twice that' },
    ],
    measures: [
      { name: 'share', label: 'share', unit: '%', better: 'higher' },
      { name: 'cost', label: 'cost', unit: 's', better: 'lower' },
    ],
    expectations: [
      { text: 'Two is above One.', measure: 'share', arm: 'two', over: 'one', low: 0.1, high: 0.3, source: 'arithmetic' },
      { text: 'One is large.', measure: 'share', arm: 'one', low: 0.9, high: 1, source: 'nowhere' },
    ],
    done,
    failing: false,
    async run({ arm, seed, settings, stage }) {
      const base = await stage('base', () => doing(`base ${seed}`, 0.1 * seed), 'shared');
      const first = await stage('first', () => doing(`first ${arm} ${seed}`, { value: base * (arm === 'two' ? 2 : 1) }));
      if (study.failing && arm === 'two') throw new Error('told to fail');
      const second = await stage('second', () => doing(`second ${arm} ${seed}`, first.value));
      return {
        measures: { share: second, cost: arm === 'two' ? null : Number(settings.size) },
        series: { share: { x: ['a', 'b'], y: [0.5, second] } },
        samples: [{ title: 'said', text: `<i>${arm}</i>` }],
      };
    },
  } satisfies Study & { done: string[]; failing: boolean };
  return study;
}

const requestOf = (study: Study, settings = study.settings) => ({ study, arms: study.arms, seeds: [1, 2], settings, out, data: undefined });
const run = async (study: Study, request = requestOf(study), signal = new AbortController().signal) =>
  runStudy(request, await loadBackend(), signal);

describe('cl resume', () => {
  it('tells how a study goes on', async () => {
    const resumed = () => resume({ folder: out, json: false });
    await expect(resumed()).rejects.toThrow(/no plan\.json/);
    await run(counting());
    await expect(resumed()).rejects.toThrow(`cl study counting --out ${out}`);
  });
});

describe('runStudy', () => {
  it('does shared parts once a seed, and own parts once a trial', async () => {
    const study = counting();
    const { results, failures } = await run(study);
    expect(failures).toEqual([]);
    expect(results.map(({ key: { arm, seed }, measures }) => [arm, seed, measures.share])).toEqual([
      ['one', 1, 0.1],
      ['two', 1, 0.2],
      ['one', 2, 0.2],
      ['two', 2, 0.4],
    ]);
    expect(study.done.filter((part) => part.startsWith('base'))).toEqual(['base 1', 'base 2']);
    expect(study.done).toHaveLength(2 + 4 + 4);
  });

  it('goes on with a trial that failed where it was, and skips what is finished', async () => {
    const study = counting();
    study.failing = true;
    const { failures } = await run(study);
    expect(failures.map(({ key: { arm, seed }, message }) => [arm, seed, message])).toEqual([
      ['two', 1, 'told to fail'],
      ['two', 2, 'told to fail'],
    ]);
    study.failing = false;
    study.done.length = 0;
    const { results } = await run(study);
    expect(results).toHaveLength(4);
    expect(study.done).toEqual(['second two 1', 'second two 2']);
  });

  it('runs again what was run with other settings', async () => {
    const study = counting();
    await run(study);
    study.done.length = 0;
    const { results } = await run(study, requestOf(study, settingsWith(study, ['size=4'])));
    expect(study.done).toHaveLength(10);
    expect(results[0]!.measures.cost).toBe(4);
  });

  it('begins no trial after the signal', async () => {
    const study = counting();
    expect(await run(study, requestOf(study), AbortSignal.abort())).toEqual({ results: [], failures: [] });
    expect(study.done).toEqual([]);
  });

  it('refuses a damaged result, and says which file it is', async () => {
    const study = counting();
    const { results } = await run(study);
    const path = join(trialFolder(out, results[0]!.key), 'result.json');
    await writeFile(path, (await readFile(path, 'utf8')).slice(0, 40));
    await expect(run(study)).rejects.toMatchObject({ code: 'CL_DATA', message: expect.stringContaining(path) });
  });
});

const command = 'cl study counting';

describe('studyResult', () => {
  it('takes in what stood in the result before, as long as it had the same settings', async () => {
    const study = counting();
    const { results } = await run(study);
    const about = { settings: study.settings, command };
    const part = (accept: (seed: number, arm: string) => boolean) => results.filter(({ key }) => accept(key.seed, key.arm));
    const whole = studyResult(study, about, results);
    const bySeeds = studyResult(
      study,
      {
        ...about,
        earlier: studyResult(
          study,
          about,
          part((seed) => seed === 1),
        ),
      },
      part((seed) => seed === 2),
    );
    expect(bySeeds).toEqual(whole);
    const one = studyResult(
      study,
      about,
      part((_, arm) => arm === 'one'),
    );
    expect(
      studyResult(
        study,
        { ...about, earlier: one },
        part((_, arm) => arm === 'two'),
      ),
    ).toEqual(whole);
    const other = { ...about, settings: { ...study.settings, size: 4 } };
    expect(
      studyResult(
        study,
        { ...other, earlier: whole },
        part((seed) => seed === 1),
      ).seeds,
    ).toEqual([1]);
  });

  it('has means over seeds, and expectations paired by seed', async () => {
    const study = counting();
    const { results } = await run(study);
    const result = studyResult(study, { settings: study.settings, command }, results);
    expect(result.rows.map(({ name, seeds, values }) => [name, seeds, values.share!.mean, values.cost?.mean ?? null])).toEqual([
      ['one', 2, expect.closeTo(0.15, 12), 3],
      ['two', 2, expect.closeTo(0.3, 12), null],
    ]);
    // 0.2 − 0.1 and 0.4 − 0.2: their deviation is that of the differences, not of the arms.
    expect(result.expectations.map(({ measured, holds }) => [measured!.mean, measured!.deviation, holds])).toEqual([
      [expect.closeTo(0.15, 12), expect.closeTo(Math.SQRT1_2 * 0.1, 12), true],
      [expect.closeTo(0.15, 12), expect.anything(), false],
    ]);
    expect(result.rows[1]!.series.share).toEqual({ x: ['a', 'b'], y: [0.5, expect.closeTo(0.3, 12)] });
  });

  it('makes a page in which texts are never markup', async () => {
    const study = counting();
    const { results } = await run(study);
    const page = await renderStudy(studyResult(study, { settings: study.settings, command }, results));
    expect(page).toContain('&lt;i&gt;two&lt;/i&gt;');
    expect(page).toContain('Is &lt;b&gt;each part&lt;/b&gt; done once?');
    expect(page).toContain('15.0 ± 5.0');
    expect(page).toMatch(/<svg [^>]*>/);
  });

  it('draws each series as a picture that stands alone', async () => {
    const study = counting();
    const { results } = await run(study);
    const result = studyResult(study, { settings: study.settings, command }, results);
    const [figure, ...others] = await studyFigures(result);
    expect(others).toEqual([]);
    expect(figure).toMatchObject({ file: 'study-counting-share.svg', series: 'share', title: 'share %' });
    expect(figure!.svg).toContain('aria-label="share %, as it went"');
    // Each arm is named at the end of its line, with where it ends.
    expect(figure!.svg).toMatch(/>One {2}15\.0.*>Two {2}30\.0/s);
    expect(figure!.svg).toContain('2 arms; means over 2 seeds.');
  });
});

describe('settingsWith', () => {
  const study = counting();
  it('changes settings, each by its type', () => {
    expect(settingsWith(study, ['size=1e2', 'how=a=b', 'loud=true'])).toEqual({ size: 100, how: 'a=b', loud: true });
  });

  it.each([
    ['sise=3', /no such setting\. Did you mean size\?/],
    ['size=many', /expected a number/],
    ['size=', /expected a number/],
    ['loud=yes', /expected true or false/],
    ['size', /expected NAME=VALUE/],
  ])('refuses %s', (change, message) => {
    expect(() => settingsWith(study, [change])).toThrow(message);
  });
});
