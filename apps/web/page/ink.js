/** A picture's ink, separated from its background: `nn/digits/ink.py`, step by step. */

import { fail } from "./errors.js";

const WORKING_SIDE = 320;
const BACKGROUND_SIDE = 48;
const BACKGROUND_ROUNDS = 10;
const MIN_CONTRAST = 0.1;

/** The ratio of a normal distribution's standard deviation to its median absolute deviation. */
const DEVIATIONS = 1.4826;

/**
 * @typedef {{values: Float32Array, height: number, width: number}} Plane numbers row by row
 * @param {Uint8Array | Uint8ClampedArray | Float32Array} gray bytes, or floats in [0, 1]; bright on dark or the opposite
 * @param {number} height
 * @param {number} width
 * @returns {Plane} ink in [0, 1], on a longer side of at most 320 pixels; zeros without ink
 */
export function pictureToInk(gray, height, width) {
  const picture = reduce(asUnit(gray, height, width), WORKING_SIDE);
  const { coefficients, foreground } = fitBackground(reduce(picture, BACKGROUND_SIDE));
  const background = Float32Array.from(evaluate(quadraticTerms(picture), coefficients));
  const bright = sum(foreground) >= 0;
  const difference = picture.values.map((value, index) => (bright ? 1 : -1) * (value - background[index]));
  const sizes = difference.map(Math.abs);
  const threshold = otsu(sizes);
  const noise = DEVIATIONS * median(sizes.filter((value) => value <= threshold));
  const stronger = difference.map((value) => Math.max(value - 3 * noise, 0));
  const { height: rows, width: columns } = picture;
  const plane = (values) => ({ values, height: rows, width: columns });
  if (solidLevel(stronger) < Math.max(MIN_CONTRAST, 3 * noise)) return plane(new Float32Array(stronger.length));
  // Weak light reduces both the ink's contrast and the paper's brightness, so use their ratio.
  const light = (index) => Math.max(bright ? 1 - background[index] : background[index], MIN_CONTRAST);
  const ink = stronger.map((value, index) => value / light(index));
  const solid = solidLevel(ink);
  return plane(ink.map((value) => Math.min(value / solid, 1)));
}

function asUnit(gray, height, width) {
  if (!(height >= 1 && width >= 1) || gray.length !== height * width) {
    fail(`picture: expected ${height} x ${width} numbers, got ${gray.length}`);
  }
  const scale = gray instanceof Float32Array ? 1 : 255;
  const values = Float32Array.from(gray, (value) => value / scale);
  if (!values.every((value) => value >= 0 && value <= 1)) fail("picture: expected numbers from 0 to 1, got others");
  return { values, height, width };
}

/** The picture with its longer side at most about `side`, by means of square blocks. */
function reduce(picture, side) {
  const factor = Math.ceil(Math.max(picture.height, picture.width) / side);
  if (factor <= 1) return picture;
  const [height, width] = [Math.ceil(picture.height / factor), Math.ceil(picture.width / factor)];
  const [sums, counts] = [new Float64Array(height * width), new Float64Array(height * width)];
  picture.values.forEach((value, index) => {
    const [row, column] = [Math.floor(index / picture.width), index % picture.width];
    const block = Math.floor(row / factor) * width + Math.floor(column / factor);
    sums[block] += value;
    counts[block]++;
  });
  return { values: Float32Array.from(sums, (value, block) => value / counts[block]), height, width };
}

/** The background, a polynomial of degree 2, fitted repeatedly to the pixels near the last fit. */
function fitBackground(picture) {
  const { values } = picture;
  const terms = quadraticTerms(picture);
  let near = likelyBackground(picture);
  for (let round = 0; ; round++) {
    const pick = (array) => array.filter((_, index) => near[index]);
    const coefficients = leastSquares(terms.map(pick), pick(values));
    const fitted = evaluate(terms, coefficients);
    const difference = values.map((value, index) => value - fitted[index]);
    const deviation = DEVIATIONS * median(pick(difference).map(Math.abs));
    const limit = Math.max(3 * deviation, 0.02);
    const before = near;
    near = Array.from(difference, (value) => Math.abs(value) <= limit);
    if (round === BACKGROUND_ROUNDS - 1 || near.every((value, index) => value === before[index])) {
      return { coefficients, foreground: difference.filter((_, index) => !near[index]) };
    }
  }
}

/** A mask of the shade, bright or dark, that most of the border has. */
function likelyBackground({ values, height, width }) {
  const threshold = otsu(values);
  const bright = Array.from(values, (value) => value > threshold);
  const edge = (index) => {
    const [row, column] = [Math.floor(index / width), index % width];
    return row === 0 || column === 0 || row === height - 1 || column === width - 1;
  };
  const border = bright.filter((_, index) => edge(index));
  const isBright = 2 * border.filter(Boolean).length > border.length;
  return isBright ? bright : bright.map((value) => !value);
}

