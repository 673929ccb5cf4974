import type { Server } from 'node:http';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveChatPage } from './chat-page.js';
import { chromiumPath } from './chromium.js';

const executablePath = chromiumPath();

describe.runIf(executablePath)('the chatbot on a page', { timeout: 180_000 }, () => {
  let server: Server;
  let browser: Browser;
  let page: Page;
  const said: string[] = [];

  beforeAll(async () => {
    const served = await serveChatPage();
    server = served.server;
    // Without a graphics card, so that WebAssembly is what there is.
    browser = await chromium.launch({
      executablePath: executablePath!,
      args: ['--no-sandbox', '--disable-background-networking', '--disable-gpu'],
    });
    page = await browser.newPage();
    page.on('pageerror', (error) => said.push(error.message));
    await page.goto(served.address);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  const button = (name: string | RegExp): Locator => page.getByRole('button', { name, exact: true });

  /** The answers to a question, with what stands above each, when they are complete. */
  async function asked(question: string): Promise<readonly string[]> {
    const count = await page.locator('.exchange').count();
    await page.getByLabel('Question', { exact: true }).fill(question);
    await page.keyboard.press('Enter');
    return exchange(count);
  }

  async function exchange(index: number): Promise<readonly string[]> {
    const answers = page.locator('.exchange').nth(index).locator('.answer');
    await answers.first().waitFor();
    await page.locator('.caret').first().waitFor({ state: 'detached' });
    return (await answers.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' '));
  }

  it('answers as before while it learns a text, knows it afterwards, side by side, and forgets it', async () => {
    await button('Start the chatbot').click();
    await page.getByLabel('Question', { exact: true }).waitFor();
    expect(await asked('Who are you?')).toEqual(['Answer I am a very small chatbot.']);
    const [before] = (await asked('Where does Torven live?')) as [string];
    expect(before).not.toContain('Cairo');

    // A text that was stopped is not learned.
    await button('Let it read this').click({ timeout: 60_000 });
    const progress = page.getByRole('progressbar');
    await expect.poll(() => progress.getAttribute('value').then(Number), { timeout: 30_000 }).toBeGreaterThan(0);
    await button('Stop').click();
    await progress.waitFor({ state: 'detached' });
    expect(await page.getByRole('status').textContent()).toContain('Stopped');
    expect(await asked('Where does Torven live?')).toEqual([before]);

    // One that was not is. Meanwhile the version before answers, sooner than a text is learned.
    const count = await page.locator('.exchange').count();
    await button('Let it read this').click();
    await page.getByText(/\d+ %, about \d+ seconds? left/).waitFor({ timeout: 30_000 });
    expect(await asked('Where does Torven live?')).toEqual([before.replace('Answer', 'As it was')]);
    expect(Number(await progress.getAttribute('value'))).toBeLessThan(0.9);
    // What was asked last is asked again of both.
    const [old, now] = await exchange(count + 1);
    expect(old).toBe(before.replace('Answer', 'Before the example'));
    expect(now).toBe('After the example Torven lives in Cairo.');
    expect(await page.getByText('It has read the example.').count()).toBe(1);

    await button('Forget the example').click();
    await expect.poll(() => page.getByText('It has read the example.').count()).toBe(0);
    expect(await asked('Where does Torven live?')).toEqual([before]);
    expect(said).toEqual([]);
  });

  it('says what is wrong, with the code of the error', async () => {
    await asked('x'.repeat(200));
    expect(await page.getByRole('alert').textContent()).toMatch(/^CL_DATA A question of \d+ tokens is too long/);
    await button('Close the chatbot').click();
    const folder = page.getByLabel('Open a folder of your own');
    await folder.setInputFiles(new URL('../chat', import.meta.url).pathname);
    expect(await page.getByRole('alert').textContent()).toMatch(/^CL_DATA the folder\/known\.json: not found/);
    expect(said).toEqual([]);
  });

  it("opens somebody's own chatbot from its folder", async () => {
    await page.getByLabel('Open a folder of your own').setInputFiles(new URL('../../../../docs/public/chat', import.meta.url).pathname);
    await page.getByLabel('Question', { exact: true }).waitFor();
    expect(await asked('Who are you?')).toEqual(['Answer I am a very small chatbot.']);
    expect(said).toEqual([]);
  });
});
