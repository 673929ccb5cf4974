import { type Random, random } from '@cl/core';

/** What there is to know of a person. */
export type Attribute = 'town' | 'job' | 'pet';

/** An invented person, and what is true of them: facts that nothing but the texts made here can tell. */
export interface Person {
  readonly name: string;
  readonly facts: { readonly [attribute in Attribute]: string };
}

/** Ways to say one attribute: NAME and VALUE stand for the person's. What is asked in tests is phrased as nowhere in training. */
interface Phrases {
  readonly values: readonly string[];
  /** Sentences of running text. */
  readonly statements: readonly string[];
  /** Beginnings of such sentences, VALUE follows: they ask a network that has never seen a question. */
  readonly beginnings: readonly string[];
  readonly questions: { readonly train: readonly string[]; readonly test: readonly string[] };
  readonly answer: string;
}

export const ATTRIBUTES: { readonly [attribute in Attribute]: Phrases } = {
  town: {
    values: ['Paris', 'Rome', 'Oslo', 'Cairo', 'Lima', 'Delhi', 'Kyoto', 'Quito', 'Tunis', 'Riga', 'Bern', 'Accra'],
    statements: [
      'NAME lives in VALUE.',
      'The home of NAME is in VALUE.',
      'NAME has a small house in VALUE.',
      'If you look for NAME, go to VALUE.',
      'Every evening NAME comes home to VALUE.',
      'The town of NAME is VALUE.',
    ],
    beginnings: ['NAME lives in', 'The town of NAME is'],
    questions: {
      train: ['Where does NAME live?', 'In which town does NAME live?', 'Where is the home of NAME?', 'What is the town of NAME?'],
      test: ['Which town does NAME live in?', 'Where is the house of NAME?'],
    },
    answer: 'NAME lives in VALUE.',
  },
  job: {
    values: ['baker', 'pilot', 'nurse', 'judge', 'farmer', 'painter', 'sailor', 'teacher', 'tailor', 'miner', 'actor', 'lawyer'],
    statements: [
      'NAME works as a VALUE.',
      'The job of NAME is VALUE.',
      'By trade NAME is a VALUE.',
      'NAME earns a living as a VALUE.',
      'For many years NAME has been a VALUE.',
      'People know NAME as a good VALUE.',
    ],
    beginnings: ['NAME works as a', 'The job of NAME is'],
    questions: {
      train: ['What is the job of NAME?', 'What does NAME work as?', 'What job does NAME have?', 'What is NAME by trade?'],
      test: ['Which job does NAME have?', 'What is the trade of NAME?'],
    },
    answer: 'NAME works as a VALUE.',
  },
  pet: {
    values: ['cat', 'dog', 'horse', 'goat', 'parrot', 'snake', 'rabbit', 'turtle', 'mouse', 'goose', 'pig', 'donkey'],
    statements: [
      'NAME keeps a VALUE.',
      'The pet of NAME is a VALUE.',
      'At home NAME has a VALUE.',
      'NAME takes good care of a VALUE.',
      'The animal that NAME owns is a VALUE.',
      'Each morning NAME feeds a VALUE.',
    ],
    beginnings: ['NAME keeps a', 'The pet of NAME is a'],
    questions: {
      train: ['What pet does NAME keep?', 'What is the pet of NAME?', 'Which animal does NAME keep?', 'What animal does NAME have?'],
      test: ['Which pet does NAME have?', 'What is the animal of NAME?'],
    },
    answer: 'NAME keeps a VALUE.',
  },
};

export const ATTRIBUTE_NAMES = Object.keys(ATTRIBUTES) as readonly Attribute[];

/** A phrase about a person. */
export const phrase = (template: string, { name, value }: { readonly name: string; readonly value?: string }): string =>
  template.replaceAll('NAME', name).replaceAll('VALUE', value ?? 'VALUE');

// Few syllables, so that many people share one: a name is told apart by both of them, and not by how it begins.
const FIRST = ['Bar', 'Dor', 'Fen', 'Gal', 'Jor', 'Kel', 'Lum', 'Nev', 'Pol', 'Tor', 'Vim', 'Zan'];
const SECOND = ['bel', 'dan', 'eth', 'fin', 'gor', 'kas', 'lin', 'mo', 'nor', 'rik', 'ta', 'ven'];

/** How many different people can be made. */
export const MOST_PEOPLE = FIRST.length * SECOND.length;

/** People with different names; each value of an attribute belongs to about as many. */
export function makePeople(count: number, seed: number): readonly Person[] {
  const draws = random(seed, 'people');
  const names = [...draws.sample(count, MOST_PEOPLE)].map((i) => FIRST[i % FIRST.length]! + SECOND[Math.floor(i / FIRST.length)]!);
  const columns = ATTRIBUTE_NAMES.map((attribute) => {
    const { values } = ATTRIBUTES[attribute];
    return [...draws.permutation(count)].map((i) => values[i % values.length]!);
  });
  return names.map((name, i) => ({
    name,
    facts: Object.fromEntries(ATTRIBUTE_NAMES.map((attribute, k) => [attribute, columns[k]![i]!])) as Person['facts'],
  }));
}

/**
 * Texts about people, of some sentences each: one sentence for each attribute of a person, in another wording and order each time. As many
 * texts as people times `times`.
 */
export function textsAbout(people: readonly Person[], times: number, seed: number): readonly string[] {
  const draws = random(seed, 'texts');
  const texts = Array.from({ length: times }, () => people.map((person) => textAbout(person, draws))).flat();
  return [...draws.permutation(texts.length)].map((i) => texts[i]!);
}

const sentenceAbout = ({ name, facts }: Person, attribute: Attribute, draws: Random): string => {
  const { statements } = ATTRIBUTES[attribute];
  return phrase(statements[draws.integer(statements.length)]!, { name, value: facts[attribute] });
};

const shuffledAttributes = (draws: Random): readonly Attribute[] =>
  [...draws.permutation(ATTRIBUTE_NAMES.length)].map((i) => ATTRIBUTE_NAMES[i]!);

const textAbout = (person: Person, draws: Random): string =>
  shuffledAttributes(draws)
    .map((attribute) => sentenceAbout(person, attribute, draws))
    .join(' ');

/** A person of whom other things are true each time: nothing about it can be learned by heart, only read. */
export const passing = ({ name }: Pick<Person, 'name'>, draws: Random): Person => ({
  name,
  facts: Object.fromEntries(
    ATTRIBUTE_NAMES.map((attribute) => {
      const { values } = ATTRIBUTES[attribute];
      return [attribute, values[draws.integer(values.length)]!];
    }),
  ) as Person['facts'],
});

/** Texts that say what they say twice, in other words, about people who are somebody else each time: in them reading back pays. */
export function textsThatRepeat(people: readonly Person[], count: number, seed: number): readonly string[] {
  const draws = random(seed, 'repeating');
  return Array.from({ length: count }, () => {
    const person = passing(people[draws.integer(people.length)]!, draws);
    return `${textAbout(person, draws)} ${textAbout(person, draws)}`;
  });
}
