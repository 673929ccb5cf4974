export { Matrix } from 'ml-matrix';
export { cholesky, inverse, type Svd, type SymmetricEigen, solveLower, svd, symmetric, symmetricEigen } from './decompositions.js';
export { matrixOf, tensorOf } from './matrix.js';
