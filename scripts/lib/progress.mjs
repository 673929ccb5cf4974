// Lines like `  ✓ packages                      41 s`. On a terminal a running step shows its seconds; elsewhere a line is one line.
import { environment, run } from './tools.mjs';

const terminal = process.stdout.isTTY === true && environment.TERM !== 'dumb';
const coloured = environment.NO_COLOR ? false : terminal || Boolean(environment.FORCE_COLOR);
const paint = (code) => (text) => (coloured ? `\x1b[${code}m${text}\x1b[0m` : text);
export const green = paint(32);
export const red = paint(31);
export const yellow = paint(33);
export const dim = paint(2);
export const bold = paint(1);

const seconds = (since) => {
  const s = (Date.now() - since) / 1000;
  return s < 10 ? `${s.toFixed(1)} s` : `${Math.round(s)} s`;
};
const line = (mark, title, since, note = '') =>
  `  ${mark} ${title.padEnd(30)} ${seconds(since).padStart(6)}${note ? `   ${dim(note)}` : ''}`;

/** The end of what a failed command said: the part that tells why. */
export function tail(output, lines = 40) {
  const all = output.trimEnd().split('\n');
  const shown = all.slice(-lines);
  return [...(all.length > lines ? [dim(`    … ${all.length - lines} lines before`)] : []), ...shown.map((text) => `    ${text}`)].join(
    '\n',
  );
}

/**
 * Does one thing and says so on one line. `work` returns `{ ok, note?, output?, silent? }`: the output is shown if it is not ok,
 * nothing if it is and `silent`.
 * @returns {Promise<boolean>} whether it is ok
 */
export async function step(title, work, { optional = false } = {}) {
  const since = Date.now();
  const show = () => process.stdout.write(`\r${line(dim('…'), title, since)}`);
  const timer = terminal ? setInterval(show, 200) : null;
  if (terminal) show();
  const { ok, note, output, silent } = await work().catch((error) => ({ ok: false, output: String(error.stack ?? error) }));
  if (timer) clearInterval(timer);
  if (terminal) process.stdout.write('\r\x1b[2K');
  const mark = ok ? green('✓') : optional ? yellow('–') : red('✗');
  if (!(ok && silent)) console.log(line(mark, title, since, note));
  if (!ok && output?.trim()) console.log(tail(output));
  return ok;
}

/** A step that is one command, run quietly. */
export const command = (title, argv, options = {}) =>
  step(title, async () => {
    const { code, output } = await run(argv, { quiet: true, ...options });
    return { ok: code === 0, output, note: code === 0 ? options.note?.(output) : undefined };
  });
