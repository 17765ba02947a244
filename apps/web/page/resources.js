/** The engine's module and the weights: from the page itself, or from the server that it came from. */

/** The bytes of what the page holds under this id; `unpack` is the bundle's, see loader.html. */
const embedded = async (id) => new Uint8Array(await globalThis.unpack(id).arrayBuffer());

/** The bytes of a file of the server. */
export async function download(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: the server answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** The bytes of the WebAssembly module. */
export function engineBytes() {
  return document.getElementById("engine") ? embedded("engine") : download("engine.wasm");
}

/** The networks within the page: `{name, size, bytes()}` each. */
export function embeddedNetworks() {
  return [...document.querySelectorAll("script[data-size]")].map(({ id, dataset }) => ({
    name: dataset.name,
    size: Number(dataset.size),
    bytes: () => embedded(id),
  }));
}
