/**
 * What needs Python, offered by the server that the page came from. A page without one never asks: only the served
 * page names its server, in `<meta name="server">`.
 */

/** The address of the API, or null without a server. */
const address = () => document.querySelector('meta[name="server"]')?.content ?? null;

/**
 * Ask the server what it has.
 *
 * @returns {Promise<?{networks: {name: string, size: number, url: string}[], features: string[]}>} null without one.
 */
export async function connect() {
  const root = address();
  if (root === null) return null;
  try {
    const response = await fetch(root);
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}
