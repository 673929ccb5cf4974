export { inputFactors, kroneckerFactors, layerInputs } from './factors.js';
export { addFactors, type FactorSum, factorsOf, kroneckerOf, meanFactors, noFactors } from './fisher.js';
export { fromMatrices, type MatrixLayer, matrixLayers, toMatrices } from './layers.js';
export { kroneckerQuadratic, kroneckerTimes } from './product.js';
export { balanced, damped, KRONECKER_SUMS, type Kronecker, type KroneckerSum, kroneckerSum } from './sum.js';
