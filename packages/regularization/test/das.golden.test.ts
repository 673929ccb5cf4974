import { type BoundaryContext, type GraphContext, type Model, map, type Site, valueAndGradients } from '@cl/core';
import type { NamedTensorMap, Scalar, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, it } from 'vitest';
import { expectClose, goldenFiles } from '../../../testing/golden.js';
import { tensorsOf, type Weights } from '../../../testing/golden-net.js';
import { useCpu } from '../../../testing/places.js';
import { plain, tidied } from '../../../testing/watched.js';
import { encoder, language } from '../../models/src/index.js';
import { das, unitImportance } from '../src/das.js';
import { contrast } from '../src/das-contrast.js';
import { passThrough } from '../src/das-gates.js';
import { divergence } from '../src/das-general.js';

const folder = new URL('../golden/', import.meta.url);
beforeAll(useCpu);

/** A number for each gate, by what has gates and by layer. */
type Gates = { readonly [kind in 'head' | 'intermediate' | 'output']: readonly (readonly number[])[] };

const SITES = {
  head: 'attention/heads',
  intermediate: 'feedForward/inner/preactivation',
  output: 'feedForward/outer/preactivation',
} as const;

/** By the names of our sites: 'layer0/attention/heads'. */
const bySite = (gates: Gates): Weights =>
  Object.fromEntries(
    Object.entries(SITES).flatMap(([kind, site]) => gates[kind as keyof Gates].map((layer, i) => [`layer${i}/${site}`, layer] as const)),
  );

/** No more than sites with as many gates: golden files of importance have layers that no transformer has. */
function sitesOnly(gates: Gates): Model {
  const sites = gates.head.flatMap((heads, i): Site[] => {
    const layer = `layer${i}/feedForward`;
    const [inner, outer] = [gates.intermediate[i]!.length, gates.output[i]!.length];
    return [
      { name: `layer${i}/attention/heads`, kind: 'heads', units: 2 * heads.length, heads: heads.length },
      { name: `${layer}/inner/preactivation`, kind: 'preactivation', units: inner, fedBy: [`${layer}/inner/kernel`] },
      { name: `${layer}/inner`, kind: 'activation', units: inner, fedBy: [`${layer}/inner/kernel`], feeds: [`${layer}/outer/kernel`] },
      { name: `${layer}/outer/preactivation`, kind: 'preactivation', units: outer, fedBy: [`${layer}/outer/kernel`] },
    ];
  });
  const kernels = sites.flatMap(({ fedBy = [], units }) => fedBy.map((name) => [name, { shape: [1, units], role: 'trunk' }] as const));
  return { name: 'sites only', sites, parameters: Object.fromEntries(kernels) } as unknown as Model;
}

interface ImportanceGiven {
  readonly gateGradientsPerBatch: readonly Gates[];
  readonly attendedTokensPerBatch: readonly number[];
}

interface ImportanceExpected {
  readonly withGradientsZeroedBetweenBatches: Gates;
  readonly normalisedZeroed: Gates;
}

describe('importance of given gradients, with their signs', () => {
  // A loss that has these gradients: their product with ones that pass through the gates.
  const contextOf = (model: Model, gradients: Weights): GraphContext =>
    ({
      model,
      forward: (_x: unknown, _parameters: unknown, { at }: { at: (site: Site, value: tf.Tensor) => tf.Tensor }) =>
        model.sites
          .filter(({ name }) => gradients[name])
          .map((site) => {
            const each = gradients[site.name] as readonly number[];
            const size = site.units / each.length;
            const ofUnits = each.flatMap((value) => Array.from({ length: size }, () => value / size));
            return tf.sum(tf.mul(at(site, tf.ones([1, 1, site.units])), ofUnits));
          })
          .reduce((a, b) => tf.add(a, b)),
      rowLosses: (loss: Scalar) => tf.reshape(loss, [1]),
    }) as unknown as GraphContext;

  it.each(goldenFiles<ImportanceGiven, ImportanceExpected>('das', folder, 'importance-'))('$file', ({ given, expected, tolerance }) => {
    const batches = given.gateGradientsPerBatch;
    const model = sitesOnly(batches[0]!);
    const tokens = given.attendedTokensPerBatch.reduce((a, b) => a + b);
    const { scan } = das({ signed: true });
    const { means, importance } = tidied(() => {
      const start = scan!.start(contextOf(model, {}), { importance: null, passes: null });
      const sums = batches.reduce((sum, gates) => {
        const batch = { x: tf.zeros([1]), y: tf.zeros([1]), weight: tf.ones<tf.Rank.R1>([1]), competing: null, extra: {} };
        return scan!.add(contextOf(model, bySite(gates)), sum, batch, { importance: null, passes: null });
      }, start)!;
      return {
        means: plain(map((sum) => tf.div(sum, tokens), sums)),
        importance: plain(map((sum) => unitImportance(sum, true), sums)),
      };
    });
    expectClose(means, bySite(expected.withGradientsZeroedBetweenBatches), tolerance, 'means');
    expectClose(importance, bySite(expected.normalisedZeroed), tolerance, 'importance');
  });
});

interface NormaliseGiven {
  readonly rawImportanceByDomain: readonly Gates[];
}

interface NormaliseExpected {
  readonly normalisedByDomain: readonly Gates[];
  readonly accumulated: Gates;
}

