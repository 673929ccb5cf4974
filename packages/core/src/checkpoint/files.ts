import { ContinualLearningError } from '../errors.js';
import type { Model } from '../model/model.js';
import type { Tree } from '../strategy/strategy.js';
import type { Json } from '../tree.js';
import { sha256, textOf, utf8 } from './platform.js';
import { decodeSafetensors, encodeSafetensors } from './safetensors.js';
import type { Files } from './store.js';
import { type EncodedTree, encodeTree } from './tree-codec.js';

/** The format that this version writes, and the only one that it reads. */
export const FORMAT_VERSION = 1;

/** The file that makes a folder a checkpoint. */
export const MANIFEST = 'manifest.json';

const STATE = 'state.json';
const TENSORS = 'tensors.safetensors';

/** What tells one model from another: its name, and the shapes of its parameters by name. */
export interface ModelSignature {
  readonly name: string;
  readonly parameters: { readonly [name: string]: readonly number[] };
}

interface Manifest {
  readonly format: 'cl-checkpoint';
  readonly version: number;
  readonly model: ModelSignature;
  /** For people who look into the file; not read. */
  readonly about: Json;
  readonly files: { readonly [name: string]: { readonly bytes: number; readonly sha256: string } };
}

export interface Unpacked {
  readonly model: ModelSignature;
  /** For `restoreTree`. */
  readonly state: EncodedTree;
}

/** The signature of a model as it is now. */
export function signatureOf(model: Pick<Model, 'name' | 'parameters'>): ModelSignature {
  return {
    name: model.name,
    parameters: Object.fromEntries(Object.entries(model.parameters).map(([name, { shape }]) => [name, [...shape]])),
  };
}

/**
 * A checkpoint as files: the tensors in safetensors, the rest in JSON, and a manifest with the format's version, the model's
 * signature, and size and SHA-256 of each file.
 *
 * @param about Something for people to read in the manifest, such as the version of the library.
 */
export async function pack(state: Tree, model: ModelSignature, about: Json = {}): Promise<Files> {
  const { json, arrays } = await encodeTree(state);
  const contents = { [STATE]: utf8(`${JSON.stringify(json, null, 1)}\n`), [TENSORS]: encodeSafetensors(arrays) };
  const files = await Promise.all(
    Object.entries(contents).map(async ([name, bytes]) => [name, { bytes: bytes.length, sha256: await sha256(bytes) }] as const),
  );
  const manifest: Manifest = { format: 'cl-checkpoint', version: FORMAT_VERSION, model, about, files: Object.fromEntries(files) };
  return { ...contents, [MANIFEST]: utf8(`${JSON.stringify(manifest, null, 2)}\n`) };
}

/**
 * Reads and checks the files of a checkpoint.
 *
 * @param where The checkpoint's name, for messages.
 * @throws CL_CHECKPOINT for another format or version, for a file that is missing, truncated or changed by a single bit.
 */
export async function unpack(files: Files, where: string): Promise<Unpacked> {
  const manifest = parse(files[MANIFEST], where, MANIFEST) as Partial<Manifest> | null;
  if (manifest?.format !== 'cl-checkpoint')
    throw failure(where, `expected ${MANIFEST} with "format": "cl-checkpoint", found ${JSON.stringify(manifest?.format)}.`);
  if (manifest.version !== FORMAT_VERSION) {
    throw failure(
      where,
      `written in format version ${manifest.version}, this version of @cl/core reads version ${FORMAT_VERSION}. Read it with the version that wrote it.`,
    );
  }
  for (const name of [STATE, TENSORS]) {
    const [expected, found] = [manifest.files?.[name], files[name]];
    if (!expected) throw failure(where, `expected a checksum of ${name} in ${MANIFEST}, found none.`);
    if (!found) throw failure(where, `expected a file ${name}, found none.`);
    if (found.length !== expected.bytes) throw failure(where, `expected ${expected.bytes} bytes in ${name}, found ${found.length}.`);
    const digest = await sha256(found);
    if (digest !== expected.sha256)
      throw failure(
        where,
        `expected SHA-256 ${expected.sha256} of ${name}, found ${digest}: the file is damaged. Go back to an earlier checkpoint.`,
      );
  }
  const { tensors } = decodeSafetensors(files[TENSORS]!, `${where}/${TENSORS}`);
  return { model: manifest.model as ModelSignature, state: { json: parse(files[STATE], where, STATE), arrays: tensors } };
}

/** Throws CL_CHECKPOINT, with the first difference, if a checkpoint was written for another model than the one at hand. */
export function checkModel(saved: ModelSignature, now: ModelSignature, where: string): void {
  const shape = (signature: ModelSignature, name: string) =>
    signature?.parameters?.[name] ? `[${signature.parameters[name].join(',')}]` : 'no such parameter';
  const names = new Set([...Object.keys(saved?.parameters ?? {}), ...Object.keys(now.parameters)]);
  for (const name of names) {
    const [then, today] = [shape(saved, name), shape(now, name)];
    if (then !== today)
      throw failure(where, `written for a model with '${name}' ${then}, this model has ${today}. Restore with the model that was saved.`);
  }
}

const failure = (where: string, what: string, cause?: unknown) =>
  new ContinualLearningError('CL_CHECKPOINT', `${where}: ${what}`, cause === undefined ? {} : { cause });

function parse(bytes: Uint8Array | undefined, where: string, file: string): Json {
  if (!bytes) throw failure(where, `expected a file ${file}, found none.`);
  try {
    return JSON.parse(textOf(bytes)) as Json;
  } catch (cause) {
    throw failure(where, `expected JSON in ${file}, found something else: the file is damaged or truncated.`, cause);
  }
}
