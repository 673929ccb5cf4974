import { availableParallelism } from 'node:os';
import type { NodeBackend } from './backend.js';
import type { SessionConfig } from './config.js';
import type { Plan } from './plan.js';
import type { Node, Ref, TensorType } from './recorder.js';

/**
 * From here on two threads for one op beat one, on the machine where this was measured (training steps of MLPs, batches of 10 to 256, widths
 * of 200 to 2000, see docs/guide/speed.md): one product of matrices as large as 128 × 784 by 784 × 600, or a tensor that no cache of one
 * processor holds. Below, the time that threads take to wake each other is longer than what they save.
 */
const LARGE: Size = { operations: 120e6, elements: 2 ** 20 };

/**
 * From here on a step gains if ops that do not wait for each other run at the same time: a gradient for weights and one for the layer
 * below, the passes of two networks. 128 × 784 by 784 × 150 is as large. In smaller steps handing over takes longer than it saves.
 */
const MEDIUM: Size = { ...LARGE, operations: 30e6 };

/** A multiplication and an addition are two operations. */
interface Size {
  readonly operations: number;
  readonly elements: number;
}

/** How the ops of a graph are run: small ones one after another on one thread, larger ones two at a time, the largest on more threads each. */
export function scheduleOf(
  plan: Plan,
  { isUsingGpuDevice }: Pick<NodeBackend, 'isUsingGpuDevice'>,
  processors: number = availableParallelism(),
): SessionConfig {
  const { TF_NUM_INTRAOP_THREADS: within, TF_NUM_INTEROP_THREADS: between } = process.env;
  const nodes = [...plan.nodes.values()];
  const some = (size: Size): boolean => nodes.some((node) => exceeds(node, plan, size));
  // Whoever chooses how many threads an op has has one op at a time.
  const threads = within !== undefined || some(LARGE) ? null : 1;
  // On a GPU, ops hand over values between devices, which has its own ways.
  if (isUsingGpuDevice || between !== '-1') return { threads, atOnce: null };
  const shared = within === undefined && processors > 1 && some(MEDIUM);
  return { threads, atOnce: shared ? 2 : 1 };
}

function exceeds(node: Node, { nodes }: Plan, { operations, elements }: Size): boolean {
  if (node.kind !== 'op') return sizeOf(node.type) > elements;
  if (node.types.some((type) => sizeOf(type) > elements)) return true;
  const count = OPERATIONS[node.op];
  return count !== undefined && count(node.types[0]!, (i) => typeOf(node.inputs[i]!, nodes), node) > operations;
}

type Op = Extract<Node, { kind: 'op' }>;
type Count = (output: TensorType, input: (i: number) => TensorType, node: Op) => number;

/** A multiplication and an addition for each element of the output and each that it sums over. */
const product =
  (transposed: string): Count =>
  (output, input, node) =>
    2 * sizeOf(output) * input(0).shape.at(isSet(node, transposed) ? -2 : -1)!;

const window = ({ shape: [height, width, channels] }: TensorType): number => height! * width! * channels!;

const OPERATIONS: { readonly [op: string]: Count } = {
  MatMul: product('transpose_a'),
  BatchMatMulV2: product('adj_x'),
  Conv2D: (output, input) => 2 * sizeOf(output) * window(input(1)),
  Conv2DBackpropInput: (_, input) => 2 * sizeOf(input(2)) * window(input(1)),
  Conv2DBackpropFilter: (output, input) => 2 * sizeOf(input(2)) * window(output),
};

const sizeOf = ({ shape }: TensorType): number => shape.reduce((product, size) => product * size, 1);
const isSet = ({ attributes }: Op, name: string): boolean => attributes.find((attribute) => attribute.name === name)?.value === true;

function typeOf({ node, output }: Ref, nodes: Plan['nodes']): TensorType {
  const found = nodes.get(node)!;
  return found.kind === 'op' ? found.types[output]! : found.type;
}
