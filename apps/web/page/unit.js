/**
 * How a unit of a layer is computed, number by number, and where it comes from, as `nn.trace` in Python. A unit is a
 * layer of network.js, whose values are those of the last prediction, and the place of a value among them.
 */

import { signed } from "./dom.js";

/** Height, width and channels; a vector is a single pixel. */
export const volume = ({ shape }) => (shape.length === 3 ? shape : [1, 1, shape.reduce((a, b) => a * b)]);

/** Row, column and channel of a place in a layer; `placeOf` is the inverse. */
export function unitAt(layer, place) {
  const [, width, channels] = volume(layer);
  const pixel = Math.floor(place / channels);
  return [Math.floor(pixel / width), pixel % width, place % channels];
}

export function placeOf(layer, [row, column, channel]) {
  const [, width, channels] = volume(layer);
  return (row * width + column) * channels + channel;
}

/** Height and width of a layer's window, its steps, and the zeros above and left of the input. */
function windowing({ config, inputShape, shape }) {
  const pair = (value) => (Array.isArray(value) ? value : [value, value]);
  const given = config.kernel_size ?? config.pool_size ?? inputShape.slice(0, 2);
  const [size, stride] = [pair(given), pair(config.stride ?? given)];
  const zeros = (axis) => Math.max((shape[axis] - 1) * stride[axis] + size[axis] - inputShape[axis], 0) >> 1;
  return [size, stride, config.padding === "same" ? [zeros(0), zeros(1)] : [0, 0]];
}

/** The places of the window of a unit on its input, row by row, -1 beyond the edges: of one channel, or of all. */
function windowPlaces(layer, [row, column], channel) {
  const [input] = layer.inputs;
  const [height, width, channels] = input.shape;
  const [size, stride, zeros] = windowing(layer);
  const places = [];
  for (let i = 0; i < size[0]; i++) {
    for (let j = 0; j < size[1]; j++) {
      const [y, x] = [row * stride[0] - zeros[0] + i, column * stride[1] - zeros[1] + j];
      const inside = y >= 0 && x >= 0 && y < height && x < width;
      const place = (c) => (inside ? (y * width + x) * channels + c : -1);
      if (channel !== undefined) places.push(place(channel));
      else for (let c = 0; c < channels; c++) places.push(place(c));
    }
  }
  return { places, wide: size[1] };
}

/**
 * For each kind of layer what its unit reads: `places` on the input, the `weights` of these, and `steps`, a function
 * of the products' sum that returns texts. By default, it is a function of the value at the same place.
 */
const KINDS = {
  conv2d(layer, place) {
    const at = unitAt(layer, place);
    const filters = layer.shape[2];
    const found = windowPlaces(layer, at);
    return weighted(found, layer, (i) => i * filters + at[2], at[2]);
  },
  dense: (layer, place) =>
    weighted({ places: Array.from(layer.inputs[0].values.keys()) }, layer, (i) => i * layer.shape[0] + place, place),
  max_pool2d: (layer, place) => ({ ...pooled(layer, place), selects: true, text: "largest" }),
  avg_pool2d: (layer, place) => ({ ...pooled(layer, place), text: "mean" }),
  global_avg_pool2d: (layer, place) => ({ ...windowPlaces(layer, [0, 0], place), text: "mean" }),
  batch_norm(layer, place) {
    const channel = unitAt(layer, place)[2];
    const [gamma, beta, mean, variance] = ["gamma", "beta", "mean", "variance"].map(
      (name) => layer.weights[name].values[channel],
    );
    const deviation = Math.sqrt(variance + layer.config.epsilon);
    return { text: `− mean ${signed(mean)}, ÷ deviation ${signed(deviation)}, × ${signed(gamma)}, + beta ${signed(beta)}` };
  },
  add(layer, place) {
    const [a, b] = layer.inputs.map(({ values }) => values[place]);
    const larger = Math.abs(b) > Math.abs(a) ? 1 : 0;
    return { input: layer.inputs[larger], text: `layers ${signed(a)}, shortcut ${signed(b)}`, several: true };
  },
  softmax(layer, place) {
    const { values } = layer.inputs[0];
    const largest = Math.max(...values);
    const sum = values.reduce((total, value) => total + Math.exp(value - largest), 0);
    return { text: `exp(${signed(values[place])} − ${signed(largest)}), ÷ sum of exp ${signed(sum)}` };
  },
};

