import { describe, expect, it } from 'vitest';
import { configBytes } from '../../src/graph/config.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('options of a session', () => {
  it('are a ConfigProto', () => {
    // Python: tf.compat.v1.ConfigProto(intra_op_parallelism_threads=1, experimental=…(executor_type='SINGLE_THREADED_EXECUTOR'))
    const executor = `8201${'1a'}1a18${Buffer.from('SINGLE_THREADED_EXECUTOR').toString('hex')}`;
    expect(hex(configBytes({ threads: 1, atOnce: 1 }))).toBe(`1001${executor}`);
    expect(hex(configBytes({ threads: null, atOnce: 1 }))).toBe(executor);
    expect(hex(configBytes({ threads: 200, atOnce: null }))).toBe('10c801');
    expect(configBytes({ threads: null, atOnce: null })).toHaveLength(0);
    // Python: tf.compat.v1.ConfigProto(intra_op_parallelism_threads=1, session_inter_op_thread_pool=[…(num_threads=2, global_name='continual-learning')])
    const pool = `6216${'0802'}1212${Buffer.from('continual-learning').toString('hex')}`;
    expect(hex(configBytes({ threads: 1, atOnce: 2 }))).toBe(`1001${pool}`);
  });
});
