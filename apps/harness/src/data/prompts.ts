import type { Random } from '@cl/core';
import type { TextPair } from './seq2seq.js';

/** How a task may be asked for. */
interface Wording {
  /** What the input says, taken out of the words that it is asked with. */
  readonly given: RegExp;
  /** Ways to ask, with the names of what is given in braces. The first is the benchmark's own. */
  readonly templates: readonly string[];
}

/**
 * Wordings by task, each with those inputs that they are for. Haiku come in five wordings already, programs in one for each; questions are their
 * own.
 */
const WORDINGS: { readonly [task: string]: readonly Wording[] } = {
  simplification: [
    {
      given: /^Reformulate this text with simpler words: "(?<text>.*)"$/s,
      templates: ['Reformulate this text with simpler words: "{text}"', 'Simplify this text: "{text}"', 'Say it more simply: "{text}"'],
    },
  ],
  headline: (['starting with', 'containing', 'finishing with'] as const).map((how) => ({
    given: new RegExp(`^Make a title for this article, ${how} "(?<word>[^"]*)": (?<text>.*)$`, 's'),
    templates: [
      `Make a title for this article, ${how} "{word}": {text}`,
      `Write a headline ${how} "{word}" for this: {text}`,
      `A title ${how} "{word}": {text}`,
    ],
  })),
  covidqa: [
    {
      given: /^In the context of the COVID pandemic, (?<question>.*)$/s,
      templates: [
        'In the context of the COVID pandemic, {question}',
        'A question about COVID: {question}',
        'About the COVID pandemic: {question}',
      ],
    },
  ],
  esnli: (
    [
      ['are neutral to each other', 'have nothing to do with each other'],
      ['entail one another', 'mean the same'],
      ['contradict each other', 'cannot both be true'],
    ] as const
  ).map(([said, plainly]) => ({
    given: new RegExp(`^Explain why the two following sentences ${said}: "Sentence 1: (?<first>.*)"; Sentence 2: "(?<second>.*)"$`, 's'),
    templates: [
      `Explain why the two following sentences ${said}: "Sentence 1: {first}"; Sentence 2: "{second}"`,
      `Why do these sentences ${said.replace(/^are/, 'seem')}? "{first}" and "{second}"`,
      `Say why these ${plainly}: "{first}" / "{second}"`,
    ],
  })),
  wikisplit: [
    {
      given: /^Split this sentence into two simpler sentences: (?<text>.*)$/s,
      templates: [
        'Split this sentence into two simpler sentences: {text}',
        'Write this as two sentences: {text}',
        'Make two sentences of one: {text}',
      ],
    },
  ],
  pubmedqa: [
    {
      given: /^Answer the question from the abstract\. Question: (?<question>.*?) Abstract: (?<abstract>.*)$/s,
      templates: [
        'Answer the question from the abstract. Question: {question} Abstract: {abstract}',
        'What does the abstract conclude? {question} {abstract}',
        'Conclude: {question} Study: {abstract}',
      ],
    },
  ],
};

/** All ways in which a task's pair may be asked for, the benchmark's own first. */
export function promptsOf(task: string, { input }: TextPair): readonly [string, ...string[]] {
  for (const { given, templates } of WORDINGS[task] ?? []) {
    const parts = given.exec(input)?.groups;
    if (parts) return templates.map((template) => filled(template, parts)) as [string, ...string[]];
  }
  return [input];
}

/** One of the ways, each as likely. */
export function drawnPrompt(task: string, pair: TextPair, random: Random): string {
  const prompts = promptsOf(task, pair);
  return prompts[random.integer(prompts.length)]!;
}

const filled = (template: string, parts: { readonly [name: string]: string }): string =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => parts[name]!);
