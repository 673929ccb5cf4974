#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { doctor, setup } from '../setup/index.mjs';
import { ownCommand } from '../setup/own-package.mjs';
import { describeCure, describeDoctor, describeResult, makeReporter } from '../setup/print.mjs';

const HELP = {
  '': `cl-node: native TensorFlow for Node

  setup    put it on this machine, once for all projects
  doctor   say what is there, what is not, and what to do

Each has --help. Exit codes: 0 native TensorFlow works, 1 it does not, 2 wrong arguments.`,
  setup: `cl-node setup: put native TensorFlow on this machine, once for all projects

Takes what works already; else the library out of a Python wheel (needs Python 3 with pip, and a C++ compiler); else
TensorFlow.js' own download. Without any of these everything runs on pure JavaScript, much slower.

  --gpu                the build for NVIDIA GPUs, with NVIDIA's libraries: about 2.4 GB to download. --no-gpu: back to the CPU
  --force, --repair    build again even if everything looks right
  --from-postinstall   warn in two lines and exit 0 when it does not work

Environment
  TF_NATIVE_WHEEL    a tensorflow wheel file to use instead of downloading one
  TF_NATIVE_DEVICE   gpu or cpu, where no option can be given
  TF_NATIVE_SKIP     1: with --from-postinstall, do nothing
  XDG_CACHE_HOME     where the libraries go (650 MB), if not into the user's cache folder
  PYTHON, CXX        Python and compiler to use. pip's own variables and configuration hold too.

Examples
  npx @cl/node setup
  TF_NATIVE_WHEEL=./tensorflow_cpu-2.16.2-….whl npx @cl/node setup --force`,
  doctor: `cl-node doctor: say what is there, what is not, and what to do

  --json    the same as one JSON document

Examples
  npx @cl/node doctor
  npx @cl/node doctor --json | jq .problems`,
};

/** Wrong arguments: a sentence is enough, a stack is not. */
class UsageError extends Error {}

/** @param {string[]} args */
function readArguments(args) {
  /** @type {import('node:util').ParseArgsConfig['options']} */
  const flags = { help: { type: 'boolean', short: 'h' } };
  const [command] = args;
  if (command === 'setup') for (const name of ['gpu', 'no-gpu', 'force', 'repair', 'from-postinstall']) flags[name] = { type: 'boolean' };
  if (command === 'doctor') flags.json = { type: 'boolean' };
  try {
    return parseArgs({ args, options: flags, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** @param {Readonly<Record<string, unknown>>} flags @returns {Promise<number>} exit code */
async function runSetup(flags) {
  const quiet = flags['from-postinstall'] === true;
  if (quiet && process.env.TF_NATIVE_SKIP) return 0;
  const gpu = flags.gpu ? true : flags['no-gpu'] ? false : undefined;
  const result = await setup({ gpu, force: Boolean(flags.force || flags.repair), quick: quiet, report: makeReporter(process.stdout) });
  if (result.ok) {
    console.log(describeResult(result));
    return 0;
  }
  console.error(`${describeResult(result)}\n${describeCure(result, ownCommand('setup'))}`);
  return quiet ? 0 : 1;
}

/** @param {Readonly<Record<string, unknown>>} flags @returns {Promise<number>} exit code */
async function runDoctor(flags) {
  const report = await doctor();
  console.log(flags.json ? JSON.stringify(report, null, 2) : describeDoctor(report, process.stdout));
  return report.ok ? 0 : 1;
}

/** @param {string[]} args @returns {Promise<number>} exit code */
async function main(args) {
  const { values, positionals } = readArguments(args);
  const [command = ''] = positionals;
  const help = HELP[/** @type {keyof typeof HELP} */ (command)];
  if (positionals.length > 1 || help === undefined)
    throw new UsageError(`Unknown command: ${positionals.join(' ')}. There are setup and doctor.`);
  if (values.help || command === '') {
    console.log(help);
    return 0;
  }
  return command === 'setup' ? runSetup(values) : runDoctor(values);
}

// Leaving through exit() lets a build remove its unfinished folder.
for (const [signal, code] of /** @type {const} */ ([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]))
  process.once(signal, () => process.exit(code));

const args = process.argv.slice(2);
try {
  process.exitCode = await main(args);
} catch (error) {
  const wrongArguments = error instanceof UsageError;
  console.error(wrongArguments ? `cl-node: ${error.message}` : error);
  // An installation must not fail over what is only a matter of speed.
  process.exitCode = args.includes('--from-postinstall') ? 0 : wrongArguments ? 2 : 1;
}
