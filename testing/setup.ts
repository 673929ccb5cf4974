// What the contract suite of @cl/core/testing runs on in this repository. Nothing is loaded before a contract asks for it: most test files
// have none. This is `contractSetup()` without an import of the suite.
(globalThis as Record<symbol, unknown>)[Symbol.for('@cl/contract')] = {
  async prepare() {
    const tf = await import('@tensorflow/tfjs');
    await tf.setBackend('cpu');
    // The first tensor makes it advertise the native back end, but not in tests.
    tf.env().set('IS_TEST', true);
    tf.scalar(0).dispose();
    tf.env().set('IS_TEST', false);
  },
  async platforms() {
    const { nativePlatforms } = await import('./backends.js');
    return nativePlatforms();
  },
};