const pooled = (layer, place) => {
  const at = unitAt(layer, place);
  return windowPlaces(layer, at, at[2]);
};

function weighted(found, { weights: { kernel, bias } }, at, unit) {
  return { ...found, weights: found.places.map((_, i) => kernel.values[at(i)]), bias: bias.values[unit] };
}

/**
 * @returns {{input: ?Object, places: number[], values: number[], weights: ?number[], parts: number[], best: number,
 *   text: string, wide: ?number, several: boolean}} `parts` are the products, or without weights the values; `best` is
 *   the number of the largest one, -1 if nothing contributes; `text` is how the output follows.
 */
export function explain(layer, place) {
  const unit = { input: layer.inputs[0], places: layer.inputs.length ? [place] : [], text: "", ...KINDS[layer.kind]?.(layer, place) };
  const { input, places, weights, selects } = unit;
  unit.values = places.map((at) => (at < 0 ? 0 : input.values[at]));
  unit.parts = weights ? unit.values.map((value, i) => value * weights[i]) : unit.values;
  unit.several ||= places.length > 1;
  const size = (i) => (selects ? (places[i] < 0 ? -Infinity : unit.parts[i]) : Math.abs(unit.parts[i]));
  unit.best = places.reduce((best, _, i) => (best < 0 || size(i) > size(best) ? i : best), -1);
  if (unit.several && !selects && unit.best >= 0 && !size(unit.best)) unit.best = -1;
  if (weights) {
    const sum = unit.parts.reduce((a, b) => a + b, 0);
    unit.text = `${places.length} products ${signed(sum)}, bias ${signed(unit.bias)}`;
  } else if (unit.several && places.length > 1) unit.text += ` of ${places.length}`;
  return unit;
}

/** The unit of the input that contributes most: its layer and place; undefined if none does. */
export function source(layer, place) {
  const { input, places, best } = explain(layer, place);
  return best < 0 ? undefined : [input, places[best]];
}

/** A unit, what contributes most to it, and so on: the last one is a pixel, or is made of biases alone. */
export function path(layer, place) {
  const found = [];
  for (let at = [layer, place]; at; at = source(...at)) found.push(at);
  return found;
}

/** The last sum, maximum or mean that a unit is made of, and the units after it up to this one. */
export function chain(layer, place) {
  const found = [[layer, place]];
  while (found[0][0].inputs.length && !explain(...found[0]).several) found.unshift(source(...found[0]));
  return found;
}

/** Top, left, bottom and right of the part of the image that a unit depends on. */
export function receptiveField(layers, layer, place) {
  const areas = new Map([[layer, [place, place]]]);
  for (const each of [...layers].reverse()) {
    const corners = each.inputs.length && areas.get(each);
    if (!corners) continue;
    const places = each.kind === "add" ? corners : corners.flatMap((at) => explain(each, at).places);
    for (const input of each.inputs) {
      const units = [...places.filter((at) => at >= 0), ...(areas.get(input) ?? [])].map((at) => unitAt(input, at));
      const corner = (choose) => placeOf(input, [0, 1, 2].map((axis) => Math[choose](...units.map((unit) => unit[axis]))));
      areas.set(input, [corner("min"), corner("max")]);
    }
  }
  const [first, last] = areas.get(layers[0]).map((at) => unitAt(layers[0], at));
  return [first[0], first[1], last[0] + 1, last[1] + 1];
}
