import { html, type Markup, trusted } from './html.js';
import { FONT } from './svg.js';
import { chartColors, colorProperties, light } from './theme.js';

interface Frame {
  readonly width: number;
  readonly height: number;
  /** What the picture shows, for those who do not see it. */
  readonly label: string;
}

/** A picture that stands alone: charts on a background of their own, light or dark as the reader's system is. */
export const framed = ({ width, height, label }: Frame, body: Markup): string =>
  html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${label}" font-family="${FONT}">
<style>${trusted(colorProperties('svg') + chartColors)}</style>
<rect width="${width}" height="${height}" rx="10" fill="${light.page}" data-fill="page"/>
${body}
</svg>
`.text;

export const frameTitle = (text: string, x = 22): Markup =>
  html`<text x="${x}" y="27" font-size="15" font-weight="600" fill="${light.ink}" data-fill="ink">${text}</text>\n`;

export const frameNote = (text: string, height: number): Markup =>
  html`<text x="22" y="${height - 14}" font-size="12" fill="${light.muted}" data-fill="muted">${text}</text>`;
