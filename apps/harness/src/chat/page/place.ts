/** Where a chatbot's folder is: at an address, or among files that somebody picked, by their paths within it. */
export type Place = string | { readonly [path: string]: Blob };

/** What somebody picked as a folder, by paths within it. */
export const folderOf = (files: Iterable<File>): { readonly [path: string]: Blob } =>
  Object.fromEntries([...files].map((file) => [file.webkitRelativePath.split('/').slice(1).join('/') || file.name, file]));
