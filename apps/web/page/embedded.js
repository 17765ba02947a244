/** The data of a page in one file; bundle.py replaces served.js by this module. */

/** The bytes of the WebAssembly module; `unpack` is that of loader.js. */
export const engineBytes = async () => globalThis.unpack("engine");

/** The networks, `{name, size, bytes()}` each, the one to use first. */
export const networks = async () =>
  [...document.querySelectorAll("script[data-size]")].map(({ id, dataset }) => ({
    name: dataset.name,
    size: Number(dataset.size),
    bytes: () => globalThis.unpack(id),
  }));

/** What needs a server. */
export const servedActions = [];
export const server = null;
