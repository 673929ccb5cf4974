import { accuracyAfterEach } from '@cl/core';
import { describe, expect, it } from 'vitest';
import { apart } from '../../src/report/apart.js';
import { curvesOf } from '../../src/report/curves.js';
import { boundaries, lossPoints } from '../../src/report/losses.js';
import { meanMatrix } from '../../src/report/matrices.js';
import { expectations, keeps } from '../../src/report/notes.js';
import { planePoints } from '../../src/report/plane.js';
import { seriesOf } from '../../src/report/series.js';
import { svgOf } from '../../src/report/svg.js';
import { sectionsOf } from '../../src/report/tables.js';
import { color } from '../../src/report/theme.js';
import { comparison, made, numbers } from './fixtures.js';

const curves = (results: Parameters<typeof sectionsOf>[0]) => {
  const sections = sectionsOf(results);
  return curvesOf(sections[0]!.rows, seriesOf(sections));
};

describe('average accuracy after each task', () => {
  it("is the core's formula, mean and deviation over seeds, in percent", () => {
    const runs = [1, 2].map((seed) => made({ seed, tasks: 3 }));
    const [one, two] = runs.map(({ accuracy }) => accuracyAfterEach(accuracy)) as [number[], number[]];
    const [curve] = curves(runs);
    expect(curve!.points).toHaveLength(3);
    curve!.points.forEach(({ mean, deviation }, i) => {
      expect(mean).toBeCloseTo(50 * (one[i]! + two[i]!), 9);
      // Of two values: their difference over √2.
      expect(deviation).toBeCloseTo((100 * Math.abs(one[i]! - two[i]!)) / Math.SQRT2, 9);
    });
  });

  it('of joint training is its accuracy on all tasks, everywhere', () => {
    const joint = made({ strategy: 'joint' });
    const curve = curves([joint, made()]).find(({ series }) => series.label === 'joint')!;
    expect(curve.atOnce).toBe(true);
    expect(curve.points.map(({ mean }) => mean)).toEqual(
      Array.from({ length: 5 }, () => expect.closeTo(100 * joint.metrics.averageAccuracy!, 9)),
    );
  });

  it('is not known where nothing was measured in between, where a value is missing, and of one task', () => {
    expect(curves([made({ strategy: 'joint' })])).toEqual([]);
    expect(curves([made({ scenario: 'free' })])).toEqual([]);
    expect(curves([made({ tasks: 1 })])).toEqual([]);
    const gap = made(
      { tasks: 2 },
      {
        accuracy: [
          [0.9, 0],
          [null, 0.9],
        ],
        metrics: { averageAccuracy: null },
      },
    );
    expect(curves([gap])).toEqual([]);
  });
});

describe('labels beside a chart', () => {
  it('stay where there is room, and move apart around their middle where there is none', () => {
    expect(apart([10, 50, 90], { gap: 10, from: 0, to: 100 })).toEqual([10, 50, 90]);
    expect(apart([50, 50], { gap: 10, from: 0, to: 100 })).toEqual([45, 55]);
    expect(apart([10, 12, 50], { gap: 10, from: 0, to: 100 })).toEqual([6, 16, 50]);
  });

  it('stay in the picture, in order and apart, wherever they want to be', () => {
    const random = numbers(7);
    for (let round = 0; round < 200; round++) {
      const wishes = Array.from({ length: 1 + Math.floor(12 * random()) }, () => Math.round(160 * random() - 30));
      const places = apart(wishes, { gap: 14, from: 0, to: 100 });
      const gap = Math.min(14, 100 / Math.max(1, wishes.length - 1));
      const order = wishes.map((_, i) => i).sort((a, b) => wishes[a]! - wishes[b]! || a - b);
      order.forEach((index, i) => {
        expect(places[index]).toBeGreaterThanOrEqual(-1e-9);
        expect(places[index]).toBeLessThanOrEqual(100 + 1e-9);
        if (i > 0) expect(places[index]! - places[order[i - 1]!]!).toBeGreaterThanOrEqual(gap - 1e-9);
      });
    }
  });
});

