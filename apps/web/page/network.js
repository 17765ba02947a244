/** A network: the layers of `nn.layers` at inference, for one image at a time. */

import { isObject, Weights } from "./checkpoint.js";
import { Engine } from "./engine.js";
import { fail } from "./errors.js";

/** The maximum depth of nested blocks, as in `nn/layers/add.py`. */
const MAX_DEPTH = 8;

/** Filters that the engine's convolution computes at once. */
const PANEL = 8;

/** A layer. */
class Layer {
  /** @type {number[]} of the output, without the batch axis */
  shape = [];
  /** @type {Object<string, {shape: number[], values: Float32Array}>} by name, for example `kernel` */
  weights = {};
  /** @type {Layer[]} those that it holds */
  sublayers = [];
  /** @type {?number[][]} of layers that slide one: its height and width, its steps, and the zeros above and on the left */
  window = null;
  /** @type {Layer[]} whose outputs it takes; none for the image */
  inputs = [];

  /**
   * @param {Engine} engine
   * @param {string} name for example `conv2d_1`, as in Python
   * @param {string} kind for example `conv2d`
   * @param {object} config the arguments of the layer's class in Python
   * @param {number[]} inputShape without the batch axis
   */
  constructor(engine, name, kind, config, inputShape) {
    Object.assign(this, { engine, name, kind, config, inputShape });
  }

  /** The output of the last call of `infer`: a view, valid until the next call. */
  get values() {
    return this.engine.floats(this.address, product(this.shape));
  }
}

/** A network, and its weights and outputs in an engine's memory. */
export class Network {
  /**
   * @param {Engine} engine
   * @param {object} config as `Sequential.config` in Python
   * @param {Weights} weights
   */
  constructor(engine, config, weights) {
    if (!Array.isArray(config.input_shape) || !config.input_shape.every(isSize)) fail("model: expected an input_shape");
    this.engine = engine;
    this.inputShape = config.input_shape;
    const image = new Layer(engine, "image", "image", {}, []);
    Object.assign(image, { shape: this.inputShape, address: engine.allocate(4 * product(this.inputShape)) });
    /** @type {Layer[]} the image, the layers, those inside blocks, too, and the probabilities, in the order of computation */
    this.all = [image];
    const builder = new Builder(engine, weights, this.all);
    /** @type {Layer[]} */
    this.layers = builder.chain(config.layers, image, "");
    if (!this.layers.length) fail("model: expected at least one layer, got none");
    weights.finish();
    const logits = this.layers.at(-1);
    this.outputShape = logits.shape;
    const probabilities = new Layer(engine, "softmax", "softmax", {}, logits.shape);
    Object.defineProperty(probabilities, "values", { get: () => softmax(logits.values) });
    this.all.push(Object.assign(probabilities, { shape: logits.shape, inputs: [logits] }));
  }

  /**
   * The logits, and as a side effect the `values` of each layer. The same image again takes no time: don't change it.
   * @param {Float32Array} image
   * @returns {Float32Array} a view, valid until the next call
   */
  infer(image) {
    if (this.image !== image) {
      this.image = image;
      this.all[0].values.set(image);
      for (const layer of this.layers) layer.run();
    }
    return this.layers.at(-1).values;
  }

  /** The probability of each class. Throws an Error if one is NaN. */
  predict(image) {
    return softmax(this.infer(image));
  }
}

function softmax(logits) {
  const largest = logits.reduce((a, b) => Math.max(a, b));
  const exponentials = logits.map((logit) => Math.exp(logit - largest));
  const sum = exponentials.reduce((a, b) => a + b);
  if (!Number.isFinite(sum)) fail("model: expected finite outputs, got NaN or infinity: weights are too large");
  return exponentials.map((each) => each / sum);
}

/** Makes layers: checks their arguments, takes their weights, and allocates their outputs. */
class Builder {
  constructor(engine, weights, all) {
    Object.assign(this, { engine, weights, all });
  }

