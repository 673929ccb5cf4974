import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { directory, graph } from '@cl/node';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Trial } from '../study.js';
import { type Training, trained } from './network.js';
import { readParameters, writeParameters } from './parameter-file.js';
import type { TokenRows } from './rows.js';

/** What a part of the training took. */
export interface Cost {
  readonly tokens: number;
  readonly seconds: number;
}

export const NOTHING: Cost = { tokens: 0, seconds: 0 };

export const sumOf = (...costs: readonly Cost[]): Cost => ({
  tokens: costs.reduce((sum, { tokens }) => sum + tokens, 0),
  seconds: costs.reduce((sum, { seconds }) => sum + seconds, 0),
});

/** A trained network. */
export interface Trained {
  readonly parameters: NamedTensorMap;
  readonly cost: Cost;
}

/** The networks of a trial: each is trained once and kept. */
export class Networks {
  readonly trial: Trial;
  readonly #kept: NamedTensorMap[] = [];

  constructor(trial: Trial) {
    this.trial = trial;
  }

  /** A network by its name; `training` says how it comes about. */
  async get(
    name: string,
    where: 'own' | 'shared',
    training: Pick<Training, 'model' | 'from' | 'rows' | 'batchSize' | 'learningRate'> & Partial<Training>,
  ): Promise<Trained> {
    const { folder, shared } = this.trial;
    const place = join(where === 'own' ? folder : shared, `${name}.safetensors`);
    const cost = await this.trial.stage(name, () => this.#train(name, training, place), where);
    return { parameters: this.keep(await readParameters(place)), cost };
  }

  /** Parameters that go with the trial. */
  keep(parameters: NamedTensorMap): NamedTensorMap {
    this.#kept.push(parameters);
    return parameters;
  }

  dispose(): void {
    tf.dispose(this.#kept);
  }

  /** Trains from where it was interrupted, and writes what comes of it. */
  async #train(name: string, training: Parameters<Networks['get']>[2], place: string): Promise<Cost> {
    const { backend, seed, signal, say } = this.trial;
    const kept = `${place}.unfinished`;
    const begun = performance.now();
    let [first, share, next] = [0, 1, 0];
    const parameters = await trained({
      seed,
      store: directory(kept, { keep: 1 }),
      ...(backend.compiler === 'graph' && { compiler: graph() }),
      signal,
      onStep({ iteration, iterations, loss }) {
        first ||= iteration;
        share = (iteration - first + 1) / iterations;
        if (performance.now() < next && iteration < iterations) return;
        next = performance.now() + 5000;
        say(`${name}: step ${iteration} of ${iterations}, loss ${loss.toFixed(2)}`);
      },
      ...training,
    });
    // What was trained before an interruption took as long, step by step.
    const seconds = (performance.now() - begun) / 1000 / share;
    await writeParameters(place, parameters);
    tf.dispose(parameters);
    await rm(kept, { recursive: true, force: true });
    return { tokens: tokensOf(training.rows), seconds };
  }
}

const tokensOf = ({ ids }: TokenRows): number => ids.length;