describe('looks', () => {
  it('are the same in all scenarios, and different for different strategies', () => {
    const all = [...seriesOf(sectionsOf(comparison())).values()].filter((series) => !['upper', 'lower'].includes(series.color));
    expect(all).toHaveLength(5);
    expect(new Set(all.map((series) => series.color)).size).toBe(5);
    expect(new Set(all.map((series) => series.shape)).size).toBe(5);
  });

  it('do not depend on what else was compared', () => {
    const alone = seriesOf(sectionsOf([made({ strategy: 'replay' })])).get('replay');
    expect(seriesOf(sectionsOf(comparison())).get('replay')).toEqual(alone);
  });

  it('differ in colour, dash or shape for thirty settings', () => {
    const results = Array.from({ length: 30 }, (_, lambda) => made({ strategy: 'ewc', options: { ewc: { lambda } } }));
    const all = [...seriesOf(sectionsOf(results)).values()].map((series) => `${series.color} ${series.dash} ${series.shape}`);
    expect(new Set(all).size).toBe(30);
  });
});

describe('matrices', () => {
  it('are means over seeds, of what was measured', () => {
    const matrix = [
      [
        [1, 0],
        [0.5, null],
      ],
      [
        [0.8, 0],
        [0.7, 0.9],
      ],
    ];
    const { rows, names } = meanMatrix(matrix.map((accuracy, i) => made({ seed: i, tasks: 2 }, { accuracy })));
    expect(rows.flat()).toEqual([0.9, 0, 0.6, 0.9].map((value) => expect.closeTo(value, 12)));
    expect(names).toEqual(['1', '2']);
    expect(meanMatrix([made({ strategy: 'joint' })]).names).toEqual(['all']);
  });
});

describe('losses', () => {
  it('join neighbours of one training into their mean, and no others', () => {
    const loss = Array.from({ length: 301 }, (_, i): [number, number, number] => [i + 1, i < 150 ? 0 : 1, i]);
    const points = lossPoints(made({}, { loss }));
    expect(points.length).toBeLessThanOrEqual(101);
    // Four at a time: the first are 0, 1, 2, 3; the last two of the first training are 148 and 149.
    expect(points[0]).toMatchObject({ step: 4, loss: 1.5 });
    expect(points[37]).toMatchObject({ step: 150, loss: 148.5 });
    expect(points[38]).toMatchObject({ step: 154, loss: 151.5 });
    expect(boundaries(made({}, { loss }))).toEqual([150]);
  });
});

describe('points of stability and plasticity', () => {
  it('are one a run, of runs that have both', () => {
    const points = planePoints(sectionsOf(comparison())[0]!.rows);
    expect(points).toHaveLength(18);
    expect(points.some(({ label }) => label === 'joint')).toBe(false);
  });
});

describe('expectations', () => {
  it('name the share that the last task is of all', () => {
    expect(expectations({ strategy: 'ewc', scenario: 'class' }, 0.2)[0]).toMatchObject({
      part: null,
      text: expect.stringContaining('20 %'),
    });
  });

  it('are of each part of a composition, and none of what is not known', () => {
    expect(expectations({ strategy: 'ewc+replay', scenario: 'class' }, 0.2).map(({ part }) => part)).toEqual(['EWC', 'replay']);
    expect(expectations({ strategy: 'constructor', scenario: 'class' }, 0.2)).toEqual([]);
    expect(keeps('constructor')).toBeNull();
    expect(keeps('agem+replay')).toBe('examples');
  });
});

describe('drawing', () => {
  const text = 'a" class="x" <img src=x onerror=alert(1)> &amp; opacity="1"';

  it('keeps text as it is, as text', async () => {
    const svg = await svgOf({ data: { values: [{ text }] }, mark: 'text', encoding: { text: { field: 'text' } } });
    expect(svg).toContain('>a" class="x" &lt;img src=x onerror=alert(1)&gt; &amp;amp; opacity="1"</text>');
    expect(svg).not.toContain('<img');
  });

  it('says once what neighbours have in common, and changes no opacity', async () => {
    const values = [1, 2, 3].map((x) => ({ x, share: x / 100 }));
    const encoding = {
      x: { field: 'x', type: 'ordinal', axis: null },
      fillOpacity: { field: 'share', type: 'quantitative', scale: null },
    } as const;
    const svg = await svgOf({ data: { values }, mark: { type: 'rect', color: color('heat') }, encoding });
    expect(svg.match(/data-fill="heat"/g)).toHaveLength(1);
    expect(svg).toMatch(/<g fill="#[0-9a-f]{6}" data-fill="heat"><path /);
    expect([...svg.matchAll(/fill-opacity="([^"]*)"/g)].map(([, value]) => value)).toEqual(['0.01', '0.02', '0.03']);
  });

  it('gives colours by name, with the light one for what knows no properties', async () => {
    const svg = await svgOf({ data: { values: [{}] }, mark: { type: 'point', color: color('s3') } });
    expect(svg).toMatch(/ stroke="#[0-9a-f]{6}" data-stroke="s3"/);
    expect(svg).not.toContain('var(');
  });
});