  /** Layers one after another. `x` is the input: its shape and address. */
  chain(configs, x, prefix) {
    if (!Array.isArray(configs)) fail("model: expected a list of layers");
    if (prefix.split("add_").length > MAX_DEPTH + 1) fail(`Add: expected blocks nested at most ${MAX_DEPTH} deep`);
    const counts = {};
    return configs.map((config, index) => {
      const { type, ...options } = isObject(config) ? config : {};
      if (!Object.hasOwn(LAYERS, type)) {
        fail(`layer ${index + 1}: expected a type, one of ${Object.keys(LAYERS).join(", ")}, got '${type}'`);
      }
      const [kind, defaults, build] = LAYERS[type];
      const unknown = Object.keys(options).find((key) => !Object.hasOwn(defaults, key));
      if (unknown) fail(`layer ${index + 1}: ${type} has no argument '${unknown}'`);
      counts[kind] = (counts[kind] ?? 0) + 1;
      const name = `${prefix}${kind}_${counts[kind]}`;
      const layer = new Layer(this.engine, name, kind, { ...defaults, ...options }, x.shape);
      layer.inputs = [x];
      build.call(this, layer, x, layer.config);
      this.all.push(layer);
      return (x = layer);
    });
  }

  /** Set the shape, the memory and the function of a layer's output. */
  output(layer, shape, run) {
    layer.shape = shape;
    layer.address = this.engine.allocate(4 * product(shape));
    layer.run = run;
  }

  /** The address of an array of the layer, which `layer.weights` then shows. */
  take(layer, name, shape, isKernel) {
    layer.weights[name] = this.weights.take(`${layer.name}/${name}`, shape, isKernel);
    return this.store(layer.weights[name].values);
  }

  store(values) {
    const address = this.engine.allocate(4 * values.length);
    this.engine.floats(address, values.length).set(values);
    return address;
  }
}

/** A function of each element, an operation of the engine. */
const activation = (operation, ...options) =>
  function (layer, x, config) {
    const size = product(x.shape);
    const values = options.map((option) => option(config));
    this.output(layer, x.shape, () => this.engine.ops[operation](x.address, layer.address, size, ...values));
  };

/** The identity, of another shape. */
const reshape = (shape) => (layer, x) =>
  Object.assign(layer, { shape: shape(x.shape), address: x.address, run: () => {} });

/** The defaults that convolutions share. */
const SLIDING = { kernel_size: 3, stride: 1, padding: "valid", kernel_initializer: null };

/** Each layer: its kind, the defaults of its arguments, `null` for those of training alone, and how it is built. */
const LAYERS = {
  Add: ["add", { layers: undefined, shortcut: null }, add],
  AvgPool2D: ["avg_pool2d", { pool_size: 2, stride: null }, pool],
  BatchNorm: ["batch_norm", { momentum: null, epsilon: 1e-5, scale: null }, batchNorm],
  Conv2D: ["conv2d", { filters: undefined, use_bias: null, ...SLIDING }, conv2d],
  Dense: ["dense", { units: undefined, kernel_initializer: null }, dense],
  DepthwiseConv2D: ["depthwise_conv2d", SLIDING, conv2d],
  Dropout: ["dropout", { rate: 0.5 }, reshape((shape) => shape)],
  Flatten: ["flatten", {}, reshape((shape) => [product(shape)])],
  GELU: ["gelu", { approximate: false }, activation("gelu", (config) => Number(config.approximate === true))],
  GlobalAvgPool2D: ["global_avg_pool2d", {}, globalPool],
  LeakyReLU: ["leaky_relu", { negative_slope: 0.01 }, activation("leaky_relu", slope)],
  MaxPool2D: ["max_pool2d", { pool_size: 2, stride: null }, pool],
  ReLU: ["relu", {}, activation("relu")],
  Sigmoid: ["sigmoid", {}, activation("sigmoid")],
  Tanh: ["tanh", {}, activation("tanh")],
};

