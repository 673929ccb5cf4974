import { batchEnsemble, expertGate, hat, modular, packnet, piggyback, progressive, supsup } from '@cl/architecture';
import { type AnyStrategy, compose, frozen } from '@cl/core';
import { dmc, lfl, lwf } from '@cl/distillation';
import { agem, gem, gpm, ncl, ogd, owm } from '@cl/optimization';
import { ewc, ewcKfac, l2, mas, rwalk, si, spg } from '@cl/regularization';
import { bic, der, derpp, erAce, gdumb, gss, icarl, latent, mir, rehearsal, replay } from '@cl/replay';
import { known } from '../cli/known.js';
import { generativeFromVae } from '../strategies/generative.js';
import type { Cell } from './cells.js';

/** A method, and the task in which its steps are timed: what it costs may depend on how many came before. */
export interface Method {
  /** A name of its own; with `@10` in the tenth task. */
  readonly name: string;
  /** Its name in `bench/pytorch/methods`. */
  readonly pytorch: string;
  readonly title: string;
  /** From 1. */
  readonly task: number;
  /** Which of a cell's targets is its own. */
  readonly aim: keyof Cell['target'];
  /** Left out where the method keeps more for a network of this size than one would. */
  readonly suits: (cell: Cell) => boolean;
  /** With as many rows from its memory, if it has one, as the stream brings. */
  create(cell: Cell): AnyStrategy;
}

/** What is the same at each step of a method and what differs with its task. */
interface About {
  readonly pytorch?: string;
  /** Timed in the tenth task too: its state is made of all tasks before, or might be. */
  readonly ten?: boolean;
  readonly aim?: Method['aim'];
  readonly suits?: Method['suits'];
}

/** Rows of a memory. The same in `bench/pytorch/loop.py`. */
const CAPACITY = 500;
/** Examples a task that OGD keeps gradients of. The same in `bench/pytorch/methods/optimization.py`. */
const OGD_EXAMPLES = 20;

const always = () => true;
/** Methods with a square matrix for each layer's inputs: a layer with 12,544 of them has one of 630 MB. */
const dense = ({ hidden }: Cell) => hidden !== null;

function timed(
  name: string,
  title: string,
  create: Method['create'],
  { pytorch = name, ten = false, aim = 'later', suits = always }: About = {},
): readonly Method[] {
  return [2, ...(ten ? [10] : [])].map((task) => ({
    name: task === 2 ? name : `${name}@${task}`,
    pytorch,
    title: ten ? `${title}, task ${task}` : title,
    task,
    aim,
    suits,
    create,
  }));
}

/** NCM and SLDA are not here: their steps are those of what they are combined with. */
export const METHODS: readonly Method[] = [
  timed('finetune', 'fine-tuning', () => compose() as unknown as AnyStrategy, { aim: 'finetune' }),

  timed('l2', 'L2', () => l2({ lambda: 1 }), { ten: true }),
  timed('ewc', 'EWC, separate', () => ewc({ lambda: 1, fisher: 'empirical' }), { ten: true, aim: 'first' }),
  timed('ewc-online', 'EWC, online', () => ewc({ lambda: 1, fisher: 'empirical', mode: 'online', gamma: 0.9 }), {
    ten: true,
    aim: 'first',
  }),
  timed('ewc-kfac', 'K-FAC EWC', () => ewcKfac({ lambda: 1, fisher: 'empirical' }), { ten: true, suits: dense }),
  timed('si', 'SI', () => si(), { ten: true }),
  timed('mas', 'MAS', () => mas({ lambda: 0.01 }), { ten: true }),
  timed('rwalk', 'RWalk', () => rwalk(), { ten: true }),
  timed('spg', 'SPG', () => spg(), { aim: 'first' }),

  timed('agem', 'A-GEM', ({ batchSize }) => agem({ capacity: CAPACITY, sample: batchSize }), { aim: 'first' }),
  timed('gem', 'GEM', ({ batchSize }) => gem({ perTask: batchSize }), { ten: true }),
  timed('ogd', 'OGD', () => ogd({ examples: OGD_EXAMPLES }), { ten: true, suits: dense }),
  timed('gpm', 'GPM', () => gpm(), { ten: true, suits: dense }),
  timed('ncl', 'NCL', () => ncl({ fisher: 'empirical' }), { ten: true, suits: dense }),
  timed('owm', 'OWM', () => owm(), { ten: true, suits: dense }),

  timed('lwf', 'LwF', () => lwf(), { ten: true, aim: 'first' }),
  timed('lfl', 'LFL', () => lfl({ lambda: 1 }), { ten: true }),
  // But for one step in a billion, old and new network are made one; until then, a step is one of fine-tuning.
  timed('dmc', 'DMC, consolidation', () => dmc({ consolidation: 1 - 1e-9 })),

  timed('replay', 'replay (ER)', () => replay({ capacity: CAPACITY }), { aim: 'first' }),
  // Old examples are among the task's own: a step is one of fine-tuning.
  timed('rehearsal', 'rehearsal', () => rehearsal({ rate: 0.01 }), { pytorch: 'finetune' }),
  timed('der', 'DER', () => der({ capacity: CAPACITY })),
  timed('derpp', 'DER++', () => derpp({ capacity: CAPACITY })),
  timed('er-ace', 'ER-ACE', () => erAce({ capacity: CAPACITY })),
  timed('mir', 'MIR', () => mir({ capacity: CAPACITY })),
  timed('gss', 'GSS', () => gss({ capacity: CAPACITY })),
  timed('generative', 'DGR', ({ hidden }) => generativeFromVae({ hidden: hidden ?? [400, 400] }), { ten: true }),
  timed('latent', 'latent replay', () => latent({ capacity: CAPACITY, site: 'dense0' })),
  timed('icarl', 'iCaRL', () => icarl({ capacity: CAPACITY })),
  timed('gdumb', 'GDumb', () => gdumb({ capacity: CAPACITY })),
  timed('bic', 'BiC', () => bic({ capacity: CAPACITY })),
  timed('frozen', 'frozen trunk', () => frozen()),

  timed('packnet', 'PackNet', () => packnet(), { ten: true }),
  timed('hat', 'HAT', () => hat(), { ten: true }),
  timed('piggyback', 'Piggyback', () => piggyback(), { ten: true }),
  timed('supsup', 'SupSup', () => supsup(), { ten: true }),
  timed('progressive', 'progressive networks', () => progressive(), { ten: true, suits: dense }),
  timed('batch-ensemble', 'BatchEnsemble', () => batchEnsemble(), { ten: true }),
  timed('modular', 'modular, joined by nothing', () => modular(), { ten: true }),
  timed('expert-gate', 'Expert Gate', () => expertGate(), { ten: true }),
].flat();

/** Those of these names; all if there is none. A name without `@10` is of the method in every task that it is timed in. Throws CL_OPTION. */
export function methodsNamed(names: readonly string[]): readonly Method[] {
  for (const name of names) known('strategy', name, METHODS);
  return METHODS.filter(({ name }) => names.length === 0 || names.includes(name) || names.includes(name.replace(/@10$/, '')));
}
