/** One unit by numbers: its largest terms, its window, the steps to its value, and what becomes of it. */

import { element, setHidden, setText, signed } from "./dom.js";
import { paintGrids } from "./grids.js";
import { chain, explain, onward, path, unitAt } from "./unit.js";

/** The most maps, or inputs of a vector, that are listed, and where there is less room than `NARROW` base pixels. */
const [LISTED, FEW, NARROW] = [8, 5, 450];

/** The most maps whose numbers are painted. */
const PAINTED = 4;

const HINT = "Point at a unit, click it, or go there with Tab and arrow keys";

export class UnitView {
  constructor() {
    this._title = element("p", { id: "unit-title" });
    this._text = element("p", { id: "unit-text", "aria-live": "polite" });
    this._terms = element("p", { id: "unit-terms" });
    this._grids = element("canvas", { className: "grids", role: "img", "aria-labelledby": "unit-title unit-text" });
    const numbers = element("div", { className: "numbers" }, this._grids, this._terms);
    this.nodes = [element("div", { className: "unit" }, this._title, this._text), numbers];
  }

  /** Show nothing but a hint. */
  clear(hint) {
    setHidden(this._grids, true);
    setText(this._title, hint || HINT);
    for (const node of [this._text, this._terms]) setText(node, "");
  }

  /** @param {Layer[]} layers - of the network, with the values of the last prediction; the others as in `explain`. */
  show(layers, layer, place, palette, scale) {
    const steps = chain(layer, place);
    const unit = explain(...steps[0]);
    const [end, pixel] = path(layer, place).at(-1);
    const ink = end === layers[0] ? `${where(end, pixel).slice(2)}, ${signed(end.values[pixel])}` : "none";
    let before = place;
    const then = onward(layers, layer, place).map(([each, at]) => {
      const { text, places, best } = explain(each, at);
      const words = text.startsWith("largest") ? `${places[best] === before ? "this" : "a larger"} one` : "";
      before = at;
      return `then ${line(each, at, words)}`;
    });
    const made = steps.map(([each, at]) => line(each, at, explain(each, at).text));
    setText(this._title, `${layer.name}${where(layer, place)}`);
    setText(this._text, [...made, ...then, `Ink that matters: ${ink}`].join("\n"));
    const { values, weights, wide } = unit;
    const sums = sumsOf(unit);
    const room = this._grids.parentElement.clientWidth / scale;
    const count = room < NARROW ? FEW : LISTED;
    const name = (i) => (wide ? `map ${i + 1}: ` : `${i + 1}: ${signed(values[i])} × ${signed(weights[i])} = `);
    const terms = sums.slice(0, count).map(([number, sum]) => name(number) + signed(sum));
    const rest = sums.slice(count);
    if (rest.length) terms.push(`${rest.length} others: ${signed(rest.reduce((total, [, sum]) => total + sum, 0))}`);
    setText(this._terms, terms.join("\n"));
    setHidden(this._grids, !wide);
    if (wide) paintGrids(this._grids, room, wide, gridsOf(unit, sums), palette, scale);
  }
}

const line = ({ name, values }, place, text) => `${name}${text && ": "}${text} = ${signed(values[place])}`;

/** The place of a unit in words. */
function where(layer, at) {
  const [row, column, channel] = unitAt(layer, at);
  if (layer.shape.length === 1) return `, unit ${channel + 1}`;
  return `${layer.shape[2] > 1 ? `, map ${channel + 1}` : ""}, row ${row + 1}, column ${column + 1}`;
}

/** Each map of a window and its sum, or each input of a vector and its product, the largest first. */
function sumsOf({ weights, parts, maps }) {
  const count = maps ?? parts.length;
  if (!weights || count < 2) return [];
  const sums = Array.from({ length: count }, (_, number) => [number, 0]);
  for (const [i, part] of parts.entries()) sums[i % count][1] += part;
  return sums.sort(([, a], [, b]) => Math.abs(b) - Math.abs(a));
}

/** The window on each of the first maps: the values, the weights and the products. */
function gridsOf({ values, weights, parts, best, maps }, sums) {
  return (sums.length ? sums.slice(0, PAINTED) : [[0]]).flatMap(([number]) => {
    const places = [...values.keys()].filter((i) => i % maps === number);
    const grid = (title, all) => ({ title, values: places.map((i) => all[i]), marked: places.indexOf(best) });
    const window = grid(sums.length ? `map ${number + 1}` : "window", values);
    return weights ? [window, grid("× weights", weights), grid("= products", parts)] : [window];
  });
}
