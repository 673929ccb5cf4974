import { randomFor } from '../random/index.js';
import { SCOPE, type Scoped } from '../strategy/compose.js';
import type { HostContext } from '../strategy/context.js';
import type { Engine } from './engine.js';

/** The context of host hooks. It reads the engine as it is when it is asked. */
export function hostContext(engine: Engine, hook: 'feed' | 'observe', owner = engine.strategy.name): HostContext & Scoped<HostContext> {
  const draws = randomFor(engine.seed, hook, owner);
  const scopes = new Map<string, HostContext & Scoped<HostContext>>();
  return {
    get task() {
      return engine.task;
    },
    get past() {
      return engine.progress.learned;
    },
    get model() {
      return engine.model;
    },
    get head() {
      return engine.head;
    },
    get stage() {
      return engine.progress.current?.stages[owner] ?? null;
    },
    get step() {
      return engine.progress.step;
    },
    get batchSize() {
      return engine.progress.current?.batchSize ?? 1;
    },
    get random() {
      return draws(engine.progress.step);
    },
    scenario: engine.scenario,
    batch: (rows, size = rows.count) =>
      engine.stepBatch(rows, size, () => draws('batch', rows.task[0] ?? 0, engine.progress.step), engine.competing !== 'task'),
    [SCOPE](part) {
      const known = scopes.get(part.name) ?? hostContext(engine, hook, part.name);
      scopes.set(part.name, known);
      return known;
    },
  };
}
