import { html, type Markup, trusted } from './html.js';
import type { Series } from './series.js';

/** A table as text: what a chart shows, for those who do not see it. */
export interface DataTable {
  readonly head: readonly string[];
  /** The first cell of a row names it. */
  readonly rows: readonly (readonly string[])[];
}

interface Figure {
  /** What it shows, in a sentence that stands for the picture. */
  readonly label: string;
  readonly caption?: string | Markup;
  readonly above?: Markup;
  readonly svg: string;
  /** For a narrow window; left out: the same. */
  readonly narrow?: string;
  readonly table?: DataTable;
}

/** A chart with its caption, and its numbers as a table. */
export const figure = ({ label, caption, above, svg, narrow, table }: Figure): Markup => html`<figure>
${caption && html`<figcaption>${caption}</figcaption>`}${above}
<div${narrow !== undefined && html` class="wide"`} role="img" aria-label="${label}">${trusted(svg)}</div>
${narrow !== undefined && html`<div class="narrow" role="img" aria-label="${label}">${trusted(narrow)}</div>`}
${table && numbers([{ ...table, title: label }])}
</figure>`;

/** Tables that unfold. */
export const numbers = (tables: readonly (DataTable & { readonly title: string })[], title = 'The numbers'): Markup =>
  html`<details><summary>${title}</summary><div class="tables">${tables.map(
    ({ title: caption, head, rows }) => html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table>
<caption>${caption}</caption>
<thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map(([name, ...cells]) => html`<tr><th scope="row">${name}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>\n`)}</tbody>
</table></div>`,
  )}</div></details>`;

const SHAPES: Readonly<Record<Series['shape'], string>> = {
  circle: 'M12,2a4,4 0 1 1 0,8a4,4 0 1 1 0,-8z',
  square: 'M8.5,2.5h7v7h-7z',
  'triangle-up': 'M12,1.5l4.5,8h-9z',
  diamond: 'M12,1l4,5l-4,5l-4,-5z',
  cross: 'M10.5,1.5h3v3h3v3h-3v3h-3v-3h-3v-3h3z',
  'triangle-down': 'M12,10.5l4.5,-8h-9z',
  'triangle-right': 'M16.5,6l-8,4.5v-9z',
  'triangle-left': 'M7.5,6l8,4.5v-9z',
};

/** The line and mark of a strategy, beside its name. */
export const keyOf = ({ color, dash, shape }: Series): Markup =>
  html`<svg class="key" width="24" height="12" viewBox="0 0 24 12" aria-hidden="true"><path d="M0,6h24" stroke="currentColor" data-stroke="${color}" stroke-width="2"${
    dash.length > 0 && html` stroke-dasharray="${dash.join(' ')}"`
  }/><path d="${SHAPES[shape]}" fill="currentColor" data-fill="${color}"/></svg>`;

export const legend = (series: readonly Series[]): Markup =>
  html`<ul class="legend">${series.map((one) => html`<li>${keyOf(one)}${one.label}</li>`)}</ul>`;
