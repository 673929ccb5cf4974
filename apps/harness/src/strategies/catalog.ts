import type { StrategyInfo } from './info.js';

/** It keeps examples, as many as one of these options says. */
const MEMORY = { memory: true, exclusive: ['capacity', 'perClass', 'perTask'] } as const;

/** All strategies, baselines first, then by family. A new strategy has a row here, one in `make` and one in `defaults`. */
export const catalog: readonly StrategyInfo[] = [
  {
    name: 'finetune',
    title: 'fine-tuning',
    family: 'baseline',
    bound: 'lower',
    description: 'Plain training on one task after another: what happens when nothing is done.',
  },
  {
    name: 'joint',
    title: 'joint',
    family: 'baseline',
    bound: 'upper',
    description: 'One training on the data of all tasks at once, with as many steps as all tasks have together.',
  },
  {
    name: 'cumulative',
    title: 'cumulative',
    family: 'baseline',
    bound: 'upper',
    description: 'Each task is trained on its own data and those of all tasks before it.',
  },
  {
    name: 'ewc',
    title: 'EWC',
    family: 'regularization',
    description: 'Holds parameters that mattered for earlier tasks near their old values (Kirkpatrick et al., 2017).',
  },
  {
    name: 'l2',
    title: 'L2',
    family: 'regularization',
    description: 'Holds every parameter near its old value, whether it mattered or not: the baseline of Kirkpatrick et al. (2017).',
  },
  {
    name: 'si',
    title: 'SI',
    family: 'regularization',
    description: 'Holds parameters by what they contributed along their way through earlier tasks (Zenke, Poole & Ganguli, 2017).',
  },
  {
    name: 'mas',
    title: 'MAS',
    family: 'regularization',
    description: 'Holds parameters by how much the outputs change with them; needs no labels (Aljundi et al., 2018).',
  },
  {
    name: 'rwalk',
    title: 'RWalk',
    family: 'regularization',
    description:
      'Holds parameters by their Fisher information and by the distance that they lowered the loss over (Chaudhry et al., 2018).',
  },
  {
    name: 'ewc-kfac',
    title: 'K-FAC EWC',
    family: 'regularization',
    description: 'EWC that knows which parameters of a layer move together (Ritter et al., 2018).',
  },
  {
    name: 'spg',
    title: 'SPG',
    family: 'regularization',
    description: 'Moves each parameter with one minus its importance of the step (Konishi et al., 2023).',
  },
  {
    name: 'agem',
    title: 'A-GEM',
    family: 'optimization',
    description: 'Takes no step that raises the loss on stored examples (Chaudhry et al., 2019).',
    ...MEMORY,
  },
  {
    name: 'gem',
    title: 'GEM',
    family: 'optimization',
    memory: true,
    description: 'Takes no step that raises the loss on the stored examples of any earlier task (Lopez-Paz & Ranzato, 2017).',
  },
  {
    name: 'ogd',
    title: 'OGD',
    family: 'optimization',
    description: 'Takes no step that changes what the network answered to some examples of earlier tasks (Farajtabar et al., 2020).',
  },
  {
    name: 'gpm',
    title: 'GPM',
    family: 'optimization',
    description: "Moves each layer's weights only where the inputs of earlier tasks have nothing (Saha, Garg & Roy, 2021).",
  },
  {
    name: 'ncl',
    title: 'NCL',
    family: 'optimization',
    description: 'Goes slowly in directions that earlier tasks need, and is held by them (Kao et al., 2021).',
  },
  {
    name: 'owm',
    title: 'OWM',
    family: 'optimization',
    description: "Moves each layer's weights where the inputs of earlier tasks do not vary (Zeng et al., 2019).",
  },
  {
    name: 'lwf',
    title: 'LwF',
    family: 'distillation',
    description: "Holds the old outputs on the new task's own inputs (Li & Hoiem, 2016).",
  },
  {
    name: 'lfl',
    title: 'LFL',
    family: 'distillation',
    description: 'Holds the features where the last task left them and freezes the old outputs (Jung et al., 2016).',
  },
  {
    name: 'dmc',
    title: 'DMC',
    family: 'distillation',
    description: 'Trains a network for the new classes alone, and makes it one with the old network (Zhang et al., 2020).',
    notIn: { domain: 'puts outputs of two networks side by side, and there both have the same' },
  },
  {
    name: 'replay',
    title: 'replay',
    family: 'replay',
    description: 'Trains on stored examples beside the new ones (Chaudhry et al., 2019).',
    ...MEMORY,
  },
  {
    name: 'rehearsal',
    title: 'rehearsal',
    family: 'replay',
    memory: true,
    description: "Trains on a small share of every earlier task among the new task's examples (Scialom et al., 2022).",
  },
  {
    name: 'der',
    title: 'DER',
    family: 'replay',
    description: 'Holds the outputs for stored examples where they were when these came (Buzzega et al., 2020).',
    ...MEMORY,
  },
  {
    name: 'derpp',
    title: 'DER++',
    family: 'replay',
    description: 'DER, and replay of stored labels (Buzzega et al., 2020).',
    ...MEMORY,
  },
  {
    name: 'er-ace',
    title: 'ER-ACE',
    family: 'replay',
    description: 'Replay in which new examples compete among their own classes only (Caccia et al., 2022).',
    ...MEMORY,
  },
  {
    name: 'mir',
    title: 'MIR',
    family: 'replay',
    description: 'Replays the stored examples that the coming step would harm most (Aljundi et al., 2019).',
    ...MEMORY,
  },
  {
    name: 'gss',
    title: 'GSS',
    family: 'replay',
    memory: true,
    description: 'Replay from a memory of examples whose gradients differ (Aljundi et al., 2019).',
  },
  {
    name: 'generative',
    title: 'DGR',
    family: 'replay',
    description: 'Trains on what a generator of earlier inputs draws, labelled by the old network (Shin et al., 2017).',
  },
  {
    name: 'latent',
    title: 'latent replay',
    family: 'replay',
    memory: true,
    description: 'Trains on stored activations, above layers that stand still (Pellegrini et al., 2020).',
  },
  {
    name: 'icarl',
    title: 'iCaRL',
    family: 'replay',
    memory: true,
    description: 'Replays exemplars, holds the old outputs and takes the nearest mean of exemplars (Rebuffi et al., 2017).',
  },
  {
    name: 'gdumb',
    title: 'GDumb',
    family: 'replay',
    memory: true,
    description: 'Trains from scratch on a balanced memory and on nothing else: a line to beat (Prabhu, Torr & Dokania, 2020).',
  },
  {
    name: 'bic',
    title: 'BiC',
    family: 'replay',
    memory: true,
    description: 'Replays exemplars and takes the bias to new classes back with two numbers (Wu et al., 2019).',
  },
  {
    name: 'packnet',
    title: 'PackNet',
    family: 'architecture',
    description: 'Gives each task weights of its own, by pruning and freezing (Mallya & Lazebnik, 2018). Needs the task at test time.',
  },
  {
    name: 'hat',
    title: 'HAT',
    family: 'architecture',
    description: 'Gates units by task and holds weights between used ones (Serrà et al., 2018). Needs the task at test time.',
  },
  {
    name: 'piggyback',
    title: 'Piggyback',
    family: 'architecture',
    description: 'Masks the weights of one network for each task (Mallya et al., 2018). Needs the task at test time.',
  },
  {
    name: 'supsup',
    title: 'SupSup',
    family: 'architecture',
    description: 'Masks random weights for each task, and infers the task where it is not known (Wortsman et al., 2020).',
  },
  {
    name: 'progressive',
    title: 'progressive networks',
    family: 'architecture',
    description: 'Gives each task a column that reads the frozen ones before it (Rusu et al., 2016). Needs the task at test time.',
  },
  {
    name: 'batch-ensemble',
    title: 'BatchEnsemble',
    family: 'architecture',
    description: 'Gives each task two vectors for every kernel of the first one (Wen, Tran & Ba, 2020). Needs the task at test time.',
  },
  {
    name: 'modular',
    title: 'modular',
    family: 'architecture',
    description: 'Gives each task a network, and joins them as asked: votes, concatenation, skip connections, in sequence.',
  },
  {
    name: 'expert-gate',
    title: 'Expert Gate',
    family: 'architecture',
    description: 'Gives each task a network, and finds it by the autoencoder that rebuilds an input best (Aljundi et al., 2017).',
  },
  {
    name: 'frozen',
    title: 'frozen trunk',
    family: 'classifier',
    description: 'Trains the classifier only, after the first task. Add a classifier on features: frozen+slda is Deep SLDA.',
  },
  {
    name: 'ncm',
    title: 'NCM',
    family: 'classifier',
    description: 'Takes the class whose mean feature is nearest (Mensink et al., 2013). On a network that forgets, add frozen+.',
  },
  {
    name: 'slda',
    title: 'SLDA',
    family: 'classifier',
    description: 'Takes the most probable class by streaming linear discriminant analysis of features (Hayes & Kanan, 2020).',
  },
];

const byName = new Map(catalog.map((info) => [info.name, info]));

/** What there is to say of one strategy, or undefined. */
export const strategyInfo = (name: string): StrategyInfo | undefined => byName.get(name);

/** Parts of a composition, 'ewc+replay'. */
export const partsOf = (strategy: string): readonly string[] => strategy.split('+').map((name) => name.trim());

/** 'EWC + replay' */
export const titleOf = (strategy: string): string =>
  partsOf(strategy)
    .map((name) => strategyInfo(name)?.title ?? name)
    .join(' + ');

/** The bound that a strategy is, if it is one. */
export const boundOf = (strategy: string): 'upper' | 'lower' | undefined => strategyInfo(strategy)?.bound;

/** Whether some part of it keeps examples, or it has all of them. */
export const keepsExamples = (strategy: string): boolean =>
  boundOf(strategy) === 'upper' || partsOf(strategy).some((name) => strategyInfo(name)?.memory);
