/** Grids of numbers side by side: a window, its weights and the products. */

import { largest, level } from "./palette.js";

/** Sides of a cell and of the gap between grids, height of a title, in base pixels; and the smallest cell with a number. */
const CELL = 38;
const GAP = 14;
const TITLE = 18;
const READABLE = 26;

/**
 * @param {HTMLCanvasElement} canvas - as wide as its parent at most.
 * @param {{title: string, values: number[], columns: number}[]} grids
 * @param {Object} palette - the theme's.
 * @param {number} scale - of base pixels.
 */
export function paintGrids(canvas, grids, palette, scale) {
  const { width: across } = canvas.parentElement.getBoundingClientRect();
  const room = (across || canvas.closest(".inside").clientWidth) / scale;
  const columns = grids.reduce((sum, grid) => sum + grid.columns, 0);
  const gaps = GAP * (grids.length - 1);
  const cell = Math.max(4, Math.min(CELL, Math.floor((room - gaps) / columns)));
  const rows = Math.max(...grids.map((grid) => Math.ceil(grid.values.length / grid.columns)));
  const [wide, high] = [columns * cell + gaps, rows * cell + TITLE];
  const ratio = scale * (window.devicePixelRatio || 1);
  const [width, height] = [Math.round(wide * ratio), Math.round(high * ratio)];
  if (canvas.width !== width || canvas.height !== height) {
    [canvas.width, canvas.height] = [width, height];
    canvas.style.width = `${wide * scale}px`;
    canvas.style.height = `${high * scale}px`;
  }
  const context = canvas.getContext("2d");
  const font = getComputedStyle(canvas).fontFamily;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, wide, high);
  context.textBaseline = "middle";
  let left = 0;
  for (const { title, values, columns: across } of grids) {
    context.font = `11.5px ${font}`;
    context.textAlign = "left";
    context.fillStyle = palette.muted;
    context.fillText(title, left, TITLE / 2, across * cell + GAP - 2);
    context.font = `${cell < 32 ? 9 : 10.5}px ${font}`;
    context.textAlign = "center";
    paintCells(context, values, { left, across, cell }, palette);
    left += across * cell + GAP;
  }
}

function paintCells(context, values, { left, across, cell }, palette) {
  const most = largest(values);
  for (const [index, value] of values.entries()) {
    const [x, y] = [left + (index % across) * cell, TITLE + Math.floor(index / across) * cell];
    const pixel = palette.signed[level(127.5 + (127.5 * value) / most)];
    const [red, green, blue] = [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
    context.fillStyle = `rgb(${red} ${green} ${blue})`;
    context.fillRect(x, y, cell - 1, cell - 1);
    if (cell < READABLE) continue;
    context.fillStyle = 3 * red + 6 * green + blue > 1200 ? "#000" : "#fff";
    const text = Math.abs(value) < 99.5 ? value.toFixed(Math.abs(value) < 9.95 ? 2 : 1) : value.toFixed(0);
    context.fillText(text.replace("-", "−"), x + cell / 2, y + cell / 2, cell - 4);
  }
}
