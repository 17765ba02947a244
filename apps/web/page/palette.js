/** Numbers as colours of the theme. */

const COLOURS = ["paper", "ink", "pro", "contra", "muted", "focus"];

/** The palette of Okabe and Ito, 2008, which colour-blind people can tell apart. */
const [SKY_BLUE, BLUE, YELLOW, NIGHT] = [[86, 180, 233], [0, 114, 178], [240, 228, 66], [0, 22, 40]];

/**
 * The theme's colours, as CSS text by name, and three ramps of 256 colours: `grey` from paper to ink, `heat` for
 * activations of at least 0, and `signed` from what contradicts through paper to what supports.
 */
export function readPalette() {
  const probe = document.createElement("i");
  document.body.append(probe);
  const colours = {};
  for (const name of COLOURS) {
    probe.style.color = `var(--${name})`;
    colours[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  const rgb = (name) => colours[name].match(/\d+/g).slice(0, 3).map(Number);
  const paper = rgb("paper");
  colours.dark = paper[0] < 128;
  colours.grey = ramp(paper, rgb("ink"));
  colours.heat = colours.dark ? ramp(paper, BLUE, SKY_BLUE, YELLOW) : ramp(paper, SKY_BLUE, BLUE, NIGHT);
  colours.signed = ramp(rgb("contra"), paper, rgb("pro"));
  return colours;
}

/** 256 colours, from the first through the others to the last, each as a pixel of an ImageData. */
function ramp(...stops) {
  const bytes = new Uint8ClampedArray(1024);
  for (let level = 0; level < 256; level++) {
    const at = (level / 255) * (stops.length - 1);
    const from = Math.min(Math.floor(at), stops.length - 2);
    for (let band = 0; band < 3; band++) {
      bytes[4 * level + band] = stops[from][band] + (at - from) * (stops[from + 1][band] - stops[from][band]);
    }
    bytes[4 * level + 3] = 255;
  }
  return new Uint32Array(bytes.buffer);
}

/** The largest absolute value, at least a millionth. */
export function largest(values) {
  let most = 1e-6;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]));
  return most;
}

/** Whether some value is below 0. */
export function hasNegative(values) {
  for (let i = 0; i < values.length; i++) if (values[i] < 0) return true;
  return false;
}

/**
 * Paint an image of one channel, a pixel for each value, on a canvas of its size.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} values - row by row.
 * @param {Uint32Array} colours - a ramp.
 * @param {number} scale - what a value is multiplied with.
 * @param {number} offset - then added: the level of the colour, 0 to 255.
 */
export function paintValues(canvas, values, colours, scale, offset) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < values.length; i++) pixels[i] = colours[level(values[i] * scale + offset)];
  context.putImageData(image, 0, 0);
}

/** The nearest level of 256. */
export const level = (value) => (value <= 0 ? 0 : value >= 255 ? 255 : (value + 0.5) | 0);
