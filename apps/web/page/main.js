/** The page: its state, its buttons and keys, and the frame that shows all changes. */

import { ACTIONS, actionOf, isEnabled, perform } from "./actions.js";
import { Answer, sentence } from "./answer.js";
import { byId, element, setHidden, setPart, setPressed, setText, whenIdle } from "./dom.js";
import { BRUSHES, CANVAS, Drawing, LINE_WIDTH } from "./drawing.js";
import { compileEngine } from "./engine.js";
import { Files } from "./files.js";
import { Help } from "./help.js";
import { Inside } from "./inside.js";
import { Models } from "./models.js";
import { Painter } from "./painter.js";
import { readPalette } from "./palette.js";
import { listenToPen } from "./pen.js";
import { Recognizer } from "./recognizer.js";
import { engineBytes, networks, server } from "./served.js";

const HINT = "Draw with the pointer     Ctrl+Z undo     C clear     I look inside     ? all keys     Tab to move around";
const TOUCH_HINT = "Draw with a finger or a pen; a tap is a dot";

/** Answers that take longer than this on average, in milliseconds, wait until the ink is on the screen. */
const SLOW = 12;

/** Pixels of the canvas for one of CSS, at most: on a screen with three, the canvas took twice the time. */
const MAX_RATIO = 2;

/** Recognitions before the first drawing. */
const WARM_UPS = 20;

/** Milliseconds without ink before the answer is read out. */
const QUIET = 500;

class App {
  constructor() {
    this.networks = [];
    this.network = 0;
    this.line = false;
    this.brush = BRUSHES.indexOf(20);
    this.panel = null;
    this.keyboardPen = null;
    this.result = null;
    this._cost = 0;
    this._single = new Drawing(CANVAS);
    this._wide = new Drawing(LINE_WIDTH);
    this.canvasHeight = CANVAS;
    this.canvas = byId("canvas");
    this.painter = new Painter(this.canvas);
    this.answer = new Answer();
    this.inside = new Inside(this);
    this.panels = { inside: this.inside, models: new Models(this) };
    this.files = new Files(this);
    this.help = new Help();
    this.server = server;
    Object.assign(this.panels, server?.panels(this));
    this.buttons = new Map();
    this._readTheme();
    this._makeButtons();
    this._listen();
  }

  get drawing() {
    return this.line ? this._wide : this._single;
  }

  get brushWidth() {
    return BRUSHES[this.brush];
  }

  get recognizer() {
    return this.networks[this.network]?.recognizer;
  }

  /** Load the engine and the networks; the first one is ready before the others are loaded. */
  async start() {
    try {
      const [bytes, found] = await Promise.all([engineBytes(), networks()]);
      this.engine = compileEngine(bytes); // while the networks are read
      for (const network of found) {
        await this.add(network.name, network.size, await network.bytes());
        if (this.networks.length === 1) await this._ready();
      }
    } catch (error) {
      this.say(error.message, true);
    }
  }

  /** Show the first answer, and mark the page as ready. */
  _ready() {
    this.changed();
    return new Promise((done) => requestAnimationFrame(done)).then(() => {
      document.documentElement.dataset.ready = "";
      this._warmUp(WARM_UPS);
    });
  }

  /** Recognize a 1 without showing it, until something is drawn: the browser compiles what ran some times, and loads fonts. */
  _warmUp(count) {
    whenIdle(() => {
      if (!count || !this.drawing.blank) return;
      try {
        for (const result of [this.recognizer.recognize([[[0, 0], [0, 5], [0, 9]]]), null]) {
          this.answer.show(result, !result && this.line, this.palette);
          this._showPanel(result);
          this.canvas.getBoundingClientRect(); // lays it out
        }
        this._warmUp(count - 1);
      } catch {
        // The first drawing shows the error.
      }
    });
  }

  /** Add a network from the bytes of its `.npz`. */
  async add(name, size, bytes) {
    this.networks.push({ name, size, recognizer: await Recognizer.fromNpz(bytes, this.engine) });
  }

  /** Replace the weights of a network. */
  async replace(network, bytes) {
    network.recognizer = await Recognizer.fromNpz(bytes, this.engine);
    this.answered = null;
  }

  use(number) {
    this.network = number;
    this.answered = null;
    this.say(`Uses ${this.networks[number].name}`);
  }

  /** Recognize the drawing with a network. */
  recognize(recognizer) {
    const { strokes, picture } = this.drawing.document;
    if (picture && this.line) return server.recognizeLine(picture, recognizer);
    if (picture) {
      picture.image ??= recognizer.recognizeImage(picture.gray, picture.height, picture.width).image;
      return recognizer.predict(picture.image);
    }
    const points = strokes.map((stroke) => stroke.points);
    return this.line ? recognizer.recognizeLine(points) : recognizer.recognize(points);
  }

  /** Show a message at the bottom. */
  say(text, isError = false) {
    this.status = { text, isError };
    if (isError) setText(byId("live"), text);
    this.changed();
  }

  switchLine() {
    this.line = !this.line;
    this.result = null;
    document.body.classList.toggle("line", this.line);
  }

  switchTheme() {
    document.documentElement.style.colorScheme = this.palette.dark ? "light" : "dark";
    this._readTheme();
  }

  openPanel(name) {
    if (this.panel) this.panels[this.panel].close?.();
    this.panel = name;
    const node = byId("panel");
    node.hidden = !name;
    document.body.classList.toggle("with-panel", Boolean(name));
    if (!name) return;
    const { name: title } = ACTIONS.find((action) => action.panel === name);
    node.setAttribute("aria-label", title);
    node.replaceChildren(element("h2", {}, title), this.panels[name].open());
    this.changed();
    this._warmUp(WARM_UPS);
  }

