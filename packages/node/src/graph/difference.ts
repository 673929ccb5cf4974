import { type Attribute, DT } from './backend.js';
import type { Node, Ref } from './recorder.js';
import type { Trace } from './trace.js';

/**
 * What differs between two traces of an entry on inputs of the same shapes: then something that changes from run to run got into the
 * graph as a constant, or the entry branches on it. Null if nothing does.
 */
export function difference(a: Trace, b: Trace): string | null {
  const count = Math.min(a.nodes.length, b.nodes.length);
  for (let i = 0; i < count; i++) {
    const found = nodeDifference(a, i, a.nodes[i]!, b.nodes[i]!);
    if (found) return found;
  }
  if (a.nodes.length !== b.nodes.length) return `one run executed ${a.nodes.length} ops, another ${b.nodes.length}`;
  if (!sameRefs(a.outputs, b.outputs) || !sameRefs(a.next, b.next)) return 'two runs returned results of different ops';
  return null;
}

function nodeDifference(trace: Trace, index: number, a: Node, b: Node): string | null {
  if (a.kind === 'constant' && b.kind === 'constant') {
    if (Buffer.compare(a.bytes, b.bytes) === 0) return null;
    const values = numberIn(a) === null ? '' : ` (${numberIn(a)} and ${numberIn(b)})`;
    return `a constant of shape [${a.type.shape.join(', ')}]${userOf(trace, index)} changes from run to run${values}: pass it as an input`;
  }
  if (a.kind === 'op' && b.kind === 'op') {
    if (a.op !== b.op) return `one run executed ${a.op} where another executed ${b.op}`;
    if (!sameAttributes(a.attributes, b.attributes)) return `an attribute of ${a.op} changes from run to run`;
    if (!sameRefs(a.inputs, b.inputs)) return `the inputs of ${a.op} change from run to run`;
    return null;
  }
  return a.kind === b.kind ? null : `one run met ${describe(a)} where another met ${describe(b)}`;
}

/** A constant of one number, to be shown. */
function numberIn({ type: { dtype }, bytes }: Extract<Node, { kind: 'constant' }>): string | null {
  if (bytes.length !== 4) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return String(dtype === DT.int32 ? view.getInt32(0, true) : view.getFloat32(0, true));
}

const describe = (node: Node): string => (node.kind === 'op' ? node.op : `a ${node.kind}`);

function userOf(trace: Trace, index: number): string {
  const user = trace.nodes.find((node) => node.kind === 'op' && node.inputs.some((ref) => ref.node === index));
  return user?.kind === 'op' ? `, used by ${user.op},` : '';
}

function sameRefs(a: readonly Ref[], b: readonly Ref[]): boolean {
  return a.length === b.length && a.every((ref, i) => ref.node === b[i]!.node && ref.output === b[i]!.output);
}

function sameAttributes(a: readonly Attribute[], b: readonly Attribute[]): boolean {
  return a.length === b.length && a.every(({ name, value }, i) => name === b[i]!.name && String(value) === String(b[i]!.value));
}
