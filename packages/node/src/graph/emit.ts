import type { NodeDef } from '@tensorflow/tfjs-node-gpu/dist/proto/api_pb.js';
import { DT } from './backend.js';
import type { Plan } from './plan.js';
import type { Node, Ref, TensorType } from './recorder.js';
import { attributeValue, nodeDef, savedModel, shapeValue, stringValue, tensorValue, typeValue } from './saved-model.js';

/** Names in an emitted graph. Nodes of the step itself are called by their op, for messages of TensorFlow's that say which one failed. */
export const names = {
  input: (index: number): string => `input_${index}`,
  output: (index: number): string => `output_${index}`,
  /** Fetched when there is nothing else to fetch: a session runs nothing but what leads to a fetch. */
  done: 'done',
  /** Feeds and fetches of a variable: its value, a new value, and a sign that it took it. */
  value: (variable: number): string => `value_${variable}`,
  given: (variable: number): string => `given_${variable}`,
  taken: (variable: number): string => `taken_${variable}`,
};

const variableName = (variable: number): string => `variable_${variable}`;
const BARRIER = 'barrier';

/**
 * A plan as a SavedModel. Order inside of a step: everything that is computed, then the barrier, then every assignment, then the
 * outputs. So a step that fails assigns nothing. If the state is fed, it is inputs like the others.
 */
export function emit(plan: Plan, stateTypes: readonly TensorType[], fed: boolean): Uint8Array {
  const out: NodeDef[] = [];
  const nameOf = (ref: Ref): string => `${nodeName(ref.node, plan.nodes.get(ref.node)!)}:${ref.output}`;

  if (!fed) for (const variable of plan.variables) out.push(...variableNodes(variable, stateTypes[variable]!));
  for (const [i, node] of plan.nodes) if (fed || node.kind !== 'state') out.push(...stepNodes(i, node, nameOf));

  const before = [
    ...plan.outputs,
    ...plan.checks,
    ...plan.assigned.map(({ value }) => value),
    ...plan.fused.flatMap(({ rule }) => Object.values(rule.inputs)),
  ];
  out.push(nodeDef(BARRIER, 'NoOp', [...new Set(before.map((ref) => `^${nodeName(ref.node, plan.nodes.get(ref.node)!)}`))], {}));

  const writes = [
    ...plan.assigned.map(({ variable, value }) =>
      assignment(`assign_${variable}`, variable, nameOf(value), stateTypes[variable]!, [`^${BARRIER}`]),
    ),
    ...plan.fused.flatMap((fused) => fusedNodes(fused, nameOf)),
  ];
  out.push(...writes.map(({ node }) => node));
  const after = [`^${BARRIER}`, ...writes.filter(({ waits }) => waits).map(({ name }) => `^${name}`)];
  out.push(...outputNodes(plan, nameOf, after));
  return savedModel(out);
}

interface Write {
  readonly name: string;
  readonly node: NodeDef;
  /** False for a constant that belongs to a write. */
  readonly waits: boolean;
}

function nodeName(index: number, node: Node): string {
  if (node.kind === 'input') return names.input(node.index);
  if (node.kind === 'state') return names.value(node.index);
  return `${node.kind === 'op' ? node.op : 'constant'}_${index}`;
}

function variableNodes(variable: number, { shape, dtype }: TensorType): NodeDef[] {
  const [name, given, load] = [variableName(variable), names.given(variable), `load_${variable}`];
  const type = typeValue(dtype);
  return [
    nodeDef(name, 'VarHandleOp', [], { dtype: type, shape: shapeValue(shape), shared_name: stringValue(name), container: stringValue('') }),
    nodeDef(names.value(variable), 'ReadVariableOp', [`${name}:0`], { dtype: type }),
    nodeDef(given, 'Placeholder', [], { dtype: type, shape: shapeValue(shape) }),
    assignment(load, variable, `${given}:0`, { shape, dtype }, []).node,
    signal(names.taken(variable), [`^${load}`]),
  ];
}

function assignment(name: string, variable: number, value: string, { dtype }: TensorType, after: readonly string[]): Write {
  const node = nodeDef(name, 'AssignVariableOp', [`${variableName(variable)}:0`, value, ...after], { dtype: typeValue(dtype) });
  return { name, node, waits: true };
}

/** A scalar to fetch once something is done. */
const signal = (name: string, after: readonly string[]): NodeDef =>
  nodeDef(name, 'Const', [...after], { dtype: typeValue(DT.int32), value: tensorValue({ shape: [], dtype: DT.int32 }, new Uint8Array(4)) });

function stepNodes(index: number, node: Node, nameOf: (ref: Ref) => string): NodeDef[] {
  const name = nodeName(index, node);
  if (node.kind === 'op') {
    const attributes = Object.fromEntries(node.attributes.map((attribute) => [attribute.name, attributeValue(attribute)]));
    return [nodeDef(name, node.op, node.inputs.map(nameOf), attributes)];
  }
  const { shape, dtype } = node.type;
  if (node.kind === 'constant') return [nodeDef(name, 'Const', [], { dtype: typeValue(dtype), value: tensorValue(node.type, node.bytes) })];
  return [nodeDef(name, 'Placeholder', [], { dtype: typeValue(dtype), shape: shapeValue(shape) })];
}

function fusedNodes({ rule: { rule, inputs, attributes }, variables }: Plan['fused'][number], nameOf: (ref: Ref) => string): Write[] {
  const name = `apply_${variables[0]}`;
  const constants: Write[] = [];
  const constant = (label: string, value: number): string => {
    const bytes = new Uint8Array(Float32Array.of(value).buffer);
    const type = { shape: [], dtype: DT.float32 };
    const own = `${name}_${label}`;
    constants.push({
      name: own,
      waits: false,
      node: nodeDef(own, 'Const', [], { dtype: typeValue(DT.float32), value: tensorValue(type, bytes) }),
    });
    return `${own}:0`;
  };
  const handles = variables.map((variable) => `${variableName(variable)}:0`);
  const [rate, gradient] = [nameOf(inputs.rate!), nameOf(inputs.gradient!)];
  const operands = {
    sgd: () => [rate, gradient],
    momentum: () => [rate, gradient, constant('momentum', attributes.momentum!)],
    // The powers of beta are 0, as rate and epsilon carry both corrections; so epsilon stands where PyTorch has it.
    adam: () => [
      constant('power1', 0),
      constant('power2', 0),
      rate,
      constant('beta1', attributes.beta1!),
      constant('beta2', attributes.beta2!),
      nameOf(inputs.epsilon!),
      gradient,
    ],
  };
  const op = { sgd: 'ResourceApplyGradientDescent', momentum: 'ResourceApplyMomentum', adam: 'ResourceApplyAdam' }[rule];
  const node = nodeDef(name, op, [...handles, ...operands[rule](), `^${BARRIER}`], { T: typeValue(DT.float32) });
  return [...constants, { name, node, waits: true }];
}

/** One output waits for the assignments; with it, the whole run does. */
function outputNodes({ outputs, nodes }: Plan, nameOf: (ref: Ref) => string, after: readonly string[]): NodeDef[] {
  if (outputs.length === 0) return [signal(names.done, after)];
  return outputs.map((ref, i) =>
    nodeDef(names.output(i), 'Identity', [nameOf(ref), ...(i === 0 ? after : [])], { T: typeValue(typeOf(ref, nodes)) }),
  );
}

function typeOf({ node, output }: Ref, nodes: Plan['nodes']): number {
  const found = nodes.get(node)!;
  return found.kind === 'op' ? found.types[output]!.dtype : found.type.dtype;
}
