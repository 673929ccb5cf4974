import type { RunSpec } from '../results/schema.js';

type Options = Readonly<Record<string, unknown>>;
type Scenario = RunSpec['scenario'];

interface About {
  readonly tasks: number;
  readonly batchSize: number;
  /** What the run itself says of the strategy's options. */
  readonly given?: Options;
}

/** Options that a strategy gets unless a run says otherwise, and where the numbers come from. */
interface Row {
  readonly strategy: string;
  /** Names of benchmarks; left out: all others. */
  readonly benchmarks?: readonly string[];
  /** Left out: all others. */
  readonly scenarios?: readonly Scenario[];
  readonly options: Options | ((about: About) => Options);
  readonly source: string;
}

const VAN_DE_VEN = 'van de Ven, Tuytelaars & Tolias (2022), params/param_values.py';
const DER = 'Buzzega et al. (2020), Mammoth utils/best_args.py';
const GEM = 'Lopez-Paz & Ranzato (2017), run_experiments.sh of their code';
const ON_DIGITS = 'searched on split-digits, seeds 11 to 13, in powers of ten';
/** 160 rows a task, two layers of 32 units, Adam of rate 0.01: the stream of the effect tests. */
const ON_SMALL_DIGITS =
  'picked among powers of ten on a small split-digits, tasks known, seeds 11 to 13 and 1 to 9; not always the best of 11 to 13';
const MNIST = ['split-mnist', 'split-fashion-mnist'];

/** Options that others have searched for memories of 200, 500 and 5120 rows: those of the size that is nearest in ratio, 200 unless told. */
const byCapacity =
  (...values: readonly [Options, Options, Options]) =>
  ({ given }: About): Options => {
    const capacity = typeof given?.capacity === 'number' ? given.capacity : 200;
    return { capacity, ...values[capacity < 316 ? 0 : capacity < 1600 ? 1 : 2] };
  };

