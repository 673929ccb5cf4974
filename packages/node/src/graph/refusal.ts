/** Why an entry cannot be compiled. Never leaves this folder: it becomes a warning, or in strict mode a `CL_TRACE`. */
export class Refusal extends Error {}
