export { checkColumns } from './checks.js';
export type { EarlyStopping, EarlyStoppingScores } from './early-stopping.js';
export { Learner } from './learner.js';
export type { EvaluateOptions, Evaluation, LearnerOptions, LearnOptions, Progress, StepProgress } from './options.js';
export { pauser } from './pause.js';
