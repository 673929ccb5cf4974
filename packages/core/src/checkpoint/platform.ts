import { ContinualLearningError } from '../errors.js';

/** What Node and browsers both have, and the types of the language alone do not name. */
interface Platform {
  readonly crypto?: { readonly subtle?: { digest(algorithm: 'SHA-256', data: Uint8Array): Promise<ArrayBuffer> } };
  readonly TextEncoder: new () => { encode(text: string): Uint8Array };
  readonly TextDecoder: new (
    label: 'utf-8',
    options: { readonly fatal: boolean; readonly ignoreBOM: boolean },
  ) => { decode(bytes: Uint8Array): string };
}

const platform = globalThis as unknown as Platform;

export const utf8 = (text: string): Uint8Array => new platform.TextEncoder().encode(text);

/** Throws a TypeError on bytes that are no UTF-8. */
export const textOf = (bytes: Uint8Array): string => new platform.TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);

/** SHA-256 in lower-case hexadecimal digits, as `sha256sum` prints it. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const subtle = platform.crypto?.subtle;
  if (!subtle) {
    throw new ContinualLearningError(
      'CL_CHECKPOINT',
      'Checksums need WebCrypto, which browsers offer to pages from https or localhost only.',
    );
  }
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
