import { run } from './run.js';

/** What `npm start` shows: what is forgotten and what helps, on digits, in about a minute on two cores. Returns the exit code. */
export const demo = ({
  json,
  dryRun,
  command,
  flags,
}: {
  json: boolean;
  dryRun: boolean;
  command: string;
  flags: Readonly<Record<string, unknown>>;
}) =>
  run({
    name: 'cl demo',
    command,
    json,
    dryRun,
    flags,
    defaults: {
      benchmark: 'split-digits',
      scenarios: ['class', 'task'],
      strategies: ['finetune', 'joint', 'ewc', 'spg', 'lwf', 'agem', 'replay'],
      seeds: [1, 2, 3],
    },
    slow: {
      settings: { seeds: [1] },
      note: 'One seed in place of three, since without native TensorFlow it takes some minutes all the same.',
    },
    next: 'npx cl compare split-mnist --strategies ewc,replay,ewc+replay',
  });
