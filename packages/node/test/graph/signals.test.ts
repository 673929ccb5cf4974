import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

const require = createRequire(import.meta.url);
const folder = dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json'));

/** True for an addon that was built with thread-guard.cc. */
const guarded = readFileSync(join(folder, 'lib', 'napi-v8', 'tfjs_binding.node')).includes('cl_TF_SessionRun');

/** Matrix products on the thread of JavaScript, which also has to handle signals, for three seconds. */
const PROGRAM = `
  process.env.TF_CPP_MIN_LOG_LEVEL = '3';
  const tf = require('@tensorflow/tfjs-node-gpu');
  process.on('SIGWINCH', () => undefined);
  const { binding } = tf.backend();
  const attributes = [
    { name: 'transpose_a', type: binding.TF_ATTR_BOOL, value: false },
    { name: 'transpose_b', type: binding.TF_ATTR_BOOL, value: false },
    { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
  ];
  const x = tf.ones([300, 300]);
  console.log('ready');
  for (const end = Date.now() + 3000; Date.now() < end; ) tf.backend().executeSingleOutput('MatMul', attributes, [x, x]).dispose();
`;

if (guarded) {
  it('lets signals wait while TensorFlow computes', async () => {
    const child = spawn(process.execPath, ['-e', PROGRAM], {
      cwd: join(import.meta.dirname, '..', '..'),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let timer: NodeJS.Timeout | undefined;
    child.stdout.once('data', () => {
      timer = setInterval(() => child.kill('SIGWINCH'), 3);
    });
    const ended = await new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
    clearInterval(timer);
    expect(ended).toBe(0);
  });
} else {
  it('needs an addon that was built with thread-guard.cc', () => {
    expect(guarded).toBe(false);
  });
}
