/** Explains one unit of a layer: its window, the products and the sum. */

import { signed } from "./dom.js";

/** The number of products of a dense layer's unit that are shown, the largest ones. */
const SHOWN = 9;

/**
 * How the value of a unit is computed.
 *
 * @param {Object} layer - of network.js, with `kind`, `config`, `inputShape`, `shape` and `weights`.
 * @param {Float32Array} input - the layer's input, (H, W, C) or (N,).
 * @param {Float32Array} output - its output.
 * @param {number[]} at - row, column and channel of the unit, as `unitAt` returns them.
 * @returns {{window: ?number[], grids: {title: string, values: number[], columns: number}[], lines: string[]}}
 *     `window` is top, left, bottom and right on the input; the sum is the last line.
 */
export function explainUnit(layer, input, output, at) {
  const explain = { conv2d, dense, batch_norm, max_pool2d: pool, avg_pool2d: pool, global_avg_pool2d: globalPool }[layer.kind];
  const index = indexOf(layer.shape, at);
  if (explain) return explain(layer, input, at, output[index]);
  const same = input.length === output.length;
  const [x, y] = [same ? input[index] : 0, output[index]];
  const lines = same ? [`${FORMULAS[layer.kind] ?? layer.kind} of ${signed(x)} = ${signed(y)}`] : [`value ${signed(y)}`];
  return { window: same ? pointWindow(layer.inputShape, index) : null, grids: [], lines };
}

const FORMULAS = { relu: "max(0, x)", add: "x + the block's layers" };

/** Row, column and channel of an index into a flattened output; `indexOf` is the inverse. */
export function unitAt(shape, index) {
  if (shape.length === 1) return [0, 0, index];
  const [, width, channels] = shape;
  return [Math.floor(index / channels / width), Math.floor(index / channels) % width, index % channels];
}

export function indexOf(shape, [row, column, channel]) {
  return shape.length === 1 ? channel : (row * shape[1] + column) * shape[2] + channel;
}

function pointWindow(shape, index) {
  if (shape.length === 1) return null;
  const [row, column] = unitAt(shape, index);
  return [row, column, row + 1, column + 1];
}

/** Height and width of a layer's window, its steps, and the zeros above and left of the input; null without a window. */
function windowing({ kind, config, inputShape, shape }) {
  const pair = (value) => (Array.isArray(value) ? value : [value, value]);
  if (kind === "flatten" || kind === "global_avg_pool2d") return [inputShape.slice(0, 2), [1, 1], [0, 0]];
  const given = config.kernel_size ?? config.pool_size;
  if (!given) return null;
  const [size, stride] = [pair(given), pair(config.stride ?? given)];
  const zeros = (axis) => Math.max((shape[axis] - 1) * stride[axis] + size[axis] - inputShape[axis], 0) >> 1;
  return [size, stride, config.padding === "same" ? [zeros(0), zeros(1)] : [0, 0]];
}

/** Top, left, bottom and right of the window of an output position, which may go beyond the input. */
function windowOf(layer, row, column) {
  const [size, stride, zeros] = windowing(layer) ?? [[1, 1], [1, 1], [0, 0]];
  const [top, left] = [row * stride[0] - zeros[0], column * stride[1] - zeros[1]];
  return [top, left, top + size[0], left + size[1]];
}

/** The values of one channel within a window; 0 beyond the edges. */
function patch(layer, input, [top, left, bottom, right], channel) {
  const [height, width, channels] = layer.inputShape;
  const values = [];
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const inside = y >= 0 && x >= 0 && y < height && x < width;
      values.push(inside ? input[(y * width + x) * channels + channel] : 0);
    }
  }
  return values;
}

function conv2d(layer, input, [row, column, filter], result) {
  const [, , channels] = layer.inputShape;
  const { kernel, bias } = arrays(layer);
  const filters = layer.shape[2];
  const window = windowOf(layer, row, column);
  const [height, width] = [window[2] - window[0], window[3] - window[1]];
  let best = null;
  let total = 0;
  for (let channel = 0; channel < channels; channel++) {
    const values = patch(layer, input, window, channel);
    const weights = values.map((_, i) => kernel[(i * channels + channel) * filters + filter]);
    const products = values.map((value, i) => value * weights[i]);
    const sum = add(products);
    total += sum;
    if (!best || Math.abs(sum) > Math.abs(best.sum)) best = { channel, values, weights, products, sum };
  }
  const others = channels > 1 ? ` ${signed(total - best.sum)} from ${channels - 1} other maps` : "";
  return {
    window,
    channel: best.channel,
    grids: grids(channels > 1 ? `Window of map ${best.channel + 1}` : "Window", best, width),
    lines: [
      `${height * width} products: ${signed(best.sum)}${others}, bias ${signed(bias[filter])}`,
      `sum = ${signed(result)}`,
    ],
  };
}

