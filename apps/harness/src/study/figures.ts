import { framed, frameNote, frameTitle } from '../report/frame.js';
import { html, trusted } from '../report/html.js';
import { svgOf } from '../report/svg.js';
import { plural } from '../terminal/format.js';
import { SERIES_SIZE, seriesCharts } from './chart.js';
import type { StudyResult } from './result.js';

export interface StudyFigure {
  readonly file: string;
  /** Name of the series. */
  readonly series: string;
  readonly title: string;
  readonly svg: string;
}

const HEAD = 40;
const FOOT = 34;

/**
 * The series of a study, each as a picture that stands alone. Equal results make equal pictures.
 *
 * @example for (const { file, svg } of await studyFigures(result)) await writeFile(`docs/public/figures/${file}`, svg);
 */
export async function studyFigures(result: StudyResult): Promise<StudyFigure[]> {
  const { id, rows, seeds } = result;
  const [width, height] = [SERIES_SIZE.width + 20, HEAD + SERIES_SIZE.height + FOOT];
  const note = `${plural(rows.length, 'arm')}; ${seeds.length > 1 ? `means over ${plural(seeds.length, 'seed')}` : 'one seed'}.`;
  const figures: StudyFigure[] = [];
  for (const { name, title, chart } of seriesCharts(result)) {
    const svg = (await svgOf(chart)).replace('<svg ', `<svg x="10" y="${HEAD}" `);
    figures.push({
      file: `study-${id}-${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.svg`,
      series: name,
      title,
      svg: framed({ width, height, label: `${title}, as it went` }, html`${frameTitle(title)}${trusted(svg)}${frameNote(note, height)}`),
    });
  }
  return figures;
}
