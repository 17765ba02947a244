/** Pictures of digits to images of 28x28 pixels, by the method of MNIST: `nn/digits/normalize.py`, step by step. */

import { pictureToInk } from "./ink.js";
import { BOX, CENTRE, PEN_WIDTH, SIDE, strokesToImage } from "./rasterize.js";
import { skeletonize, toStrokes } from "./skeletonize.js";

const [THIN_PEN, THICK_PEN] = [2, 3.2];
const [BLOB, FILLED] = [0.4 * BOX, 0.5];
const SKELETON_PEN = 4;
const EROSION_SCALE = 4;
const FAINTEST_PEN = 1.5;

/**
 * Normalize the picture of one digit; some background must be left around it.
 * @returns {Float32Array} 784 numbers in [0, 1]; zeros where no ink stands out
 */
export function pictureToImage(engine, gray, height, width) {
  const ink = cropped(pictureToInk(gray, height, width));
  if (!ink) return new Float32Array(SIDE * SIDE);
  const box = fitToBox(ink);
  const pen = penWidth(box);
  if (pen < THIN_PEN) {
    const longer = Math.max(ink.height, ink.width);
    const side = Math.max(BOX, round((BOX * SKELETON_PEN) / pen));
    const large = resize(ink, Math.max(side, Math.min(longer, round((longer * FAINTEST_PEN) / penWidth(ink)))));
    const solid = (index) => large.values[index] > (longer > 2 * BOX ? 0.5 : 0.35); // thin lines lie between pixels
    return strokesToImage(engine, toStrokes(skeletonize(plane(large, solid))));
  }
  if (pen <= THICK_PEN) return paste(box);
  const eroded = pen <= BLOB ? erode(ink, pen) : null;
  return eroded ? paste(fitToBox(eroded)) : strokesToImage(engine, [[[0, 0]]]); // or a dot
}

/** A plane of the same size whose values are computed from their index. */
function plane({ height, width }, value) {
  return { height, width, values: Float32Array.from({ length: height * width }, (_, index) => value(index)) };
}

/** The ink within its rows and columns, with half-inked edges; null without ink. */
function cropped({ values, height, width }) {
  const [rows, columns] = [new Float32Array(height), new Float32Array(width)];
  values.forEach((value, index) => {
    const [row, column] = [Math.floor(index / width), index % width];
    rows[row] = Math.max(rows[row], value);
    columns[column] = Math.max(columns[column], value);
  });
  const [top, bottom] = extent(rows);
  const [left, right] = extent(columns);
  if (top < 0 || left < 0) return null;
  const size = { height: bottom + 1 - top, width: right + 1 - left };
  const source = (index) => (top + Math.floor(index / size.width)) * width + left + (index % size.width);
  return plane(size, (index) => values[source(index)]);
}

/** The first and the last index of solid ink, and the half-inked index beside each; -1 without ink. */
function extent(profile) {
  const first = profile.findIndex((value) => value >= 0.5);
  const last = profile.findLastIndex((value) => value >= 0.5);
  return [first - Number(profile[first - 1] > 0), last + Number(profile[last + 1] > 0)];
}

/** The width of the pen: twice the area of the ink over the length of its edge (the total variation). */
function penWidth({ values, height, width }) {
  const at = (row, column) => (row < 0 || column < 0 || row >= height || column >= width ? 0 : values[row * width + column]);
  let [area, edge] = [0, 0];
  for (let row = -1; row < height; row++) {
    for (let column = -1; column < width; column++) {
      const value = at(row, column);
      area += value;
      edge += Math.hypot(at(row, column + 1) - value, at(row + 1, column) - value);
    }
  }
  return (2 * area) / edge;
}

