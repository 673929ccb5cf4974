export { doctor } from './doctor.mjs';
export { setup } from './setup.mjs';
