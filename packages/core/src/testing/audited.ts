import { type Composition, compose } from '../strategy/compose.js';
import type { AnyStrategy } from '../strategy/conflicts.js';
import type { GraphContext } from '../strategy/context.js';
import { TWIN } from '../strategy/graph-context.js';
import type { Guard } from './device-reads.js';
import { differences, type Fingerprint, fingerprint, memoriesIn, tensorsIn } from './fingerprint.js';

type Hook = (...args: unknown[]) => unknown;

const STEP_HOOKS = [
  'effective',
  'at',
  'trains',
  'batch',
  'loss',
  'gradients',
  'optimize',
  'updates',
  'track',
  'report',
  'predict',
] as const satisfies readonly (keyof AnyStrategy)[];

/** Run once each, and never compiled: they may read tensors, and arrange their memories anew. */
const BOUNDARY_HOOKS = ['beforeTask', 'restart', 'beforeStage', 'afterTask'] as const satisfies readonly (keyof AnyStrategy)[];

const HOST_HOOKS = ['feed', 'observe'] as const satisfies readonly (keyof AnyStrategy)[];

/**
 * The same strategy, whose hooks throw where they break their promises. Hooks of tensors are called twice: both calls must give the same
 * and leave what they got as it was; those of a step must not read a tensor. Host hooks must leave all but memories as it was.
 */
export function audited(strategy: AnyStrategy, guard: Guard): AnyStrategy {
  if ('parts' in strategy) return compose(...(strategy as Composition).parts.map((part) => audited(part, guard))) as unknown as AnyStrategy;
  const hooks = strategy as unknown as Record<string, Hook | undefined>;
  const wrapped = (names: readonly string[], wrap: (where: string, hook: Hook) => Hook) =>
    Object.fromEntries(names.flatMap((name) => (hooks[name] ? [[name, wrap(`'${strategy.name}'.${name}`, hooks[name])]] : [])));
  const inStep = (where: string, hook: Hook) => pure(where, hook, guard, 'step');
  const atBoundary = (where: string, hook: Hook) => pure(where, hook, guard, 'boundary');
  const { scan } = strategy;
  return {
    ...strategy,
    ...wrapped(STEP_HOOKS, inStep),
    ...wrapped(BOUNDARY_HOOKS, atBoundary),
    ...wrapped(HOST_HOOKS, confined),
    ...(scan && {
      scan: {
        start: atBoundary(`'${strategy.name}'.scan.start`, scan.start as Hook),
        add: inStep(`'${strategy.name}'.scan.add`, scan.add as Hook),
      },
    }),
  } as unknown as AnyStrategy;
}

function pure(where: string, hook: Hook, guard: Guard, kind: 'step' | 'boundary'): Hook {
  return (given, ...args) => {
    const ctx = given as GraphContext & { [TWIN](): GraphContext };
    const twin = ctx[TWIN]();
    return guard.allowing(() => {
      const seen = [ctx.parameters, ...args];
      const without = { memories: kind === 'boundary' };
      const before = fingerprint(seen, without);
      const saved = memoriesIn(args).map((memory) => [memory, memory.save()] as const);
      const call = (context: GraphContext): { result: unknown; print: Fingerprint } => {
        for (const [memory, snapshot] of kind === 'boundary' ? saved : []) memory.load(snapshot);
        const run = () => hook(watched(context, where, guard), ...args.map((arg) => callable(arg, guard)));
        const result = kind === 'step' ? guard.forbidding(where, run) : run();
        return { result, print: fingerprint(result) };
      };
      const [first, second] = [call(ctx), call(twin)];
      if (tensorsIn(seen).some((tensor) => tensor.isDisposed)) throw new Error(`${where} disposes a tensor that it got.`);
      refuse(where, 'changes what it gets', differences(before, fingerprint(seen, without)));
      refuse(where, 'gives something else when it is called again', differences(first.print, second.print));
      return first.result;
    });
  };
}

/** Tensors in the state of a host hook may be those of an earlier step. */
const HOST_HELD = { tensors: true, memories: true };

function confined(where: string, hook: Hook): Hook {
  return (ctx, ...args) => {
    const before = fingerprint(args, HOST_HELD);
    const result = hook(ctx, ...args);
    refuse(where, 'changes more than memories', differences(before, fingerprint(args, HOST_HELD)));
    return result;
  };
}

/** What a hook gets may have functions of the library's, as `taskGradients` of a step's result. */
function callable(arg: unknown, guard: Guard): unknown {
  if (typeof arg !== 'object' || arg === null || !('taskGradients' in arg)) return arg;
  const { taskGradients } = arg as { taskGradients(): unknown };
  return { ...arg, taskGradients: () => guard.allowing(taskGradients) };
}

/** The context, whose own work may read tensors, while what it calls back may not. */
function watched(ctx: GraphContext, where: string, guard: Guard): GraphContext {
  const back = <F extends (...args: never[]) => unknown>(f: F | undefined): F | undefined =>
    f && (((...args) => guard.forbidding(where, () => f(...args))) as F);
  const seeing = <O extends { at?: unknown }>(options: O | undefined): O | undefined =>
    options?.at ? { ...options, at: back(options.at as () => unknown) } : options;
  return {
    ...ctx,
    forward: (x, parameters, options) => guard.allowing(() => ctx.forward(x, parameters, seeing(options))),
    gradientsOf: (batch, loss, parameters, options) =>
      guard.allowing(() => ctx.gradientsOf(batch, back(loss), parameters, seeing(options))),
    perExample: (measure, batch, loss) => guard.allowing(() => ctx.perExample(measure, batch, back(loss)!)),
    gradientProducts: (batch, loss) => guard.allowing(() => ctx.gradientProducts(batch, back(loss))),
    kronecker: (batch, loss) => guard.allowing(() => ctx.kronecker(batch, back(loss)!)),
    loss: (outputs, batch) => guard.allowing(() => ctx.loss(outputs, batch)),
    rowLosses: (outputs, batch) => guard.allowing(() => ctx.rowLosses(outputs, batch)),
    uniform: (shape) => guard.allowing(() => ctx.uniform(shape)),
    normal: (shape) => guard.allowing(() => ctx.normal(shape)),
  };
}

function refuse(where: string, what: string, places: readonly string[]): void {
  if (places.length > 0) throw new Error(`${where} ${what}: ${places.join(', ')}.`);
}
