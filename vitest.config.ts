import { readdirSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const folders = ['packages', 'apps'].flatMap((parent) => readdirSync(parent).map((name) => ({ name, root: `${parent}/${name}` })));

// Tests run on the sources, so that a red test never waits for a build.
const conditions = ['@cl/source', 'module', 'import', 'default'];

export default defineConfig({
  test: {
    projects: folders.map(({ name, root }) => ({
      resolve: { conditions },
      ssr: { resolve: { conditions } },
      test: {
        name,
        root,
        include: ['{src,test}/**/*.test.ts'],
        typecheck: { enabled: true, include: ['{src,test}/**/*.test-d.ts'], tsconfig: './tsconfig.json' },
        pool: 'forks',
        testTimeout: 30_000,
      },
    })),
    maxWorkers: 2,
    coverage: { provider: 'v8', include: ['{packages,apps}/*/src/**/*.ts'], reporter: ['text-summary', 'html', 'json-summary'] },
  },
});
