/** Unpacks the scripts and data of a page in one file, and runs main.js. */

/**
 * The bytes of a script element, or a promise of them: compressed data as text of `encode_base117` in bundle.py, which puts
 * `decompress` of lzma.js or inflate.js before this script.
 */
globalThis.unpack = (id) => {
  const node = document.getElementById(id);
  const text = node.textContent;
  const packed = new Uint8Array((text.length / 7) * 6);
  for (let at = 0, to = 0; at < text.length; at += 7) {
    let value = 0;
    for (let i = 6; i >= 0; i--) {
      const code = text.charCodeAt(at + i);
      value = value * 117 + (code < 12 ? code - 1 : code < 26 ? code - 3 : code - 9 - (code > 60));
    }
    for (let i = 0; i < 6; i++) {
      packed[to++] = value % 256;
      value = Math.floor(value / 256);
    }
  }
  node.remove();
  return decompress(packed, node.dataset.length);
};

Promise.resolve(globalThis.unpack("app")).then((bytes) => {
  const script = document.createElement("script");
  script.textContent = new TextDecoder().decode(bytes);
  document.body.append(script);
});
