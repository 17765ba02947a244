/** Pictures as the recognizer takes them: upright, opaque and gray. */

/** The maximum number of pixels, as in `nn/digits/pictures.py`. */
const MAX_PIXELS = 52_000_000;

/**
 * Decode a picture.
 *
 * @param {Blob} file
 * @returns {Promise<{bitmap: ImageBitmap, width: number, height: number, gray: Uint8Array}>}
 * @throws {Error} with one line, if it is no picture, or too large.
 */
export async function decodePicture(file) {
  const bitmap = await createImageBitmap(file, { colorSpaceConversion: "none" }).catch(() => {
    throw new Error("expected a picture or a network's .npz, found something else");
  });
  const { width, height } = bitmap;
  if (width * height > MAX_PIXELS) {
    throw new Error(`expected a picture of at most ${Math.floor(MAX_PIXELS / 1e6)} million pixels, found more`);
  }
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d");
  context.drawImage(bitmap, 0, 0);
  return { bitmap, width, height, gray: toGray(context.getImageData(0, 0, width, height).data) };
}

/** Gray levels of RGBA pixels; transparent ones become black or white, whichever differs more from the ink. */
function toGray(pixels) {
  let [ink, opacity] = [0, 0];
  const gray = new Uint8Array(pixels.length / 4);
  for (let i = 0, at = 0; i < gray.length; i++, at += 4) {
    // ITU-R 601, as Pillow's convert("L")
    gray[i] = (pixels[at] * 19595 + pixels[at + 1] * 38470 + pixels[at + 2] * 7471 + 32768) >> 16;
    ink += gray[i] * pixels[at + 3];
    opacity += pixels[at + 3];
  }
  const paper = ink < 128 * opacity || !opacity ? 255 : 0;
  return gray.map((level, i) => Math.round(paper + ((level - paper) * pixels[4 * i + 3]) / 255));
}
