/**
 * Colours by what they are for, on a light and on a dark background. Those of series are told apart with every common kind of colour
 * vision, the first six best (test/report/theme.test.ts).
 */
export const light = {
  page: '#ffffff',
  panel: '#f6f8fa',
  ink: '#1f2328',
  muted: '#59636e',
  line: '#d1d9e0',
  grid: '#e6eaef',
  accent: '#0b5cad',
  upper: '#1f2328',
  lower: '#6e7781',
  heat: '#0a4a8f',
  'heat-low': '#000000',
  'heat-high': '#ffffff',
  s0: '#1c4a94',
  s1: '#2b9bd3',
  s2: '#d07a18',
  s3: '#8c46c7',
  s4: '#117d62',
  s5: '#811735',
  s6: '#725a00',
  s7: '#4a2f5f',
} as const;
export type Color = keyof typeof light;

export const dark: Readonly<Record<Color, string>> = {
  page: '#0f1318',
  panel: '#171c23',
  ink: '#e6edf3',
  muted: '#9aa5b1',
  line: '#323b46',
  grid: '#242b34',
  accent: '#6cb0ff',
  upper: '#e6edf3',
  lower: '#8b949e',
  heat: '#2f6fde',
  'heat-low': '#ffffff',
  'heat-high': '#ffffff',
  s0: '#5687fa',
  s1: '#89bfdc',
  s2: '#eb8911',
  s3: '#c553b1',
  s4: '#1fe9a4',
  s5: '#e4473f',
  s6: '#eccc3c',
  s7: '#f2dbfe',
};

export const SERIES = ['s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7'] as const satisfies readonly Color[];

/** From this share on, a cell of the heat colour is dark enough for light text. */
export const HEAT_TURN = 0.75;

/** A colour as charts name it. Whatever shows them says what it is: see `svgOf`. */
export const color = (name: Color): string => `var(--${name})`;

const declared = (colors: Readonly<Record<Color, string>>): string =>
  Object.entries(colors)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';');

/** The colours as properties of `selector`; on paper always the light ones. */
export const colorProperties = (selector: string): string =>
  `${selector}{${declared(light)}}@media screen and (prefers-color-scheme:dark){${selector}{${declared(dark)}}}`;

/** Charts take their colours from the properties; what does not know properties shows the light ones. */
export const chartColors = (Object.keys(light) as Color[])
  .flatMap((name) => ['fill', 'stroke'].map((attribute) => `[data-${attribute}="${name}"]{${attribute}:var(--${name})}`))
  .join('');
