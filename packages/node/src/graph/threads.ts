import type { NodeBackend } from './backend.js';
import type { Plan } from './plan.js';
import type { Node, Ref, TensorType } from './recorder.js';

/**
 * From here on two threads beat one, on the machine where this was measured (training steps of MLPs, batches of 10 to 256, widths of 200
 * to 2000, see docs/guide/speed.md): one product of matrices as large as 128 × 784 by 784 × 600, or a tensor that no cache of one
 * processor holds. Below, the time that threads take to wake each other is longer than what they save.
 */
const LARGE = { operations: 120e6, elements: 2 ** 20 };

/** How many threads the ops of a graph should use: 1 if all are small; null, TensorFlow's own choice, if not or if the user has chosen. */
export function threadsFor(plan: Plan): number | null {
  if (process.env.TF_NUM_INTRAOP_THREADS !== undefined) return null;
  for (const node of plan.nodes.values()) if (isLarge(node, plan)) return null;
  return 1;
}

/**
 * Whether ops run one after another anyway: on the CPU, unless the user has asked for threads that share out the ops of a step. On a GPU
 * they hand over values between devices, which has its own ways.
 */
export const runsInOrder = ({ isUsingGpuDevice }: Pick<NodeBackend, 'isUsingGpuDevice'>): boolean =>
  !isUsingGpuDevice && process.env.TF_NUM_INTEROP_THREADS === '-1';

function isLarge(node: Node, { nodes }: Plan): boolean {
  if (node.kind !== 'op') return sizeOf(node.type) > LARGE.elements;
  if (node.types.some((type) => sizeOf(type) > LARGE.elements)) return true;
  const count = OPERATIONS[node.op];
  return count !== undefined && count(node.types[0]!, (i) => typeOf(node.inputs[i]!, nodes), node) > LARGE.operations;
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
