import { createLogUpdate } from 'log-update';
import type { RunEvent } from '../compare/compare-runs.js';
import { runId } from '../results/identity.js';
import type { RunSpec } from '../results/schema.js';
import { titleOf } from '../strategies/catalog.js';
import { duration, percent, scenarioTitle } from './format.js';
import { colours, isLive } from './style.js';

/** Shows how runs go on. */
export interface ProgressView {
  event(event: RunEvent): void;
  /** A line that has to be said in between. */
  say(line: string): void;
  end(): void;
}

/** One line of progress a strategy on a terminal; elsewhere one line for each run that has ended, and every five minutes without one how far they are. */
export function progressView(specs: readonly RunSpec[], output: NodeJS.WriteStream = process.stdout): ProgressView {
  return isLive(output) ? liveView(specs, output) : plainView(specs, output);
}

export const noView: ProgressView = { event: () => {}, say: () => {}, end: () => {} };

const endOf = (event: Extract<RunEvent, { type: 'finished' }>): string => {
  const { metrics, time } = event.result;
  return `${percent(metrics.averageAccuracy ?? 0).padStart(5)} %  ${duration(time.trainSeconds + time.evaluateSeconds).padStart(7)}`;
};

/** Milliseconds after which runs that are under way are told of, where none has ended: some take hours. */
const SILENCE = 300_000;

function plainView(specs: readonly RunSpec[], output: NodeJS.WriteStream): ProgressView {
  const { green, red, dim } = colours(output);
  const widest = Math.max(...specs.map(({ strategy }) => titleOf(strategy).length));
  const scenarios = new Set(specs.map(({ scenario }) => scenario));
  const nameOf = ({ strategy, scenario, seed }: RunSpec) =>
    `${titleOf(strategy).padEnd(widest)}  ${scenarios.size > 1 ? `${scenarioTitle[scenario].padEnd(18)}  ` : ''}seed ${seed}`;
  const underWay = new Map<string, string>();
  let ended = 0;
  let found = 0;
  let spoken = Date.now();
  const write = (line: string): void => {
    output.write(`  ${line}\n`);
    spoken = Date.now();
  };
  const sayFound = (): void => {
    if (found > 0) write(dim(`${found} of ${specs.length} runs were there already`));
    found = 0;
  };
  return {
    event(event) {
      const id = runId(event.spec);
      if (event.type === 'progress') {
        const { step, steps } = event.progress;
        underWay.set(id, `… ${nameOf(event.spec)}  step ${step} of ${steps}`);
        if (Date.now() - spoken >= SILENCE) for (const line of underWay.values()) write(dim(line));
        return;
      }
      underWay.delete(id);
      ended++;
      if (event.type === 'found') {
        found++;
        return;
      }
      sayFound();
      const count = dim(`${ended}/${specs.length}`);
      if (event.type === 'finished') write(`${green('✓')} ${nameOf(event.spec)}  ${endOf(event)}  ${count}`);
      else write(`${red('✗')} ${nameOf(event.spec)}  ${event.failure.code}  ${count}`);
    },
    say: write,
    end: sayFound,
  };
}

/** What is known of the runs of one strategy. */
interface Row {
  readonly title: string;
  readonly runs: Map<string, number>;
  ended: number;
  failed: number;
  seconds: number;
  note: string;
}

const WIDTH = 20;

function liveView(specs: readonly RunSpec[], output: NodeJS.WriteStream): ProgressView {
  const paint = colours(output);
  const draw = createLogUpdate(output, { showCursor: true });
  const rows = new Map<string, Row>();
  for (const spec of specs) {
    const row = rows.get(spec.strategy) ?? { title: titleOf(spec.strategy), runs: new Map(), ended: 0, failed: 0, seconds: 0, note: '' };
    row.runs.set(runId(spec), 0);
    rows.set(spec.strategy, row);
  }
  const widest = Math.max(...[...rows.values()].map(({ title }) => title.length));
  const line = ({ title, runs, ended, failed, seconds, note }: Row): string => {
    const share = [...runs.values()].reduce((sum, value) => sum + value, 0) / runs.size;
    const full = Math.min(WIDTH, Math.floor(WIDTH * share + 1e-9));
    const bar = paint.cyan('█'.repeat(full)) + paint.dim('░'.repeat(WIDTH - full));
    const time = seconds > 0 ? duration(seconds).padStart(8) : ''.padStart(8);
    return `  ${title.padEnd(widest)}  ${bar}  ${`${ended}/${runs.size}`.padStart(5)} ${time}  ${failed > 0 ? paint.red(`${failed} failed`) : paint.dim(note)}`;
  };
  let drawn = 0;
  const show = (now: boolean) => {
    if (!now && Date.now() - drawn < 100) return;
    drawn = Date.now();
    // A terminal that is not high enough cannot be drawn over: then only what goes on.
    const room = (output.rows || 24) - 2;
    const all = [...rows.values()];
    const chosen = all.length <= room ? all : all.filter(({ ended, runs }) => ended < runs.size).slice(0, room);
    draw(chosen.map(line).join('\n'));
  };
  show(true);
  return {
    event(event) {
      const row = rows.get(event.spec.strategy)!;
      const id = runId(event.spec);
      if (event.type === 'progress') {
        const { step, steps, loss } = event.progress;
        row.runs.set(id, step / steps);
        row.note = loss === null ? '' : `loss ${loss.toPrecision(3)}`;
        return show(false);
      }
      row.runs.set(id, 1);
      row.ended++;
      if (event.type === 'failed') row.failed++;
      else if (event.type === 'finished') row.seconds += event.result.time.trainSeconds + event.result.time.evaluateSeconds;
      row.note = event.type === 'found' ? 'was there already' : '';
      show(true);
    },
    say(text) {
      draw.clear();
      output.write(`  ${text}\n`);
      show(true);
    },
    end() {
      draw([...rows.values()].map(line).join('\n'));
      draw.done();
    },
  };
}
