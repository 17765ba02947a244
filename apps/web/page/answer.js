/** The answer: the digit or the reason of a rejection, the confidence, the runner-up, the network input and the bars. */

import { byId, element, percent, setPart, setText } from "./dom.js";
import { paintValues } from "./palette.js";

/** For each reason of a rejection, the text instead of the digit, and the sentence below it. */
const REASONS = {
  blank: ["Blank", "Nothing drawn yet"],
  "a dot": ["A dot", "A dot: too little ink to be a digit"],
  "not a digit": ["Not a digit", "Rejected: it does not look like a digit"],
};

export class Answer {
  constructor() {
    this.bars = [];
    this.input = byId("input");
  }

  /**
   * @param {?Object} result - a prediction, or for a line `{text, digits}`; null is blank.
   * @param {boolean} line - whether it is a line.
   * @param {Object} palette - the theme's.
   */
  show(result, line, palette) {
    const { digit, answered, caption, second } = line ? describeLine(result) : describe(result);
    const node = byId("digit");
    setText(node, digit);
    node.classList.toggle("answered", answered);
    node.style.setProperty("--letters", String(Math.max(1, digit.length)));
    setText(byId("caption"), caption);
    setText(byId("second"), second);
    if (line) return;
    paintValues(this.input, result?.image ?? new Float32Array(784), palette.grey, 255, 0);
    this._showBars(result);
  }

  _showBars(result) {
    const classes = result ? result.probabilities.length : this.bars.length || 10;
    if (classes !== this.bars.length) this._makeBars(classes);
    const shown = result && result.label !== null;
    for (const [index, bar] of this.bars.entries()) {
      const probability = shown ? result.probabilities[index] : 0;
      bar.row.classList.toggle("wins", shown && index === result.label);
      setPart(bar.fill, probability);
      setText(bar.value, shown ? percent(probability) : "");
    }
  }

  _makeBars(classes) {
    this.bars = Array.from({ length: classes }, (_, index) => {
      const fill = element("i");
      const value = element("span");
      const row = element("li", {}, element("b", {}, String(index)), element("i", { className: "track" }, fill), value);
      return { row, fill, value };
    });
    byId("bars").replaceChildren(...this.bars.map((bar) => bar.row));
  }
}

/** The texts of an answer; null is blank. */
export function describe(prediction) {
  if (!prediction || prediction.label === null) {
    const reason = prediction ? prediction.reason : "blank";
    const [digit, second] = REASONS[reason] ?? ["No answer", reason ?? ""];
    return { digit, answered: false, caption: "Answer", second };
  }
  const { label, probabilities } = prediction;
  let runnerUp = label === 0 ? 1 : 0;
  for (let i = 0; i < probabilities.length; i++) {
    if (i !== label && probabilities[i] > probabilities[runnerUp]) runnerUp = i;
  }
  const likely = probabilities[runnerUp] >= 0.0005;
  return {
    digit: String(label),
    answered: true,
    caption: `${percent(probabilities[label])} sure`,
    second: likely ? `else a ${runnerUp}, ${percent(probabilities[runnerUp])}` : "nothing else is likely",
  };
}

function describeLine(line) {
  const digits = line ? line.digits.map(({ prediction }) => prediction) : [];
  const caption = "A line of digits";
  if (!digits.length) return { ...describe(null), caption };
  const second = digits.map(({ label, confidence }) => `${label ?? "–"} ${percent(confidence)}`).join(", ");
  return { digit: line.text, answered: true, caption, second };
}

/** The answer in one sentence, for screen readers. */
export function sentence(result, line) {
  const { digit, answered, caption, second } = line ? describeLine(result) : describe(result);
  return answered ? `${digit}. ${line ? "" : `${caption}, `}${second}` : second;
}
