/** The Teach panel, with a server: labelled drawings, fine-tuning on them, and its undo. */

import { element, setText } from "./dom.js";

export class Teaching {
  constructor(app) {
    this.app = app;
    this.samples = [];
    this.node = element("div", { className: "teach" });
  }

  open() {
    this.labels = [null, ...Array(10).keys()].map((label) => {
      const button = element("button", { type: "button" }, label === null ? "Not a digit" : String(label));
      button.addEventListener("click", () => this.add(label));
      return button;
    });
    this.count = element("p");
    this.learn = element("button", { type: "button" }, "Learn");
    this.learn.addEventListener("click", () => this._learn());
    this.undo = element("button", { type: "button" }, "Undo the last");
    this.undo.addEventListener("click", () => this._undo());
    this.node.replaceChildren(
      element("p", {}, "Draw, and press the digit that it is; then let the network learn from all of them"),
      element("div", { className: "chips" }, ...this.labels),
      this.count,
      element("div", { className: "chips" }, this.learn, this.undo),
    );
    return this.node;
  }

  /** Collect the drawing with its label, null for no digit; a second label of the same drawing replaces the first. */
  add(label) {
    const { strokes } = this.app.drawing.document;
    if (!strokes.length || this.app.line) return;
    this.samples = this.samples.filter((sample) => sample.drawing !== strokes);
    this.samples.push({ drawing: strokes, strokes: strokes.map((stroke) => stroke.points), label });
    this.app.changed();
  }

  update() {
    const inked = this.app.drawing.document.strokes.length > 0 && !this.app.line;
    for (const button of this.labels) button.disabled = !inked || Boolean(this.busy);
    const { length } = this.samples;
    setText(this.count, length ? `Drawings to learn from: ${this.samples.map(({ label }) => label ?? "not a digit").join(", ")}` : "No drawings to learn from yet");
    this.learn.disabled = !length || Boolean(this.busy);
    this.undo.disabled = Boolean(this.busy);
  }

  async _learn() {
    const { app, samples } = this;
    await this._change("Fine-tuning…", async (model) => {
      const sent = samples.map(({ strokes, label }) => ({ strokes, label }));
      const { before, after, seconds, bytes } = await app.server.learn(sent, model);
      this.samples = [];
      const rate = (part) => `${Math.round(100 * part)}%`;
      return [bytes, `Accuracy on the samples: ${rate(before)} before, ${rate(after)} now, in ${seconds.toFixed(1)} s`];
    });
  }

  async _undo() {
    await this._change("Undoing…", async (model) => {
      const { undone, bytes } = await this.app.server.undo(model);
      return [bytes, undone ? "Undid the last fine-tuning" : "Nothing to undo"];
    });
  }

  /** Change the network in use on the server, and load its new weights. */
  async _change(during, change) {
    const { app } = this;
    const network = app.networks[app.network];
    this.busy = true;
    app.say(during);
    try {
      const [bytes, text] = await change(network.name);
      await app.replace(network, bytes);
      app.say(text);
    } catch (error) {
      app.say(error.message, true);
    }
    this.busy = false;
    app.changed();
  }
}
