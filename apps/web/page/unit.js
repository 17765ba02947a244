/**
 * How a unit of a layer is computed, number by number, and where it comes from, as `nn.trace` in Python. A unit is a
 * layer of network.js, whose values are those of the last prediction, and the place of a value among them.
 */

import { signed } from "./dom.js";
import { argmax, product } from "./network.js";

/** Height, width and channels; a vector is a single pixel. */
export const volume = ({ shape }) => (shape.length === 3 ? shape : [1, 1, product(shape)]);

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

/** The places that a unit reads, -1 beyond the edges: its window on one channel or on all, row by row; or everything. */
function windowPlaces(layer, place, channel) {
  const [input] = layer.inputs;
  if (!layer.window) return { places: [...input.values.keys()] };
  const [size, stride, zeros] = layer.window;
  const [row, column] = unitAt(layer, place);
  const [height, width, channels] = input.shape;
  const places = [];
  for (let i = 0; i < size[0]; i++) {
    for (let j = 0; j < size[1]; j++) {
      const [y, x] = [row * stride[0] - zeros[0] + i, column * stride[1] - zeros[1] + j];
      const inside = y >= 0 && x >= 0 && y < height && x < width;
      for (let c = channel ?? 0; c < (channel ?? channels - 1) + 1; c++) {
        places.push(inside ? placeOf(input, [y, x, c]) : -1);
      }
    }
  }
  return { places, wide: size[1], maps: channel === undefined ? channels : 1 };
}

function weighted(layer, place, channel) {
  const { kernel, bias } = layer.weights;
  const found = windowPlaces(layer, place, channel);
  const units = volume(layer)[2];
  const unit = place % units;
  const weights = found.places.map((_, i) => kernel.values[i * units + unit]);
  return { ...found, weights, bias: bias?.values[unit] };
}

const pooled = (text) => (layer, place) => ({ ...windowPlaces(layer, place, place % volume(layer)[2]), text });

/**
 * For each kind of layer what its unit reads: `places` on the input, their `weights` and the `bias`, and a text. By
 * default, it is a function of the value at the same place.
 */
const KINDS = {
  conv2d: weighted,
  depthwise_conv2d: (layer, place) => weighted(layer, place, place % volume(layer)[2]),
  dense: weighted,
  max_pool2d: pooled("largest"),
  avg_pool2d: pooled("mean"),
  global_avg_pool2d: pooled("mean"),
  batch_norm({ weights, config }, place) {
    const [gamma, beta, mean, variance] = ["gamma", "beta", "mean", "variance"].map(
      (name) => weights[name].values[place % weights[name].values.length],
    );
    const deviation = signed(Math.sqrt(variance + config.epsilon));
    return { text: `− mean ${signed(mean)}, ÷ deviation ${deviation}, × gamma ${signed(gamma)}, + beta ${signed(beta)}` };
  },
  add({ inputs }, place) {
    const [a, b] = inputs.map(({ values }) => values[place]);
    const text = `layers ${signed(a)}, shortcut ${signed(b)}`;
    return { input: inputs[Number(Math.abs(b) > Math.abs(a))], text, several: true };
  },
  softmax({ inputs: [{ values }] }, place) {
    const largest = Math.max(...values);
    const sum = values.reduce((total, value) => total + Math.exp(value - largest), 0);
    return { text: `exp(${signed(values[place])} − ${signed(largest)}), ÷ sum of exp ${signed(sum)}` };
  },
};

/**
 * @returns {{input: ?Object, places: number[], values: number[], weights: ?number[], parts: number[], best: number,
 *   text: string, wide: ?number, maps: ?number, several: boolean}} `parts` are the products, or without weights the values; `best` is
 *   the number of the largest one, -1 if nothing contributes; `text` is how the output follows.
 */
export function explain(layer, place) {
  const [input] = layer.inputs;
  const unit = { input, places: input ? [place] : [], text: "", ...KINDS[layer.kind]?.(layer, place) };
  const { places, weights, text } = unit;
  unit.values = places.map((at) => unit.input.values[at] ?? 0);
  unit.parts = weights ? unit.values.map((value, i) => value * weights[i]) : unit.values;
  unit.several ||= places.length > 1;
  const sizes = text === "largest" ? unit.parts : unit.parts.map(Math.abs);
  const best = Math.max(...sizes);
  unit.best = best || text === "largest" || !unit.several ? sizes.indexOf(best) : -1;
  if (weights) {
    const sum = signed(unit.parts.reduce((a, b) => a + b));
    unit.text = `${places.length} products ${sum}`;
    if (unit.bias !== undefined) unit.text += `, bias ${signed(unit.bias)}`;
  } else if (places.length > 1) unit.text += ` of ${places.length}`;
  return unit;
}

/** A unit, what contributes most to it, and so on: the last one is a pixel, or is made of biases alone. */
export function path(layer, place) {
  const { input, places, best } = explain(layer, place);
  return [[layer, place], ...(best < 0 ? [] : path(input, places[best]))];
}

/** The last sum, maximum or mean that a unit is made of, and the units after it up to this one. */
export function chain(layer, place) {
  const { input, places, several } = explain(layer, place);
  return [...(several || !input ? [] : chain(input, places[0])), [layer, place]];
}

/** What becomes of a unit: in the layers after it that change single values, and in a pooling after them. */
export function onward(layers, layer, place) {
  const next = layers.find(({ inputs }) => inputs.includes(layer));
  if (!next) return [];
  const at = nearby(layer, place, next);
  const { several, text } = explain(next, at);
  if (text.startsWith("largest")) return [[next, at]];
  return several ? [] : [[next, at], ...onward(layers, next, at)];
}

/**
 * The place in another layer of the unit of the same number, if both have as many; else of that at the same part of
 * height and width, in the same channel if both have as many, or the largest there; for vectors, of the largest.
 */
export function nearby(layer, place, other) {
  const { shape, values } = other;
  if (product(layer.shape) === product(shape)) return place;
  if (layer.shape.length < 3 || shape.length < 3) return argmax(values);
  const [height, width, channels] = layer.shape;
  const [y, x, channel] = unitAt(layer, place);
  const scaled = (at, old, size) => Math.round((at * (size - 1)) / Math.max(1, old - 1));
  const start = placeOf(other, [scaled(y, height, shape[0]), scaled(x, width, shape[1]), 0]);
  return start + (channels === shape[2] ? channel : argmax(values.slice(start, start + shape[2])));
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
