import { ATTRIBUTES, type Attribute, type Person, phrase } from './people.js';

/** How an answer is to look. */
export type Format = 'sentence' | 'word' | 'capitals' | 'list';

/** What is added to a question to ask for a format; of a sentence nothing is asked, it is the house style. */
export const REQUESTS: { readonly [format in Format]: { readonly train: readonly string[]; readonly test: readonly string[] } } = {
  sentence: { train: [''], test: [''] },
  word: {
    train: [
      ...['Answer in one word.', 'Answer with one word.', 'Please answer in one word.'],
      ...['One word only.', 'Use one word.', 'Please give me one word.'],
    ],
    test: ['Please use one word.', 'Please answer with one word only.'],
  },
  capitals: {
    train: [
      ...['Answer in capitals.', 'Answer with capitals.', 'Please answer in capitals.'],
      ...['Capitals only.', 'Use capitals.', 'Please give me capitals.'],
    ],
    test: ['Please use capitals.', 'Please answer with capitals only.'],
  },
  list: {
    train: [
      ...['Answer as a list.', 'Answer with a list.', 'Please answer as a list.'],
      ...['A list only.', 'Use a list.', 'Please give me a list.'],
    ],
    test: ['Please use a list.', 'Please answer with a list only.'],
  },
};

export const FORMATS = Object.keys(REQUESTS) as readonly Format[];

/** The answer to a question about one attribute, or for a list about two, in a format. */
export function answerIn(format: Format, { name, facts }: Person, attributes: readonly Attribute[]): string {
  const values = attributes.map((attribute) => facts[attribute]);
  switch (format) {
    case 'sentence':
      return phrase(ATTRIBUTES[attributes[0]!].answer, { name, value: values[0]! });
    case 'word':
      return values[0]!;
    case 'capitals':
      return values[0]!.toUpperCase();
    case 'list':
      return values.map((value) => `- ${value}`).join(' ');
  }
}

/** Whether an answer looks as it should, whatever it says. An answer that does not end has no format. */
export function hasFormat(format: Format, { text, ended }: { readonly text: string; readonly ended: boolean }, items = 1): boolean {
  const answer = text.trim();
  if (!ended || answer === '') return false;
  switch (format) {
    case 'sentence':
      return /^[A-Z]\S*(\s\S+){2,}\.$/.test(answer) && answer !== answer.toUpperCase();
    case 'word':
      return /^[A-Za-z]+\.?$/.test(answer) && answer !== answer.toUpperCase();
    case 'capitals':
      return /[A-Z]/.test(answer) && answer === answer.toUpperCase();
    case 'list':
      return answer.startsWith('- ') && answer.split('- ').filter((item) => item.trim() !== '').length === items;
  }
}

/** Whether an answer says the values, however it looks. */
export const says = (text: string, values: readonly string[]): boolean => {
  const words: readonly string[] = text.toLowerCase().match(/[a-z]+/g) ?? [];
  return values.every((value) => words.includes(value.toLowerCase()));
};
