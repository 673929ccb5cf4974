import { named, quadratic, total } from '@cl/core';
import type { NamedTensorMap, Scalar } from '@tensorflow/tfjs-core';

/** ½ Σᵢ importanceᵢ (θᵢ − anchorᵢ)² over the parameters that have an importance. */
export function pull(parameters: NamedTensorMap, anchor: NamedTensorMap, importance: NamedTensorMap): Scalar {
  return total(Object.entries(importance).map(([name, strength]) => quadratic(named(parameters, name), named(anchor, name), strength)));
}
