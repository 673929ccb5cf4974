import { describe, expect, it } from 'vitest';
import { dark, HEAT_TURN, light, SERIES } from '../../src/report/theme.js';

type Rgb = readonly [number, number, number];

const rgb = (hex: string): Rgb => [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16) / 255) as unknown as Rgb;
const linear = (value: number): number => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** WCAG 2.2: of 1 to 21. */
function contrast(a: Rgb, b: Rgb): number {
  const [low, high] = [a, b].map((color) => dot(color.map(linear), [0.2126, 0.7152, 0.0722])).sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** How colours look with each kind of colour vision: Machado, Oliveira & Fernandes (2009), severity 1, on linear sRGB. */
const VISION: Readonly<Record<string, readonly Rgb[]>> = {
  common: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** Ottosson's Oklab of linear sRGB, in hundredths. */
function oklab(color: readonly number[]): number[] {
  const cones = [
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
  ].map((row) => Math.cbrt(dot(row, color)));
  return [
    [0.2104542553, 0.793617785, -0.0040720468],
    [1.9779984951, -2.428592205, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.808675766],
  ].map((row) => 100 * dot(row, cones));
}

const seen = (hex: string, vision: readonly Rgb[]): number[] => oklab(vision.map((row) => Math.max(0, dot(row, rgb(hex).map(linear)))));

describe.each([
  ['light', light],
  ['dark', dark],
])('%s', (_, colors) => {
  it('text and lines stand out from the page', () => {
    for (const name of ['ink', 'muted', 'accent', 'lower', 'upper'] as const) {
      expect(contrast(rgb(colors[name]), rgb(colors.page)), name).toBeGreaterThanOrEqual(name === 'lower' ? 3 : 4.5);
      expect(contrast(rgb(colors[name]), rgb(colors.panel)), `${name} on a panel`).toBeGreaterThanOrEqual(name === 'lower' ? 3 : 4.5);
    }
    for (const name of SERIES) expect(contrast(rgb(colors[name]), rgb(colors.page)), name).toBeGreaterThanOrEqual(3);
  });

  it.each(Object.entries(VISION))('the first six series are told apart with %s', (_name, vision) => {
    const six = SERIES.slice(0, 6).map((name) => seen(colors[name], vision));
    for (const [i, a] of six.entries()) {
      for (const b of six.slice(0, i)) expect(Math.hypot(...a.map((value, k) => value - b[k]!))).toBeGreaterThan(8);
    }
  });

  it('numbers can be read in cells of every shade', () => {
    for (let share = 0; share <= 1; share += 0.01) {
      const cell = rgb(colors.heat).map((value, i) => share * value + (1 - share) * rgb(colors.page)[i]!) as unknown as Rgb;
      const ink = rgb(colors[share >= HEAT_TURN ? 'heat-high' : 'heat-low']);
      expect(contrast(cell, ink), `at ${share}`).toBeGreaterThanOrEqual(4.4);
    }
  });
});
