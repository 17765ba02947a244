/** Strokes to images of 28x28 pixels, by the method of MNIST: `nn/digits/rasterize.py`, step by step. */

import { fail } from "./errors.js";

export const SIDE = 28;
export const BOX = 20;
export const CENTRE = 14;
export const PEN_WIDTH = 2.4;
const MARGIN = (SIDE - BOX) / 2;
const PEN_EDGE = 1.2;
const STEP = 0.5;
const MAX_STEPS = 800;
const MAX_COORDINATE = 1e9;
const DOT_EXTENT = 1e-9;

/**
 * @typedef {number[][]} Stroke points [x, y], one or more, x right and y down, in any unit
 * @typedef {[number, number, number, number]} Box left, top, right and bottom
 */

/** Check strokes: at least one point each, of two numbers that are finite and not too large. */
export function checkStrokes(strokes) {
  strokes.forEach((stroke, index) => {
    if (!stroke?.length) fail(`stroke ${index + 1}: expected points (n, 2) with n >= 1, found none`);
    for (const point of stroke) {
      if (point?.length !== 2) fail(`stroke ${index + 1}: expected points (n, 2), found something else`);
      if (!point.every((value) => Math.abs(value) <= MAX_COORDINATE)) {
        fail(`stroke ${index + 1}: expected numbers within ${MAX_COORDINATE}, found another`);
      }
    }
  });
}

/** The box around all points. @returns {Box} */
export function bounds(strokes) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const stroke of strokes) {
    for (const [x, y] of stroke) {
      if (x < box[0]) box[0] = x;
      if (y < box[1]) box[1] = y;
      if (x > box[2]) box[2] = x;
      if (y > box[3]) box[3] = y;
    }
  }
  return box;
}

/**
 * Draw strokes as MNIST's digits are drawn.
 * @param {Engine} engine
 * @param {Stroke[]} strokes
 * @returns {Float32Array} 784 numbers in [0, 1]; zeros where there are no strokes
 */
export function strokesToImage(engine, strokes) {
  checkStrokes(strokes);
  if (!strokes.length) return new Float32Array(SIDE * SIDE);
  const segments = toSegments(resample(fitToBox(strokes)));
  const [x, y] = shiftToCentre(draw(engine, segments));
  for (const ends of segments) {
    for (let index = 0; index < ends.length; index += 2) {
      ends[index] += x;
      ends[index + 1] += y;
    }
  }
  return draw(engine, segments);
}

/** Strokes in pixels, scaled so that their ink fills the box in the middle of the image. A dot stays a dot. */
function fitToBox(strokes) {
  const [left, top, right, bottom] = bounds(strokes);
  const extent = Math.max(right - left, bottom - top);
  const scale = extent > DOT_EXTENT ? (BOX - PEN_WIDTH - PEN_EDGE) / extent : 1;
  const offsetX = (SIDE - 1) / 2 - (scale * (left + right)) / 2;
  const offsetY = (SIDE - 1) / 2 - (scale * (top + bottom)) / 2;
  return strokes.map((stroke) => stroke.map(([x, y]) => [x * scale + offsetX, y * scale + offsetY]));
}

/** Strokes without the points that are less than a step beyond another; both ends stay. */
function resample(strokes) {
  if (strokes.every((stroke) => stroke.length <= 2)) return strokes;
  const lengths = strokes.map((stroke) => {
    let length = 0;
    return stroke.map(([x, y], index) => {
      if (index) length += Math.hypot(x - stroke[index - 1][0], y - stroke[index - 1][1]);
      return length;
    });
  });
  const step = Math.max(STEP, lengths.reduce((sum, each) => sum + each.at(-1), 0) / MAX_STEPS);
  return strokes.map((stroke, number) => {
    let last = -1;
    return stroke.filter((_, index) => {
      const steps = Math.floor(lengths[number][index] / step);
      const keep = steps > last || index === stroke.length - 1;
      last = steps;
      return keep;
    });
  });
}

/** The starts and the ends of all segments, x and y in turn; a single point is a segment of length 0. */
function toSegments(strokes) {
  const starts = strokes.flatMap((stroke) => (stroke.length > 1 ? stroke.slice(0, -1) : stroke));
  const ends = strokes.flatMap((stroke) => (stroke.length > 1 ? stroke.slice(1) : stroke));
  return [Float32Array.from(starts.flat()), Float32Array.from(ends.flat())];
}

/** The image of segments: each pixel's coverage by a round pen, from its distance to the nearest segment. */
function draw(engine, [starts, ends]) {
  const image = engine.scratch(4 * SIDE * SIDE + 8 * starts.length);
  const startsAddress = image + 4 * SIDE * SIDE;
  const endsAddress = startsAddress + 4 * starts.length;
  engine.floats(startsAddress, starts.length).set(starts);
  engine.floats(endsAddress, ends.length).set(ends);
  const reach = (PEN_WIDTH + PEN_EDGE) / 2;
  engine.ops.squared_distance(startsAddress, endsAddress, image, starts.length / 2, reach, SIDE, SIDE);
  const coverage = (square) => (PEN_WIDTH / 2 - Math.sqrt(square)) / PEN_EDGE + 0.5;
  return engine.floats(image, SIDE * SIDE).map((square) => Math.min(Math.max(coverage(square), 0), 1));
}

/** The shift that brings the centre of mass to the middle; the box stays inside. */
function shiftToCentre(image) {
  let [ink, massX, massY] = [0, 0, 0];
  image.forEach((value, index) => {
    ink += value;
    massX += value * (index % SIDE);
    massY += value * Math.floor(index / SIDE);
  });
  return [massX, massY].map((mass) => Math.fround(Math.min(Math.max(CENTRE - mass / ink, -MARGIN), MARGIN)));
}
