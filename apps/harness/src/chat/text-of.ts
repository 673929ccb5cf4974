/** The text of a file; null where it is none in UTF-8, such as a picture, or a text of other bytes that would be learned wrong. */
export function textOf(bytes: ArrayBuffer | Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}
