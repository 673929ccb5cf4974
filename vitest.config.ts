import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Type tests cost a run of the compiler, so only where there are some. */
const hasTypeTests = (root: string) =>
  existsSync(`${root}/test`) && readdirSync(`${root}/test`, { recursive: true }).some((file) => String(file).endsWith('.test-d.ts'));

const packages = ['packages', 'apps'].flatMap((parent) =>
  readdirSync(parent)
    .filter((name) => existsSync(`${parent}/${name}/package.json`))
    .map((name) => ({ name, root: `${parent}/${name}` })),
);

// Tests run on the sources, so that a red test never waits for a build.
const conditions = ['@cl/source', 'module', 'import', 'default'];

export default defineConfig({
  test: {
    projects: [
      ...packages.map(({ name, root }) => ({
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: {
          name,
          root,
          include: ['{src,test}/**/*.test.ts'],
          typecheck: { enabled: hasTypeTests(root), include: ['test/**/*.test-d.ts'], tsconfig: './tsconfig.json' },
          setupFiles: [resolve('testing/setup.ts')],
          pool: 'forks' as const,
          // Files share a process, so that TensorFlow loads once and not for each; tests of how it loads have one for each.
          isolate: name === 'node',
          testTimeout: 30_000,
        },
      })),
      // The repository's own rules and scripts.
      {
        resolve: {
          alias: { '@cl/core/testing': resolve('packages/core/src/testing/index.ts'), '@cl/core': resolve('packages/core/src/index.ts') },
        },
        test: {
          name: 'scripts',
          root: 'scripts',
          include: ['test/**/*.test.mjs'],
          setupFiles: [resolve('testing/setup.ts')],
          testTimeout: 60_000,
        },
      },
    ],
    maxWorkers: 2,
    // TensorFlow.js greets every process that runs without native TensorFlow, as most tests do on purpose.
    onConsoleLog: (text) => (text.includes('Hi, looks like you are running TensorFlow.js in Node.js') ? false : undefined),
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts', 'apps/*/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/*.test-d.ts'],
      reporter: ['text-summary', 'html', 'json-summary'],
      thresholds: { 'packages/*/src/**': { lines: 85, functions: 85, branches: 75 } },
    },
  },
});
