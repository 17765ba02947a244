/** Grids of numbers side by side: windows, their weights and the products. */

import { largest, level } from "./palette.js";

/**
 * Sides of a cell and of the gap between grids, height of a title, width of the list beside them, in base pixels; and
 * the smallest cell with a number.
 */
const CELL = 31;
const GAP = 14;
const TITLE = 18;
const LIST = 370;
const READABLE = 26;

/**
 * Paint as many groups of three grids as have room for readable numbers, but at least one.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {number} room - for its width, in base pixels.
 * @param {number} columns - of each grid.
 * @param {{title: string, values: number[], marked: number}[]} grids - of as many values; `marked` is the number of one.
 * @param {Object} palette - the theme's.
 * @param {number} scale - of base pixels.
 */
export function paintGrids(canvas, room, columns, grids, palette, scale) {
  const groups = Math.max(1, Math.floor((room - LIST) / (3 * (columns * READABLE + GAP))));
  const shown = grids.slice(0, 3 * groups);
  const cell = Math.max(4, Math.min(CELL, Math.floor(((room + GAP) / shown.length - GAP) / columns)));
  const pitch = columns * cell + GAP;
  const [wide, high] = [shown.length * pitch - GAP, Math.ceil(grids[0].values.length / columns) * cell + TITLE];
  const ratio = scale * (window.devicePixelRatio || 1);
  const [width, height] = [Math.round(wide * ratio), Math.round(high * ratio)];
  if (canvas.width !== width || canvas.height !== height) {
    [canvas.width, canvas.height] = [width, height];
    canvas.style.width = `${wide * scale}px`;
  }
  const context = canvas.getContext("2d");
  const font = getComputedStyle(canvas).fontFamily;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, wide, high);
  context.textBaseline = "middle";
  context.strokeStyle = palette.focus;
  context.lineWidth = 2;
  for (const [number, { title, values, marked }] of shown.entries()) {
    const left = number * pitch;
    context.font = `11.5px ${font}`;
    context.textAlign = "left";
    context.fillStyle = palette.muted;
    context.fillText(title, left, TITLE / 2, pitch - 2);
    context.font = `9.5px ${font}`;
    context.textAlign = "center";
    const most = largest(values);
    for (const [index, value] of values.entries()) {
      const [x, y] = [left + (index % columns) * cell, TITLE + Math.floor(index / columns) * cell];
      const pixel = palette.signed[level(127.5 + (127.5 * value) / most)];
      const [red, green, blue] = [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
      context.fillStyle = `rgb(${red} ${green} ${blue})`;
      context.fillRect(x, y, cell - 1, cell - 1);
      if (index === marked) context.strokeRect(x, y, cell - 1, cell - 1);
      if (cell < READABLE) continue;
      context.fillStyle = 3 * red + 6 * green + blue > 1200 ? "#000" : "#fff";
      const text = Math.abs(value) < 99.5 ? value.toFixed(Math.abs(value) < 9.95 ? 2 : 1) : value.toFixed(0);
      context.fillText(text.replace("-", "−"), x + cell / 2, y + cell / 2, cell - 4);
    }
  }
}
