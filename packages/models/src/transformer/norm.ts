import { layerNorm, named, type ParameterSpec, rmsNorm } from '@cl/core';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import type { Through } from './parts.js';

export interface NormOptions {
  readonly name: string;
  readonly units: number;
  readonly epsilon: number;
  /** `layer`: mean and variance, scale and offset. `rms`: root mean square and scale. */
  readonly kind: 'layer' | 'rms';
}

/** Normalisation of the last axis. */
export function norm({ name, units, epsilon, kind }: NormOptions): Through {
  const [scale, offset] = [`${name}/scale`, `${name}/offset`];
  const spec = (initializer: 'ones' | 'zeros'): ParameterSpec => ({ shape: [units], role: 'trunk', initializer });
  return {
    parameters: { [scale]: spec('ones'), ...(kind === 'layer' && { [offset]: spec('zeros') }) },
    sites: [],
    apply(parameters, x) {
      const by = named(parameters, scale) as Tensor1D;
      return kind === 'rms' ? rmsNorm(x, by, epsilon) : layerNorm(x, by, named(parameters, offset) as Tensor1D, epsilon);
    },
  };
}
