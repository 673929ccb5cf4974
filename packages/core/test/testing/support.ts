import { type AnyStrategy, momentum } from '../../src/index.js';
import type { Law } from '../../src/testing/laws/law.js';
import { runStraight } from '../../src/testing/laws/straight.js';
import { defaultModel, LEARN, once, type Subject } from '../../src/testing/subject.js';

const subjectOf = (create: () => AnyStrategy): Subject => ({
  create,
  scenarios: ['class'],
  model: defaultModel,
  optimizer: momentum(0.05),
  learn: LEARN,
  seed: 1,
});

/** What is wrong, by one law; '' if nothing is. */
export async function complaint(law: Law, create: () => AnyStrategy): Promise<string> {
  const subject = subjectOf(create);
  try {
    await law.check(
      subject,
      once(() => runStraight(subject)),
    );
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}
