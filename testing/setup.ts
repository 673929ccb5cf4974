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
    const { nativePlatforms, webAssembly } = await import('./backends.js');
    const native = await nativePlatforms();
    return [await webAssembly(), ...(typeof native === 'string' ? [] : native)];
  },
};

// Files share a process. Each begins where a process begins: in pure JavaScript, whatever the file before it used.
const { _tfengine: engine } = globalThis as { _tfengine?: { readonly backendName: string; setBackend(name: string): Promise<boolean> } };
if (engine?.backendName === 'tensorflow') await engine.setBackend('cpu');

export {};
