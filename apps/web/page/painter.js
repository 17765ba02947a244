/** Paints strokes as smooth ink at the resolution of the screen; only new ink is painted. */

import { CANVAS } from "./drawing.js";

/** The cosine of the sharpest turn that is smoothed, 60 degrees; a sharper one is a corner. */
const CORNER = 0.5;

const distance = (a, b) => Math.hypot(b[0] - a[0], b[1] - a[1]);

/** The unit tangent at a point; null at the ends and at corners. */
function direction(points, index) {
  if (index <= 0 || index >= points.length - 1) return null;
  const [before, here, after] = [points[index - 1], points[index], points[index + 1]];
  const [into, out, across] = [distance(before, here), distance(here, after), distance(before, after)];
  if (!into || !out || !across) return null;
  const turn = (here[0] - before[0]) * (after[0] - here[0]) + (here[1] - before[1]) * (after[1] - here[1]);
  if (turn < CORNER * into * out) return null;
  return [(after[0] - before[0]) / across, (after[1] - before[1]) / across];
}

/** Paint the curve from point `index` to the next, a cubic Bézier curve as of a Catmull-Rom spline. */
function paintCurve(context, stroke, index) {
  const { points } = stroke;
  const a = points[index];
  const b = points[index + 1] ?? a;
  const length = distance(a, b);
  const chord = length ? [(b[0] - a[0]) / length, (b[1] - a[1]) / length] : [0, 0];
  const first = direction(points, index) ?? chord;
  const last = direction(points, index + 1) ?? chord;
  const third = length / 3;
  context.lineWidth = stroke.width;
  context.beginPath();
  context.moveTo(a[0], a[1]);
  context.bezierCurveTo(
    a[0] + first[0] * third, a[1] + first[1] * third, b[0] - last[0] * third, b[1] - last[1] * third, b[0], b[1],
  );
  context.stroke();
}

/**
 * The ink on a canvas. The last curve of a stroke changes with the next point: it is painted over the settled ones,
 * which a second canvas keeps.
 */
export class Painter {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.context = canvas.getContext("2d", { alpha: false });
    this._settled = document.createElement("canvas").getContext("2d");
    this.forget();
  }

  /** Repaint everything the next time. */
  forget() {
    this._strokes = null;
  }

  /** Fit the canvas to its size on the screen, in device pixels. */
  resize(width, height) {
    for (const { canvas } of [this.context, this._settled]) {
      canvas.width = width;
      canvas.height = height;
    }
    this.forget();
  }

  /**
   * @param {{strokes: Object[], picture: ?{bitmap: CanvasImageSource, width: number, height: number}}} document
   * @param {{paper: string, ink: string}} colours
   */
  paint(document, colours) {
    const { context, _settled: settled } = this;
    const { strokes, picture } = document;
    if (!this._extends(strokes, picture)) {
      for (const each of [context, settled]) this._blank(each, colours);
      if (picture) paintPicture(context, picture);
      [this.picture, this._number, this._segment, this._tail] = [picture, 0, 0, null];
    }
    if (this._tail) {
      const [left, top, width, height] = this._tail;
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.drawImage(settled.canvas, left, top, width, height, left, top, width, height);
      this._tail = null;
    }
    const unit = context.canvas.height / CANVAS;
    for (const each of [context, settled]) each.setTransform(unit, 0, 0, unit, 0, 0);
    while (this._number < strokes.length) {
      const stroke = strokes[this._number];
      const isLast = this._number === strokes.length - 1;
      const curves = Math.max(1, stroke.points.length - 1);
      for (; this._segment < curves; this._segment++) {
        if (isLast && this._segment + 1 >= curves) break;
        for (const each of [context, settled]) paintCurve(each, stroke, this._segment);
      }
      if (isLast) {
        if (this._segment < curves) this._paintTail(stroke, unit);
        break;
      }
      [this._number, this._segment] = [this._number + 1, 0];
    }
    this._strokes = strokes;
  }

  /** Whether the strokes are those painted before, with more points or strokes. */
  _extends(strokes, picture) {
    const before = this._strokes;
    if (!before || picture !== this.picture || strokes.length < before.length) return false;
    return before.every((stroke, index) => strokes[index] === stroke);
  }

  _blank(context, { paper, ink }) {
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = paper;
    context.fillRect(0, 0, context.canvas.width, context.canvas.height);
    context.strokeStyle = ink;
    context.lineCap = context.lineJoin = "round";
  }

  /** Paint the curve that the next point may change, and remember the box around it. */
  _paintTail(stroke, unit) {
    const { width: wide, height: high } = this.context.canvas;
    paintCurve(this.context, stroke, this._segment);
    const { points } = stroke;
    const [a, b] = [points[this._segment], points[points.length - 1]];
    const reach = stroke.width / 2 + distance(a, b) / 3 + 2 / unit;
    const left = Math.max(0, Math.floor((Math.min(a[0], b[0]) - reach) * unit));
    const top = Math.max(0, Math.floor((Math.min(a[1], b[1]) - reach) * unit));
    const right = Math.min(wide, Math.ceil((Math.max(a[0], b[0]) + reach) * unit));
    const bottom = Math.min(high, Math.ceil((Math.max(a[1], b[1]) + reach) * unit));
    if (right > left && bottom > top) this._tail = [left, top, right - left, bottom - top];
  }
}

/** Paint a picture as large as it fits, in the middle. */
function paintPicture(context, { bitmap, width, height }) {
  const { canvas } = context;
  const scale = Math.min(canvas.width / width, canvas.height / height);
  const [wide, high] = [width * scale, height * scale];
  context.imageSmoothingEnabled = scale < 4;
  context.drawImage(bitmap, (canvas.width - wide) / 2, (canvas.height - high) / 2, wide, high);
}
