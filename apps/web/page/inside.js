/** The Inside panel: the maps of every layer; a unit's window, products and sum; the occlusion map of any digit. */

import { element, setText } from "./dom.js";
import { paintGrids } from "./grids.js";
import { Maps } from "./maps.js";
import { argmax } from "./network.js";
import { largest, paintValues } from "./palette.js";
import { ARROWS } from "./pen.js";
import { CLASSES } from "./recognizer.js";
import { explainUnit, receptiveField, unitAt } from "./unit.js";

/** Milliseconds of each frame for the occlusion map, so that it does not delay ink and answer. */
const OCCLUSION_BUDGET = 4;

/** Squares that are covered between two looks at the clock. */
const SQUARES = 4;

/** Layers that don't change values at inference: their maps are those of the layer before. */
const UNCHANGED = ["dropout", "flatten"];

/** A picture of 28x28 pixels with a caption above it and a box over it. */
function figure(id, text) {
  const canvas = element("canvas", { width: 28, height: 28, role: "img", "aria-labelledby": id });
  const box = element("i", { className: "box", hidden: true });
  const caption = element("figcaption", { id }, text);
  const node = element("figure", {}, caption, element("div", { className: "stack" }, canvas, box));
  return { node, canvas, box, caption };
}

/** Place a box over an area of a canvas, in its pixels: left, top, right, bottom; null hides it. */
function place(box, canvas, area) {
  box.hidden = !area;
  if (!area) return;
  const [left, top, right, bottom] = area;
  const part = (value, whole) => `${(100 * value) / whole}%`;
  box.style.left = part(left, canvas.width);
  box.style.top = part(top, canvas.height);
  box.style.width = part(right - left, canvas.width);
  box.style.height = part(bottom - top, canvas.height);
}

export class Inside {
  constructor(app) {
    this.app = app;
    this.explained = null;
    this.chosen = null;
    this.layers = [];
    this.shown = [];
    this.visible = new Set();
    this.node = element("div", { className: "inside" });
  }

