import { describe, expect, it } from 'vitest';
import { renderPicture } from '../../src/report/picture.js';
import { comparison, made } from './fixtures.js';

describe('the picture of the README', () => {
  it('stands alone: own background, light and dark colours, a description', async () => {
    const svg = await renderPicture(comparison());
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 900 \d+"/);
    expect(svg).toContain('prefers-color-scheme:dark');
    expect(svg).toContain('data-fill="page"');
    expect(svg).toMatch(/role="img" aria-label="Average accuracy after each task\. Class-incremental, in the end: joint 9\d\.\d %, replay/);
    expect(svg).not.toMatch(/href|<script|url\(/);
    expect(svg.length).toBeLessThan(60_000);
    const again = await renderPicture(comparison());
    expect(again === svg).toBe(true);
  });

  it('has class-incremental on the left, in whatever order the results come', async () => {
    const svg = await renderPicture(comparison().reverse());
    expect(svg.indexOf('>Class-incremental<')).toBeGreaterThan(0);
    expect(svg.indexOf('>Class-incremental<')).toBeLessThan(svg.indexOf('>Task-incremental<'));
  });

  it('has one panel for one scenario, and is refused where there is nothing to draw', async () => {
    expect(await renderPicture([made()])).toContain('viewBox="0 0 460 ');
    await expect(renderPicture([made({ strategy: 'joint' })])).rejects.toMatchObject({ code: 'CL_DATA' });
  });

  it('holds names as text', async () => {
    const svg = await renderPicture([made({ strategy: '<b>"&\'', benchmark: '<i>"' })]);
    expect(svg).not.toMatch(/<[bi]>/);
    expect(svg).toContain('&lt;b&gt;');
  });
});
