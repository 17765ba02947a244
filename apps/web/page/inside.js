/** The Inside panel: the maps of every layer; one unit by numbers; the occlusion map of any digit. */

import { element, setPressed, setText } from "./dom.js";
import { Maps } from "./maps.js";
import { argmax } from "./network.js";
import { largest, paintValues } from "./palette.js";
import { ARROWS } from "./pen.js";
import { CLASSES } from "./recognizer.js";
import { chain, explain, nearby, path, placeOf, receptiveField, unitAt, volume } from "./unit.js";
import { UnitView } from "./unit_view.js";

/** Milliseconds that the occlusion map waits for an idle moment, and that a step of it may take. */
const [PATIENCE, STEP] = [300, 2];

/** Call a function when ink and answer leave time for it; Safari has no such call. */
const whenIdle = globalThis.requestIdleCallback ?? ((work) => setTimeout(work, 8, { timeRemaining: () => 0 }));

/** Layers that don't change values at inference: their maps are those of the layer before. */
const UNCHANGED = ["dropout", "flatten"];

const NO_INK = new Float32Array(784);

/** A picture of 28x28 pixels with a caption above it and a box over it. */
function figure(id, text) {
  const canvas = element("canvas", { width: 28, height: 28, role: "img", "aria-labelledby": id });
  const boxes = makeBoxes();
  const caption = element("figcaption", { id }, text);
  const node = element("figure", {}, caption, element("div", { className: "stack" }, canvas, ...boxes));
  return { node, canvas, boxes, caption };
}

/** A box for a unit and one for a window. */
const makeBoxes = () => ["unit-box", "box"].map((className) => element("i", { className, hidden: true }));

