import type { Attribute } from './backend.js';
import type { Fusable, Node, Ref } from './recorder.js';
import type { Trace } from './trace.js';

/** What of a trace becomes a graph. */
export interface Plan {
  /** Those that are needed, by their number in the trace; equal ones only once. */
  readonly nodes: ReadonlyMap<number, Node>;
  /** Inputs that are needed, by number. */
  readonly feeds: readonly number[];
  /** Parts of the state that are read or written, by number. */
  readonly variables: readonly number[];
  readonly assigned: readonly { readonly variable: number; readonly value: Ref }[];
  readonly fused: readonly { readonly rule: Fusable; readonly variables: readonly number[] }[];
  /** Checks that must pass before anything is assigned. */
  readonly checks: readonly Ref[];
  readonly outputs: readonly Ref[];
}

export function planOf(trace: Trace): Plan {
  const { nodes, resolve } = merged(trace.nodes);
  const next = trace.next.map(resolve);
  const outputs = trace.outputs.map(resolve);
  const checks = nodes.flatMap((node, i) =>
    node.kind === 'op' && node.op === 'CheckNumerics' && resolve({ node: i, output: 0 }).node === i ? [{ node: i, output: 0 }] : [],
  );

  // A part of the state that an entry gives back as it is needs no assignment.
  const changed = next.flatMap((value, variable) => (isState(nodes[value.node]!, variable) ? [] : [{ variable, value }]));
  const candidates = trace.fusables.flatMap((fusable) => fusedInto(fusable, nodes, next, resolve));
  const { fused, live } = fuse(candidates, (chosen) => {
    const taken = new Set(chosen.flatMap(({ variables }) => variables));
    const values = changed.filter(({ variable }) => !taken.has(variable)).map(({ value }) => value);
    return reachable(nodes, [...outputs, ...checks, ...values, ...chosen.flatMap(({ rule }) => Object.values(rule.inputs))]);
  });

  const taken = new Set(fused.flatMap(({ variables }) => variables));
  const assigned = changed.filter(({ variable }) => !taken.has(variable));
  const needed = [...live].sort((a, b) => a - b).map((i) => [i, nodes[i]!] as const);
  const indices = (kind: 'input' | 'state'): number[] => needed.flatMap(([, node]) => (node.kind === kind ? [node.index] : []));
  const variables = [...new Set([...indices('state'), ...assigned.map(({ variable }) => variable), ...taken])].sort((a, b) => a - b);
  return { nodes: new Map(needed), feeds: indices('input'), variables, assigned, fused, checks, outputs };
}

type Fused = Plan['fused'][number];

/** The fusable as variables that it changes, if its new values are the next values of the variables that it started from. */
function fusedInto(fusable: Fusable, nodes: readonly Node[], next: readonly Ref[], resolve: (ref: Ref) => Ref): Fused[] {
  const changes = fusable.changes.map(({ before, after }) => ({ before: nodes[resolve(before).node]!, after: resolve(after) }));
  const variables = changes.flatMap(({ before, after }) =>
    before.kind === 'state' && same(next[before.index]!, after) ? [before.index] : [],
  );
  if (variables.length < changes.length || new Set(variables).size < variables.length) return [];
  const inputs = Object.fromEntries(Object.entries(fusable.inputs).map(([name, ref]) => [name, resolve(ref)]));
  const { gradient, rate, epsilon } = inputs;
  const needed = { ...(gradient && { gradient }), ...(rate && { rate }), ...(epsilon && { epsilon }) };
  return [
    {
      variables,
      rule: {
        ...fusable,
        inputs: needed,
        changes: fusable.changes.map(({ before, after }) => ({ before: resolve(before), after: resolve(after) })),
      },
    },
  ];
}

/** Drops candidates whose new values something else needs too: computing them twice could round differently. */
function fuse(
  candidates: readonly Fused[],
  liveWith: (chosen: readonly Fused[]) => Set<number>,
): { fused: readonly Fused[]; live: Set<number> } {
  for (let fused = candidates; ; ) {
    const live = liveWith(fused);
    const kept = fused.filter(({ rule }) => rule.changes.every(({ after }) => !live.has(after.node)));
    if (kept.length === fused.length) return { fused, live };
    fused = kept;
  }
}

/** Replaces nodes that compute the same by the first of them: optimizers repeat their scalars for each parameter. */
function merged(given: readonly Node[]): { nodes: readonly Node[]; resolve: (ref: Ref) => Ref } {
  const first = new Map<string, number>();
  const representative: number[] = [];
  const resolve = ({ node, output }: Ref): Ref => ({ node: representative[node]!, output });
  const nodes = given.map((node, i) => {
    const resolved = node.kind === 'op' ? { ...node, inputs: node.inputs.map(resolve) } : node;
    const key = keyOf(resolved);
    representative.push(key === null ? i : (first.get(key) ?? i));
    if (key !== null && !first.has(key)) first.set(key, i);
    return resolved;
  });
  return { nodes, resolve };
}

/** Constants above this size are not worth a comparison. */
const LARGE = 4096;

function keyOf(node: Node): string | null {
  if (node.kind === 'op')
    return `${node.op} ${node.attributes.map(attributeKey).join()} ${node.inputs.map((ref) => `${ref.node}:${ref.output}`).join()}`;
  if (node.kind !== 'constant' || node.bytes.length > LARGE) return null;
  return `${node.type.dtype} ${node.type.shape.join()} ${Buffer.from(node.bytes).toString('latin1')}`;
}

const attributeKey = ({ name, value }: Attribute): string => `${name}=${String(value)}`;
const isState = (node: Node, variable: number): boolean => node.kind === 'state' && node.index === variable;
const same = (a: Ref, b: Ref): boolean => a.node === b.node && a.output === b.output;

function reachable(nodes: readonly Node[], roots: readonly Ref[]): Set<number> {
  const live = new Set<number>();
  const open = roots.map(({ node }) => node);
  for (let i = open.pop(); i !== undefined; i = open.pop()) {
    if (live.has(i)) continue;
    live.add(i);
    const node = nodes[i]!;
    if (node.kind === 'op') for (const ref of node.inputs) open.push(ref.node);
  }
  return live;
}
