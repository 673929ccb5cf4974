import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeBackend, TensorMetadata } from './backend.js';
import { TAG } from './saved-model.js';

/** A graph with its variables, loaded into TensorFlow. */
export class Session {
  readonly #backend: NodeBackend;
  readonly #id: number;

  /** `config`: its options, serialized; empty: as TensorFlow has them. An addon that is not of our building takes no notice. */
  constructor(backend: NodeBackend, model: Uint8Array, config: Uint8Array) {
    this.#backend = backend;
    this.#id = load(backend, model, config);
  }

  /** Runs what the fetches need. Names are separated by commas, inputs are handles. Synchronous; throws what TensorFlow says. */
  run(inputs: readonly number[], inputNames: string, fetches: string): TensorMetadata[] {
    return this.#backend.binding.runSavedModel(this.#id, inputs, inputNames, fetches);
  }

  dispose(): void {
    this.#backend.binding.deleteSavedModel(this.#id);
  }
}

/** TensorFlow reads a model from a folder; the folder is gone when this returns. */
function load(backend: NodeBackend, model: Uint8Array, config: Uint8Array): number {
  const folder = mkdtempSync(join(temporaryFolder(), `cl-graph-${process.pid}-`));
  try {
    writeFileSync(join(folder, 'saved_model.pb'), model);
    if (config.length > 0) writeFileSync(join(folder, 'config'), config);
    return backend.binding.loadSavedModel(folder, TAG);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Memory rather than a disk, where there is such a folder. */
function temporaryFolder(): string {
  try {
    accessSync('/dev/shm', constants.W_OK);
    return '/dev/shm';
  } catch {
    mkdirSync(tmpdir(), { recursive: true });
    return tmpdir();
  }
}
