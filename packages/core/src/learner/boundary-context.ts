import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type Block, type Dataset, type Rows, sizeOf } from '../data.js';
import type { Memory } from '../memory/memory.js';
import { isStored } from '../memory/stored.js';
import { type Random, random } from '../random/index.js';
import { SCOPE, type Scoped } from '../strategy/compose.js';
import type { Batch, BoundaryContext, GraphContext } from '../strategy/context.js';
import { TWIN } from '../strategy/graph-context.js';
import { inOrder } from './batches.js';
import type { Engine } from './engine.js';

type Within = GraphContext & Scoped<GraphContext> & { readonly [TWIN]: () => GraphContext };

/**
 * The context of a hook at a boundary: that of the graph, and what lies outside of it.
 *
 * @param occasion Which boundary: what is drawn depends on it.
 */
export function boundaryContext(engine: Engine, graph: GraphContext, occasion: string, owner = engine.strategy.name): BoundaryContext {
  const within = graph as Within;
  const again = (inner: GraphContext, name: string) => boundaryContext(engine, inner, occasion, name);
  const added = {
    examples: engine.examples!,
    random: random(engine.seed, occasion, owner),
    readOut: (examples: Dataset | Memory, compute: (batch: Batch) => Tensor) =>
      readOut(engine, examples, compute, random(engine.seed, occasion, owner, 'read out')),
    [SCOPE]: (part: { readonly name: string }) => again(within[SCOPE](part as never), part.name),
    [TWIN]: () => again(within[TWIN](), owner),
  };
  return { ...graph, ...added };
}

/** As many rows at once as a training step has, so that it needs no more room. */
function readOut(engine: Engine, examples: Dataset | Memory, compute: (batch: Batch) => Tensor, draws: Random): Block {
  const { batchSize } = engine.progress.current!;
  const chunks: Float32Array[] = [];
  let shape: readonly number[] = [];
  for (const rows of isStored(examples) ? inPlaces(examples, batchSize) : inOrder(examples, batchSize, engine.task.index)) {
    tf.tidy(() => {
      const result = compute(engine.batch(rows, rows.count, () => draws));
      shape = result.shape.slice(1);
      chunks.push((result.dataSync() as Float32Array).slice(0, rows.count * sizeOf(shape)));
    });
  }
  const values = new Float32Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    values.set(chunk, at);
    at += chunk.length;
  }
  return { values, shape };
}

/** Rows of a memory in the order of their places, `size` at a time. */
function* inPlaces(memory: Memory, size: number): Generator<Rows> {
  for (let start = 0; start < memory.size; start += size) {
    yield memory.all((_task, place) => place >= start && place < start + size)!;
  }
}
