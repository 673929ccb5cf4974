import { ContinualLearningError } from '../errors.js';

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Throws a TypeError on bytes that are no UTF-8. */
export const textOf = (bytes: Uint8Array): string => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);

/** SHA-256 in lower-case hexadecimal digits, as `sha256sum` prints it. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const subtle = globalThis.crypto?.subtle;
  if (!subtle) {
    throw new ContinualLearningError(
      'CL_CHECKPOINT',
      'Checksums need WebCrypto, which browsers offer to pages from https or localhost only.',
    );
  }
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
