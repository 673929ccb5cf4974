import { beforeAll, describe, expect, it } from 'vitest';
import { renderReport } from '../../src/report/render-report.js';
import { type RunResult, runFailure } from '../../src/results/schema.js';
import { comparison, made } from './fixtures.js';

const about = { title: 'Split-Digits', command: 'npx cl demo' };
const ATTACK = '<img src=x onerror="document.title=1">';

/** Names of elements that are open at the end or closed in the wrong place. */
function unbalanced(markup: string): string[] {
  const open: string[] = [];
  const inert = markup.replace(/<(script|style)>[\s\S]*?<\/\1>/g, '').replace('<!doctype html>', '');
  for (const [, end, name, self] of inert.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*?(\/?)>/gi)) {
    if (self || ['meta', 'link', 'br'].includes(name!)) continue;
    if (!end) open.push(name!);
    else if (open.at(-1) === name) open.pop();
    else return [...open, `/${name}`];
  }
  return open;
}

describe('a report of seven strategies', () => {
  let page: string;
  beforeAll(async () => {
    page = await renderReport(comparison(), about);
  }, 60_000);

  it('loads nothing and says so', () => {
    expect(page).not.toMatch(/(?:src|href)="(?!#|data:)/);
    expect(page).not.toMatch(/url\(|@import|<iframe|<object|<embed/);
    expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:\/\//);
    expect(page).toContain("default-src 'none'");
  });

  it('is small, whole and without two elements of one name', () => {
    expect(page.length).toBeLessThan(1_000_000);
    expect(unbalanced(page)).toEqual([]);
    const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has all parts, for each scenario', () => {
    const headings = [...page.matchAll(/<h([23])[^>]*>([^<]*)</g)].map(([, level, text]) => `${level} ${text}`);
    const parts = [
      '3 Results',
      '3 Average accuracy after each task',
      '3 Accuracy on each task, after each task',
      '3 Stability and plasticity',
      '3 Cost',
      '3 Strategies',
    ];
    expect(headings).toEqual(['2 What was run', '2 Class-incremental', ...parts, '2 Task-incremental', ...parts]);
  });

  it('names every picture, and hides what draws it', () => {
    const pictures = page.match(/<div[^>]* role="img"[^>]*>/g)!;
    // A scenario: two curves, seven matrices, two planes, three bars, seven losses.
    expect(pictures).toHaveLength(2 * (2 + 7 + 2 + 3 + 7));
    for (const picture of pictures) expect(picture).toMatch(/aria-label="[^"]{10,}"/);
    expect(page.match(/<svg /g)!.length).toBe(page.match(/<svg [^>]*aria-hidden="true"/g)!.length);
  });

  it('is the same for the same results', async () => {
    const again = await renderReport(comparison(), about);
    expect(again === page).toBe(true);
  });

  it('says in a sentence what came out', () => {
    expect(page).toMatch(/<strong>Class-incremental:<\/strong> replay is best with 9\d\.\d\u00a0±\u00a0\d\.\d\u00a0%/);
  });
});

describe('what a result says is never markup', () => {
  it.each<[string, (result: RunResult) => RunResult]>([
    ['task', (result) => ({ ...result, tasks: result.tasks.map((task) => ({ ...task, name: ATTACK })) })],
    ['strategy', (result) => ({ ...result, spec: { ...result.spec, strategy: ATTACK } })],
    ['benchmark', (result) => ({ ...result, spec: { ...result.spec, benchmark: ATTACK } })],
    ['option', (result) => ({ ...result, spec: { ...result.spec, options: { [ATTACK]: { [ATTACK]: ATTACK } } } })],
    ['note', (result) => ({ ...result, notes: [ATTACK] })],
    [
      'environment',
      (result) => ({ ...result, environment: { ...result.environment, processor: ATTACK, commit: ATTACK, backend: ATTACK } }),
    ],
    ['time', (result) => ({ ...result, startedAt: ATTACK, finishedAt: ATTACK })],
  ])('%s', async (_, change) => {
    const page = await renderReport([change(made())], about);
    expect(page).not.toContain('<img');
    expect(page).toContain('&lt;img');
    expect(unbalanced(page)).toEqual([]);
  });

  it('title, command, folder and failures', async () => {
    const { id, spec } = made();
    const failure = runFailure.parse({ format: 1, id, spec: { ...spec, strategy: ATTACK }, code: ATTACK, message: ATTACK, at: ATTACK });
    const page = await renderReport([made()], { title: ATTACK, command: ATTACK, out: ATTACK, failures: [failure] });
    expect(page).not.toContain('<img');
    expect(page.match(/&lt;img/g)!.length).toBeGreaterThan(5);
  });
});

describe('a report of what there is', () => {
  it('nothing: says so', async () => {
    const page = await renderReport([], { ...about, planned: 6 });
    expect(page).toContain('There are no results yet.');
    expect(page).toContain('6 of 6 runs had not ended');
    expect(unbalanced(page)).toEqual([]);
  });

  it('failures alone', async () => {
    const { id, spec } = made({ strategy: 'ewc' });
    const failure = { format: 1 as const, id, spec, code: 'CL_NOT_FINITE', message: 'The loss became NaN.', at: '2026-11-24T00:00:00Z' };
    const page = await renderReport([], { ...about, failures: [failure] });
    expect(page).toContain('<code>CL_NOT_FINITE</code> The loss became NaN.');
    expect(page).toContain('Failed with seed 1.');
  });

  it('one run: no spread, no best', async () => {
    const page = await renderReport([made()], about);
    expect(page).toContain('nothing is known of the spread');
    expect(page).not.toContain('(best)');
    expect(page).not.toContain('±');
  });

  it('a stream without boundaries: no curves, no forgetting', async () => {
    const page = await renderReport([made({ scenario: 'free' })], about);
    expect(page).toContain('<h2 id="part-1">Task-free</h2>');
    expect(page).not.toContain('Stability and plasticity');
    expect(page).not.toContain('Average accuracy after each task</h3>');
  });

  it('several benchmarks and versions', async () => {
    const other = made({ benchmark: 'permuted-mnist', scenario: 'domain', tasks: 20 });
    const page = await renderReport([made(), { ...other, environment: { ...other.environment, commit: 'fedc'.repeat(10) } }], about);
    expect(page).toContain('Split-Digits, class-incremental');
    expect(page).toContain('Permuted-MNIST, domain-incremental');
    expect(page).toContain('of several versions of the code');
    expect(page).not.toContain('of several machines');
  });

  it('a run with no loss curve and no metrics', async () => {
    const metrics = { averageAccuracy: null, forgetting: null, backwardTransfer: null, forwardTransfer: null, learningAccuracy: null };
    const accuracy = made().accuracy.map((row) => row.map(() => null));
    expect(unbalanced(await renderReport([made({}, { loss: [], metrics, accuracy, accuracyWithinTask: null })], about))).toEqual([]);
  });
});
