/** The help page: all keys. */

import { ACTIONS, MORE_KEYS } from "./actions.js";
import { byId, element } from "./dom.js";

export class Help {
  constructor() {
    this.dialog = byId("help");
  }

  toggle() {
    if (this.dialog.open) return this.dialog.close();
    if (!this.dialog.firstChild) this._build();
    return this.dialog.showModal();
  }

  _build() {
    const lines = [
      ...MORE_KEYS,
      ...ACTIONS.map((action) => [action.group, action.shown ?? action.keys.slice(0, 2).join(", "), action.name]),
    ];
    const groups = [...new Set(lines.map(([group]) => group))].map((group) =>
      element(
        "section", {}, element("h3", {}, group),
        element("dl", {}, ...lines.filter((line) => line[0] === group).flatMap(([, keys, name]) => [
          element("dt", {}, keys), element("dd", {}, name),
        ])),
      ),
    );
    const close = element("button", { type: "button" }, "Close ", element("kbd", {}, "Esc"));
    close.addEventListener("click", () => this.dialog.close());
    this.dialog.append(
      element("header", {}, element("h2", { id: "help-title" }, "Digit recognizer"), close),
      element("div", { className: "groups" }, ...groups),
      element("p", {}, "Nothing that you draw leaves this page."),
    );
  }
}
