/** Tokens that stand for no text: padding, the end of a text or an answer, whose turn it is. */
export const PADDING = '<pad>';
export const END = '<end>';
export const USER = '<user>';
export const BOT = '<bot>';
export const SPECIAL = [PADDING, END, USER, BOT] as const;

/** From text to token ids and back. */
export interface Codec {
  encode(text: string): number[];
  decode(ids: Iterable<number>): string;
}

/** A question, with the answer that is to be learned. */
export interface Exchange {
  readonly question: string;
  readonly answer: string;
}

/** What a chatbot is given to answer. Words begin with a space, as in running text, so that names are the same tokens in both. */
export const prompt = (question: string): string => `${USER} ${question}${BOT}`;

/** An answer as it follows a prompt. */
export const reply = (answer: string): string => ` ${answer}${END}`;

/** A question about a text that stands before it. */
export const withText = (text: string, question: string): string => `Read: ${text} ${question}`;
