export const readCheckpoint = async (..._: unknown[]) => {};
export const writeCheckpoint = async (..._: unknown[]) => {};