describe('importance over domains', () => {
  it.each(goldenFiles<NormaliseGiven, NormaliseExpected>('das', folder, 'normalise-'))('$file', ({ given, expected, tolerance }) => {
    const domains = given.rawImportanceByDomain.map(bySite);
    const ctx = { model: sitesOnly(given.rawImportanceByDomain[0]!) } as BoundaryContext;
    const after = (all: readonly Weights[]) =>
      tidied(() => {
        const { afterTask } = das({ signed: true });
        const none = { importance: null as NamedTensorMap | null, passes: null as NamedTensorMap | null };
        return plain(all.reduce((state, raw) => afterTask!(ctx, state, tensorsOf(raw)), none).importance);
      });
    for (const [t, raw] of domains.entries()) {
      expectClose(after([raw]), bySite(expected.normalisedByDomain[t]!), tolerance, `domain ${t}`);
    }
    expectClose(after(domains), bySite(expected.accumulated), tolerance, 'accumulated');
  });
});

interface MaskGiven {
  readonly heads: number;
  readonly headSize: number;
  readonly gradientsByLayer: readonly Weights[];
  readonly importance: Gates;
}

interface MaskExpected {
  readonly intended: readonly Weights[];
}

const NAMES: { readonly [golden: string]: string } = {
  query: 'attention/query',
  key: 'attention/key',
  value: 'attention/value',
  attentionOutput: 'attention/output',
  intermediate: 'feedForward/inner',
  output: 'feedForward/outer',
};

describe('the mask on given gradients', () => {
  /** By the names of a transformer. */
  const ofTransformer = (layers: readonly Weights[]): Weights =>
    Object.fromEntries(
      layers.flatMap((layer, i) =>
        Object.entries(layer).map(([name, values]) => {
          const [part, kind] = name.split('/') as [string, string];
          return [`layer${i}/${NAMES[part]}/${kind}`, values] as const;
        }),
      ),
    );

  it.each(goldenFiles<MaskGiven, MaskExpected>('das', folder, 'soft-mask-'))('$file', ({ given, expected, tolerance }) => {
    const { heads, headSize, importance, gradientsByLayer } = given;
    const model = encoder({
      ...{ vocabulary: 3, sequence: 2, width: heads * headSize, layers: gradientsByLayer.length, heads, head: language() },
      feedForward: importance.intermediate[0]!.length,
    });
    const masked = tidied(() => {
      const known = tensorsOf(bySite(importance));
      const state = { importance: known, passes: passThrough(model, known) };
      return plain(das().updates!({ model } as unknown as GraphContext, tensorsOf(ofTransformer(gradientsByLayer)), state, null, {}));
    });
    expectClose(masked, ofTransformer(expected.intended), tolerance);
  });
});

type Rows = readonly (readonly number[])[];

interface ContrastGiven {
  readonly z1: Rows;
  readonly z2: Rows;
  readonly z3: Rows | null;
  readonly temperature: number;
}

interface ContrastExpected {
  readonly loss: number;
  readonly gradients: { readonly [name: string]: Rows };
  readonly lossAsCalledByTheAuthors: number;
}

describe('the contrastive loss', () => {
  it.each(goldenFiles<ContrastGiven, ContrastExpected>('das', folder, 'contrast-'))('$file', ({ given, expected, tolerance }) => {
    const { z1, z2, z3, temperature } = given;
    const lossOf = (one: tf.Tensor, other: tf.Tensor, known?: tf.Tensor) =>
      contrast(one as Tensor2D, other as Tensor2D, (known ?? null) as Tensor2D | null, tf.ones([z1.length]) as Tensor1D, temperature);
    const found = tidied(() => {
      const views = {
        z1: tf.tensor2d(z1 as number[][]),
        z2: tf.tensor2d(z2 as number[][]),
        ...(z3 && { z3: tf.tensor2d(z3 as number[][]) }),
      };
      const { loss, gradients } = valueAndGradients((at) => ({ loss: lossOf(at.z1!, at.z2!, at.z3), aux: null }), views);
      return plain({ loss, gradients, lossAsCalledByTheAuthors: lossOf(views.z2, views.z1, views.z3) });
    });
    expectClose(found, expected, tolerance);
  });
});

interface DivergenceGiven {
  readonly student: readonly Rows[];
  readonly teacher: readonly Rows[];
}

interface DivergenceExpected {
  readonly featureAxis: { readonly loss: number; readonly gradientOfStudent: readonly Rows[] };
}

describe('the divergence of two passes', () => {
  it.each(goldenFiles<DivergenceGiven, DivergenceExpected>('das', folder, 'proxy-kl-'))('$file', ({ given, expected, tolerance }) => {
    const found = tidied(() => {
      const [teacher, student] = [given.teacher, given.student].map((rows) => tf.tensor3d(rows as number[][][])) as [Tensor3D, Tensor3D];
      const tokens = tf.ones([teacher.shape[0], teacher.shape[1]]) as Tensor2D;
      const mean = (at: NamedTensorMap) => tf.mean(divergence(teacher, at.student as Tensor3D, tokens)) as Scalar;
      const { loss, gradients } = valueAndGradients((at) => ({ loss: mean(at), aux: null }), { student });
      return plain({ loss, gradientOfStudent: gradients.student });
    });
    expectClose(found, expected.featureAxis, tolerance);
  });
});