/** Place a box over an area of a canvas, in its pixels. */
function place(box, canvas, [left, top, right, bottom]) {
  box.hidden = false;
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
    this.pinned = false;
    this.shown = new Map();
    this.visible = new Set();
    this.node = element("div", { className: "inside" });
  }

  /** Build the panel for the network in use. */
  open() {
    this.input = figure("inside-input", "Input, 28x28");
    this.occlusion = figure("inside-occlusion", "Occlusion");
    this.unit = new UnitView();
    this.list = element("div", { className: "layers", tabIndex: 0, role: "group", "aria-label": "Layers" });
    this.network = null;
    this.job = null;
    const images = element("div", { className: "images" }, this.input.node, this.occlusion.node, ...this.unit.nodes);
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
    if (!this.occlusion.canvas.clientWidth) this.chosen = null; // on a phone, a unit takes its room
    this.explained = label;
    this.job = null;
    this.app.changed();
  }

  _chips() {
    const chips = element("div", { className: "chips", role: "toolbar", "aria-label": "Digit to explain, and the way to the ink" });
    this.chips = [null, ...Array(CLASSES).keys()].map((label) => {
      const chip = element("button", { type: "button" }, label === null ? "Answer" : String(label));
      chip.addEventListener("click", () => this.explain(label));
      chips.append(chip);
      return chip;
    });
    const back = element("button", { type: "button", title: "The largest contribution, at last the pixel that matters   (B)" }, "To ink");
    back.addEventListener("click", () => this.back());
    chips.append(back);
    return chips;
  }

  /** A caption and a canvas for each layer of the network. */
  _layOut(layers) {
    this.observer.disconnect();
    this.visible.clear();
    this.shown = new Map();
    for (const layer of layers.filter(({ kind }) => !UNCHANGED.includes(kind))) {
      const { name, shape } = layer;
      const text = shape.length === 1 ? `${shape[0]} units` : `${shape[2]} maps of ${shape[1]}x${shape[0]}`;
      let { canvas, boxes } = this.input;
      if (layer.inputs.length) {
        [canvas, boxes] = [element("canvas"), makeBoxes()];
        const caption = element("p", {}, element("b", {}, name), `  ${text}`);
        const stack = element("div", { className: "stack" }, canvas, ...boxes);
        this.list.append(element("div", { className: "layer" }, caption, stack));
        this.observer.observe(canvas);
      }
      canvas.tabIndex = 0;
      canvas.setAttribute("role", "application");
      canvas.setAttribute("aria-label", `${name}, ${text}; arrow keys move from unit to unit`);
      const maps = new Maps(canvas, shape);
      this._listen(canvas, maps, layer);
      this.shown.set(layer, { canvas, maps, boxes });
    }
    this.arrange();
  }

  /** Fit the maps to the panel. */
  arrange() {
    for (const { maps, canvas } of this.shown.values()) {
      if (canvas === this.input.canvas) maps.across = 1;
      else maps.arrange(this.list.clientWidth, this.app.scale);
    }
    this.app.changed();
  }

  _listen(canvas, maps, layer) {
    const point = (event) => {
      if (this.pinned && event.type === "pointermove" && !event.buttons) return;
      const box = canvas.getBoundingClientRect();
      const x = Math.floor(((event.clientX - box.left) / box.width) * canvas.width);
      const y = Math.floor(((event.clientY - box.top) / box.height) * canvas.height);
      const at = maps.unitAt(x, y);
      if (at) this._choose(layer, placeOf(layer, at), event.type === "pointerdown" || this.pinned);
    };
    canvas.onpointermove = canvas.onpointerdown = point;
    canvas.onfocus = () => {
      if (this.chosen?.[0] !== layer) this._choose(layer, this._strongest(layer), true);
    };
    canvas.onkeydown = (event) => {
      const direction = ARROWS[event.key];
      if (!direction || this.chosen?.[0] !== layer) return;
      event.preventDefault();
      let [x, y] = maps.pixelOf(unitAt(...this.chosen));
      let at = null;
      do {
        [x, y] = [x + direction[0], y + direction[1]];
        at = maps.unitAt(x, y);
      } while (!at && x >= 0 && y >= 0 && x < canvas.width && y < canvas.height);
      if (at) this._goTo(layer, placeOf(layer, at));
    };
  }

  /** Explain a unit; until another one is chosen, if it is pinned, else as long as the pointer is on it. */
  _choose(layer, place, pinned) {
    this.chosen = [layer, place];
    this.pinned = pinned;
    this.app.changed();
  }

  /** Let the pointer choose units again; returns whether one was pinned. */
  unpin() {
    const { pinned } = this;
    this.pinned = false;
    return pinned && this.app.panel === "inside";
  }

  /** Go to a unit, and to its layer. */
  _goTo(layer, place) {
    this._choose(layer, place, this.follow = true);
    this.shown.get(layer).canvas.focus({ preventScroll: true });
  }

  /** The place of the highest activation of a layer. */
  _strongest(layer) {
    this.network.activations(this.image);
    return argmax(layer.values);
  }

  /** Go to the layer before or after, at the same place, or to its highest activation. */
  step(by) {
    const layers = [...this.shown.keys()];
    const [layer, at] = this.chosen ?? [layers.at(-1), 0];
    const other = layers[layers.indexOf(layer) + by * Boolean(this.chosen)];
    if (!other) return;
    this.network.activations(this.image);
    const best = by < 0 && this.chosen && path(layer, at).find(([each]) => each === other);
    this._goTo(...(best || [other, this.chosen ? nearby(layer, at, other) : argmax(other.values)]));
  }

  /** Go to what contributes most to the unit. */
  back() {
    this.network.activations(this.image);
    const next = this.chosen && path(...this.chosen).slice(1).find(([layer]) => this.shown.has(layer));
    if (next) this._goTo(...next);
  }

  /** Show the activations of a prediction's image; null is a blank one. */
  update(prediction, palette, hint) {
    for (const [index, chip] of this.chips.entries()) {
      setPressed(chip, this.explained === (index ? index - 1 : null));
    }
    const { recognizer } = this.app;
    const image = prediction?.image ?? NO_INK;
    const layers = recognizer.activations(image);
    if (this.network !== recognizer) {
      this.network = recognizer;
      this.chosen = null;
      this.pinned = false;
      this.job = null;
      this.list.replaceChildren();
      this._layOut(layers);
    }
    this.image = image;
    paintValues(this.input.canvas, image, palette.grey, 255, 0);
    for (const [{ values }, { canvas, maps }] of this.shown) {
      if (this.visible.has(canvas)) maps.paint(values, palette);
    }
    this._showUnit(layers, palette, hint);
    this._wantOcclusion(prediction, image, palette);
    this.nearest?.update(prediction, palette);
  }

  _showUnit(layers, palette, hint) {
    const { chosen } = this;
    for (const { boxes } of this.shown.values()) for (const box of boxes) box.hidden = true;
    if (!chosen) {
      this.unit.clear(hint);
      return;
    }
    this.unit.show(layers, ...chosen, palette, this.app.scale);
    const [end, pixel] = path(...chosen).at(-1);
    const [top, left, bottom, right] = receptiveField(layers, ...chosen);
    place(this.input.boxes[1], this.input.canvas, [left, top, right, bottom]);
    if (end === layers[0]) this._mark(0, end, [pixel]);
    this._mark(0, chosen[0], [chosen[1]]);
    if (this.follow) this.shown.get(chosen[0]).boxes[0].scrollIntoView({ block: "nearest" });
    this.follow = false;
    // The window, on the layer whose maps are shown.
    const unit = explain(...chain(...chosen)[0]);
    let { input } = unit;
    while (input && !this.shown.has(input)) [input] = input.inputs;
    if (!input || input === layers[0]) return;
    const best = unit.places[Math.max(unit.best, 0)];
    const channels = volume(input)[2];
    this._mark(1, input, unit.places.filter((at) => at === best || (unit.wide && at >= 0 && (at - best) % channels === 0)));
  }

  /** Place one of a layer's boxes around units. */
  _mark(number, layer, places) {
    const { canvas, maps, boxes } = this.shown.get(layer) ?? {};
    if (!canvas) return;
    const pixels = places.map((at) => maps.pixelOf(unitAt(layer, at)));
    const [left, right] = [Math.min, Math.max].map((choose) => choose(...pixels.map(([x]) => x)));
    const [top, bottom] = [Math.min, Math.max].map((choose) => choose(...pixels.map(([, y]) => y)));
    place(boxes[number], canvas, [left, top, right + 1, bottom + 1]);
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
    this.idle ||= whenIdle((deadline) => {
      this.idle = 0;
      this._work(deadline);
    }, { timeout: PATIENCE });
  }

  _work(deadline) {
    if (!this.wanted || !this.network) return;
    this.job ??= { ...this.wanted, palette: this.palette, steps: this.network.occlusionSteps(this.wanted.image, this.wanted.label) };
    do {
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
    } while (deadline.timeRemaining() > STEP);
    this._continue();
  }
}
