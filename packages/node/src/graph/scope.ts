import * as tf from '@tensorflow/tfjs-core';

/** `tf.tidy` for any result: nothing leaves the scope but tensors that are kept, and the result is not searched for them. */
export function scoped<T>(body: () => T): T {
  let result: { readonly value: T } | null = null;
  tf.tidy(() => {
    result = { value: body() };
  });
  return result!.value;
}
