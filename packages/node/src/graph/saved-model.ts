import messages, { type AttrValue, type NodeDef, type Tensor, type TensorShape } from '@tensorflow/tfjs-node-gpu/dist/proto/api_pb.js';
import { ATTRIBUTE, type Attribute, DT } from './backend.js';
import type { TensorType } from './recorder.js';

/** Graphs are written in the dialect of this version of TensorFlow's GraphDef (2.9 of May 2022); later ones read it. */
const PRODUCER = 1087;

export const TAG = 'serve';

/** A node of a graph. Inputs are 'name:output', or '^name' for "after that". */
export function nodeDef(name: string, op: string, inputs: readonly string[], attributes: { readonly [name: string]: AttrValue }): NodeDef {
  const node = new messages.NodeDef();
  node.setName(name);
  node.setOp(op);
  node.setInputList(inputs);
  const map = node.getAttrMap();
  for (const [key, value] of Object.entries(attributes)) map.set(key, value);
  return node;
}

/** The file saved_model.pb of a model with this graph. */
export function savedModel(nodes: readonly NodeDef[]): Uint8Array {
  const versions = new messages.VersionDef();
  versions.setProducer(PRODUCER);
  const graph = new messages.GraphDef();
  graph.setNodeList(nodes);
  graph.setVersions(versions);
  const info = new messages.MetaGraphDef.MetaInfoDef();
  info.addTags(TAG);
  const meta = new messages.MetaGraphDef();
  meta.setMetaInfoDef(info);
  meta.setGraphDef(graph);
  const model = new messages.SavedModel();
  model.setSavedModelSchemaVersion(1);
  model.setMetaGraphsList([meta]);
  return model.serializeBinary();
}

export function typeValue(dtype: number): AttrValue {
  const value = new messages.AttrValue();
  value.setType(dtype);
  return value;
}

export function shapeValue(shape: readonly number[]): AttrValue {
  const value = new messages.AttrValue();
  value.setShape(shapeProto(shape));
  return value;
}

export function stringValue(text: string): AttrValue {
  const value = new messages.AttrValue();
  value.setS(new TextEncoder().encode(text));
  return value;
}

/** An attribute as an eager op has it. */
export function attributeValue({ name, type, value: given }: Attribute): AttrValue {
  if (type === ATTRIBUTE.shape) return shapeValue(given as readonly number[]);
  if (Array.isArray(given)) return listValue(type, given);
  const value = new messages.AttrValue();
  if (type === ATTRIBUTE.string) return stringValue(given as string);
  if (type === ATTRIBUTE.int) value.setI(given as number);
  else if (type === ATTRIBUTE.float) value.setF(given as number);
  else if (type === ATTRIBUTE.bool) value.setB(given as boolean);
  else if (type === ATTRIBUTE.type) value.setType(given as number);
  else throw new Error(`Attribute '${name}' has a type that is not known here: ${type}.`);
  return value;
}

function listValue(type: number, given: readonly unknown[]): AttrValue {
  const list = new messages.AttrValue.ListValue();
  if (type === ATTRIBUTE.int) list.setIList(given as number[]);
  else if (type === ATTRIBUTE.float) list.setFList(given as number[]);
  else list.setBList(given as boolean[]);
  const value = new messages.AttrValue();
  value.setList(list);
  return value;
}

/** The value of a constant. One that is the same all over is stored as one element. */
export function tensorValue({ shape, dtype }: TensorType, bytes: Uint8Array): AttrValue {
  const tensor = new messages.Tensor();
  tensor.setDtype(dtype);
  tensor.setTensorShape(shapeProto(shape));
  if (bytes.length > 0 && isUniform(bytes, dtype)) setOne(tensor, dtype, bytes);
  else tensor.setTensorContent(bytes);
  const value = new messages.AttrValue();
  value.setTensor(tensor);
  return value;
}

/** True if all elements are the same, bit for bit. */
export function isUniform(bytes: Uint8Array, dtype: number): boolean {
  const width = dtype === DT.bool || dtype === DT.uint8 ? 1 : 4;
  const first = bytes.subarray(0, width);
  for (let i = width; i < bytes.length; i += 1) if (bytes[i] !== first[i % width]) return false;
  return true;
}

function setOne(tensor: Tensor, dtype: number, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (dtype === DT.float32) tensor.setFloatValList([view.getFloat32(0, true)]);
  else if (dtype === DT.int32) tensor.setIntValList([view.getInt32(0, true)]);
  else if (dtype === DT.bool) tensor.setBoolValList([bytes[0] !== 0]);
  else tensor.setTensorContent(bytes);
}

function shapeProto(shape: readonly number[]): TensorShape {
  const proto = new messages.TensorShape();
  for (const size of shape) {
    const dim = new messages.TensorShape.Dim();
    dim.setSize(size);
    proto.addDim(dim);
  }
  return proto;
}
