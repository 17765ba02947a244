/** A canvas for notebooks, an anywidget: it recognizes with the page's engine, and sends the strokes to Python. */

import { describe } from "../web/page/answer.js";
import { element, percent, setText } from "../web/page/dom.js";
import { BRUSHES, CANVAS, Drawing } from "../web/page/drawing.js";
import { compileEngine } from "../web/page/engine.js";
import { Painter } from "../web/page/painter.js";
import { listenToPen } from "../web/page/pen.js";
import { Recognizer } from "../web/page/recognizer.js";

/** The least extent of strokes from Python, in canvas units, that are shown where they are. */
const SMALL = CANVAS / 10;

/** The part of the canvas that other strokes from Python are scaled to. */
const FITTED = 0.7;

/** One view of the widget. A notebook may show several of the same model. */
class View {
  constructor(model, root) {
    this.model = model;
    this.root = root;
    this.drawing = new Drawing(CANVAS);
    this.canvasHeight = CANVAS;
    this.brushWidth = BRUSHES[3];
    this.keyboardPen = null;
    this.error = "";
    this._build();
    this.painter = new Painter(this.canvas);
    listenToPen(this.canvas, this);
    this.observer = new ResizeObserver(() => this._resize());
    this.observer.observe(this.canvas);
    this.onStrokes = () => this._show(model.get("strokes"));
    model.on("change:strokes", this.onStrokes);
    this.onStrokes();
    this._load();
  }

  remove() {
    this.observer.disconnect();
    this.model.off("change:strokes", this.onStrokes);
  }

  /** Something changed: the next frame shows it. Python gets the strokes when the pen is lifted. */
  changed() {
    this.requested ??= requestAnimationFrame(() => {
      this.requested = null;
      this._frame();
    });
    const { drawing, model } = this;
    if (drawing.pen || drawing.version === this.known) return;
    this.known = drawing.version;
    this.sent = drawing.document.strokes.map((stroke) => stroke.points);
    model.set("strokes", this.sent);
    model.save_changes();
  }

  _build() {
    const label = "Canvas: draw a digit with the pointer, or with the arrow keys and Space";
    this.canvas = element("canvas", { tabIndex: 0, role: "application", "aria-label": label });
    this.hint = element("span", { className: "hint" }, "Draw a digit");
    this.cursor = element("i", { hidden: true });
    this.digit = element("b");
    this.text = element("span");
    this.bars = element("ol", { "aria-label": "Probability of each digit" });
    const button = (name, act) => {
      const made = element("button", { type: "button" }, name);
      made.addEventListener("click", () => {
        act();
        this.changed();
      });
      return made;
    };
    this.undo = button("Undo", () => this.drawing.undo());
    this.clear = button("Clear", () => this.drawing.clear());
    const answer = element("p", { role: "status" }, this.digit, this.text);
    this.root.classList.add("drawing-canvas");
    this.root.append(
      element("div", { className: "paper" }, this.canvas, this.hint, this.cursor),
      element("div", { className: "answer" }, answer, this.bars, element("div", {}, this.undo, this.clear)),
    );
  }

  async _load() {
    try {
      const [engine, weights] = ["_engine", "_weights"].map((name) => {
        const { buffer, byteOffset, byteLength } = this.model.get(name);
        return new Uint8Array(buffer, byteOffset, byteLength);
      });
      this.recognizer = await Recognizer.fromNpz(weights, await compileEngine(engine));
    } catch (error) {
      this.error = error.message;
    }
    this.answered = null;
    this.changed();
  }

  /** Show the strokes of the model, unless they come from here. */
  _show(strokes) {
    if (strokes === this.sent) return;
    const [{ drawing }, width] = [this, this.brushWidth];
    if (strokes.length) drawing.show({ strokes: placed(strokes).map((points) => ({ points, width })), picture: null });
    else drawing.clear();
    this.known = this.drawing.version;
    this.changed();
  }

  _resize() {
    const side = Math.max(1, Math.round(this.canvas.clientWidth * devicePixelRatio));
    if (this.canvas.width !== side) this.painter.resize(side, side);
    this.changed();
  }

  _frame() {
    const { drawing, root } = this;
    this._followTheme();
    this.painter.paint(drawing.document, this.colours);
    this.hint.hidden = !drawing.blank;
    this.undo.disabled = !drawing.past.length;
    this.clear.disabled = drawing.blank;
    this.cursor.hidden = !this.keyboardPen;
    if (this.keyboardPen) {
      const [left, top] = this.keyboardPen.map((place) => `${(100 * place) / CANVAS}%`);
      Object.assign(this.cursor.style, { left, top });
    }
    if (this.answered === drawing.version || !(this.recognizer || this.error)) return;
    this.answered = drawing.version;
    this._answer();
    root.dataset.ready = "";
  }

  /** Dark where the notebook's text is light: no front end says it in a standard way. */
  _followTheme() {
    const [red, green, blue] = getComputedStyle(this.root.parentElement ?? this.root).color.match(/[\d.]+/g).map(Number);
    this.root.style.colorScheme = red + green + blue > 384 ? "dark" : "light";
    const { backgroundColor: paper, color: ink } = getComputedStyle(this.canvas);
    if (this.colours && this.colours.ink !== ink) this.painter.forget();
    this.colours = { paper, ink };
  }

  _answer() {
    const { drawing, recognizer } = this;
    let prediction = null;
    try {
      if (recognizer && !drawing.blank) prediction = recognizer.recognize(drawing.document.strokes.map((s) => s.points));
    } catch (error) {
      this.error = error.message;
    }
    const { digit, answered, caption, second } = describe(prediction);
    setText(this.digit, this.error ? "No answer" : digit);
    setText(this.text, this.error || (answered ? `${caption}\n${second}` : second));
    this.digit.classList.toggle("answered", answered);
    this.bars.replaceChildren(...bars(answered ? prediction.probabilities : new Float32Array(10)));
  }
}

function bars(probabilities) {
  const largest = Math.max(...probabilities);
  return [...probabilities].map((probability, label) => {
    const fill = element("i");
    fill.style.width = `${100 * probability}%`;
    const value = element("span", {}, largest ? percent(probability) : "");
    const className = largest && probability === largest ? "wins" : "";
    return element("li", { className }, element("b", {}, String(label)), element("i", {}, fill), value);
  });
}

/** Strokes from Python where they are, if they are on the canvas and not small; else in the middle of it. */
function placed(strokes) {
  const [low, high] = [[Infinity, Infinity], [-Infinity, -Infinity]];
  for (const point of strokes.flat()) {
    for (const axis of [0, 1]) {
      low[axis] = Math.min(low[axis], point[axis]);
      high[axis] = Math.max(high[axis], point[axis]);
    }
  }
  const extent = Math.max(high[0] - low[0], high[1] - low[1]);
  const inside = Math.min(...low) >= 0 && Math.max(...high) <= CANVAS;
  if (inside && extent >= SMALL) return strokes.map((points) => points.map((point) => [...point]));
  const scale = (FITTED * CANVAS) / (extent || Infinity);
  const to = (value, axis) => (value - (low[axis] + high[axis]) / 2) * scale + CANVAS / 2;
  return strokes.map((points) => points.map((point) => point.map(to)));
}

/** Show the model in an element; anywidget calls what it returns when the view is removed. */
export function render({ model, el }) {
  const view = new View(model, el);
  return () => view.remove();
}