  /** Build the panel for the network in use. */
  open() {
    this.input = figure("inside-input", "Input, 28x28");
    this.occlusion = figure("inside-occlusion", "Occlusion");
    this.grids = element("canvas", { className: "grids", role: "img", "aria-labelledby": "unit-title unit-text" });
    this.title = element("p", { id: "unit-title" });
    this.text = element("p", { id: "unit-text", "aria-live": "polite" });
    this.list = element("div", { className: "layers", tabIndex: 0, role: "group", "aria-label": "Layers" });
    this.network = null;
    this.job = null;
    const words = element("div", { className: "unit-words" }, this.title, this.text);
    const unit = element("div", { className: "unit" }, words, this.grids);
    const images = element("div", { className: "images" }, this.input.node, this.occlusion.node, unit);
    this.nearest = this.app.server?.nearest(this.app);
    this.node.replaceChildren(this._chips(), images, this.nearest?.node ?? "", this.list);
    this.observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) this.visible.add(target);
        else this.visible.delete(target);
      }
      this.app.changed();
    });
    return this.node;
  }

  close() {
    this.observer?.disconnect();
    this.visible.clear();
    this.network = null;
    this.job = null;
  }

  /** Explain a digit; null: the answer. */
  explain(label) {
    this.explained = label;
    this.job = null;
    this.app.changed();
  }

  _chips() {
    const chips = element("div", { className: "chips", role: "toolbar", "aria-label": "Digit to explain" });
    this.chips = [null, ...Array(CLASSES).keys()].map((label) => {
      const chip = element("button", { type: "button" }, label === null ? "Answer" : String(label));
      chip.addEventListener("click", () => this.explain(label));
      chips.append(chip);
      return chip;
    });
    return chips;
  }

  /** A caption and a canvas for each layer of the network. */
  _layOut(outputs) {
    this.observer.disconnect();
    this.visible.clear();
    this.layers = outputs.map(({ name, kind, shape }, number) => {
      if (UNCHANGED.includes(kind)) return null;
      const text = shape.length === 1 ? `${shape[0]} units` : `${shape[2]} maps of ${shape[1]}x${shape[0]}`;
      const canvas = element("canvas", {
        tabIndex: 0, role: "application", "aria-label": `${name}, ${text}; arrow keys move from unit to unit`,
      });
      const boxes = ["unit-box", "box"].map((kind) => element("i", { className: kind, hidden: true }));
      const stack = element("div", { className: "stack" }, canvas, ...boxes);
      const caption = element("p", {}, element("b", {}, name), `  ${text}`);
      this.list.append(element("div", { className: "layer" }, caption, stack));
      const maps = new Maps(canvas, shape);
      this._listen(canvas, maps, number);
      this.observer.observe(canvas);
      return { canvas, maps, unitBox: boxes[0], windowBox: boxes[1] };
    });
    this.shown = this.layers.filter(Boolean);
    this.arrange();
  }

  /** Fit the maps to the panel. */
  arrange() {
    const { scale } = this.app;
    for (const { maps } of this.shown) maps.arrange(this.list.clientWidth, scale);
    this.app.changed();
  }

  _listen(canvas, maps, number) {
    const point = (event) => {
      const box = canvas.getBoundingClientRect();
      const x = Math.floor(((event.clientX - box.left) / box.width) * canvas.width);
      const y = Math.floor(((event.clientY - box.top) / box.height) * canvas.height);
      const at = maps.unitAt(x, y);
      if (at) this._choose(number, at);
    };
    canvas.addEventListener("pointermove", point);
    canvas.addEventListener("pointerdown", point);
    canvas.addEventListener("focus", () => {
      if (this.chosen?.number !== number) this._choose(number, this._strongest(number));
    });
    canvas.addEventListener("keydown", (event) => {
      const direction = ARROWS[event.key];
      if (!direction || this.chosen?.number !== number) return;
      event.preventDefault();
      let [x, y] = maps.pixelOf(this.chosen.at);
      let at = null;
      do {
        [x, y] = [x + direction[0], y + direction[1]];
        at = maps.unitAt(x, y);
      } while (!at && x >= 0 && y >= 0 && x < canvas.width && y < canvas.height);
      if (at) this._choose(number, at);
    });
  }

  _choose(number, at) {
    this.chosen = { number, at };
    this.app.changed();
  }

  /** The unit of a layer with the highest activation. */
  _strongest(number) {
    const { values, shape } = this.network.activations(this.image)[number];
    return unitAt(shape, argmax(values));
  }

  /** Show the activations of a prediction's image; null is a blank one. */
  update(prediction, palette, hint) {
    for (const [index, chip] of this.chips.entries()) {
      chip.setAttribute("aria-pressed", String(this.explained === (index ? index - 1 : null)));
    }
    const { recognizer } = this.app;
    const image = prediction?.image ?? new Float32Array(784);
    const outputs = recognizer.activations(image);
    if (this.network !== recognizer) {
      this.network = recognizer;
      this.chosen = null;
      this.job = null;
      this.list.replaceChildren();
      this._layOut(outputs);
    }
    this.image = image;
    paintValues(this.input.canvas, image, palette.grey, 255, 0);
    for (const [number, shown] of this.layers.entries()) {
      if (shown && this.visible.has(shown.canvas)) shown.maps.paint(outputs[number].values, palette);
    }
    this._showUnit(outputs, palette, hint);
    this._wantOcclusion(prediction, image, palette);
    this.nearest?.update(prediction, palette);
  }

  _showUnit(outputs, palette, hint) {
    const { chosen } = this;
    for (const { unitBox, windowBox } of this.shown) unitBox.hidden = windowBox.hidden = true;
    this.grids.hidden = !chosen;
    if (!chosen) {
      place(this.input.box, this.input.canvas, null);
      setText(this.title, hint || "Point at a unit of a layer, or go there with Tab and the arrow keys");
      setText(this.text, hint ? "" : "to see its window, products and sum");
      return;
    }
    const { number, at } = chosen;
    const { layer, shape, name, values } = outputs[number];
    const input = number ? outputs[number - 1].values : this.image;
    const { window, channel, grids, lines } = explainUnit(layer, input, values, at);
    const [row, column, map] = at;
    setText(this.title, shape.length === 1 ? `${name}, unit ${map + 1}` : `${name}, map ${map + 1}, row ${row + 1}, column ${column + 1}`);
    setText(this.text, lines.join("\n"));
    this.grids.hidden = !grids.length;
    if (grids.length) paintGrids(this.grids, grids, palette, this.app.scale);
    const own = this.layers[number];
    const [x, y] = own.maps.pixelOf(at);
    place(own.unitBox, own.canvas, [x, y, x + 1, y + 1]);
    const [top, left, bottom, right] = receptiveField(outputs.slice(0, number + 1).map((each) => each.layer), row, column);
    place(this.input.box, this.input.canvas, [left, top, right, bottom]);
    if (number && window && layer.inputShape.length === 3) {
      const before = this.layers.slice(0, number).findLast(Boolean);
      const [height, width] = layer.inputShape;
      const [firstX, firstY] = before.maps.pixelOf([Math.max(window[0], 0), Math.max(window[1], 0), channel ?? map]);
      const [lastX, lastY] = before.maps.pixelOf([Math.min(window[2], height) - 1, Math.min(window[3], width) - 1, channel ?? map]);
      place(before.windowBox, before.canvas, [firstX, firstY, lastX + 1, lastY + 1]);
    }
  }

  /** Compute an occlusion map; while drawing, the next one begins when the last one is complete. */
  _wantOcclusion(prediction, image, palette) {
    const label = this.explained ?? (prediction && prediction.reason !== "blank" ? argmax(prediction.probabilities) : null);
    this.palette = palette;
    this.wanted = label === null ? null : { image, label };
    if (label === null) {
      this.job = null;
      setText(this.occlusion.caption, "Occlusion");
      paintValues(this.occlusion.canvas, image, palette.signed, 0, 127.5);
    } else if (this.shownOcclusion?.image !== image || this.shownOcclusion?.label !== label || this.shownOcclusion?.palette !== palette) {
      this._continue();
    }
  }

  _continue() {
    if (this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this._work();
    });
  }

  _work() {
    if (!this.wanted || !this.network) return;
    this.job ??= { ...this.wanted, palette: this.palette, steps: this.network.occlusionSteps(this.wanted.image, this.wanted.label, SQUARES) };
    const until = performance.now() + OCCLUSION_BUDGET;
    while (performance.now() < until) {
      const { value, done } = this.job.steps.next();
      if (!done) {
        this.job.map = value;
        continue;
      }
      const { map, label, image } = this.job;
      setText(this.occlusion.caption, `Occlusion for ${label}`);
      if (map) paintValues(this.occlusion.canvas, map, this.palette.signed, 127.5 / largest(map), 127.5);
      this.shownOcclusion = this.job;
      this.job = null;
      if (this.wanted.image === image && this.wanted.label === label) return;
      break;
    }
    this._continue();
  }
}
