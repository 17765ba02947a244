/** The operations of `nn.ops`, compiled to WebAssembly by `apps/web/engine`, and the memory that they work in. */

import { fail } from "./errors.js";

/** Of one engine's memory, in bytes. A network that needs more is damage or an attack. */
const MAX_BYTES = 256 << 20;
const PAGE_BYTES = 1 << 16;

/** What WebAssembly has no instruction for. */
const MATH = { expf: Math.exp, tanh: Math.tanh, tanhf: Math.tanh, erf };

/**
 * Compile the module once; each network gets an `Engine` of its own.
 * @param {Uint8Array} bytes of `engine.wasm`
 * @returns {Promise<WebAssembly.Module>}
 */
export function compileEngine(bytes) {
  return WebAssembly.compile(bytes);
}

/** An instance of the module. Its operations are in `ops`; arrays are passed by address. */
export class Engine {
  /** @param {WebAssembly.Module} module */
  constructor(module) {
    this.ops = new WebAssembly.Instance(module, { env: MATH }).exports;
    this.memory = this.ops.memory;
    this.top = this.ops.__heap_base.value;
  }

  /** The address of new memory, for as long as the engine exists. */
  allocate(bytes) {
    const address = this.scratch(bytes);
    this.top = address + bytes;
    return address;
  }

  /** The address of memory that is free until the next call of `allocate` or `scratch`. */
  scratch(bytes) {
    const address = (this.top + 15) & ~15;
    const missing = address + bytes - this.memory.buffer.byteLength;
    if (address + bytes > MAX_BYTES) fail(`engine: expected at most ${MAX_BYTES >> 20} MiB of memory, needed more`);
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE_BYTES));
    return address;
  }

  /** A view of numbers; valid until memory is allocated. */
  floats(address, length) {
    return new Float32Array(this.memory.buffer, address, length);
  }
}

/** The error function; the series of 7.1.6 in Abramowitz and Stegun, "Handbook of Mathematical Functions", 1964. */
function erf(x) {
  if (!(Math.abs(x) < 6)) return x > 0 ? 1 : x < 0 ? -1 : x;
  let term = x;
  let sum = x;
  for (let n = 3; Math.abs(term) > 1e-17 * Math.abs(sum); n += 2) {
    term *= (2 * x * x) / n;
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
