/** The recognizer: the same answers as `nn.digits.Recognizer` in Python. */

import { readCheckpoint } from "./checkpoint.js";
import { Engine } from "./engine.js";
import { fail } from "./errors.js";
import { readLine } from "./line.js";
import { Network } from "./network.js";
import { pictureToImage } from "./normalize.js";
import { BLANK, DOT, NOT_A_DIGIT } from "./prediction.js";
import { PEN_WIDTH, SIDE, strokesToImage } from "./rasterize.js";

export const CLASSES = 10;

/** Less ink than this, in pixels, is a dot. */
const DOT_INK = 2 * PEN_WIDTH ** 2;

/** The smallest normal number of float32. */
const TINY = 2 ** -126;

/** The square that occlusion covers pixels with, and the pixels from one position to the next. */
const [SQUARE, SQUARE_STEP] = [6, 2];

/** Recognizes handwritten digits with a network. */
export class Recognizer {
  /**
   * @param {Uint8Array} bytes of a file of weights
   * @param {WebAssembly.Module | Promise<WebAssembly.Module>} module from `compileEngine`
   * @returns {Promise<Recognizer>}
   * @throws {Error} the file is broken, or its network does not recognize digits; the message is one plain line
   */
  static async fromNpz(bytes, module) {
    const { config, meta, weights } = await readCheckpoint(bytes);
    const network = new Network(new Engine(await module), config, weights);
    const [input, output] = [network.inputShape, network.outputShape].map(String);
    if (input !== `${[SIDE, SIDE, 1]}` || ![`${CLASSES}`, `${CLASSES + 1}`].includes(output)) {
      fail(`expected a network from (28, 28, 1) to (10) or (11), found one from (${input}) to (${output})`);
    }
    const names = meta.class_names;
    if (Array.isArray(names) && names.slice(0, CLASSES).join() !== [...Array(CLASSES).keys()].join()) {
      fail(`expected a network of digits, found one whose classes are ${names.join(", ")}`);
    }
    return new Recognizer(network, meta);
  }

  /**
   * @param {Network} network
   * @param {object} meta of its file; may have a `calibration`
   */
  constructor(network, meta) {
    const { temperature = 1, threshold = 1, ...others } = meta.calibration ?? {};
    const numbers = [temperature, threshold].every(Number.isFinite) && !Object.keys(others).length;
    if (!numbers || temperature < 1e-3 || temperature > 1e3 || threshold < 0 || threshold > 1) {
      fail("calibration: expected a temperature and a threshold in their range");
    }
    this.network = network;
    this.meta = meta;
    this.temperature = temperature;
    this.rejectThreshold = threshold;
  }

  /**
   * Recognize one drawing.
   * @param {number[][][]} strokes of points [x, y], x right and y down, in any unit, at any place
   * @returns {Prediction}
   * @throws {Error} a stroke is empty or not pairs of finite numbers
   */
  recognize(strokes) {
    return this.predict(strokesToImage(this.network.engine, strokes));
  }

  /**
   * Recognize the picture of one digit, bright on dark or dark on bright.
   * @param {Uint8Array | Uint8ClampedArray | Float32Array} gray bytes, or floats in [0, 1], row by row
   * @param {number} height
   * @param {number} width
   * @returns {Prediction}
   */
  recognizeImage(gray, height, width) {
    return this.predict(pictureToImage(this.network.engine, gray, height, width));
  }

  /**
   * Recognize a line of digits, from left to right.
   * @param {number[][][]} strokes as `recognize` takes them
   * @returns {{text: string, confidence: number, digits: {prediction: Prediction, box: number[], strokes: number[]}[]}}
   *   the label of each digit, `?` for a rejected one; the probability that all are right; and for each digit its box
   *   and the numbers of its strokes
   */
  recognizeLine(strokes) {
    return readLine(strokes, (group) => this.recognize(group));
  }

  /**
   * Recognize an image as `strokesToImage` makes it.
   * @param {Float32Array} image 784 numbers
   * @returns {Prediction}
   */
  predict(image) {
    const ink = image.reduce((sum, value) => sum + value, 0);
    if (ink < DOT_INK) {
      const probabilities = new Float32Array(CLASSES).fill(1 / CLASSES);
      const [label, reason, confidence] = [null, ink ? DOT : BLANK, probabilities[0]];
      return { label, reason, probabilities, confidence, digitProbability: 1, image };
    }
    const outputs = this.network.predict(image);
    const digitProbability = Math.min(Math.max(Math.fround(1 - (outputs[CLASSES] ?? 0)), 0), 1);
    const probabilities = this.#calibrated(outputs);
    const confidence = Math.max(...probabilities);
    const rejected = 1 - digitProbability > this.rejectThreshold;
    const [label, reason] = rejected ? [null, NOT_A_DIGIT] : [probabilities.indexOf(confidence), null];
    return { label, reason, probabilities, confidence, digitProbability, image };
  }

  /** The calibrated probability of each digit, given that it is one. */
  #calibrated(outputs) {
    const logarithms = outputs.slice(0, CLASSES).map((value) => Math.log(Math.max(value, TINY)));
    const largest = Math.max(...logarithms);
    const scaled = logarithms.map((value) => Math.exp((value - largest) / this.temperature));
    const sum = scaled.reduce((a, b) => a + b);
    return scaled.map((value) => value / sum);
  }

  /**
   * All layers of the network with their outputs for an image: `Network.all`.
   * @param {Float32Array} image
   * @returns {Layer[]} see network.js; the `values` are views, valid until the next prediction
   */
  activations(image) {
    this.network.infer(image);
    return this.network.all;
  }

  /**
   * The decrease of the logit of a label when the ink around each pixel is covered, as `nn.inspection.occlusion_map`:
   * in steps, as it takes some tens of milliseconds.
   * @param {Float32Array} image
   * @param {number} label
   * @returns {Generator<undefined, Float32Array>} at last 784 numbers
   */
  *occlusionSteps(image, label) {
    const [sums, counts] = [new Float32Array(image.length), new Float32Array(image.length)];
    const before = this.network.infer(image)[label];
    for (const pixels of occlusionSquares(image)) {
      const covered = image.slice();
      for (const pixel of pixels) covered[pixel] = 0;
      const decrease = before - this.network.infer(covered)[label];
      for (const pixel of pixels) {
        sums[pixel] += decrease;
        counts[pixel]++;
      }
      yield;
    }
    return sums.map((sum, index) => sum / Math.max(counts[index], 1));
  }
}

/** The pixels of each square that covers some ink; squares extend beyond the edges, as in Python. */
function occlusionSquares(image) {
  const squares = [];
  const from = (start) => Array.from({ length: SQUARE }, (_, index) => start + index).filter((n) => n >= 0 && n < SIDE);
  const first = 1 - SQUARE + ((SQUARE - 1) % SQUARE_STEP);
  for (let top = first; top < SIDE; top += SQUARE_STEP) {
    for (let left = first; left < SIDE; left += SQUARE_STEP) {
      const pixels = from(top).flatMap((row) => from(left).map((column) => row * SIDE + column));
      if (pixels.some((pixel) => image[pixel])) squares.push(pixels);
    }
  }
  return squares;
}
