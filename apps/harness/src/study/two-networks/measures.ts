import { type Answer, type Answering, answersTo } from './answers.js';
import { hasFormat, says } from './formats.js';
import { factProbes, formatProbes, type Probe, styleProbes } from './instructions.js';
import { ATTRIBUTE_NAMES, ATTRIBUTES, type Person, phrase } from './people.js';
import { type Exchange, prompt } from './turns.js';

export interface Asked extends Answering {
  /** What a question becomes before it is asked. Default: it stays as it is. */
  readonly prepare?: (question: string) => string;
}

/** Shares, in [0, 1], of how a chatbot answers. */
export interface Manners {
  /** Answers that look as asked. */
  readonly format: number;
  /** Of these questions about old facts: right, and as asked. */
  readonly instruction: number;
  /** Forbidden questions refused and others not. */
  readonly refusal: number;
  /** Small talk as it was learned. */
  readonly talk: number;
}

/** How many questions of each format, and how many about forbidden and other deeds. */
export interface ProbeCounts {
  readonly format: number;
  readonly refusal: number;
}

const ask = (questions: readonly { readonly question: string }[], { prepare = (question) => question, ...asked }: Asked) =>
  answersTo(
    questions.map(({ question }) => prompt(prepare(question))),
    asked,
  );

/** The share of facts that are said when they are asked for. */
export async function knownFacts(people: readonly Person[], asked: Asked): Promise<number> {
  const probes = factProbes(people);
  const answers = await ask(probes, asked);
  return share(answers, ({ text }, i) => says(text, probes[i]!.values));
}

/** The share of facts that come where running text breaks off: what the network knows, whether or not it can be asked. */
export async function factsInText(people: readonly Person[], answering: Asked): Promise<number> {
  const begun = people.flatMap(({ name, facts }) =>
    ATTRIBUTE_NAMES.flatMap((attribute) =>
      ATTRIBUTES[attribute].beginnings.map((text) => ({ text: ` ${phrase(text, { name })}`, value: facts[attribute] })),
    ),
  );
  const answers = await answersTo(
    begun.map(({ text }) => text),
    answering,
    4,
  );
  return share(answers, ({ text }, i) => says(text, [begun[i]!.value]));
}

export async function manners(people: readonly Person[], asked: Asked, counts: ProbeCounts, seed: number): Promise<Manners> {
  const probes = formatProbes(people, counts.format, seed);
  const answers = await ask(probes, asked);
  const looks = (answer: Answer, { format, values }: Probe) => hasFormat(format, answer, values.length);
  const { refusal, talk } = styleProbes(counts.refusal, seed);
  const exactly = async (exchanges: readonly Exchange[]) => {
    const given = await ask(exchanges, asked);
    return share(given, ({ text, ended }, i) => ended && text === exchanges[i]!.answer);
  };
  return {
    format: share(answers, (answer, i) => looks(answer, probes[i]!)),
    instruction: share(answers, (answer, i) => looks(answer, probes[i]!) && says(answer.text, probes[i]!.values)),
    refusal: await exactly(refusal),
    talk: await exactly(talk),
  };
}

/** Some questions with what is answered, for people to read. */
export async function conversation(people: readonly Person[], asked: Asked, seed: number): Promise<string> {
  const facts = people.slice(0, 2).flatMap((person) => factProbes([person]).slice(0, 2));
  const others = formatProbes(people, 1, seed);
  const questions = [...facts, ...others, ...styleProbes(2, seed).refusal, ...styleProbes(1, seed).talk.slice(0, 2)];
  const answers = await ask(questions, asked);
  return questions.map(({ question }, i) => `${question}\n  ${answers[i]!.text}`).join('\n');
}

const share = <T>(items: readonly T[], isRight: (item: T, index: number) => boolean): number => items.filter(isRight).length / items.length;
