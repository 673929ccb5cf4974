export { inputFactors, kroneckerFactors } from './factors.js';
export { fromMatrices, type MatrixLayer, matrixLayers, toMatrices } from './layers.js';
export { balanced, damped, KRONECKER_SUMS, type Kronecker, type KroneckerSum, kroneckerSum } from './sum.js';
