/** Runs jobs in Node: reads them from standard input as JSON, writes the results; see driver.py. */

import { readFileSync } from "node:fs";

const page = new URL("../../../../apps/web/page/", import.meta.url);
const { compileEngine, Engine } = await import(new URL("engine.js", page));
const { Recognizer } = await import(new URL("recognizer.js", page));
const { Network } = await import(new URL("network.js", page));
const { chain, explain, onward, path, receptiveField } = await import(new URL("unit.js", page));
const { readCheckpoint } = await import(new URL("checkpoint.js", page));

const { job, engine = new URL("engine.wasm", page), ...options } = JSON.parse(readFileSync(0, "utf8"));
const module = await compileEngine(readFileSync(engine));
const read = (path) => new Uint8Array(readFileSync(path));
const load = (path) => Recognizer.fromNpz(read(path), module);

/** The result of a call, or the message of its error. */
async function attempt(call) {
  try {
    return await call();
  } catch (error) {
    return { error: error.message, kind: error.constructor.name };
  }
}

const JOBS = {
  /** Predictions for drawings. JSON has no NaN, so some numbers are strings. */
  async recognize({ weights, drawings }) {
    const recognizer = await load(weights);
    return Promise.all(drawings.map((strokes) => attempt(() => recognizer.recognize(numbers(strokes)))));
  },

  async lines({ weights, drawings }) {
    const recognizer = await load(weights);
    return Promise.all(drawings.map((strokes) => attempt(() => recognizer.recognizeLine(numbers(strokes)))));
  },

  /** Predictions for pictures of bytes or floats, and for each how it was refused. */
  async pictures({ weights, pictures }) {
    const recognizer = await load(weights);
    const decode = ({ bytes, values }) => (values ? floats(values) : new Uint8Array(Buffer.from(bytes, "base64")));
    return Promise.all(
      pictures.map((picture) =>
        attempt(() => recognizer.recognizeImage(decode(picture), picture.height, picture.width))));
  },

  /** The values of all layers of a network for an image of any size. */
  async activations({ weights, image }) {
    const { config, weights: arrays } = await readCheckpoint(read(weights));
    const network = new Network(new Engine(module), config, arrays);
    network.infer(floats(image));
    return network.layers.map(({ name, kind, shape, values }) => ({ name, kind, shape, values: values.slice() }));
  },

  /** For units of a network, given by the numbers of layers and places, how they are computed. */
  async units({ weights, image, units }) {
    const { config, weights: arrays } = await readCheckpoint(read(weights));
    const network = new Network(new Engine(module), config, arrays);
    network.infer(floats(image));
    const named = ([layer, place]) => [layer.name, place];
    return units.map(([number, place]) => {
      const at = [network.all[number], place];
      const { places, values, weights, text } = explain(...at);
      return {
        name: at[0].name, value: at[0].values[place], places, values, weights: weights ?? null, text,
        path: path(...at).map(named), chain: chain(...at).map(named), field: receptiveField(network.all, ...at),
        onward: onward(network.all, ...at).map(named),
      };
    });
  },

  async occlusion({ weights, image, label }) {
    const steps = (await load(weights)).occlusionSteps(floats(image), label);
    let step = steps.next();
    while (!step.done) step = steps.next();
    return step.value;
  },

  /** For each file the logits of a white image, or what loading it raised. */
  async load({ paths }) {
    const logits = (recognizer) => recognizer.network.infer(new Float32Array(784).fill(1)).slice();
    return Promise.all(paths.map((path) => attempt(() => load(path).then(logits))));
  },
};

const numbers = (strokes) => strokes.map((stroke) => stroke.map((point) => point.map(Number)));
const floats = (base64) => new Float32Array(new Uint8Array(Buffer.from(base64, "base64")).buffer);
const encode = (key, value) =>
  value instanceof Float32Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") : value;

process.stdout.write(JSON.stringify(await JOBS[job](options), encode));
