import type { Plan } from './plan.js';
import { isUniform } from './saved-model.js';

/** What became of an entry. */
export interface Description {
  readonly entry: string;
  /** Why it runs eagerly; null if it is compiled. */
  readonly eager: string | null;
  readonly graphs: readonly GraphDescription[];
}

/** One graph: an entry for inputs of one shape. */
export interface GraphDescription {
  readonly calls: number;
  /** How often each op stands in the graph. */
  readonly ops: { readonly [op: string]: number };
  /** Parts of the state that are read or written, and those that are written by an optimizer's own op. */
  readonly variables: number;
  readonly fused: number;
  /**
   * Constants of more than 64 elements that are not the same all over. Each should be something that never changes: what does must be
   * an input or a part of the state.
   */
  readonly constants: readonly { readonly shape: readonly number[]; readonly usedBy: readonly string[] }[];
}

const SMALL = 64;

export function describeGraph(calls: number, plan: Plan): GraphDescription {
  const ops: { [op: string]: number } = {};
  const constants: { shape: readonly number[]; usedBy: string[] }[] = [];
  for (const [i, node] of plan.nodes) {
    if (node.kind === 'op') ops[node.op] = (ops[node.op] ?? 0) + 1;
    if (node.kind !== 'constant' || node.type.shape.reduce((size, n) => size * n, 1) <= SMALL || isUniform(node.bytes, node.type.dtype))
      continue;
    const users = [...plan.nodes.values()].flatMap((user) =>
      user.kind === 'op' && user.inputs.some((ref) => ref.node === i) ? [user.op] : [],
    );
    constants.push({ shape: node.type.shape, usedBy: users });
  }
  return { calls, ops, constants, variables: plan.variables.length, fused: plan.fused.length };
}
