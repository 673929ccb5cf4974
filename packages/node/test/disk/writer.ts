// Writes checkpoints one after another until it is killed: node writer.js DIRECTORY.
import { createHash } from 'node:crypto';
import { directory } from '../../src/disk/index.js';

const store = directory(process.argv[2]!, { keep: 2 });
for (let i = 0; ; i++) {
  // A few files of some size, and in the manifest what they must be. Every other checkpoint takes the place of one before.
  const part = new Uint8Array(200_000).fill(i);
  const manifest = JSON.stringify({ i, sha256: createHash('sha256').update(part).digest('hex') });
  await store.write(i % 2 === 0 ? 'last' : `step-${i % 6}`, {
    'a.bin': part,
    'b.bin': part,
    'manifest.json': new TextEncoder().encode(manifest),
  });
  process.stdout.write(`${i}\n`);
}
