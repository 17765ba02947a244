/** The nearest training images, with a server: those that the network finds most similar. */

import { element } from "./dom.js";
import { paintValues } from "./palette.js";

/** Milliseconds without ink before the server is asked. */
const REST = 300;

export class Nearest {
  /**
   * @param {Object} app - the page.
   * @param {(strokes: number[][][], model: string) => Promise<{label: number, image: number[][]}[]>} find
   */
  constructor(app, find) {
    this.app = app;
    this.find = find;
    this.node = element("div", { className: "nearest", role: "group", "aria-label": "Nearest training images" });
  }

  /** Show the images for a prediction, when the pen rests. */
  update(prediction, palette) {
    if (prediction === this.prediction) return;
    this.prediction = prediction;
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this._ask(prediction, palette), REST);
  }

  async _ask(prediction, palette) {
    const { app } = this;
    const { strokes } = app.drawing.document;
    let shown = [];
    try {
      const points = strokes.map((stroke) => stroke.points);
      const found = prediction && points.length ? await this.find(points, app.networks[app.network].name) : [];
      shown = found.map(({ label, image }) => {
        const canvas = element("canvas", { width: 28, height: 28, role: "img", "aria-label": `A ${label}` });
        paintValues(canvas, image.flat(), palette.grey, 1, 0);
        return element("div", {}, canvas, String(label));
      });
      if (shown.length) shown.unshift(element("p", {}, "The nearest training images"));
    } catch (error) {
      shown = [element("p", {}, error.message)];
    }
    if (this.prediction === prediction) this.node.replaceChildren(...shown);
  }
}
