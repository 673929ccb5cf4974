import { refused } from '../refused.js';
import type { Reader } from './bytes.js';

/** A function or class of Python's that a file names. */
export interface PythonName {
  readonly python: string;
  /** What stands for a call of it; a name without is never called. */
  call?(args: readonly unknown[]): unknown;
}

/** What names and references in a pickle mean. Both throw for what they do not know: nothing else can run. */
export interface Meanings {
  named(python: string): PythonName;
  referred(id: unknown): unknown;
}

interface Machine extends Meanings {
  readonly reader: Reader;
  readonly stack: unknown[];
  /** Lengths that the stack had at marks. */
  readonly marks: number[];
  readonly memo: Map<number, unknown>;
  readonly name: string;
}

/**
 * One object of Python's pickle format, as far as files of tensors have it: numbers, texts, lists (tuples too), maps, and calls of the names
 * that `meanings` knows. No code is run that is not here.
 *
 * @throws CL_CHECKPOINT for anything else.
 */
export function unpickle(reader: Reader, name: string, meanings: Meanings): unknown {
  const machine: Machine = { ...meanings, reader, name, stack: [], marks: [], memo: new Map() };
  const acts = instructions();
  for (;;) {
    const code = String.fromCharCode(reader.unsigned(1));
    if (code === '.') return pop(machine);
    const act = acts[code];
    if (!act) throw refused(`${name}: it has an instruction (${code.charCodeAt(0)}) that files of tensors have no use for.`);
    act(machine);
  }
}

const pop = (machine: Machine): unknown => {
  if (machine.stack.length === 0) throw refused(`${machine.name}: it is damaged: a value is missing.`);
  return machine.stack.pop();
};

/** All values since the last mark. */
function popToMark(machine: Machine): unknown[] {
  const mark = machine.marks.pop();
  if (mark === undefined || mark > machine.stack.length) throw refused(`${machine.name}: it is damaged: a mark is missing.`);
  return machine.stack.splice(mark);
}

const push = (value: unknown) => (machine: Machine) => void machine.stack.push(value);
const pushed = (value: (machine: Machine) => unknown) => (machine: Machine) => void machine.stack.push(value(machine));

/** The last so many values, in their order. */
const popped = (machine: Machine, count: number): unknown[] => Array.from({ length: count }, () => pop(machine)).reverse();

const top = ({ stack, name }: Machine): unknown => {
  if (stack.length === 0) throw refused(`${name}: it is damaged: a value is missing.`);
  return stack.at(-1);
};

function setItems(machine: Machine, items: readonly unknown[]): void {
  const map = top(machine);
  if (!(map instanceof Map)) throw refused(`${machine.name}: it is damaged: entries of what is no map.`);
  for (let i = 0; i + 1 < items.length; i += 2) map.set(items[i], items[i + 1]);
}

function append(machine: Machine, items: readonly unknown[]): void {
  const list = top(machine);
  if (!Array.isArray(list)) throw refused(`${machine.name}: it is damaged: items of what is no list.`);
  for (const item of items) list.push(item);
}

/** Only of texts: a list that has itself in it many times over would never end as one. */
function stackName(machine: Machine): unknown {
  const [module, name] = popped(machine, 2);
  if (typeof module === 'string' && typeof name === 'string') return machine.named(`${module}.${name}`);
  throw refused(`${machine.name}: it is damaged: a name is no text.`);
}

function call(machine: Machine): unknown {
  const [name, args] = popped(machine, 2) as [PythonName, unknown];
  if (typeof name?.call !== 'function' || !Array.isArray(args)) {
    throw refused(
      `${machine.name}: it calls ${name?.python ?? 'what cannot be called'}, which files of tensors have no use for. Nothing was run.`,
    );
  }
  return name.call(args);
}

/** Attributes: dictionaries of parameters have some, which nobody needs. */
function build(machine: Machine): void {
  pop(machine);
  if (!(top(machine) instanceof Map))
    throw refused(`${machine.name}: it sets attributes of an object, which files of tensors have no use for.`);
}

function integer({ reader, name }: Machine, size: number): number | bigint {
  let value = 0n;
  const bytes = reader.bytes(size);
  if (size > 16) throw refused(`${name}: it is damaged: a number of ${size} bytes.`);
  bytes.forEach((byte, i) => {
    value |= BigInt(byte) << BigInt(8 * i);
  });
  const signed = size > 0 ? BigInt.asIntN(8 * size, value) : 0n;
  return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
}

const remembered = (machine: Machine, place: number): unknown => {
  if (!machine.memo.has(place)) throw refused(`${machine.name}: it is damaged: it refers to what is not there.`);
  return machine.memo.get(place);
};
const remember = (machine: Machine, place: number) => void machine.memo.set(place, top(machine));

/** By the names in Python's `pickletools`. A function, so that a bundle which reads no pickles has none of it. */
const instructions = (): { readonly [code: string]: (machine: Machine) => void } => ({
  '\x80': ({ reader }) => void reader.unsigned(1), // PROTO
  '\x95': ({ reader }) => void reader.long(), // FRAME
  N: push(null),
  '\x88': push(true),
  '\x89': push(false),
  J: pushed(({ reader }) => reader.signed()), // BININT
  K: pushed(({ reader }) => reader.unsigned(1)),
  M: pushed(({ reader }) => reader.unsigned(2)),
  '\x8a': pushed((machine) => integer(machine, machine.reader.unsigned(1))), // LONG1
  G: pushed(({ reader }) => reader.float()),
  X: pushed(({ reader }) => reader.text(reader.unsigned(4))), // BINUNICODE
  '\x8c': pushed(({ reader }) => reader.text(reader.unsigned(1))),
  U: pushed(({ reader }) => reader.text(reader.unsigned(1))), // SHORT_BINSTRING, of Python 2
  T: pushed(({ reader }) => reader.text(reader.unsigned(4))),
  '}': (machine) => void machine.stack.push(new Map()),
  ']': (machine) => void machine.stack.push([]),
  ')': (machine) => void machine.stack.push([]),
  '(': ({ marks, stack }) => void marks.push(stack.length), // MARK
  t: pushed(popToMark), // TUPLE
  '\x85': pushed((machine) => popped(machine, 1)),
  '\x86': pushed((machine) => popped(machine, 2)),
  '\x87': pushed((machine) => popped(machine, 3)),
  s: (machine) => setItems(machine, popped(machine, 2)), // SETITEM
  u: (machine) => setItems(machine, popToMark(machine)),
  a: (machine) => append(machine, popped(machine, 1)), // APPEND
  e: (machine) => append(machine, popToMark(machine)),
  q: (machine) => remember(machine, machine.reader.unsigned(1)), // BINPUT
  r: (machine) => remember(machine, machine.reader.unsigned(4)),
  '\x94': (machine) => remember(machine, machine.memo.size), // MEMOIZE
  h: (machine) => void machine.stack.push(remembered(machine, machine.reader.unsigned(1))), // BINGET
  j: (machine) => void machine.stack.push(remembered(machine, machine.reader.unsigned(4))),
  c: pushed(({ reader, named }) => named(`${reader.line()}.${reader.line()}`)), // GLOBAL
  '\x93': pushed(stackName), // STACK_GLOBAL
  Q: pushed((machine) => machine.referred(pop(machine))), // BINPERSID
  R: pushed(call), // REDUCE
  b: build,
});
