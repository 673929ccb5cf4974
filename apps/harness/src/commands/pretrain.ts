import { createLogUpdate } from 'log-update';
import { EXIT } from '../cli/exit-codes.js';
import type { DomainName } from '../data/domain-names.js';
import { loadDomain } from '../data/domains.js';
import { type PretrainReport, pretrain } from '../pretrain/pretrain.js';
import { PRETRAIN_DEFAULTS, type PretrainSettings } from '../pretrain/settings.js';
import { loadBackend } from '../run/backend.js';
import { duration } from '../terminal/format.js';
import { colours, isLive } from '../terminal/style.js';
import { interruptible } from './signals.js';

export interface PretrainFlags extends Partial<PretrainSettings> {
  readonly domains?: readonly string[];
  readonly out?: string;
  readonly data?: string;
}

/** Trains a small language model on general text, and writes its folder. Returns the exit code. */
export async function pretrainCommand({ json, ...flags }: PretrainFlags & { readonly json: boolean }): Promise<number> {
  const { domains = ['wiki'], out, data, ...asked } = flags;
  const settings: PretrainSettings = { ...PRETRAIN_DEFAULTS, ...asked };
  const folder = out ?? `models/${settings.kind}-${settings.layers}x${settings.width}-seed${settings.seed}`;
  return interruptible(async (signal) => {
    const texts = await textsOf(domains as readonly DomainName[], { data, signal });
    const backend = await loadBackend();
    const view = progressOf(settings.steps, json);
    try {
      const report = await pretrain({ settings, texts, folder, backend, signal, onStep: view.step });
      view.end();
      process.stdout.write(json ? `${JSON.stringify({ folder, ...report }, null, 2)}\n` : `${said(folder, report)}\n`);
      return EXIT.ok;
    } catch (error) {
      view.end();
      if (!signal.aborted || error !== signal.reason) throw error;
      process.stderr.write(`Interrupted; what was learned is saved in ${folder}. The same command goes on from there.\n`);
      return EXIT.interrupted;
    }
  });
}

/** Texts of several corpora as one. Throws CL_OPTION for one that there is not. */
async function textsOf(names: readonly DomainName[], where: { data: string | undefined; signal: AbortSignal }) {
  const [train, test]: [string[], string[]] = [[], []];
  for (const name of names) {
    const domain = await loadDomain(name, where);
    train.push(...domain.train.map(({ text }) => text));
    test.push(...domain.test.map(({ text }) => text));
  }
  return { train, test };
}

/** How far it is: a line that changes on a terminal, else one for every tenth. */
function progressOf(steps: number, quiet: boolean) {
  const live = isLive(process.stderr);
  const draw = createLogUpdate(process.stderr, { showCursor: true });
  const begun = performance.now();
  let [first, mean, told, drawn] = [-1, 0, 0, 0];
  return {
    step({ iteration, loss }: { iteration: number; loss: number }): void {
      if (first < 0) [first, mean] = [iteration - 1, loss];
      mean += 0.05 * (loss - mean);
      const tenth = Math.floor((10 * iteration) / steps);
      const due = live ? performance.now() - drawn > 200 : tenth > told;
      if (quiet || !due) return;
      [told, drawn] = [tenth, performance.now()];
      const left = ((performance.now() - begun) / 1000 / (iteration - first)) * (steps - iteration);
      const line = `step ${iteration} of ${steps}, loss ${mean.toFixed(2)}, ${duration(left)} left`;
      if (live) draw(line);
      else process.stderr.write(`${line}\n`);
    },
    end: () => live && draw.clear(),
  };
}

function said(folder: string, { loss, accuracy, fingerprint, tokens, settings }: PretrainReport): string {
  const { dim } = colours(process.stdout);
  const asked = settings.kind === 'mlm' ? 'hidden tokens' : 'next tokens';
  return [
    `${folder}  loss ${loss.toFixed(3)} nats, ${(100 * accuracy).toFixed(1)} % of ${asked} found`,
    dim(`${tokens.toLocaleString('en-GB')} tokens read; fingerprint ${fingerprint}`),
  ].join('\n');
}
