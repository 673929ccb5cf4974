import type { Entry } from '@cl/core';
import type { NamedTensorMap, Tensor2D } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectClose, goldenFiles } from '../../../../testing/golden.js';
import { places, useCpu } from '../../../../testing/places.js';
import { pretrainedFolder } from '../../../../testing/pretrained.js';
import { loadPretrained, tokenizerOf } from '../../src/index.js';

interface Given {
  readonly sentences: readonly string[];
}

interface Expected {
  readonly cases: readonly {
    readonly ids: readonly number[];
    readonly firstTokenLayers: readonly (readonly number[])[];
    readonly embeddingFirst32: readonly number[];
  }[];
  readonly cosine: readonly number[];
}

const everywhere = await places();
const folder = await pretrainedFolder('minilm-l6');
const [golden] = goldenFiles<Given, Expected>('transformers', new URL('../../golden/', import.meta.url), 'minilm');
const { sentences } = golden!.given;
const { cases, cosine } = golden!.expected;

describe.skipIf(folder === null)('all-MiniLM-L6-v2', () => {
  it("has Python's token numbers", async () => {
    const tokenizer = await tokenizerOf(folder!);
    expect(sentences.map((sentence) => tokenizer.framed(tokenizer.pieces(sentence)))).toEqual(cases.map(({ ids }) => ids));
  });

  for (const place of everywhere) {
    describe(place.name, () => {
      beforeAll(() => place.use());
      afterAll(useCpu);

      it("has Python's hidden states and sentence vectors", async () => {
        const { model, parameters, fresh, unused } = await loadPretrained(folder!);
        expect(fresh).toEqual([]);
        expect(unused.every((name) => /^pooler|position_ids/.test(name))).toBe(true);
        const length = Math.max(...cases.map(({ ids }) => ids.length));
        const { ids, mask } = (await tokenizerOf(folder!, { model })).encode(sentences, { length });
        const tensor = (values: Int32Array) => tf.tensor2d(values, [sentences.length, length], 'int32');
        const rows = (column: typeof ids) => {
          const values = new Int32Array(column.length * length);
          column.gather(Int32Array.from(sentences.keys()), values, 0);
          return tensor(values);
        };
        const entry: Entry = {
          name: 'embed',
          apply(inputs, state) {
            const states: tf.Tensor[] = [];
            const { outputs } = model.apply(state as NamedTensorMap, inputs, {
              at(site, value) {
                if (site.kind === 'hidden') states.push(value);
                return value;
              },
            });
            return { outputs: { outputs, states } };
          },
        };
        const program = place.compiler.program(parameters);
        const found = program.run(entry, { ids: rows(ids), mask: rows(mask) }) as unknown as { outputs: Tensor2D; states: tf.Tensor3D[] };
        program.dispose();

        const layers = found.states.map(
          (state) => state.slice([0, 0, 0], [sentences.length, 1, 16]).reshape([sentences.length, 16]).arraySync() as number[][],
        );
        const vectors = found.outputs.arraySync();
        cases.forEach(({ firstTokenLayers, embeddingFirst32 }, i) => {
          const place = `'${sentences[i]}'`;
          expectClose(
            layers.map((layer) => layer[i]),
            firstTokenLayers,
            golden!.tolerance,
            place,
          );
          expectClose(vectors[i]!.slice(0, 32), embeddingFirst32, golden!.tolerance, place);
        });
        const products = tf.matMul(found.outputs, found.outputs, false, true).dataSync();
        expectClose(products, cosine, golden!.tolerance, 'cosine');
        // Two sentences on eating are close, and one on something else is not.
        expect(products[1]).toBeCloseTo(0.755, 3);
        expect(products[2]).toBeCloseTo(-0.105, 3);
      });
    });
  }
});
