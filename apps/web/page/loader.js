/** Unpacks what a bundle holds, and runs it. */

globalThis.unpack = (id) => {
  const node = document.getElementById(id);
  const text = node.textContent;
  node.remove();
  const bytes = new Uint8Array(node.dataset.bytes);
  const digit = (at) => {
    const code = text.charCodeAt(at);
    return code - 33 - (code > 38) - (code > 60) - (code > 62);
  };
  for (let at = 0, to = 0, held = 0, bits = 0; at < text.length; at += 2) {
    held |= (digit(at) * 91 + digit(at + 1)) << bits;
    for (bits += 13; bits > 7; bits -= 8, held >>= 8) bytes[to++] = held;
  }
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")));
};
(async () => {
  try {
    const script = document.createElement("script");
    script.textContent = await unpack("app").text();
    document.body.append(script);
  } catch {
    document.getElementById("digit").textContent = "This page needs a browser of 2024 or newer.";
  }
})();