function dense(layer, input, [, , unit], result) {
  const { kernel, bias } = arrays(layer);
  const units = layer.shape[0];
  const products = Array.from(input, (value, i) => value * kernel[i * units + unit]);
  const order = products.map((_, i) => i).sort((a, b) => Math.abs(products[b]) - Math.abs(products[a]));
  const largest = order.slice(0, SHOWN);
  const take = (values) => largest.map((i) => values[i]);
  const chosen = { values: take(input), weights: largest.map((i) => kernel[i * units + unit]), products: take(products) };
  const [sum, total] = [add(chosen.products), add(products)];
  return {
    window: null,
    grids: grids("Largest inputs", chosen, Math.min(3, largest.length)),
    lines: [
      `${largest.length} products: ${signed(sum)}, the other ${input.length - largest.length}: ` +
        `${signed(total - sum)}, bias ${signed(bias[unit])}`,
      `sum = ${signed(result)}`,
    ],
  };
}

function pool(layer, input, [row, column, channel], result) {
  const window = windowOf(layer, row, column);
  const values = patch(layer, input, window, channel);
  const what = layer.kind === "max_pool2d" ? "largest" : "mean";
  return {
    window,
    channel,
    grids: [{ title: "Window", values, columns: window[3] - window[1] }],
    lines: [`${what} of ${values.length} = ${signed(result)}`],
  };
}

function globalPool(layer, input, [, , channel], result) {
  const [height, width] = layer.inputShape;
  return {
    window: [0, 0, height, width],
    channel,
    grids: [],
    lines: [`mean of all ${height * width} values of map ${channel + 1} = ${signed(result)}`],
  };
}

function batch_norm(layer, input, at, result) {
  const index = indexOf(layer.shape, at);
  const { gamma, beta, mean, variance } = arrays(layer);
  const channel = at[2];
  const deviation = Math.sqrt(variance[channel] + layer.config.epsilon);
  return {
    window: pointWindow(layer.inputShape, index),
    channel,
    grids: [],
    lines: [
      `(x ${signed(input[index])} − mean ${signed(mean[channel])}) ÷ deviation ${deviation.toFixed(2)}`,
      `× ${signed(gamma[channel])} ${signed(beta[channel])} = ${signed(result)}`,
    ],
  };
}

/** The layer's weights by name. */
const arrays = ({ weights }) => Object.fromEntries(Object.entries(weights).map(([name, { values }]) => [name, values]));

const add = (values) => values.reduce((sum, value) => sum + value, 0);

function grids(title, { values, weights, products }, columns) {
  return [
    { title, values, columns },
    { title: "× weights", values: weights, columns },
    { title: "= products", values: products, columns },
  ];
}

/**
 * The part of the network's input that a unit depends on: top, left, bottom, right, clipped to the image.
 *
 * @param {Object[]} layers - all, up to the unit's own.
 */
export function receptiveField(layers, row, column) {
  const [height, width] = layers[0].inputShape;
  const field = throughAll(layers, [row, column, row + 1, column + 1]);
  return field.map((value, index) => Math.min(Math.max(value, 0), index % 2 ? width : height));
}

/** The part of the first layer's input on which a part of the last one's output depends. */
function throughAll(layers, area) {
  let [top, left, bottom, right] = area;
  for (const layer of [...layers].reverse()) {
    if (layer.kind === "add") {
      const main = layer.sublayers.filter(({ name }) => !name.startsWith(`${layer.name}/shortcut/`));
      [top, left, bottom, right] = throughAll(main, [top, left, bottom, right]);
    } else if (layer.inputShape.length === 3) {
      const last = windowOf(layer, bottom - 1, right - 1);
      [top, left] = windowOf(layer, top, left);
      [bottom, right] = last.slice(2);
    }
  }
  return [top, left, bottom, right];
}
