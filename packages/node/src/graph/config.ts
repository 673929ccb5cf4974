/** What is told to a session about how to run. */
export interface SessionConfig {
  /** How many threads one op may use; null: as TensorFlow has it. */
  readonly threads: number | null;
  /**
   * How many ops may run at once; null: as TensorFlow has it. With 1 they run one after another in an order that is settled once, instead of
   * each telling the next ones that it is ready.
   */
  readonly atOnce: number | null;
}

const EXECUTOR = new TextEncoder().encode('SINGLE_THREADED_EXECUTOR');

/** All sessions share one pool of this name. The pool that TensorFlow has for everything has as many threads as its first session asked for. */
const POOL = new TextEncoder().encode('continual-learning');

/**
 * A ConfigProto of these, as TensorFlow reads it from bytes: `intra_op_parallelism_threads`, `session_inter_op_thread_pool` with `num_threads` and
 * `global_name`, and `experimental.executor_type`.
 */
export function configBytes({ threads, atOnce }: SessionConfig): Uint8Array {
  const within = threads === null ? [] : number(2, threads);
  const pool = atOnce === null || atOnce === 1 ? [] : field(12, [...number(1, atOnce), ...field(2, POOL)]);
  const executor = atOnce === 1 ? field(16, field(3, EXECUTOR)) : [];
  return Uint8Array.from([...within, ...pool, ...executor]);
}

const number = (field: number, value: number): number[] => [...varint(field << 3), ...varint(value)];

/** A field whose value has a length: text, or a message. */
const field = (number: number, value: ArrayLike<number>): number[] => [
  ...varint((number << 3) | 2),
  ...varint(value.length),
  ...Array.from(value),
];

/** Seven bits a byte, the lowest first; the eighth says that more follow. */
function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}
