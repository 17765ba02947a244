/** Small helpers for the document. */

/** The element with this id. */
export const byId = (id) => document.getElementById(id);

/**
 * A new element.
 *
 * @param {string} tag
 * @param {Object} properties - of the element, or attributes where the name has a hyphen or is `role`.
 * @param {...(Node|string)} children
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children);
  return made;
}

/** Set a text only when it changes, and in the text node that is there, which avoids new styles and layout. */
export function setText(node, text) {
  if (node.textContent === text) return;
  if (node.firstChild) node.firstChild.data = text;
  else node.textContent = text;
}

/** Call a function when ink and answer leave time for it; Safari has no such call. */
export const whenIdle = globalThis.requestIdleCallback ?? ((work) => setTimeout(work, 8, { timeRemaining: () => 8 }));

/** Hide an element, or show it; as `setText`. */
export const setHidden = (node, on) => node.toggleAttribute("hidden", on);

/** Say whether a button is pressed; as `setPart`, only where that changes, which avoids new styles. */
export function setPressed(button, on) {
  if (button.ariaPressed !== String(on)) button.setAttribute("aria-pressed", on);
}

/** Set how long a bar is, or how large the brush. */
export function setPart(node, part) {
  const text = part.toFixed(3);
  if (node.dataset.part !== text) node.style.setProperty("--part", (node.dataset.part = text));
}

/** A probability as text, never 100%. */
export const percent = (probability) => (probability >= 0.9995 ? ">99.9%" : `${(100 * probability).toFixed(1)}%`);

/** A number with its sign, to two decimals. */
export const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
