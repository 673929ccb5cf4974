import type { DataType, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { Refusal } from './refusal.js';

/** Numbers of TensorFlow's DataType that the recorder meets. */
export const DT = { float32: 1, uint8: 4, int32: 3, bool: 10 } as const;

/** Numbers of TensorFlow's TF_AttrType. */
export const ATTRIBUTE = { string: 0, int: 1, float: 2, bool: 3, type: 4, shape: 5 } as const;

export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: AttributeValue;
}

export type AttributeValue = string | number | boolean | readonly number[] | readonly boolean[];

/** What TensorFlow tells about a tensor that it made. */
export interface TensorMetadata {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/** The native addon of tfjs-node 4.22, as far as a compiled step needs it. */
export interface Binding {
  createTensor(shape: number[], dtype: number, values: TypedValues): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): TypedValues;
  executeOp(name: string, attributes: readonly Attribute[], inputs: readonly number[], outputs: number): TensorMetadata[];
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(id: number): void;
  runSavedModel(id: number, inputs: readonly number[], inputNames: string, outputNames: string): TensorMetadata[];
}

export type TypedValues = Float32Array | Int32Array | Uint8Array;

interface TensorData {
  readonly shape: number[];
  readonly dtype: number;
  /** Values that wait on the host until an op needs them; null once they have a handle. */
  readonly values: TypedValues | null;
  readonly id: number;
}

/** The back end of tfjs-node 4.22 with the members, some of them private, that recording relies on. `selfTest` looks for them. */
export interface NodeBackend {
  binding: Binding;
  readonly isUsingGpuDevice: boolean;
  readonly tensorMap: { get(dataId: object): TensorData };
  createOutputTensor(metadata: TensorMetadata): Tensor;
  getInputTensorIds(tensors: readonly Tensor[]): number[];
  executeSingleOutput(name: string, attributes: readonly Attribute[], inputs: readonly Tensor[]): Tensor;
  executeMultipleOutputs(name: string, attributes: readonly Attribute[], inputs: readonly Tensor[], outputs: number): Tensor[];
  write(values: TypedValues, shape: number[], dtype: DataType): object;
}

/** The active back end, if it is TensorFlow's and has the members above. */
export function nodeBackend(): NodeBackend | null {
  if (tf.getBackend() !== 'tensorflow') return null;
  const backend = tf.backend() as unknown as NodeBackend;
  const members = [
    'binding',
    'tensorMap',
    'createOutputTensor',
    'getInputTensorIds',
    'executeSingleOutput',
    'executeMultipleOutputs',
    'write',
  ] as const;
  const calls = [
    'createTensor',
    'deleteTensor',
    'tensorDataSync',
    'executeOp',
    'loadSavedModel',
    'deleteSavedModel',
    'runSavedModel',
  ] as const;
  const complete =
    members.every((name) => backend[name] !== undefined) && calls.every((name) => typeof backend.binding[name] === 'function');
  return complete ? backend : null;
}

/** The same values under a handle of their own. */
export function copyOf(backend: NodeBackend, tensor: Tensor): Tensor {
  if (!(tensor.dtype in DT)) throw new Refusal(`a tensor is of type ${tensor.dtype}, which a step cannot hold`);
  return backend.executeSingleOutput('Identity', [typeAttribute('T', tensor.dtype as keyof typeof DT)], [tensor]);
}

export const typeAttribute = (name: string, dtype: keyof typeof DT): Attribute => ({ name, type: ATTRIBUTE.type, value: DT[dtype] });
export const intAttribute = (name: string, value: number): Attribute => ({ name, type: ATTRIBUTE.int, value });
export const floatAttribute = (name: string, value: number): Attribute => ({ name, type: ATTRIBUTE.float, value });
export const boolAttribute = (name: string, value: boolean): Attribute => ({ name, type: ATTRIBUTE.bool, value });
export const stringAttribute = (name: string, value: string): Attribute => ({ name, type: ATTRIBUTE.string, value });
