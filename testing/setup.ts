// What the contract suite of @cl/core/testing runs on in this repository. Nothing is loaded before a contract asks for it: most test files
// have none. This is `contractSetup()` without an import of the suite.
(globalThis as Record<symbol, unknown>)[Symbol.for('@cl/contract')] = {
  async prepare() {
    const tf = await import('@tensorflow/tfjs');
    // Without the advertisement for the native back end.
    tf.env().set('IS_TEST', true);
  },
  async platforms() {
    const { nativePlatforms } = await import('./backends.js');
    return nativePlatforms();
  },
};
