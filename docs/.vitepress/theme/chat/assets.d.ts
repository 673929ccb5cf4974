/** The address of a file that the site comes with. */
declare module '*.wasm?url' {
  const address: string;
  export default address;
}
