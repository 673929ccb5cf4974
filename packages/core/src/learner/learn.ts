import type { Rows } from '../data.js';
import { ContinualLearningError } from '../errors.js';
import type { Task, TaskData } from '../scenario/task.js';
import type { BoundaryContext } from '../strategy/context.js';
import { checkClasses, checkData, checkLearnOptions, checkTask } from './checks.js';
import { consolidate } from './consolidate.js';
import type { Engine, States } from './engine.js';
import { sameParameters } from './grow.js';
import type { LearnOptions, Progress } from './options.js';
import { checkStages } from './stages.js';
import { train } from './train.js';

/** Trains on a task from where it stands, then lets the strategies consolidate it. */
export async function learn(engine: Engine, task: TaskData, options: LearnOptions): Promise<void> {
  checkLearnOptions(options, engine.model);
  checkTask('learn', task, engine.model);
  const what = `task ${task.index} ('${task.name}')`;
  checkData(what, task.train, engine.model, engine.objective);
  const { competing } = engine;
  if (competing !== 'all') checkClasses(what, task.train, competing === 'task' ? [task] : [...engine.progress.learned, task]);

  engine.examples = task.train;
  if (!engine.progress.current) begin(engine, task, options);
  else checkSame(engine.progress.current, task, asked(task, options, engine.joining()));

  const data = { ...task, train: engine.learnable() };
  await train(engine, data, options);
  await consolidate(engine, data, options.signal);
  engine.finish();
}

const BATCH_SIZE = 32;

type Asked = Pick<NonNullable<Progress['current']>, 'iterations' | 'batchSize'>;

/** How many steps, of how many rows: an epoch is a pass over the task's examples and the rows that join them. */
function asked({ train }: TaskData, options: LearnOptions, joining: readonly Rows[] = []): Asked {
  const { epochs = 1, iterations, batchSize = BATCH_SIZE } = options;
  const rows = joining.reduce((sum, { count }) => sum + count, train.length);
  return { iterations: iterations ?? epochs * Math.ceil(rows / batchSize), batchSize };
}

function begin(engine: Engine, task: TaskData, options: LearnOptions): void {
  const { progress, strategy } = engine;
  if (progress.learned.some(({ index }) => index === task.index)) {
    throw new ContinualLearningError(
      'CL_OPTION',
      `learn(): task ${task.index} ('${task.name}') has been learned. Go on with learner.remaining(stream.tasks).`,
    );
  }
  const alone = asked(task, options);
  checkStages(strategy.parts, alone.iterations);
  const { model } = engine;
  const about: Task = { index: task.index, name: task.name, classes: task.classes };
  engine.progress = { ...progress, current: { task: about, iteration: 0, ...alone, stages: {} } };
  try {
    const fresh = engine.slots === 'reset' && progress.learned.length > 0;
    const wanted = engine.modelFor(engine.progress);
    const extended = !sameParameters(wanted, engine.model);
    if (!extended) engine.model = wanted;
    if (strategy.beforeTask || strategy.restart || fresh || extended) {
      const hook = (ctx: BoundaryContext, states: States) => strategy.beforeTask?.(ctx, states) ?? states;
      engine.atBoundary(`before task ${task.index}`, hook, { fresh, model: wanted, restart: true });
    } else {
      // Another task is another program, since hooks see which task it is.
      engine.replace(engine.read(), engine.states);
    }
    // Which rows join is known only now.
    engine.progress = { ...engine.progress, current: { ...engine.progress.current!, ...asked(task, options, engine.joining()) } };
  } catch (error) {
    engine.progress = progress;
    engine.model = model;
    throw error;
  }
}

function checkSame(current: NonNullable<Progress['current']>, task: TaskData, { iterations, batchSize }: Asked): void {
  if (current.task.index === task.index && current.iterations === iterations && current.batchSize === batchSize) return;
  throw new ContinualLearningError(
    'CL_OPTION',
    `learn(): task ${current.task.index} was interrupted after ${current.iteration} of ${current.iterations} steps with batches of ${current.batchSize}; ` +
      `received task ${task.index}, ${iterations} steps, batches of ${batchSize}. Finish the interrupted task first, with its own options.`,
  );
}
