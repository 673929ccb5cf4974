export { fromLayers } from './from-layers.js';
export type { ApplyOptions, AtSite, KernelUse, Model, Output, ParameterSpec, Site } from './model.js';
export { unitsBehind } from './units.js';
