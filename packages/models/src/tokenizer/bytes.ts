/**
 * GPT-2's 256 characters for bytes: those that can be seen stand for themselves, the others for those from U+0100 on, so that a space is Ġ.
 * No token has a space or a control character in it.
 */
export const SYMBOLS: readonly string[] = (() => {
  const seen = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let hidden = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(seen(byte) ? byte : hidden++));
})();

const BYTES: ReadonlyMap<string, number> = new Map(SYMBOLS.map((symbol, byte) => [symbol, byte]));

/** The UTF-8 bytes of a text, a symbol each. */
export const symbolsOf = (text: string): readonly string[] => Array.from(new TextEncoder().encode(text), (byte) => SYMBOLS[byte]!);

/** The text of symbols. Bytes that are no UTF-8, as those of a part of a character, become U+FFFD. */
export const textOf = (symbols: string): string =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(symbols, (symbol) => BYTES.get(symbol)!));

/** GPT-2's pieces of text, which no token reaches across: words and numbers with the space before them, punctuation, further spaces. */
const PIECES = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

export const piecesOf = (text: string): readonly string[] => text.match(PIECES) ?? [];
