export { Learner } from './learner.js';
export type { EvaluateOptions, Evaluation, LearnerOptions, LearnOptions, Progress, StepProgress } from './options.js';
export { type UntilNoBetterOptions, untilNoBetter } from './until-no-better.js';