/** Erode ink whose pen has this width in the box, so that its lines become as wide as MNIST's; null if it has none. */
function erode(ink, pen) {
  const large = resize(ink, EROSION_SCALE * BOX);
  const distances = distanceTransform(large);
  if (2 * Math.max(...distances) > FILLED * EROSION_SCALE * BOX) return null;
  const rim = (EROSION_SCALE * (pen - PEN_WIDTH)) / 2 - 0.5;
  return cropped(plane(large, (index) => Math.min(Math.max(distances[index] - rim, 0), 1))) ?? ink;
}

/** The distance of each solid pixel to the nearest other pixel; around the plane there are such pixels. */
function distanceTransform({ values, height, width }) {
  const vertical = new Float32Array(height * width);
  for (const backwards of [false, true]) {
    for (let column = 0; column < width; column++) {
      for (let step = 0, distance = 0; step < height; step++) {
        const index = (backwards ? height - 1 - step : step) * width + column;
        distance = values[index] > 0.5 ? distance + 1 : 0;
        vertical[index] = backwards ? Math.min(vertical[index], distance) : distance;
      }
    }
  }
  return vertical.map((_, index) => {
    const [start, column] = [index - (index % width), index % width];
    let nearest = Math.min(column + 1, width - column) ** 2;
    for (let other = 0; other < width; other++) {
      nearest = Math.min(nearest, vertical[start + other] ** 2 + (column - other) ** 2);
    }
    return Math.sqrt(nearest);
  });
}

/** Ink resampled so that its longer side is that of the box; the maximum becomes 1, as in MNIST. */
function fitToBox(ink) {
  const box = resize(ink, BOX);
  const largest = Math.max(...box.values);
  return plane(box, (index) => box.values[index] / largest);
}

/** Ink with its longer side `side`. */
function resize(ink, side) {
  const size = (length) => Math.max(1, round((length * side) / Math.max(ink.height, ink.width)));
  const [height, width] = [size(ink.height), size(ink.width)];
  const resampled = transposed(resampleRows(transposed(resampleRows(ink, width)), height));
  return plane(resampled, (index) => Math.min(Math.max(resampled.values[index], 0), 1));
}

/** Each row at another length, by bicubic interpolation of an area as large as one new pixel, as Pillow does. */
function resampleRows({ values, height, width }, length) {
  if (length === width) return { values, height, width };
  const scale = width / length;
  const stretch = Math.max(scale, 1);
  const taps = Array.from({ length }, (_, place) => {
    const centre = (place + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - 2 * stretch + 0.5), 0);
    const end = Math.min(Math.trunc(centre + 2 * stretch + 0.5), width);
    const weights = Array.from({ length: end - first }, (_, n) => bicubic((n + first - centre + 0.5) / stretch));
    return [first, weights, weights.reduce((a, b) => a + b)];
  });
  return plane({ height, width: length }, (index) => {
    const [first, weights, total] = taps[index % length];
    const start = Math.floor(index / length) * width + first;
    return weights.reduce((sum, weight, n) => sum + values[start + n] * (weight / total), 0);
  });
}

function bicubic(distance) {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0;
}

function transposed({ values, height, width }) {
  const size = { height: width, width: height };
  return plane(size, (index) => values[(index % height) * width + Math.floor(index / height)]);
}

/** The box in the image, moved by whole pixels, its centre of mass as near to the middle as the edges allow. */
function paste({ values, height, width }) {
  let [ink, massX, massY] = [0, 0, 0];
  values.forEach((value, index) => {
    ink += value;
    massX += value * (index % width);
    massY += value * Math.floor(index / width);
  });
  const corner = (mass, size) => Math.min(Math.max(round(CENTRE - mass / ink), 0), SIDE - size);
  const [left, top] = [corner(massX, width), corner(massY, height)];
  const image = new Float32Array(SIDE * SIDE);
  values.forEach((value, index) => {
    image[(top + Math.floor(index / width)) * SIDE + left + (index % width)] = value;
  });
  return image;
}

/** To the nearest integer, of two equally near ones to the even one. */
function round(value) {
  const low = Math.floor(value);
  return value - low === 0.5 ? low + (low % 2) : Math.round(value);
}
