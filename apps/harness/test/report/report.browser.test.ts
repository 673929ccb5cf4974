import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderReport } from '../../src/report/render-report.js';
import { csvOf } from '../../src/results/csv.js';
import { chromiumPath } from '../browser/chromium.js';
import { comparison, made } from './fixtures.js';

const ATTACK = '<img src="http://localhost:9/x" onerror="document.title=1">';
const executablePath = chromiumPath();

describe.runIf(executablePath)('a report in a browser, opened from the disk', { timeout: 60_000 }, () => {
  const results = [...comparison(), ...[1, 2, 3].map((seed) => made({ strategy: ATTACK, seed, taskName: () => ATTACK }))];
  const said: string[] = [];
  const requested: string[] = [];
  let folder: string;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cl-report-'));
    const file = join(folder, 'report.html');
    await writeFile(file, await renderReport(results, { title: `Digits ${ATTACK}`, command: 'npx cl demo --seeds 1,2,3' }));
    // As root, which CI is, Chromium has no sandbox.
    browser = await chromium.launch({
      executablePath: executablePath!,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
    page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    page.on('request', (request) => requested.push(request.url()));
    await page.goto(pathToFileURL(file).href);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const table = () => page.locator('table.results').first();
  const names = () => table().locator('tbody th').allInnerTexts();
  const numbersOf = async (column: number) =>
    (
      await table()
        .locator(`tbody tr td:nth-child(${column})`)
        .evaluateAll((cells) => cells.map((cell) => (cell as HTMLElement).dataset.value ?? ''))
    )
      .filter((value) => value !== '')
      .map(Number);

  it('runs without a word and asks for nothing', () => {
    expect(said).toEqual([]);
    expect(requested.filter((url) => !url.startsWith('file:') && !url.startsWith('data:'))).toEqual([]);
    expect(requested.filter((url) => url.startsWith('file:'))).toHaveLength(1);
  });

  it('shows names as they are, and none is alive', async () => {
    expect(await page.title()).toBe(`Digits ${ATTACK}`);
    expect(await page.locator('img, image, foreignObject').count()).toBe(0);
    expect(await names()).toContain(ATTACK);
    expect(await page.locator('h1').textContent()).toBe(`Digits ${ATTACK}`);
  });

  it('sorts a table by a click on a heading, and back by another; what is missing stays last', async () => {
    const heading = table().locator('thead th').nth(1);
    const before = await numbersOf(2);
    await heading.getByRole('button').click();
    expect(await heading.getAttribute('aria-sort')).toBe('descending');
    expect(await numbersOf(2)).toEqual([...before].sort((a, b) => b - a));
    await heading.getByRole('button').click();
    expect(await heading.getAttribute('aria-sort')).toBe('ascending');
    expect(await numbersOf(2)).toEqual([...before].sort((a, b) => a - b));

    const forgetting = table().locator('thead th').nth(3);
    await forgetting.getByRole('button').click();
    expect(await forgetting.getAttribute('aria-sort')).toBe('ascending');
    expect(await heading.getAttribute('aria-sort')).toBeNull();
    expect((await names()).at(-1)).toContain('joint');

    await table().locator('thead th').first().getByRole('button').press('Enter');
    const sorted = await names();
    expect(sorted).toEqual([...sorted].sort((a, b) => a.localeCompare(b)));
  });

  it('saves the runs of the table as CSV', async () => {
    const section = page.locator('section').nth(1);
    const [download] = await Promise.all([page.waitForEvent('download'), section.getByRole('link', { name: 'CSV' }).click()]);
    expect(download.suggestedFilename()).toBe('split-digits-class.csv');
    const text = await readFile(await download.path(), 'utf8');
    const own = results.filter(({ spec }) => spec.scenario === 'class');
    expect(text.split('\r\n').sort()).toEqual(csvOf(own).split('\r\n').sort());
  });

  it('copies the command', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const button = page.getByRole('button', { name: 'Copy' });
    await button.click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('npx cl demo --seeds 1,2,3');
  });

  it.each([
    ['light', 'rgb(255, 255, 255)'],
    ['dark', 'rgb(15, 19, 24)'],
  ] as const)('is %s where the reader is, with the charts', async (colorScheme, background) => {
    await page.emulateMedia({ colorScheme });
    expect(await page.locator('body').evaluate((body) => getComputedStyle(body).backgroundColor)).toBe(background);
    const ink = await page.locator('body').evaluate((body) => getComputedStyle(body).color);
    expect(
      await page
        .locator('svg [data-fill="ink"]')
        .first()
        .evaluate((one) => getComputedStyle(one).fill),
    ).toBe(ink);
  });

  it('is light on paper, without what paper cannot do', async () => {
    // A4 without its margins.
    await page.setViewportSize({ width: 740, height: 1000 });
    await page.emulateMedia({ colorScheme: 'dark', media: 'print' });
    expect(await page.locator('body').evaluate((body) => getComputedStyle(body).color)).toBe('rgb(31, 35, 40)');
    expect(
      await page
        .locator('nav, .button, .command button, details')
        .evaluateAll((all) => all.every((one) => getComputedStyle(one).display === 'none')),
    ).toBe(true);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(740);
  });

  it.each([1200, 768, 390, 320])('fits a window of %i pixels', async (width) => {
    await page.emulateMedia({ colorScheme: 'light', media: 'screen' });
    await page.setViewportSize({ width, height: 800 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    expect(await page.locator('.wide').first().isVisible()).toBe(width > 736);
    expect(await page.locator('.narrow').first().isVisible()).toBe(width <= 736);
  });
});
