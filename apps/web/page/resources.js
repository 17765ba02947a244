/** The engine's module and the weights: from the page itself, or from the server that it came from. */

/** The bytes of a resource that the page holds, a `<script data-name>` of base64 and gzip. */
async function unpack(node) {
  const text = node.textContent;
  node.remove();
  const packed = Uint8Array.fromBase64?.(text) ?? Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The bytes of a file of the server. */
export async function download(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: the server answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** The bytes of the WebAssembly module. */
export function engineBytes() {
  const node = document.querySelector('script[data-name="engine.wasm"]');
  return node ? unpack(node) : download("engine.wasm");
}

/** The networks within the page: `{name, size, bytes()}` each. */
export function embeddedNetworks() {
  return [...document.querySelectorAll("script[data-network]")].map((node) => ({
    name: node.dataset.network,
    size: Number(node.dataset.size),
    bytes: () => unpack(node),
  }));
}