/** A depthwise convolution, without `filters`, runs with a kernel that is 0 between channels. @this {Builder} */
function conv2d(layer, x, { filters, kernel_size, stride, padding }) {
  const { engine } = this;
  const [height, width, channels] = imageShape(layer, x);
  const depthwise = layer.kind !== "conv2d";
  if (depthwise) filters = channels;
  const [kernelH, kernelW] = pair(layer, "kernel_size", kernel_size);
  const [strideH, strideW] = pair(layer, "stride", stride);
  if (!isSize(filters)) fail(`${layer.name}: filters: expected an integer >= 1, got ${JSON.stringify(filters)}`);
  if (padding !== "valid" && padding !== "same") fail(`${layer.name}: expected padding 'valid' or 'same'`);
  const same = padding === "same";
  const side = (length, window, step) => (same ? Math.ceil(length / step) : Math.floor((length - window) / step) + 1);
  const [outH, outW] = [side(height, kernelH, strideH), side(width, kernelW, strideW)];
  if (outH < 1 || outW < 1) fail(`${layer.name}: expected images of at least ${kernelH}x${kernelW}, the window`);
  const shape = [kernelH, kernelW, channels];
  let kernel = this.take(layer, "kernel", depthwise ? shape : [...shape, filters], true);
  const bias = depthwise ? this.store(new Float32Array(filters)) : this.take(layer, "bias", [filters]);
  if (depthwise) {
    const full = new Float32Array(product(shape) * filters);
    layer.weights.kernel.values.forEach((value, i) => (full[i * filters + (i % filters)] = value));
    kernel = this.store(full);
  }

  // The rows and columns that the windows cover; with zeros around the image, these are a copy.
  let [address, coveredH, coveredW] = [x.address, (outH - 1) * strideH + kernelH, (outW - 1) * strideW + kernelW];
  const [top, left] = [coveredH - height, coveredW - width].map((zeros) => (same ? Math.max(zeros, 0) >> 1 : 0));
  layer.window = [[kernelH, kernelW], [strideH, strideW], [top, left]];
  let pad = () => {};
  if (coveredH > height || coveredW > width) {
    address = engine.allocate(4 * coveredH * coveredW * channels);
    const sizes = [height, width, channels, top, left, coveredH, coveredW];
    pad = () => engine.ops.insert_zeros(x.address, address, ...sizes);
  } else [coveredH, coveredW] = [height, width];

  const pixels = outH * outW;
  const starts = engine.allocate(8 * pixels);
  engine.ops.window_starts(starts, coveredW, channels, strideH, strideW, outH, outW);
  const pack = (source, terms) => {
    const target = engine.allocate(4 * terms * (filters + PANEL - 1));
    engine.ops.pack(source, target, terms, filters);
    return target;
  };
  const weights = pack(kernel, kernelH * kernelW * channels);
  const biases = pack(bias, 1);
  const panel = engine.allocate(4 * pixels * PANEL);
  const sizes = [coveredH, coveredW, channels, kernelH, kernelW, filters, pixels];
  this.output(layer, [outH, outW, filters], () => {
    pad();
    engine.ops.conv2d(address, starts, weights, biases, panel, layer.address, ...sizes);
  });
}

/** @this {Builder} */
function dense(layer, x, { units }) {
  if (x.shape.length !== 1) fail(`${layer.name}: expected vectors (N, I), got (N, ${x.shape}); put a Flatten before`);
  if (!isSize(units)) fail(`${layer.name}: units: expected an integer >= 1, got ${JSON.stringify(units)}`);
  const kernel = this.take(layer, "kernel", [x.shape[0], units], true);
  const bias = this.take(layer, "bias", [units]);
  this.output(layer, [units], () =>
    this.engine.ops.dense(x.address, kernel, bias, layer.address, x.shape[0], units));
}

