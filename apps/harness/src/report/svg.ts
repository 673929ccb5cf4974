import type { TopLevelSpec } from 'vega-lite';
import { type Color, color, light } from './theme.js';

export const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif";

export type Chart = TopLevelSpec;

const config: NonNullable<TopLevelSpec['config']> = {
  aria: false,
  font: FONT,
  view: { stroke: null },
  axis: {
    labelColor: color('muted'),
    titleColor: color('muted'),
    gridColor: color('grid'),
    domainColor: color('line'),
    tickColor: color('line'),
    labelFontSize: 11,
    titleFontSize: 11,
    titleFontWeight: 'normal',
    labelLimit: 1000,
  },
  text: { color: color('ink'), fontSize: 11 },
};

/** Draws a chart, without a browser, as SVG that takes its colours from where it is put. */
export async function svgOf(chart: Chart): Promise<string> {
  const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]);
  const { spec } = vegaLite.compile({ background: null, ...chart, config } as TopLevelSpec);
  const view = new vega.View(vega.parse(spec), { renderer: 'none' });
  try {
    return slim(await view.toSVG());
  } finally {
    view.finalize();
  }
}

/** What marks take over from their group. */
const INHERITED = /^(?:text-anchor|font-size|font-weight|(?:data-)?fill|(?:data-)?stroke|stroke-width|fill-opacity|stroke-opacity)=/;

/** A group of marks, with what all have in common said once. */
function together(marks: string): string {
  const tags = marks.match(/<[a-z][^>]*>/g)!;
  const first = tags[0]!.match(/[a-z-]+="[^"]*"/g) ?? [];
  const common = first.filter((attribute) => INHERITED.test(attribute) && tags.every((tag) => tag.includes(` ${attribute}`)));
  const rest = marks.replace(/<[a-z][^>]*>/g, (tag) => common.reduce((text, attribute) => text.replace(` ${attribute}`, ''), tag));
  return `<g${common.map((attribute) => ` ${attribute}`).join('')}>${rest}</g>`;
}

/** Only of interest to who interacts with a chart. */
const IDLE = / (?:class|role|aria-[a-z]+|pointer-events|xmlns:xlink|version|stroke-miterlimit|opacity)="(?:[^"]*)"/g;

const PLACES = / (?:d|transform|[xy][12]?|width|height|viewBox)="[^"]*"/g;

/** Without what shows nothing; places to a tenth of a pixel; colours as attributes that a style sheet can see. */
function slim(svg: string): string {
  return svg
    .replace(/<path class="(?:background|foreground)"[^>]* d="(?:|M0,0h0v0h0Z)"[^>]*\/>/g, '')
    .replace(/<path class="background"[^>]*\/>/g, (path) => (/ (?:fill|stroke)="/.test(path) ? path : ''))
    .replace(/<[a-z][^>]*>/g, (tag) =>
      tag
        .replace(IDLE, (attribute) => (/^ opacity="(?!1")/.test(attribute) ? attribute : ''))
        .replace(/ font-family="[^"]*"/, '')
        .replace(PLACES, (attribute) => attribute.replace(/-?\d+\.\d{2,}/g, (number) => String(Number(Number(number).toFixed(1)))))
        .replace(
          / (fill|stroke)="var\(--([a-z0-9-]+)\)"/g,
          (_, attribute, name) => ` ${attribute}="${light[name as Color]}" data-${attribute}="${name}"`,
        ),
    )
    .replace(/<g>((?:<(?:path|line|text) [^>]*?(?:\/>|>[^<]*<\/text>)){2,})<\/g>/g, (_, marks) => together(marks))
    .replace(/<g(?: transform="translate\(0,0\)")?(?:\/>|><\/g>)/g, '')
    .replace('<svg ', `<svg aria-hidden="true" font-family="${FONT}" `);
}
