/** Decompresses the parts of a large page. */

/** Inflate `size` bytes. */
const decompress = async (input, size) => {
  const stream = new Blob([input.subarray(0, size)]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};
