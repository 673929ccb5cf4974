export { Learner } from './learner.js';
export type { EvaluateOptions, Evaluation, LearnerOptions, LearnOptions, Progress, StepProgress } from './options.js';
