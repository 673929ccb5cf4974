import { type Compiler, initialParameters } from '@cl/core';
import { generate, predictor, type Transformer } from '@cl/models';
import * as tf from '@tensorflow/tfjs-core';
import type { Rival } from './rival.js';

/** Tokens of a text, and the steps that a turn should have. */
export const GENERATED = 64;

/** `generate()` greedily, behind one token each: a step is one token for every text. */
export function generationRival(model: Transformer, texts: number, compiler: Compiler): Rival {
  const parameters = initialParameters(model, 1);
  const writer = predictor({ model, parameters }, { compiler });
  const prompts = Array.from({ length: texts }, (_, i) => [i]);
  return {
    mode: 'compiled',
    async turn(steps) {
      const times = Math.ceil(steps / GENERATED);
      const start = performance.now();
      for (let i = 0; i < times; i++) await generate(writer, prompts, { maxTokens: GENERATED });
      return (performance.now() - start) / (times * GENERATED);
    },
    dispose() {
      writer.dispose();
      tf.dispose(parameters);
    },
  };
}
