/** The engine's module and the weights: from the page itself, or from the server that it came from. */

/** The bytes of a file of the server. */
export async function download(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: the server answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** The bytes of the WebAssembly module; `unpack` is that of loader.js, in a page in one file. */
export async function engineBytes() {
  return document.getElementById("engine") ? globalThis.unpack("engine") : download("engine.wasm");
}

/** The networks within the page: `{name, size, bytes()}` each. */
export function embeddedNetworks() {
  return [...document.querySelectorAll("script[data-size]")].map(({ id, dataset }) => ({
    name: dataset.name,
    size: Number(dataset.size),
    bytes: () => globalThis.unpack(id),
  }));
}
