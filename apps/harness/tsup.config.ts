import { defineConfig } from 'tsup';

export default defineConfig({
  // `figures`: what the generator of the docs draws with.
  entry: ['src/cli.ts', 'src/worker.ts', 'src/study/figures.ts'],
  format: ['esm'],
  target: 'node20',
  splitting: true,
  clean: true,
});
