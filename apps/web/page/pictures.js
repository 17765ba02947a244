/** Pictures as the recognizer takes them: upright, opaque and gray. */

/** A picture may have this many pixels. */
const MAX_PIXELS = 89_478_485;

/**
 * Read a picture that the browser knows.
 *
 * @param {Blob} file
 * @returns {Promise<{bitmap: ImageBitmap, width: number, height: number, gray: Uint8Array}>}
 * @throws {Error} with one line, if it is no picture, or too large.
 */
export async function readPicture(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { colorSpaceConversion: "none" });
  } catch {
    throw new Error("expected a picture or a network's .npz, found something else");
  }
  const { width, height } = bitmap;
  if (width * height > MAX_PIXELS) {
    throw new Error(`expected a picture of at most ${Math.floor(MAX_PIXELS / 1e6)} million pixels, found ${width}x${height}`);
  }
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  return { bitmap, width, height, gray: toGray(context.getImageData(0, 0, width, height).data) };
}

/** Gray levels of RGBA pixels; transparent ones become black or white, whichever differs more from the ink. */
export function toGray(pixels) {
  const gray = new Uint8Array(pixels.length / 4);
  let [ink, opacity] = [0, 0];
  for (let i = 0; i < gray.length; i++) {
    const [red, green, blue, alpha] = [pixels[4 * i], pixels[4 * i + 1], pixels[4 * i + 2], pixels[4 * i + 3]];
    gray[i] = (red * 19595 + green * 38470 + blue * 7471 + 32768) >> 16; // ITU-R 601, as Pillow's convert("L")
    ink += gray[i] * alpha;
    opacity += alpha;
  }
  if (opacity === 255 * gray.length) return gray;
  const paper = (opacity ? ink / opacity : 0) < 128 ? 255 : 0;
  for (let i = 0; i < gray.length; i++) gray[i] = Math.round(paper + ((gray[i] - paper) * pixels[4 * i + 3]) / 255);
  return gray;
}
