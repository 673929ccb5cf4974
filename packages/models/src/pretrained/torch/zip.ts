import { refused } from '../refused.js';
import { readerOf } from './bytes.js';

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const FILE = 0x04034b50;

/** The files of a zip archive that are stored as they are, by name: PyTorch compresses none. Views, not copies. */
export function storedFiles(bytes: Uint8Array, name: string): Map<string, Uint8Array> {
  const damaged = () => refused(`${name}: the archive is damaged or truncated.`);
  // The directory is found from the end of the file; behind it there may be a comment of up to 65,535 bytes.
  let end = bytes.length - 22;
  while (end >= 0 && end > bytes.length - 22 - 65_536 && readerOf(bytes, name, end).unsigned(4) !== END) end--;
  if (end < 0 || readerOf(bytes, name, end).unsigned(4) !== END) throw damaged();
  const count = readerOf(bytes, name, end + 10).unsigned(2);
  const directory = readerOf(bytes, name, readerOf(bytes, name, end + 16).unsigned(4));

  const files = new Map<string, Uint8Array>();
  for (let i = 0; i < count; i++) {
    if (directory.unsigned(4) !== ENTRY) throw damaged();
    directory.bytes(6);
    const method = directory.unsigned(2);
    directory.bytes(12);
    const [size, nameLength, extraLength, commentLength] = [
      directory.unsigned(4),
      directory.unsigned(2),
      directory.unsigned(2),
      directory.unsigned(2),
    ];
    directory.bytes(8);
    const header = readerOf(bytes, name, directory.unsigned(4));
    const file = directory.text(nameLength);
    directory.bytes(extraLength + commentLength);
    if (method !== 0) throw refused(`${name}: '${file}' in it is compressed, which PyTorch's files are not.`);
    if (header.unsigned(4) !== FILE) throw damaged();
    header.bytes(22);
    header.bytes(header.unsigned(2) + header.unsigned(2));
    files.set(file, header.bytes(size));
  }
  return files;
}
