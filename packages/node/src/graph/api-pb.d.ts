/** The protocol buffers that tfjs-node is built with (google-protobuf): what a SavedModel needs of them. */
declare module '@tensorflow/tfjs-node-gpu/dist/proto/api_pb.js' {
  class Message {
    serializeBinary(): Uint8Array;
  }
  class TensorShape extends Message {
    addDim(dim: TensorShape.Dim): void;
  }
  namespace TensorShape {
    class Dim extends Message {
      setSize(size: number): void;
    }
  }
  class Tensor extends Message {
    setDtype(dtype: number): void;
    setTensorShape(shape: TensorShape): void;
    setTensorContent(bytes: Uint8Array): void;
    setFloatValList(values: readonly number[]): void;
    setIntValList(values: readonly number[]): void;
    setBoolValList(values: readonly boolean[]): void;
  }
  class AttrValue extends Message {
    setS(value: Uint8Array): void;
    setI(value: number): void;
    setF(value: number): void;
    setB(value: boolean): void;
    setType(value: number): void;
    setShape(value: TensorShape): void;
    setTensor(value: Tensor): void;
    setList(value: AttrValue.ListValue): void;
  }
  namespace AttrValue {
    class ListValue extends Message {
      setIList(values: readonly number[]): void;
      setFList(values: readonly number[]): void;
      setBList(values: readonly boolean[]): void;
    }
  }
  class NodeDef extends Message {
    setName(name: string): void;
    setOp(op: string): void;
    setInputList(inputs: readonly string[]): void;
    getAttrMap(): { set(name: string, value: AttrValue): void };
  }
  class VersionDef extends Message {
    setProducer(version: number): void;
  }
  class GraphDef extends Message {
    setNodeList(nodes: readonly NodeDef[]): void;
    setVersions(versions: VersionDef): void;
  }
  class MetaGraphDef extends Message {
    setMetaInfoDef(info: MetaGraphDef.MetaInfoDef): void;
    setGraphDef(graph: GraphDef): void;
  }
  namespace MetaGraphDef {
    class MetaInfoDef extends Message {
      addTags(tag: string): void;
    }
  }
  class SavedModel extends Message {
    setSavedModelSchemaVersion(version: number): void;
    setMetaGraphsList(graphs: readonly MetaGraphDef[]): void;
  }
  // The module is CommonJS, and an import of it has but this one name.
  const messages: {
    TensorShape: typeof TensorShape;
    Tensor: typeof Tensor;
    AttrValue: typeof AttrValue;
    NodeDef: typeof NodeDef;
    VersionDef: typeof VersionDef;
    GraphDef: typeof GraphDef;
    MetaGraphDef: typeof MetaGraphDef;
    SavedModel: typeof SavedModel;
  };

  export type { AttrValue, NodeDef, Tensor, TensorShape };
  // biome-ignore lint/style/noDefaultExport: it is not ours.
  export default messages;
}
