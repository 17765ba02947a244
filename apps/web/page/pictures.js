/** Pictures that the browser reads. */

/** A picture may have this many pixels. */
const MAX_PIXELS = 89_478_485;

/**
 * Decode a picture, upright.
 *
 * @param {Blob} file
 * @returns {Promise<{bitmap: ImageBitmap, width: number, height: number}>}
 * @throws {Error} with one line, if it is no picture, or too large.
 */
export async function decodePicture(file) {
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Error("expected a picture or a network's .npz, found something else");
  });
  const { width, height } = bitmap;
  if (width * height > MAX_PIXELS) {
    throw new Error(`expected a picture of at most ${Math.floor(MAX_PIXELS / 1e6)} million pixels, found ${width}x${height}`);
  }
  return { bitmap, width, height };
}
