import { random } from '@cl/core';
import { beforeAll, describe, it, vi } from 'vitest';
import { agreesEverywhere } from '../../../../packages/core/src/testing/laws/platforms.js';
import { runStraight } from '../../../../packages/core/src/testing/laws/straight.js';
import { prepareCpu } from '../../../../packages/core/src/testing/setup.js';
import { once } from '../../../../packages/core/src/testing/subject.js';
import { legal, subjectOf } from './pairs.js';

beforeAll(prepareCpu);
vi.setConfig({ testTimeout: 60_000 });

/** Compiling takes most of a pair's time, so not all are tried: another sample each day, or that of `CL_PAIRS_SEED`. */
const COUNT = 12;
const seed = Number(process.env.CL_PAIRS_SEED ?? Math.floor(Date.now() / 86_400_000));
const sample = [...random(seed, 'pairs').sample(COUNT, legal.length)].map((i) => legal[i]!);

describe(`${COUNT} of ${legal.length} legal pairs, CL_PAIRS_SEED=${seed}, compute the same on every platform, compiled and not`, () => {
  it.each(sample.map(({ names }) => ({ pair: names.join('+'), names })))('$pair', async ({ names }) => {
    const subject = subjectOf(names);
    await agreesEverywhere([]).check(
      subject,
      once(() => runStraight(subject)),
    );
  });
});
