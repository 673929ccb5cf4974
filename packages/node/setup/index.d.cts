import type { DoctorOptions, DoctorReport, SetupOptions, SetupResult } from './types.d.mts';

export type * from './types.d.mts';

/**
 * Puts native TensorFlow under every installed copy of @tensorflow/tfjs-node-gpu: what works already; else the library
 * out of a Python wheel and one compiler call; else TensorFlow.js' own download. Does not throw when none works: the
 * result then says why, and the pure JavaScript back end remains.
 *
 * @example
 * import { setup } from '@cl/node/setup';
 * const { ok, version, failures } = await setup({ report: ({ text }) => console.error(text) });
 */
export declare function setup(options?: SetupOptions): Promise<SetupResult>;

/**
 * Looks at everything native TensorFlow depends on, and loads it once in a child process.
 *
 * @example
 * import { doctor } from '@cl/node/setup';
 * const { ok, problems } = await doctor();
 */
export declare function doctor(options?: DoctorOptions): Promise<DoctorReport>;
