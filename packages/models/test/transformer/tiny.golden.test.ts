import { type Entry, named, sparseCrossEntropy, type TensorTree, valueAndGradients } from '@cl/core';
import type { NamedTensorMap, Scalar, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectClose, goldenFiles } from '../../../../testing/golden.js';
import { type Place, places, useCpu } from '../../../../testing/places.js';
import { generate, type Head, language, loadPretrained, type Transformer, tokens } from '../../src/index.js';
import { storedTensors } from '../../src/pretrained/save.js';
import { WORDS } from '../../src/transformer/embedding.js';
import { COPIES, type Expected, filesOfTiny, type Given, type Tiny } from './tiny.js';

const files = goldenFiles<Given, Expected>('transformers', new URL('../../golden/', import.meta.url)).filter(({ variant }) =>
  ['bert-mlm', 'bert-token', 'gpt2', 'llama', 'roberta-mlm', 't5'].includes(variant),
) as readonly Tiny[];

/** These configurations do not say which class they are of. */
const headOf = (variant: string): Head => (variant === 'bert-token' ? tokens({ outputs: 5 }) : language());

const load = ({ given, variant }: Tiny) => loadPretrained(filesOfTiny(given), { head: headOf(variant), sequence: 7 });

/** The mean over labels that are not −100; causal models learn the next token. */
function lossOf(logits: tf.Tensor, labels: Tensor2D, causal: boolean): Scalar {
  const [batch, length, outputs] = logits.shape as [number, number, number];
  const seen = causal ? tf.slice(logits, [0, 0, 0], [batch, length - 1, outputs]) : logits;
  const wanted = tf.reshape(causal ? tf.slice(labels, [0, 1], [batch, length - 1]) : labels, [-1]);
  const counts = tf.cast(tf.greaterEqual(wanted, 0), 'float32');
  const losses = sparseCrossEntropy(tf.reshape(seen, [-1, outputs]) as Tensor2D, tf.cast(tf.maximum(wanted, 0), 'int32') as Tensor1D);
  return tf.div(tf.sum(tf.mul(losses, counts)), tf.sum(counts));
}

/**
 * PyTorch's embedding has no gradient for the token of padding, where it is looked up (`padding_idx`). These texts have it as a word, so
 * the first use of the table, which is the look-up, gets a copy in which its row is a constant; the second, a tied head, the table itself.
 */
function withUntrainedPadding(p: NamedTensorMap, constants: NamedTensorMap, padding: number): NamedTensorMap {
  const words = p[WORDS]!;
  const rows = words.shape[0]!;
  const isPadding = tf.tensor2d(
    Array.from({ length: rows }, (_, token) => Number(token === padding)),
    [rows, 1],
  );
  const lookedUp = tf.add(tf.mul(words, tf.sub(1, isPadding)), tf.mul(constants[WORDS]!, isPadding));
  let uses = 0;
  return Object.defineProperty({ ...p }, WORDS, { get: () => (uses++ === 0 ? lookedUp : words) });
}

/** Logits, loss and gradients, in one program. */
function program(place: Place, model: Transformer, parameters: NamedTensorMap) {
  const step: Entry = {
    name: 'step',
    apply(inputs, state) {
      const { labels, ...x } = inputs as { ids: Tensor2D; mask: Tensor2D; decoderIds: Tensor2D; labels: Tensor2D };
      const { layout, options } = model.architecture;
      const start = state as NamedTensorMap;
      const { aux, loss, gradients } = valueAndGradients((p) => {
        const { outputs } = model.apply(layout === 'bert' ? withUntrainedPadding(p, start, Math.max(options.firstPosition - 1, 0)) : p, x);
        return { loss: lossOf(outputs, labels, layout === 'gpt2' || layout === 'llama'), aux: outputs };
      }, start);
      return { outputs: { logits: aux, loss, gradients } };
    },
  };
  const made = place.compiler.program(parameters);
  return { run: (inputs: TensorTree) => made.run(step, inputs), dispose: () => made.dispose() };
}

for (const place of await places()) {
  describe(`${place.name}`, () => {
    beforeAll(() => place.use());
    afterAll(useCpu);

    it.each(files.map((file) => [file.file, file] as const))('gives the logits, the loss and the gradients of %s', async (_, file) => {
      const { given, expected, tolerance } = file;
      const { model, parameters, fresh, unused } = await load(file);
      expect(fresh).toEqual([]);
      for (const name of unused) expect(COPIES).toContain(name);
      const run = program(place, model, parameters);
      const inputs = {
        ids: tf.tensor2d(given.ids as number[][], undefined, 'int32'),
        mask: tf.tensor2d(given.attentionMask as number[][], undefined, 'int32'),
        labels: tf.tensor2d(given.labels as number[][], undefined, 'int32'),
        // What a decoder behind an encoder sees: the labels one place later, behind the token that answers begin with.
        decoderIds: tf.tensor2d(
          given.labels.map((row) => [0, ...row.slice(0, -1).map((id) => Math.max(id, 0))]),
          undefined,
          'int32',
        ),
      };
      const { logits, loss, gradients } = run.run(inputs) as { logits: tf.Tensor; loss: Scalar; gradients: NamedTensorMap };

      expect(logits.shape).toEqual(expected.logits.shape);
      expectClose(logits.dataSync(), expected.logits.values, tolerance, 'logits');
      expectClose(loss.dataSync()[0], expected.loss, tolerance, 'loss');
      const stored = storedTensors(model, gradients);
      for (const [name, gradient] of Object.entries(expected.gradients)) {
        const values = named(stored, name).dataSync<'float32'>();
        expectClose([...values.subarray(0, 4)], gradient.first, tolerance, `first of ${name}`);
        expectClose(Math.hypot(...values), gradient.l2, tolerance, `norm of ${name}`);
        // A sum of hundreds of float32 values that cancel.
        expectClose(
          values.reduce((a, b) => a + b),
          gradient.sum,
          { abs: 1e-4, rel: 1e-4 },
          `sum of ${name}`,
        );
      }
      run.dispose();
    });
  });
}

it.each(files.filter(({ expected }) => expected.greedy).map((file) => [file.file, file] as const))(
  'goes on with a text as %s does',
  async (_, file) => {
    await useCpu();
    const { model, parameters } = await load(file);
    const [text, count] = [file.expected.greedy!, file.expected.greedy!.length - 3];
    const [written] = await generate({ model, parameters }, [text.slice(0, 3)], { maxTokens: count });
    expect(written!.tokens).toEqual(text.slice(3));
  },
);
