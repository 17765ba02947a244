/** All maps of a layer on one canvas, a pixel for each unit, on one scale of colours. */

import { hasNegative, largest, level } from "./palette.js";

/** How wide a map, and a unit of a vector, is on the screen, in base pixels. */
const MAP_SIDE = 62;
const UNIT_SIDE = 16;

export class Maps {
  /**
   * @param {HTMLCanvasElement} canvas - becomes as large as the maps, and is stretched with sharp pixels.
   * @param {number[]} shape - of the layer's output, (H, W, C) or (N,).
   */
  constructor(canvas, shape) {
    this.canvas = canvas;
    this.shape = shape;
    [this.height, this.width, this.count, this.gap] =
      shape.length === 1 ? [1, 1, shape[0], 0] : [shape[0], shape[1], shape[2], 1];
    this.across = 0;
  }

  /** Arrange the maps for a width on the screen, in pixels. */
  arrange(room, scale) {
    const side = scale * (this.gap ? MAP_SIDE : UNIT_SIDE);
    const fit = Math.max(1, Math.min(this.count, Math.floor(room / side)));
    const across = Math.ceil(this.count / Math.ceil(this.count / fit));
    this.canvas.style.width = `${Math.min(room, across * side)}px`;
    if (across === this.across) return;
    this.across = across;
    this.image = null;
    this.canvas.width = across * (this.width + this.gap) - this.gap;
    this.canvas.height = Math.ceil(this.count / across) * (this.height + this.gap) - this.gap;
  }

  paint(values, palette) {
    const { width, height, count, gap, across } = this;
    const context = this.canvas.getContext("2d");
    this.image ??= context.createImageData(this.canvas.width, this.canvas.height);
    const { image } = this;
    const pixels = new Uint32Array(image.data.buffer);
    const both = hasNegative(values);
    const colours = both ? palette.signed : palette.heat;
    const [scale, offset] = both ? [127.5 / largest(values), 127.5] : [255 / largest(values), 0];
    for (let map = 0; map < count; map++) {
      const left = (map % across) * (width + gap);
      const top = Math.floor(map / across) * (height + gap);
      for (let y = 0; y < height; y++) {
        let at = (top + y) * image.width + left;
        for (let from = y * width * count + map, x = 0; x < width; x++, from += count) {
          pixels[at++] = colours[level(values[from] * scale + offset)];
        }
      }
    }
    context.putImageData(image, 0, 0);
  }

  /** The unit at a pixel of the canvas, `[row, column, channel]`; null in a gap. */
  unitAt(x, y) {
    const [pitchX, pitchY] = [this.width + this.gap, this.height + this.gap];
    const channel = Math.floor(y / pitchY) * this.across + Math.floor(x / pitchX);
    const [column, row] = [x % pitchX, y % pitchY];
    const outside = x < 0 || y < 0 || x >= this.canvas.width || y >= this.canvas.height;
    return outside || column >= this.width || row >= this.height || channel >= this.count ? null : [row, column, channel];
  }

  /** The pixel of the canvas where a unit is. */
  pixelOf([row, column, channel]) {
    const x = (channel % this.across) * (this.width + this.gap) + column;
    return [x, Math.floor(channel / this.across) * (this.height + this.gap) + row];
  }
}
