/** The drawing: strokes in canvas units, x to the right and y down, with undo and redo. */

/** Height of the canvas, and width of the square one: ten units for each pixel of the network's input. */
export const CANVAS = 280;

/** Width of the canvas for a line of digits. */
export const LINE_WIDTH = 4 * CANVAS;

/** Widths of the brush, in canvas units. They change the drawing on the screen, not the network's input. */
export const BRUSHES = [6, 10, 14, 20, 28, 38, 50];

const BLANK = { strokes: [], picture: null };

/**
 * What the canvas shows, `{strokes, picture}`, and what it showed before. Each stroke is `{points, width}`; a picture
 * takes the place of strokes.
 */
export class Drawing {
  constructor(width) {
    this.width = width;
    this.document = BLANK;
    this.past = [];
    this.future = [];
    /** Counts the changes. */
    this.version = 0;
    this.pen = null;
  }

  get blank() {
    return !this.document.strokes.length && !this.document.picture;
  }

  /** Put the pen down: begin a stroke; a picture makes room for it. */
  down(point, width) {
    this._remember();
    this.pen = point;
    this.document = { strokes: [...this.document.strokes, { points: [point], width }], picture: null };
    this.version++;
  }

  /** Draw the part of the way to `point` that is on the canvas; coming back onto it begins another stroke. */
  move(point) {
    if (!this.pen || (point[0] === this.pen[0] && point[1] === this.pen[1])) return;
    const visible = clipSegment(this.pen, point, this.width, CANVAS);
    this.pen = point;
    if (!visible) return;
    const [enter, leave] = visible;
    const { strokes } = this.document;
    const last = strokes[strokes.length - 1];
    const [x, y] = last.points[last.points.length - 1];
    if (enter[0] === x && enter[1] === y) last.points.push(leave);
    else this.document = { strokes: [...strokes, { points: [enter, leave], width: last.width }], picture: null };
    this.version++;
  }

  up() {
    this.pen = null;
  }

  /** Take back the stroke that the system interrupted; redo brings it back. */
  cancel() {
    if (this.pen) this.undo();
  }

  clear() {
    if (!this.blank) this.show(BLANK);
  }

  /** Show another document; undo brings the earlier one back. */
  show(document) {
    this._remember();
    this._set(document);
  }

  undo() {
    if (!this.past.length) return;
    this.future.push(this.document);
    this._set(this.past.pop());
  }

  redo() {
    if (!this.future.length) return;
    this.past.push(this.document);
    this._set(this.future.pop());
  }

  _remember() {
    this.past.push(this.document);
    this.future = [];
  }

  _set(document) {
    this.document = document;
    this.pen = null;
    this.version++;
  }
}

/** The ends of the part of a segment within a box from the origin, or null. Liang and Barsky, 1984. */
export function clipSegment(start, end, width, height) {
  let [first, last] = [0, 1];
  for (const [axis, limit] of [width, height].entries()) {
    const step = end[axis] - start[axis];
    if (step === 0) {
      if (start[axis] < 0 || start[axis] > limit) return null;
      continue;
    }
    const [a, b] = [-start[axis] / step, (limit - start[axis]) / step];
    first = Math.max(first, Math.min(a, b));
    last = Math.min(last, Math.max(a, b));
  }
  if (first > last) return null;
  const at = (part) => [
    Math.min(Math.max(start[0] + part * (end[0] - start[0]), 0), width),
    Math.min(Math.max(start[1] + part * (end[1] - start[1]), 0), height),
  ];
  return [first === 0 ? start : at(first), last === 1 ? end : at(last)];
}
