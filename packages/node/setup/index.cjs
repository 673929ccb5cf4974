// For programs that require(): the set-up itself is ECMAScript.
exports.setup = async (options) => (await import('./index.mjs')).setup(options);
exports.doctor = async (options) => (await import('./index.mjs')).doctor(options);
