/** Pen, finger, mouse and keyboard draw on the canvas. Pressure is ignored, as the network never sees it. */

/** Canvas units that an arrow key moves the pen. */
const STEP = 10;

/** The direction of each arrow key. */
export const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Object} app - the page.
 */
export function listenToPen(canvas, app) {
  let active = null;

  const toUnits = (event, box = canvas.getBoundingClientRect()) => {
    const unit = box.height / app.canvasHeight;
    return [(event.clientX - box.left) / unit, (event.clientY - box.top) / unit];
  };
  const end = (event, finish) => {
    if (active === null || event.pointerId !== active.pointerId) return;
    active = null;
    finish();
    app.changed();
  };

  canvas.addEventListener("pointerdown", (event) => {
    const takesOver = active && event.pointerType === "pen" && active.pointerType === "touch";
    if (event.button !== 0 || (active && !takesOver)) return;
    if (takesOver) app.drawing.cancel(); // the hand came down before the pen
    active = event;
    try {
      canvas.setPointerCapture(event.pointerId);
    } catch {
      // The pointer is already gone; only its end follows.
    }
    app.keyboardPen = null;
    app.drawing.down(toUnits(event), app.brushWidth);
    app.changed();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!active || event.pointerId !== active.pointerId) return;
    if (event.pointerType === "mouse" && !(event.buttons & 1)) return end(event, () => app.drawing.up());
    const events = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
    const box = canvas.getBoundingClientRect();
    for (const each of events.length ? events : [event]) app.drawing.move(toUnits(each, box));
    app.changed();
  });
  canvas.addEventListener("pointerup", (event) =>
    end(event, () => {
      app.drawing.move(toUnits(event));
      app.drawing.up();
    }),
  );
  canvas.addEventListener("pointercancel", (event) => end(event, () => app.drawing.cancel()));
  canvas.addEventListener("lostpointercapture", (event) => end(event, () => app.drawing.up()));
  // A press must not focus the canvas: the focus ring would frame the drawing.
  canvas.addEventListener("mousedown", (event) => event.preventDefault());
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  listenToArrows(canvas, app);
}

/** Arrow keys move a pen, which Space puts down and lifts. */
function listenToArrows(canvas, app) {
  canvas.addEventListener("keydown", (event) => {
    const direction = ARROWS[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey || !(direction || event.key === " ")) return;
    event.preventDefault();
    event.stopPropagation();
    const { drawing } = app;
    const at = app.keyboardPen ?? [drawing.width / 2, app.canvasHeight / 2];
    if (!direction) {
      if (drawing.pen) drawing.up();
      else drawing.down(at, app.brushWidth);
    } else {
      const inside = (value, limit) => Math.min(Math.max(value, 0), limit);
      app.keyboardPen = [
        inside(at[0] + STEP * direction[0], drawing.width),
        inside(at[1] + STEP * direction[1], app.canvasHeight),
      ];
      if (drawing.pen) drawing.move(app.keyboardPen);
    }
    app.keyboardPen ??= at;
    app.changed();
  });
  canvas.addEventListener("blur", () => {
    if (app.keyboardPen) app.drawing.up();
    app.keyboardPen = null;
    app.changed();
  });
}
