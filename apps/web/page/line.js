/** Reads a line of digits from strokes: `nn/digits/lines.py` and `nn/digits/viterbi.py`, step by step. */

import { BLANK, DOT } from "./prediction.js";
import { bounds, checkStrokes } from "./rasterize.js";

const MAX_PIECES = 8;
const MAX_COST = 8;
const GAP_COST = 8;
const [MIN_HEIGHT, LOW_COST] = [0.6, 5];
const [MAX_WIDTH, WIDE_COST] = [1.2, 4];

/** See `Recognizer.recognizeLine`. `recognize` gives the prediction for some strokes. */
export function readLine(strokes, recognize) {
  checkStrokes(strokes);
  const boxes = strokes.map((stroke) => bounds([stroke]));
  // A digit's strokes are neighbours in one of these orders.
  const drawn = strokes.map((_, number) => number);
  const orders = [fromTheLeft(boxes), drawn];
  if (`${orders[0]}` === `${drawn}`) orders.pop();
  const paths = orders.map((order) => bestPath(order, strokes, boxes, recognize));
  const { digits } = paths.reduce((best, path) => (path.cost < best.cost ? path : best));
  const sorted = fromTheLeft(digits.map((digit) => digit.box)).map((number) => digits[number]);
  return asLine(sorted);
}

/** The digits of a line, its text and its confidence. */
export function asLine(digits) {
  return {
    digits,
    text: digits.map(({ prediction }) => prediction.label ?? "?").join(""),
    confidence: digits.reduce((product, { prediction }) => product * prediction.confidence, 1),
  };
}

function fromTheLeft(boxes) {
  const middle = ([left, , right]) => left + right;
  return boxes.map((_, number) => number).sort((a, b) => middle(boxes[a]) - middle(boxes[b]));
}

/** The most probable digits for strokes in this order, and their total cost in nats. */
function bestPath(order, strokes, boxes, recognize) {
  const pieces = order.map((number) => boxes[number]);
  const found = candidates(pieces, typicalHeight(pieces));
  const [costs, chosen] = [[0], []];
  // By their ends, as the paths to where a candidate begins must be complete.
  for (const candidate of found.sort((a, b) => a.last - b.last)) {
    const { first, last } = candidate;
    candidate.strokes = order.slice(first, last);
    candidate.prediction = recognize(candidate.strokes.map((number) => strokes[number]));
    const { reason, confidence, digitProbability } = candidate.prediction;
    const probability = reason === BLANK || reason === DOT ? 0 : confidence * digitProbability;
    const cost = costs[first] + Math.min(-Math.log(Math.max(probability, 1e-9)), MAX_COST) + candidate.cost;
    if (!(cost >= costs[last])) [costs[last], chosen[last]] = [cost, candidate];
  }
  const digits = [];
  for (let end = order.length; end; end = chosen[end].first) digits.unshift(chosen[end]);
  return { digits, cost: costs[order.length] };
}

/** All digits that neighbouring strokes could form, with the penalties for their shapes and positions. */
function candidates(boxes, height) {
  const found = [];
  boxes.forEach((start, first) => {
    let box = start;
    let gaps = 0;
    for (let last = first + 1; last <= Math.min(first + MAX_PIECES, boxes.length); last++) {
      const next = boxes[last - 1];
      if (last > first + 1) gaps += Math.max(0, next[0] - box[2], box[0] - next[2]);
      box = box.map((side, axis) => (axis < 2 ? Math.min(side, next[axis]) : Math.max(side, next[axis])));
      const [width, size] = [box[2] - box[0], Math.max(box[3] - box[1], 0.4 * (box[2] - box[0])) / height];
      let cost = (GAP_COST * gaps) / height + (LOW_COST * Math.max(0, MIN_HEIGHT - size)) / MIN_HEIGHT;
      cost += WIDE_COST * Math.max(0, width / height - MAX_WIDTH);
      found.push({ first, last, box, cost });
    }
  });
  return found;
}

/** The height of a line's digits: the median of the strokes that are at least half as high as the highest. */
function typicalHeight(boxes) {
  const heights = boxes.map(([, top, , bottom]) => bottom - top).sort((a, b) => a - b);
  const high = heights.filter((each) => each >= heights.at(-1) / 2);
  const median = (high[(high.length - 1) >> 1] + high[high.length >> 1]) / 2;
  return median || Math.max(...boxes.map(([left, , right]) => right - left), 1e-9);
}