/** 1, x, y, x^2, xy, y^2 of every pixel, an array each; x and y run from -1 to 1. */
function quadraticTerms({ height, width }) {
  const at = (place, size) => ((place + 0.5) * 2) / size - 1;
  const functions = [() => 1, (x) => x, (x, y) => y, (x) => x * x, (x, y) => x * y, (x, y) => y * y];
  return functions.map((term) =>
    Float32Array.from({ length: height * width }, (_, index) =>
      term(at(index % width, width), at(Math.floor(index / width), height))));
}

/** The sum of the terms times their coefficients, at every pixel. */
function evaluate(terms, coefficients) {
  return terms[0].map((_, index) => terms.reduce((total, term, n) => total + term[index] * coefficients[n], 0));
}

/**
 * The coefficients of the columns whose sum is nearest to the values, the smallest ones if there are several.
 *
 * One-sided Jacobi: rotate pairs of columns until all are orthogonal. Hestenes, "Inversion of matrices by
 * biorthogonalization and related results", 1958.
 */
function leastSquares(columns, values) {
  const u = columns.map((column) => Float64Array.from(column));
  const v = u.map((_, n) => u.map((_, m) => Number(m === n)));
  for (let rotated = true, sweep = 0; rotated && sweep < 30; sweep++) {
    rotated = false;
    for (let p = 0; p < u.length; p++) {
      for (let q = p + 1; q < u.length; q++) {
        const [a, b, c] = [dot(u[p], u[p]), dot(u[q], u[q]), dot(u[p], u[q])];
        if (Math.abs(c) <= 1e-15 * Math.sqrt(a * b)) continue;
        rotated = true;
        const zeta = (b - a) / (2 * c);
        const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
        const cosine = 1 / Math.sqrt(1 + t * t);
        for (const rows of [u, v]) rotate(rows[p], rows[q], cosine, cosine * t);
      }
    }
  }
  const squares = u.map((column) => dot(column, column));
  const smallest = (Number.EPSILON * Math.max(values.length, u.length)) ** 2 * Math.max(...squares);
  const along = u.map((column, n) => (squares[n] > smallest ? dot(column, values) / squares[n] : 0));
  return u.map((_, n) => Math.fround(along.reduce((total, value, m) => total + value * v[m][n], 0)));
}

function rotate(x, y, cosine, sine) {
  for (let index = 0; index < x.length; index++) {
    [x[index], y[index]] = [cosine * x[index] - sine * y[index], sine * x[index] + cosine * y[index]];
  }
}

function dot(a, b) {
  let total = 0;
  for (let index = 0; index < a.length; index++) total += a[index] * b[index];
  return total;
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

function median(values) {
  return percentile(values, 0.5);
}

function percentile(values, share) {
  const sorted = values.slice().sort();
  const place = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return low + (high - low) * (place % 1);
}

/** The level of solid ink: the 90th percentile of the foreground. */
function solidLevel(ink) {
  const threshold = otsu(ink);
  const solid = ink.filter((value) => value > threshold);
  return solid.length ? Math.fround(percentile(solid, 0.9)) : 0;
}

/** The threshold that splits values >= 0 into the two classes with the greatest variance between them. */
function otsu(values) {
  const bins = 256;
  const largest = Math.max(values.reduce((a, b) => Math.max(a, b)), 1e-6);
  const edges = Float32Array.from({ length: bins + 1 }, (_, bin) => (bin * largest) / bins);
  const counts = new Float64Array(bins);
  for (const value of values) {
    let bin = Math.min(Math.floor((value / largest) * bins), bins - 1);
    if (value < edges[bin]) bin--;
    else if (bin < bins - 1 && value >= edges[bin + 1]) bin++;
    counts[bin]++;
  }
  let [total, totalMoment] = [0, 0];
  const cumulative = Array.from(counts, (count, bin) => {
    total += count;
    totalMoment += (count * Math.fround(edges[bin] + edges[bin + 1])) / 2;
    return [total, totalMoment];
  });
  let [threshold, greatest] = [edges[bins], 0];
  cumulative.forEach(([below, moment], bin) => {
    const above = total - below;
    const gap = moment / Math.max(below, 1) - (totalMoment - moment) / Math.max(above, 1);
    const between = below * above * gap ** 2;
    if (between > greatest) [threshold, greatest] = [edges[bin + 1], between];
  });
  return threshold;
}