/** @this {Builder} */
function batchNorm(layer, x, { epsilon }) {
  const channels = x.shape.at(-1);
  for (const name of ["gamma", "beta", "mean", "variance"]) this.take(layer, name, [channels]);
  const { gamma, beta, mean, variance } = layer.weights;
  if (!(epsilon > 0)) fail(`${layer.name}: expected epsilon > 0, got ${epsilon}`);
  if (variance.values.some((value) => value < 0)) fail(`${layer.name}/variance: expected numbers of at least 0`);
  const scale = gamma.values.map((value, c) => value / Math.sqrt(variance.values[c] + epsilon));
  const shift = beta.values.map((value, c) => value - mean.values[c] * scale[c]);
  const [scaleAddress, shiftAddress, rows] = [this.store(scale), this.store(shift), product(x.shape) / channels];
  this.output(layer, x.shape, () =>
    this.engine.ops.batch_norm(x.address, scaleAddress, shiftAddress, layer.address, rows, channels));
}

/** Max-pooling and average pooling. @this {Builder} */
function pool(layer, x, { pool_size, stride }) {
  const { ops } = this.engine;
  const [height, width, channels] = imageShape(layer, x);
  const window = pair(layer, "pool_size", pool_size);
  const steps = pair(layer, "stride", stride ?? pool_size);
  if (height < window[0] || width < window[1]) {
    fail(`${layer.name}: expected images of at least ${window[0]}x${window[1]}, the window, got ${height}x${width}`);
  }
  const out = [height, width].map((length, axis) => Math.floor((length - window[axis]) / steps[axis]) + 1);
  const sizes = [height, width, channels, ...window, ...steps, ...out];
  layer.window = [window, steps, [0, 0]];
  const places = layer.kind === "max_pool2d" ? this.engine.allocate(4 * product(out) * channels) : 0;
  this.output(layer, [...out, channels], () =>
    places
      ? ops.max_pool(x.address, layer.address, places, ...sizes)
      : ops.avg_pool(x.address, layer.address, ...sizes));
}

/** @this {Builder} */
function globalPool(layer, x) {
  const [height, width, channels] = imageShape(layer, x);
  const sizes = [height, width, channels, height, width, height, width, 1, 1];
  layer.window = [[height, width], [1, 1], [0, 0]];
  this.output(layer, [channels], () => this.engine.ops.avg_pool(x.address, layer.address, ...sizes));
}

/** The residual block. @this {Builder} */
function add(layer, x, { layers, shortcut }) {
  const main = this.chain(layers, x, `${layer.name}/`);
  if (!main.length) fail("Add: expected at least one layer, got none");
  const other = this.chain(shortcut ?? [], x, `${layer.name}/shortcut/`);
  const [a, b] = [main.at(-1), other.at(-1) ?? x];
  if (`${a.shape}` !== `${b.shape}`) fail(`${layer.name}: expected branches of the same output, got others`);
  layer.sublayers = [...main, ...other];
  layer.inputs = [a, b];
  this.output(layer, a.shape, () => {
    for (const each of layer.sublayers) each.run();
    this.engine.ops.add(a.address, b.address, layer.address, product(a.shape));
  });
}

function slope({ negative_slope: value }) {
  if (!(value >= 0 && value < Infinity)) fail(`LeakyReLU: expected a finite negative_slope >= 0, got ${value}`);
  return value;
}

/** The index of the largest number. */
export function argmax(values) {
  return values.reduce((best, value, index) => (value > values[best] ? index : best), 0);
}

/** The product of sizes. */
export function product(sizes) {
  return sizes.reduce((a, b) => a * b, 1);
}

function isSize(value) {
  return Number.isInteger(value) && value >= 1;
}

function pair(layer, what, value) {
  const numbers = Array.isArray(value) ? value : [value, value];
  if (numbers.length !== 2 || !numbers.every(isSize)) {
    fail(`${layer.name}: ${what}: expected one integer or two, got ${JSON.stringify(value)}`);
  }
  return numbers;
}

function imageShape(layer, x) {
  if (x.shape.length !== 3) fail(`${layer.name}: expected images (N, H, W, C), got (N, ${x.shape})`);
  return x.shape;
}