/** The first row that fits counts. */
const rows: readonly Row[] = [
  { strategy: 'ewc', benchmarks: MNIST, scenarios: ['task'], options: { lambda: 1e5 }, source: VAN_DE_VEN },
  { strategy: 'ewc', benchmarks: MNIST, scenarios: ['domain'], options: { lambda: 1e10 }, source: VAN_DE_VEN },
  { strategy: 'ewc', benchmarks: MNIST, scenarios: ['class'], options: { lambda: 1e9 }, source: VAN_DE_VEN },
  { strategy: 'ewc', benchmarks: ['permuted-mnist'], options: { lambda: 100 }, source: VAN_DE_VEN },
  {
    strategy: 'ewc',
    benchmarks: ['rotated-mnist', 'permuted-mnist-20'],
    // Twice their 0.7: their penalty has no ½.
    options: { lambda: 1.4, mode: 'online', gamma: 1, fisher: 'weighted' },
    source: DER,
  },
  { strategy: 'ewc', options: { lambda: 1000 }, source: ON_DIGITS },

  {
    strategy: 'l2',
    benchmarks: MNIST,
    scenarios: ['class'],
    options: { lambda: 200 },
    source: 'Hsu et al. (2018), scripts/split_MNIST_incremental_class.sh: 100, without our ½',
  },
  { strategy: 'l2', options: { lambda: 0.1 }, source: ON_SMALL_DIGITS },
  { strategy: 'si', benchmarks: MNIST, scenarios: ['task'], options: { c: 10, gradient: 'total', relu: false }, source: VAN_DE_VEN },
  { strategy: 'si', benchmarks: MNIST, scenarios: ['domain'], options: { c: 5e4, gradient: 'total', relu: false }, source: VAN_DE_VEN },
  { strategy: 'si', benchmarks: MNIST, scenarios: ['class'], options: { c: 5000, gradient: 'total', relu: false }, source: VAN_DE_VEN },
  {
    strategy: 'si',
    benchmarks: ['permuted-mnist'],
    scenarios: ['class'],
    options: { c: 5, gradient: 'total', relu: false },
    source: VAN_DE_VEN,
  },
  { strategy: 'si', benchmarks: ['permuted-mnist'], options: { c: 10, gradient: 'total', relu: false }, source: VAN_DE_VEN },
  { strategy: 'si', benchmarks: ['permuted-mnist-20'], options: { c: 0.5, xi: 1, relu: false }, source: DER },
  { strategy: 'si', benchmarks: ['rotated-mnist'], options: { c: 1, xi: 1, relu: false }, source: DER },
  { strategy: 'si', options: { c: 1 }, source: ON_SMALL_DIGITS },
  { strategy: 'mas', options: { lambda: 0.01 }, source: ON_SMALL_DIGITS },
  {
    strategy: 'rwalk',
    benchmarks: MNIST,
    options: { lambda: 0.1, alpha: 0.9, interval: 10 },
    source: 'Avalanche, continual-learning-baselines',
  },
  { strategy: 'rwalk', options: { lambda: 1 }, source: ON_SMALL_DIGITS },
  { strategy: 'ewc-kfac', options: { lambda: 10 }, source: 'searched on split-digits, tasks known, seeds 1 and 2, in powers of ten' },

  // The prior is worth one example of this many.
  { strategy: 'ncl', benchmarks: MNIST, options: { dataSize: 12_000 }, source: VAN_DE_VEN },
  { strategy: 'ncl', benchmarks: ['permuted-mnist'], options: { dataSize: 60_000 }, source: VAN_DE_VEN },
  { strategy: 'owm', options: { alpha: 0.01 }, source: 'searched on split-digits, seeds 1 and 2, in powers of ten' },

  // 100 a class of MNIST, 10 a class of Permuted-MNIST; where classes come again with each task, as many in all, at random.
  {
    strategy: 'replay',
    benchmarks: MNIST,
    scenarios: ['task', 'class'],
    options: { perClass: 100, from: 'past', weighting: 'tasks' },
    source: VAN_DE_VEN,
  },
  { strategy: 'replay', benchmarks: MNIST, options: { capacity: 1000 }, source: VAN_DE_VEN },
  { strategy: 'replay', benchmarks: ['permuted-mnist'], options: { capacity: 1000 }, source: VAN_DE_VEN },
  { strategy: 'replay', options: { capacity: 200 }, source: 'the smallest buffer of Buzzega et al. (2020)' },
  { strategy: 'rehearsal', options: { rate: 0.01 }, source: 'Scialom, Chakrabarty & Muresan (2022), on text' },
  {
    strategy: 'agem',
    benchmarks: MNIST,
    scenarios: ['task', 'class'],
    options: ({ batchSize }) => ({ perClass: 100, sample: batchSize }),
    source: VAN_DE_VEN,
  },
  { strategy: 'agem', benchmarks: MNIST, options: ({ batchSize }) => ({ capacity: 1000, sample: batchSize }), source: VAN_DE_VEN },
  {
    strategy: 'agem',
    benchmarks: ['permuted-mnist'],
    options: ({ batchSize }) => ({ capacity: 1000, sample: batchSize }),
    source: VAN_DE_VEN,
  },
  {
    strategy: 'agem',
    options: ({ batchSize }) => ({ capacity: 200, sample: batchSize }),
    source: 'the smallest buffer of Buzzega et al. (2020)',
  },

  { strategy: 'gem', benchmarks: ['permuted-mnist', 'permuted-mnist-20', 'rotated-mnist'], options: { perTask: 256 }, source: GEM },
  // As many examples as A-GEM and replay have.
  {
    strategy: 'gem',
    benchmarks: MNIST,
    options: { perTask: 200 },
    source: 'the budget of van de Ven et al. (2022), margin as in the paper',
  },
  { strategy: 'gem', options: { perTask: 40 }, source: 'the smallest buffer of Buzzega et al. (2020), over five tasks' },
  {
    strategy: 'gpm',
    benchmarks: ['permuted-mnist', 'permuted-mnist-20', 'rotated-mnist'],
    options: { threshold: { dense0: 0.95, others: 0.99 }, increase: 0, examples: 300 },
    source: 'Saha, Garg & Roy (2021), main_pmnist.py of their code',
  },

  {
    strategy: 'der',
    benchmarks: MNIST,
    options: byCapacity({ alpha: 0.2, batchSize: 10 }, { alpha: 1, batchSize: 128 }, { alpha: 0.5, batchSize: 128 }),
    source: DER,
  },
  {
    strategy: 'der',
    benchmarks: ['permuted-mnist', 'permuted-mnist-20'],
    options: byCapacity({ alpha: 1 }, { alpha: 1 }, { alpha: 0.5 }),
    source: DER,
  },
  { strategy: 'der', benchmarks: ['rotated-mnist'], options: byCapacity({ alpha: 1 }, { alpha: 0.5 }, { alpha: 0.5 }), source: DER },
  { strategy: 'der', options: { capacity: 200, alpha: 0.3 }, source: `Split-CIFAR-10: ${DER}` },
  {
    strategy: 'derpp',
    benchmarks: MNIST,
    options: byCapacity(
      { alpha: 0.2, beta: 1, batchSize: 128 },
      { alpha: 1, beta: 0.5, batchSize: 10 },
      { alpha: 0.2, beta: 0.5, batchSize: 64 },
    ),
    source: DER,
  },
  {
    strategy: 'derpp',
    benchmarks: ['permuted-mnist', 'permuted-mnist-20'],
    options: byCapacity({ alpha: 1, beta: 1 }, { alpha: 1, beta: 0.5 }, { alpha: 0.5, beta: 1 }),
    source: DER,
  },
  {
    strategy: 'derpp',
    benchmarks: ['rotated-mnist'],
    options: byCapacity({ alpha: 1, beta: 0.5 }, { alpha: 0.5, beta: 1 }, { alpha: 0.5, beta: 0.5 }),
    source: DER,
  },
  { strategy: 'derpp', options: { capacity: 200, alpha: 0.1, beta: 0.5 }, source: `Split-CIFAR-10: ${DER}` },
  { strategy: 'er-ace', options: { capacity: 200 }, source: 'the smallest buffer of Buzzega et al. (2020)' },
  {
    strategy: 'mir',
    benchmarks: [...MNIST, 'permuted-mnist'],
    options: { capacity: 500, batchSize: 10, candidates: 50 },
    source: 'Avalanche, continual-learning-baselines',
  },
  { strategy: 'mir', options: { capacity: 200 }, source: 'the smallest buffer of Buzzega et al. (2020)' },
  {
    strategy: 'gss',
    benchmarks: ['permuted-mnist', 'permuted-mnist-20'],
    options: byCapacity({ batchSize: 10, sample: 128 }, { batchSize: 128, sample: 10 }, { batchSize: 128, sample: 10 }),
    source: DER,
  },
  {
    strategy: 'gss',
    benchmarks: ['rotated-mnist'],
    options: byCapacity({ batchSize: 10, sample: 128 }, { batchSize: 128, sample: 128 }, { batchSize: 128, sample: 128 }),
    source: DER,
  },
  {
    strategy: 'gss',
    benchmarks: MNIST,
    options: byCapacity({ batchSize: 10, sample: 10 }, { batchSize: 10, sample: 10 }, { batchSize: 128, sample: 10 }),
    source: DER,
  },
  { strategy: 'gss', options: { capacity: 200, sample: 10 }, source: 'the smallest buffer of Buzzega et al. (2020)' },

  { strategy: 'lwf', scenarios: ['class'], options: { lambda: 1, temperature: 2, softmax: 'full' }, source: VAN_DE_VEN },
  { strategy: 'lwf', options: { lambda: 1, temperature: 2 }, source: VAN_DE_VEN },
  // A classifier's layers, a code of 100 numbers, and the classifier's learning rate.
  { strategy: 'generative', benchmarks: MNIST, options: { hidden: [400, 400], latent: 100, learningRate: 1e-3 }, source: VAN_DE_VEN },
  {
    strategy: 'generative',
    benchmarks: ['permuted-mnist'],
    options: { hidden: [1000, 1000], latent: 100, learningRate: 1e-4 },
    source: VAN_DE_VEN,
  },
  {
    strategy: 'generative',
    benchmarks: ['rotated-mnist'],
    options: { hidden: [400, 400], latent: 100 },
    source: `as for Split-MNIST: ${VAN_DE_VEN}`,
  },
  { strategy: 'generative', options: { hidden: [64], latent: 8, learningRate: 0.01 }, source: 'tried on split-digits, seed 1' },
  // As many rows as replay has.
  {
    strategy: 'latent',
    benchmarks: [...MNIST, 'permuted-mnist'],
    options: { capacity: 1000, site: 'dense0' },
    source: 'the budget of van de Ven et al. (2022)',
  },
  { strategy: 'latent', options: { capacity: 200, site: 'dense0' }, source: 'the smallest buffer of Buzzega et al. (2020)' },
  { strategy: 'lfl', options: { lambda: 0.1 }, source: 'tried on split-digits, seed 1, in powers of ten' },
  {
    strategy: 'modular',
    scenarios: ['class', 'domain'],
    options: { join: 'soft' },
    source: 'the one join that needs neither the task nor old examples',
  },
  // 100 exemplars a class of MNIST; the paper's learning rates are for the mean over all outputs, ours for the sum.
  { strategy: 'icarl', benchmarks: MNIST, options: { capacity: 1000 }, source: VAN_DE_VEN },
  { strategy: 'icarl', options: { capacity: 200 }, source: 'the smallest buffer of Buzzega et al. (2020)' },
  { strategy: 'gdumb', benchmarks: MNIST, options: { capacity: 500 }, source: 'Prabhu, Torr & Dokania (2020), README, MNIST' },
  { strategy: 'gdumb', options: { capacity: 200 }, source: 'Prabhu, Torr & Dokania (2020), README, CIFAR-10' },
  { strategy: 'bic', benchmarks: MNIST, options: { capacity: 1000 }, source: 'as many exemplars as iCaRL has' },
  { strategy: 'bic', options: { capacity: 200 }, source: 'as many exemplars as iCaRL has' },
  { strategy: 'packnet', options: ({ tasks }) => ({ prune: 0.75, tasks }), source: 'Mallya & Lazebnik (2018), section 4' },
  { strategy: 'hat', options: { sMax: 400, c: 0.75 }, source: 'Serrà et al. (2018), section 4' },
  { strategy: 'piggyback', options: { threshold: 0.005, start: 0.01 }, source: 'Mallya et al. (2018), piggyback src/modnets/layers.py' },
  { strategy: 'supsup', options: { keep: 0.5 }, source: 'Wortsman et al. (2020), supsup args.py' },
];

/** The defaults of a strategy on a benchmark, and their source; none where its own defaults will do. */
export function defaultsFor(
  strategy: string,
  about: About & { readonly benchmark: string; readonly scenario: Scenario },
): { readonly options: Options; readonly source: string | null } {
  const row = rows.find(
    ({ strategy: name, benchmarks, scenarios }) =>
      name === strategy && (benchmarks?.includes(about.benchmark) ?? true) && (scenarios?.includes(about.scenario) ?? true),
  );
  if (!row) return { options: {}, source: null };
  return { options: typeof row.options === 'function' ? row.options(about) : row.options, source: row.source };
}
