/** The Inside panel: the maps of every layer; one unit by numbers; the occlusion map of any digit. */

import { element, setHidden, setPressed, setText, whenIdle } from "./dom.js";
import { Maps } from "./maps.js";
import { argmax } from "./network.js";
import { largest, paintValues } from "./palette.js";
import { ARROWS } from "./pen.js";
import { CLASSES } from "./recognizer.js";
import { chain, explain, nearby, path, placeOf, receptiveField, unitAt, volume } from "./unit.js";
import { UnitView } from "./unit_view.js";

/** Milliseconds of work on the occlusion map at once; with less before the next frame, it waits. */
const SLICE = 5;

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
    this._explained = null;
    this._chosen = null;
    this._pinned = false;
    this._shown = new Map();
    this._visible = new Set();
    this.node = element("div", { className: "inside" });
  }

  /** Build the panel for the network in use. */
  open() {
    this.input = figure("inside-input", "Input, 28x28");
    this._occlusion = figure("inside-occlusion", "Occlusion");
    this.unit = new UnitView();
    this._list = element("div", { className: "layers", tabIndex: 0, role: "group", "aria-label": "Layers" });
    this._network = null;
    this._job = null;
    const images = element("div", { className: "images" }, this.input.node, this._occlusion.node, ...this.unit.nodes);
    this._nearest = this.app.server?.nearest(this.app);
    this.node.replaceChildren(this._chips(), images, this._nearest?.node ?? "", this._list);
    this._observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) this._visible.add(target);
        else this._visible.delete(target);
      }
      this.app.changed();
    });
    return this.node;
  }

  close() {
    this._observer?.disconnect();
    this._visible.clear();
    this._network = null;
    this._job = null;
  }

  /** Explain a digit; null: the answer. */
  explain(label) {
    if (!this._occlusion.canvas.clientWidth) this._chosen = null; // on a phone, a unit takes its room
    this._explained = label;
    this._job = null;
    this.app.changed();
  }

  _chips() {
    const chips = element("div", { className: "chips", role: "toolbar", "aria-label": "Explain" });
    this._chips = [null, ...Array(CLASSES).keys()].map((label) => {
      const chip = element("button", { type: "button" }, label === null ? "Answer" : String(label));
      chip.addEventListener("click", () => this.explain(label));
      chips.append(chip);
      return chip;
    });
    const back = element("button", { type: "button", title: "Largest contribution   (B)" }, "To ink");
    back.addEventListener("click", () => this.back());
    chips.append(back);
    return chips;
  }

  /** A caption and a canvas for each layer of the network. */
  _layOut(layers) {
    this._observer.disconnect();
    this._visible.clear();
    this._shown = new Map();
    for (const layer of layers.filter(({ kind }) => !UNCHANGED.includes(kind))) {
      const { name, shape } = layer;
      const text = shape.length === 1 ? `${shape[0]} units` : `${shape[2]} maps of ${shape[1]}x${shape[0]}`;
      let { canvas, boxes } = this.input;
      if (layer.inputs.length) {
        [canvas, boxes] = [element("canvas"), makeBoxes()];
        const caption = element("p", {}, element("b", {}, name), `  ${text}`);
        const stack = element("div", { className: "stack" }, canvas, ...boxes);
        this._list.append(element("div", { className: "layer" }, caption, stack));
        this._observer.observe(canvas);
      }
      canvas.tabIndex = 0;
      canvas.setAttribute("role", "application");
      canvas.setAttribute("aria-label", `${name}, ${text}; arrow keys move from unit to unit`);
      const maps = new Maps(canvas, shape);
      this._listen(canvas, maps, layer);
      this._shown.set(layer, { canvas, maps, boxes });
    }
    this.arrange();
  }

  /** Fit the maps to the panel. */
  arrange() {
    for (const { maps, canvas } of this._shown.values()) {
      if (canvas === this.input.canvas) maps.across = 1;
      else maps.arrange(this._list.clientWidth, this.app.scale);
    }
    this.app.changed();
  }

  _listen(canvas, maps, layer) {
    const point = (event) => {
      if (this._pinned && event.type === "pointermove" && !event.buttons) return;
      const box = canvas.getBoundingClientRect();
      const x = Math.floor(((event.clientX - box.left) / box.width) * canvas.width);
      const y = Math.floor(((event.clientY - box.top) / box.height) * canvas.height);
      const at = maps.unitAt(x, y);
      if (at) this._choose(layer, placeOf(layer, at), event.type === "pointerdown" || this._pinned);
    };
    canvas.onpointermove = canvas.onpointerdown = point;
    canvas.onfocus = () => {
      if (this._chosen?.[0] !== layer) this._choose(layer, this._strongest(layer), true);
    };
    canvas.onkeydown = (event) => {
      const direction = ARROWS[event.key];
      if (!direction || this._chosen?.[0] !== layer) return;
      event.preventDefault();
      let [x, y] = maps.pixelOf(unitAt(...this._chosen));
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
    this._chosen = [layer, place];
    this._pinned = pinned;
    this.app.changed();
  }

  /** Let the pointer choose units again; returns whether one was pinned. */
  unpin() {
    const { _pinned: pinned } = this;
    this._pinned = false;
    return pinned && this.app.panel === "inside";
  }

  /** Go to a unit, and to its layer. */
  _goTo(layer, place) {
    this._choose(layer, place, this._follow = true);
    this._shown.get(layer).canvas.focus({ preventScroll: true });
  }

  /** The place of the highest activation of a layer. */
  _strongest(layer) {
    this._network.activations(this.image);
    return argmax(layer.values);
  }

  /** Go to the layer before or after, at the same place, or to its highest activation. */
  step(by) {
    const layers = [...this._shown.keys()];
    const [layer, at] = this._chosen ?? [layers.at(-1), 0];
    const other = layers[layers.indexOf(layer) + by * Boolean(this._chosen)];
    if (!other) return;
    this._network.activations(this.image);
    const best = by < 0 && this._chosen && path(layer, at).find(([each]) => each === other);
    this._goTo(...(best || [other, this._chosen ? nearby(layer, at, other) : argmax(other.values)]));
  }

  /** Go to what contributes most to the unit. */
  back() {
    this._network.activations(this.image);
    const next = this._chosen && path(...this._chosen).slice(1).find(([layer]) => this._shown.has(layer));
    if (next) this._goTo(...next);
  }

  /** Show the activations of a prediction's image; null is a blank one. */
  update(prediction, palette, hint) {
    for (const [index, chip] of this._chips.entries()) {
      setPressed(chip, this._explained === (index ? index - 1 : null));
    }
    const { recognizer } = this.app;
    const image = prediction?.image ?? NO_INK;
    const layers = recognizer.activations(image);
    if (this._network !== recognizer) {
      this._network = recognizer;
      this._chosen = null;
      this._pinned = false;
      this._job = null;
      this._list.replaceChildren();
      this._layOut(layers);
    }
    this.image = image;
    paintValues(this.input.canvas, image, palette.grey, 255, 0);
    for (const [{ values }, { canvas, maps }] of this._shown) {
      if (this._visible.has(canvas)) maps.paint(values, palette);
    }
    this._showUnit(layers, palette, hint);
    this._wantOcclusion(prediction, image, palette);
    this._nearest?.update(prediction, palette);
  }

  _showUnit(layers, palette, hint) {
    const { _chosen: chosen } = this;
    for (const { boxes } of this._shown.values()) for (const box of boxes) setHidden(box, true);
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
    if (this._follow) this._shown.get(chosen[0]).boxes[0].scrollIntoView({ block: "nearest" });
    this._follow = false;
    // The window, on the layer whose maps are shown.
    const unit = explain(...chain(...chosen)[0]);
    let { input } = unit;
    while (input && !this._shown.has(input)) [input] = input.inputs;
    if (!input || input === layers[0]) return;
    const best = unit.places[Math.max(unit.best, 0)];
    const channels = volume(input)[2];
    this._mark(1, input, unit.places.filter((at) => at === best || (unit.wide && at >= 0 && (at - best) % channels === 0)));
  }

  /** Place one of a layer's boxes around units. */
  _mark(number, layer, places) {
    const { canvas, maps, boxes } = this._shown.get(layer) ?? {};
    if (!canvas) return;
    const pixels = places.map((at) => maps.pixelOf(unitAt(layer, at)));
    const [left, right] = [Math.min, Math.max].map((choose) => choose(...pixels.map(([x]) => x)));
    const [top, bottom] = [Math.min, Math.max].map((choose) => choose(...pixels.map(([, y]) => y)));
    place(boxes[number], canvas, [left, top, right + 1, bottom + 1]);
  }

  /** Compute an occlusion map; while drawing, the next one begins when the last one is complete. */
  _wantOcclusion(prediction, image, palette) {
    const label = this._explained ?? (prediction && prediction.reason !== "blank" ? argmax(prediction.probabilities) : null);
    this.palette = palette;
    this._wanted = label === null ? null : { image, label };
    if (label === null) {
      this._job = null;
      setText(this._occlusion.caption, "Occlusion");
      paintValues(this._occlusion.canvas, image, palette.signed, 0, 127.5);
    } else if (this._shownOcclusion?.image !== image || this._shownOcclusion?.label !== label || this._shownOcclusion?.palette !== palette) {
      this._continue();
    }
  }

  _continue() {
    this._idle ||= whenIdle((deadline) => {
      this._idle = 0;
      this._work(deadline);
    });
  }

  _work(deadline) {
    if (!this._wanted || !this._network) return;
    this._job ??= { ...this._wanted, palette: this.palette, steps: this._network.occlusionSteps(this._wanted.image, this._wanted.label) };
    const end = performance.now() + SLICE;
    let step = {};
    while (!step.done && performance.now() < end && deadline.timeRemaining() > SLICE) step = this._job.steps.next();
    if (step.done) {
      const { label, image } = this._job;
      setText(this._occlusion.caption, `Occlusion for ${label}`);
      paintValues(this._occlusion.canvas, step.value, this.palette.signed, 127.5 / largest(step.value), 127.5);
      this._shownOcclusion = this._job;
      this._job = null;
      if (this._wanted.image === image && this._wanted.label === label) return;
    }
    this._continue();
  }
}
