/**
 * The table of actions: buttons, keys, tool-tips and the help page follow from it. `keys` are those of the window.
 * `place` is the id of the button's parent; an action without a place has no button.
 */

import { BRUSHES } from "./drawing.js";
import { servedActions } from "./served.js";

export const ACTIONS = [
  { name: "Look inside", label: "Inside", keys: ["I"], group: "Panels", place: "tabs", panel: "inside" },
  { name: "Networks side by side", label: "Models", keys: ["M"], group: "Panels", place: "tabs", panel: "models" },
  ...servedActions,
  {
    name: "Open a picture or weights", label: "Open", keys: ["Ctrl+O"], group: "Files", place: "tabs",
    run: (app) => app.files.choose(),
  },
  {
    name: "A line of digits, or one", label: "Line", keys: ["W"], group: "Drawing", place: "tabs",
    on: (app) => app.line, run: (app) => app.switchLine(),
  },
  {
    name: "Dark or light theme", label: (app) => (app.palette.dark ? "Light" : "Dark"), keys: ["D"], group: "Page",
    place: "tabs", run: (app) => app.switchTheme(),
  },
  {
    name: "Help: all keys", label: "Help", keys: ["?", "F1", "H"], group: "Page", place: "tabs",
    run: (app) => app.help.toggle(),
  },
  {
    name: "Clear", label: "Clear", keys: ["C", "Delete", "Backspace"], group: "Drawing", place: "tools",
    enabled: (app) => !app.drawing.blank, run: (app) => app.drawing.clear(),
  },
  {
    name: "Undo", label: "Undo", keys: ["U", "Ctrl+Z"], group: "Drawing", place: "tools",
    enabled: (app) => app.drawing.past.length > 0, run: (app) => app.drawing.undo(),
  },
  {
    name: "Redo", label: "Redo", keys: ["Y", "Ctrl+Y", "Ctrl+Shift+Z"], group: "Drawing", place: "tools",
    enabled: (app) => app.drawing.future.length > 0, run: (app) => app.drawing.redo(),
  },
  {
    name: "Thinner brush", label: "−", keys: ["[", "-"], group: "Drawing", place: "tools",
    enabled: (app) => app.brush > 0, run: (app) => app.brush--,
  },
  {
    name: "Thicker brush", label: "+", keys: ["]", "+", "="], group: "Drawing", place: "tools",
    enabled: (app) => app.brush < BRUSHES.length - 1, run: (app) => app.brush++,
  },
  {
    name: "Use the next network", keys: ["N"], group: "Panels",
    enabled: (app) => app.networks.length > 1, run: (app) => app.use((app.network + 1) % app.networks.length),
  },
  {
    name: "Inside: explain this digit", keys: [..."0123456789"], group: "Panels", shown: "0 to 9",
    enabled: (app) => app.panel === "inside", run: (app, key) => app.inside.explain(Number(key)),
  },
  {
    name: "Inside: explain the answer", keys: ["A"], group: "Panels",
    enabled: (app) => app.panel === "inside", run: (app) => app.inside.explain(null),
  },
  ...[["the layer before", ",", (inside) => inside.step(-1)], ["the next layer", ".", (inside) => inside.step(1)],
    ["back towards the ink", "B", (inside) => inside.back()]].map(([what, key, run]) => ({
    name: `Inside: ${what}`, keys: [key], group: "Panels", enabled: (app) => app.panel === "inside", run: (app) => run(app.inside),
  })),
  { name: "Close what is open", keys: ["Esc"], group: "Page", run: (app) => app.inside.unpin() || app.openPanel(null) },
];

/** The keys of the help page that are not actions: group, keys and description. */
export const MORE_KEYS = [
  ["Drawing", "Pointer", "Draw; a tap is a dot"],
  ["Drawing", "Arrows, Space", "On the canvas: move the pen; put it down, lift it"],
  ["Panels", "Click, arrows", "On a layer: keep a unit, move from unit to unit"],
  ["Files", "Ctrl+V", "Paste a picture"],
  ["Page", "Tab, Enter", "Go through all controls; press one"],
];

const NAMES = { Escape: "Esc", " ": "Space" };

export const isEnabled = (action, app) => !action.enabled || action.enabled(app);

/** The action of a key press, an enabled one if several have the key, and the key; undefined if no action has it. */
export function actionOf(event, app) {
  if (event.altKey) return undefined;
  const name = NAMES[event.key] ?? (event.key.length === 1 ? event.key.toUpperCase() : event.key);
  const control = event.ctrlKey || event.metaKey ? "Ctrl+" : "";
  for (const key of [`${control}${event.shiftKey ? "Shift+" : ""}${name}`, control + name]) {
    const found = ACTIONS.filter((each) => each.keys.includes(key));
    const action = found.find((each) => isEnabled(each, app)) ?? found[0];
    if (action) return { action, key };
  }
  return undefined;
}

/** Perform an action, if it is enabled. */
export function perform(action, app, key) {
  if (!isEnabled(action, app)) return;
  if (action.panel) app.openPanel(app.panel === action.panel ? null : action.panel);
  else action.run(app, key);
  app.changed();
}