  /** Show all changes in the next frame. */
  changed() {
    if (this._requested) return;
    this._requested = true;
    requestAnimationFrame(() => {
      this._requested = false;
      this._frame();
    });
  }

  _frame() {
    const { drawing } = this;
    this.painter.paint(drawing.document, this.palette);
    const { answered } = this;
    if (!answered || answered.drawing !== drawing || answered.version !== drawing.version) {
      if (this._cost > SLOW && !drawing.blank) this._answerLater();
      else this._answer();
    }
    this._showState();
    this._showPanel(this.result);
  }

  /** Answer after this frame is on the screen. */
  _answerLater() {
    this._later ??= setTimeout(() => {
      this._later = null;
      this._answer();
      this.changed();
    });
  }

  _answer() {
    const { drawing, recognizer } = this;
    if (!recognizer) return;
    const began = performance.now();
    try {
      this.result = drawing.blank ? null : this.recognize(recognizer);
    } catch (error) {
      this.result = null;
      this.say(error.message, true);
    }
    this._cost += (performance.now() - began - this._cost) / 4;
    this.answered = { drawing, version: drawing.version };
    this.answer.show(this.result, this.line, this.palette);
    this._showRuler();
    clearTimeout(this._quiet);
    this._quiet = setTimeout(() => setText(byId("live"), sentence(this.result, this.line)), QUIET);
    this.canvas.dispatchEvent(new CustomEvent("answer", { detail: this.result, bubbles: true }));
  }

  _showPanel(result) {
    if (!this.panel || !this.recognizer) return;
    const hint = this.line ? "Works for single digits only; press W for one digit" : "";
    try {
      this.panels[this.panel].update(this.line ? null : result, this.palette, hint);
    } catch (error) {
      setText(byId("status"), error.message);
    }
  }

  /** Buttons, brush, hint and status. */
  _showState() {
    for (const [action, button] of this.buttons) {
      button.disabled = !isEnabled(action, this);
      if (typeof action.label === "function") setText(button.firstChild, action.label(this));
      if (action.panel || action.on) {
        setPressed(button, action.panel ? this.panel === action.panel : action.on(this));
      }
    }
    setPart(byId("brush"), this.brushWidth / BRUSHES[BRUSHES.length - 1]);
    const hint = this.drawing.blank ? (this.line ? "Draw a line of digits" : "Draw a digit") : "";
    setText(byId("hint"), hint);
    const cursor = byId("cursor");
    setHidden(cursor, !this.keyboardPen);
    if (this.keyboardPen) {
      const [x, y] = this.keyboardPen;
      cursor.style.left = `${(100 * x) / this.drawing.width}%`;
      cursor.style.top = `${(100 * y) / CANVAS}%`;
      cursor.classList.toggle("down", Boolean(this.drawing.pen));
    }
    const { text, isError } = this.status ?? { text: this.hint, isError: false };
    const status = byId("status");
    setText(status, isError ? `! ${text}` : text);
    status.classList.toggle("error", isError);
  }

  /** Show the digits of a line below it. */
  _showRuler() {
    const digits = this.line ? (this.result?.digits ?? []) : [];
    const marks = digits.map(({ box, prediction }) => {
      const mark = element("li", {}, prediction.label === null ? "–" : String(prediction.label));
      mark.style.left = `${(100 * box[0]) / LINE_WIDTH}%`;
      mark.style.width = `${(100 * Math.max(box[2] - box[0], 2)) / LINE_WIDTH}%`;
      return mark;
    });
    byId("ruler").replaceChildren(...marks);
  }

  _readTheme() {
    this.palette = readPalette();
    this.painter.forget();
    this.answered = null;
    this.changed();
  }

  _makeButtons() {
    for (const action of ACTIONS.filter((each) => each.place)) {
      const label = typeof action.label === "function" ? action.label(this) : action.label;
      const key = element("kbd", { "aria-hidden": "true" }, action.keys[0]);
      const button = element(
        "button",
        { type: "button", title: `${action.name}   (${action.keys[0]})` },
        element("span", {}, label), " ", key,
      );
      if (label.length === 1) button.setAttribute("aria-label", action.name);
      button.addEventListener("click", () => perform(action, this));
      this.buttons.set(action, button);
      byId(action.place).append(button);
      if (action.name === "Thinner brush") {
        byId(action.place).append(element("span", { id: "brush", role: "img", "aria-label": "Brush" }, element("i")));
      }
    }
  }

  _listen() {
    listenToPen(this.canvas, this);
    addEventListener("keydown", (event) => {
      const found = actionOf(event, this);
      if (!found || (this.help.dialog.open && found.action.label !== "Help")) return;
      event.preventDefault();
      perform(found.action, this, found.key);
    });
    this.hint = matchMedia("(pointer: coarse)").matches ? TOUCH_HINT : HINT;
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this._readTheme());
    new ResizeObserver(([entry]) => this._resize(entry)).observe(this.canvas);
    new ResizeObserver(() => this._arrange()).observe(byId("panel"));
  }

  _resize(entry) {
    const ratio = Math.min(devicePixelRatio || 1, MAX_RATIO);
    const { width, height } = entry.contentRect;
    const [wide, high] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
    if (this.canvas.width !== wide || this.canvas.height !== high) this.painter.resize(wide, high);
    this._arrange();
  }

  /** Read the scale, a tenth of the rem, which the style derives from the window's size. */
  _arrange() {
    this.scale = parseFloat(getComputedStyle(document.documentElement).fontSize) / 10;
    if (this.panel) this.panels[this.panel].arrange?.();
    this.changed();
  }
}

new App().start();
