/** Throw an Error with one plain line; parts of it may come from a file. */
export function fail(message) {
  throw new Error(message.replace(/\s+/g, " ").slice(0, 300));
}
