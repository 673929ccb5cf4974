import type * as esm from './index.mjs' with { 'resolution-mode': 'import' };

export type * from './types.mjs' with { 'resolution-mode': 'import' };
export declare const doctor: typeof esm.doctor;
export declare const setup: typeof esm.setup;
