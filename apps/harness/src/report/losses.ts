import type { RunResult } from '../results/schema.js';
import type { Series } from './series.js';
import type { Chart } from './svg.js';
import { color } from './theme.js';

/** Most points of a line: what its width can show. */
const POINTS = 100;

interface LossPoint {
  readonly step: number;
  readonly loss: number;
  readonly seed: number;
}

/** The loss of each run, with neighbours of one training joined into their mean where there are many. */
export function lossPoints({ loss, spec }: RunResult): LossPoint[] {
  const size = Math.ceil(loss.length / POINTS);
  const points: { training: number; step: number; losses: number[] }[] = [];
  for (const [step, training, value] of loss) {
    const open = points.at(-1);
    if (open && open.training === training && open.losses.length < size) {
      open.step = step;
      open.losses.push(value);
    } else points.push({ training, step, losses: [value] });
  }
  return points.map(({ step, losses }) => ({ step, loss: losses.reduce((a, b) => a + b) / losses.length, seed: spec.seed }));
}

/** The last step of each training but the last. */
export const boundaries = ({ loss }: RunResult): number[] =>
  loss.flatMap(([step, training], i) => (i + 1 < loss.length && loss[i + 1]![1] !== training ? [step] : []));

/** A line a run; a dotted line between trainings. Logarithmic where the loss is never 0. */
export function lossChart(results: readonly RunResult[], series: Series, width: number): Chart {
  const points = results.flatMap(lossPoints);
  const losses = points.map(({ loss }) => loss);
  const [low, high] = [Math.min(...losses), Math.max(...losses)];
  const logarithmic = low > 0 && high / low > 20;
  const scale = logarithmic ? { type: 'log' as const, nice: false } : { zero: low >= 0, nice: true };
  const powers = Array.from({ length: 20 }, (_, i) => 10 ** (i - 10)).filter((power) => power >= low && power <= high);
  const padding = { left: 42, top: 8, right: 16, bottom: 34 };
  const last = Math.max(...points.map(({ step }) => step));
  const x = { field: 'step', type: 'quantitative' as const, scale: { domain: [0, last], nice: false } };
  return {
    autosize: { type: 'none', contains: 'content' },
    padding,
    width: width - padding.left - padding.right,
    height: 110,
    layer: [
      {
        // Of one run: where classes are met in another order, trainings of other seeds are a few steps longer or shorter.
        data: { values: boundaries(results[0]!).map((step) => ({ step })) },
        mark: { type: 'rule', color: color('muted'), strokeDash: [2, 3], strokeWidth: 1, opacity: 0.7 },
        encoding: { x },
      },
      {
        data: { values: points },
        mark: { type: 'line', strokeWidth: 1.25, color: color(series.color), opacity: 0.75, strokeJoin: 'round' },
        encoding: {
          x: { ...x, axis: { title: 'step', grid: false, tickCount: 4, format: ',d' } },
          y: {
            field: 'loss',
            type: 'quantitative',
            scale,
            axis: { title: null, ...(logarithmic ? { values: powers } : { tickCount: 4 }), domain: false, ticks: false, format: '~g' },
          },
          detail: { field: 'seed' },
        },
      },
    ],
  } as Chart;
}
