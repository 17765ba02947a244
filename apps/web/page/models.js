/** The Models panel: the answer, confidence, time and size of every network for the drawing. */

import { element, percent, setPart, setPressed, setText } from "./dom.js";

export class Models {
  constructor(app) {
    this.app = app;
    this.node = element("div", { className: "models" });
    this.rows = [];
  }

  open() {
    this.rows = [];
    return this.node;
  }

  _build() {
    const { networks } = this.app;
    this.rows = networks.map(({ name, size }, number) => {
      const part = (className, text = "") => element("span", { className }, text);
      const row = { name: part("name", name), confidence: part("confidence"), time: part("time"), digit: part("digit") };
      row.fill = element("i");
      row.button = element(
        "button", { type: "button", title: `Use ${name}` },
        row.name, row.confidence, part("size", `${Math.max(1, Math.round(size / 1024)).toLocaleString("en")} KB`),
        element("i", { className: "track" }, row.fill), row.time, row.digit,
      );
      row.button.addEventListener("click", () => this.app.use(number));
      return row;
    });
    const hint = element("p", {}, "Click a network to use it, or press N; open an .npz to add one");
    this.node.replaceChildren(hint, ...this.rows.map((row) => row.button));
  }

  update() {
    const { app } = this;
    if (this.rows.length !== app.networks.length) this._build();
    for (const [number, row] of this.rows.entries()) {
      const { name, recognizer } = app.networks[number];
      const used = number === app.network;
      setPressed(row.button, used);
      setText(row.name, used ? `${name}   in use` : name);
      const began = performance.now();
      const result = app.drawing.blank ? null : app.recognize(recognizer);
      const milliseconds = performance.now() - began;
      const answer = result === null ? "" : (result.text ?? String(result.label ?? "–"));
      const confidence = result === null || (!app.line && result.label === null) ? 0 : result.confidence;
      setText(row.digit, answer);
      row.digit.style.setProperty("--letters", String(Math.max(1, answer.length)));
      setText(row.confidence, confidence ? percent(confidence) : "");
      setText(row.time, result === null ? "" : `${milliseconds.toFixed(1)} ms`);
      setPart(row.fill, confidence);
    }
  }
}
