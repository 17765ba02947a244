/** The data and actions of a page that `digits web` serves: its files, and the server's API. */

import { CANVAS, LINE_WIDTH } from "./drawing.js";
import { asLine } from "./line.js";
import { Nearest } from "./nearest.js";
import { Teaching } from "./teaching.js";

/** The types of pictures that the server reads. */
const PICTURES = ["image/png", "image/jpeg", "image/bmp"];

async function request(url, options) {
  const response = await fetch(url, options);
  if (response.ok) return response;
  const { error } = await response.json().catch(() => ({}));
  throw new Error(error ?? `${url}: the server answered ${response.status}`);
}

const bytesOf = async (url) => new Uint8Array(await (await request(url)).arrayBuffer());

const weightsOf = (model) => bytesOf(`v1/weights?${new URLSearchParams({ model })}`);

const post = async (path, parameters, body, type = "application/json") => {
  const options = { method: "POST", body, headers: { "Content-Type": type } };
  return (await request(`v1/${path}?${new URLSearchParams(parameters)}`, options)).json();
};

/** The bytes of the WebAssembly module. */
export const engineBytes = () => bytesOf("engine.wasm");

/** The networks, `{name, size, bytes()}` each, the one to use first. */
export async function networks() {
  const { default: first, models } = await (await request("v1/models")).json();
  models.sort((a, b) => (b.name === first) - (a.name === first));
  return models.map(({ name, bytes, weights }) => ({ name, size: bytes, bytes: () => bytesOf(weights) }));
}

/** The actions that need a server. */
export const servedActions = [
  {
    name: "Teach the network your digits", label: "Teach", keys: ["L"], group: "Panels", place: "tabs", panel: "teach",
  },
  {
    name: "Teach: it is this digit", keys: [..."0123456789"], group: "Panels", shown: "0 to 9",
    enabled: (app) => app.panel === "teach", run: (app, key) => app.panels.teach.add(Number(key)),
  },
];

/** What needs a server. */
export const server = {
  /** Read the picture of a line: the image and the box, in canvas units, of each of its digits. */
  async readLine({ bitmap, width, height }, file) {
    let body = file;
    if (!PICTURES.includes(file.type)) {
      const canvas = new OffscreenCanvas(width, height);
      canvas.getContext("2d").drawImage(bitmap, 0, 0);
      body = await canvas.convertToBlob();
    }
    const { digits } = await post("recognize", { image: true, mode: "line" }, body, body.type);
    // The picture is centred on the canvas and fills it.
    const scale = Math.min(CANVAS / height, LINE_WIDTH / width);
    const left = (LINE_WIDTH - scale * width) / 2;
    return digits.map(({ image, box }) => ({
      image: Float32Array.from(image.flat()),
      box: box.map((value, side) => scale * value + (side % 2 ? 0 : left)),
    }));
  },

  /** What a network reads in a line that `readLine` has read, as `Recognizer.recognizeLine` gives it. */
  recognizeLine(picture, recognizer) {
    return asLine(picture.digits.map(({ image, box }) => ({ box, prediction: recognizer.predict(image) })));
  },

  /** The nearest training images, a part of the Inside panel. */
  nearest: (app) =>
    new Nearest(app, async (strokes, model) => {
      return (await post("nearest", { model, count: 8 }, JSON.stringify({ strokes }))).neighbours;
    }),

  /** Fine-tune a network on labelled drawings: the accuracy on them before and after, and the new weights. */
  async learn(samples, model) {
    const { before, after, seconds } = await post("learn", { model }, JSON.stringify({ samples }));
    return { before, after, seconds, bytes: await weightsOf(model) };
  },

  /** Undo the last fine-tuning: whether there was one, and the weights. */
  async undo(model) {
    const { undone } = await post("undo", { model });
    return { undone, bytes: await weightsOf(model) };
  },

  panels: (app) => ({ teach: new Teaching(app) }),
};
