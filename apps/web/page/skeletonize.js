/** The skeleton of ink: `nn/digits/skeletonize.py`, step by step. */

/** The eight neighbours of a pixel, clockwise from above, as steps in y and x. */
const NEIGHBOURS = [[-1, 0], [-1, 1], [0, 1], [1, 1], [1, 0], [1, -1], [0, -1], [-1, -1]];

/** Half of them: each pair of neighbours once, those in line before those across the corner. */
const STEPS = [[0, 1], [1, 0], [1, 1], [1, -1]];

/** Whether there is ink at a place. */
const reader = ({ values, height, width }) => (row, column) =>
  row >= 0 && column >= 0 && row < height && column < width && values[row * width + column] > 0;

/** Lines one pixel wide; the plane's values are 1 where there is ink, else 0. */
export function skeletonize({ values, height, width }) {
  const ink = { values: values.slice(), height, width };
  const at = reader(ink);
  for (let removed = true; removed; ) {
    removed = false;
    for (const turn of [0, 4]) {
      const gone = [];
      ink.values.forEach((value, index) => {
        if (!value) return;
        const [row, column] = [Math.floor(index / width), index % width];
        const ring = NEIGHBOURS.map(([down, right]) => at(row + down, column + right));
        const count = ring.filter(Boolean).length;
        if (count < 2 || count > 6) return;
        const runs = ring.filter((here, n) => !here && ring[(n + 1) % 8]).length;
        // North, east, south, west; in the second turn they are rotated by half a turn.
        const [north, east, south, west] = [0, 2, 4, 6].map((n) => ring[(n + turn) % 8]);
        if (runs === 1 && !(north && east && south) && !(east && south && west)) gone.push(index);
      });
      for (const index of gone) ink.values[index] = 0;
      removed ||= gone.length > 0;
    }
  }
  return ink;
}

/** Every step from one of a skeleton's pixels to a neighbour, as a stroke; a lone pixel is a dot. */
export function toStrokes(skeleton) {
  const { values, width } = skeleton;
  const at = reader(skeleton);
  const strokes = [];
  const linked = new Set();
  const pixels = [];
  values.forEach((value, index) => {
    if (!value) return;
    const [row, column] = [Math.floor(index / width), index % width];
    for (const [down, right] of STEPS) {
      if (!at(row + down, column + right)) continue;
      // Not across a corner that two steps in line go around.
      if (down && right && (at(row + down, column) || at(row, column + right))) continue;
      strokes.push([[column, row], [column + right, row + down]]);
      linked.add(index).add(index + down * width + right);
    }
    pixels.push(index);
  });
  const lone = pixels.filter((index) => !linked.has(index));
  return [...strokes, ...lone.map((index) => [[index % width, Math.floor(index / width)]])];
}
