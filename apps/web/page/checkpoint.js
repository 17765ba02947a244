/** Reads the files of weights that `nn/checkpoint.py` writes. */

import { fail } from "./errors.js";
import { readNpz, transpose } from "./npz.js";

const FORMAT = "digits-from-scratch checkpoint";

/** Versions of the format. Earlier ones stored the kernels of dense layers as (outputs, inputs). */
const [EARLIER_FLOATS, EARLIER_INT8, FLOATS, INT8] = [1, 2, 3, 4];

/** The largest description. JSON values take far more memory than their text. */
const MAX_META_BYTES = 4 << 20;

/**
 * @param {Uint8Array} bytes
 * @returns {Promise<{config: object, meta: object, weights: Weights}>} the network's description, how it was made, and
 *   its arrays
 */
export async function readCheckpoint(bytes) {
  const arrays = await readNpz(bytes, (name) => !name.startsWith("extra/"));
  const { version, precision, model, meta } = header(arrays.get("meta"));
  arrays.delete("meta");
  const int8 = version === INT8 || version === EARLIER_INT8;
  if (int8 && precision !== "int8") fail(`expected precision 'int8', found '${precision}'`);
  for (const [name, array] of arrays) {
    if (!/^(model|extra)\//.test(name) && !(int8 && name.startsWith("scale/"))) fail(`unknown entry '${name}'`);
    if (version < FLOATS && /\/kernel$/.test(name) && array?.shape.length === 2) arrays.set(name, transpose(array));
  }
  return { config: model, meta, weights: new Weights(arrays, model.dtype, int8) };
}

function header(entry) {
  if (!entry) fail("not a file of weights: it has no entry 'meta'");
  if (entry.data.byteLength > MAX_META_BYTES) fail("expected a description of at most 4 MiB, found more");
  let found;
  try {
    found = JSON.parse(new TextDecoder().decode(entry.data));
  } catch {
    fail("its description is not JSON");
  }
  if (found?.format !== FORMAT) fail("not a file of weights of this program");
  if (![EARLIER_FLOATS, EARLIER_INT8, FLOATS, INT8].includes(found.version)) {
    fail(`expected format version 1 to ${INT8}, found ${JSON.stringify(found.version)}`);
  }
  if (!isObject(found.meta) || !isObject(found.model)) fail("its description lacks the model or the meta data");
  if (!["float32", "float64"].includes(found.model.dtype)) fail("dtype: expected float32 or float64, got another");
  return found;
}

/** Whether a value of JSON is an object. */
export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The arrays of a network. Each is taken once, by the layer that it belongs to. */
export class Weights {
  constructor(arrays, dtype, int8) {
    this.arrays = arrays;
    this.dtype = dtype === "float64" ? "<f8" : "<f4";
    this.int8 = int8;
  }

  /**
   * An array as floats.
   * @param {string} name
   * @param {number[]} shape what the layer expects
   * @param {boolean} isKernel whether a file of int8 precision holds it as integers, with a scale for each output
   */
  take(name, shape, isKernel = false) {
    const quantized = isKernel && this.int8;
    const { data } = this.#entry("model", name, shape, quantized ? "|i1" : this.dtype);
    const values = new Float32Array(data);
    if (quantized) {
      const scale = this.#entry("scale", name, shape.slice(-1), "<f4").data;
      if (!scale.every((value) => value > 0)) fail(`${name}: expected finite scales above 0, found others`);
      if (data.includes(-128)) fail(`${name}: expected integers from -127 to 127, found -128`);
      for (let index = 0; index < values.length; index++) values[index] *= scale[index % scale.length];
    }
    if (!values.every(Number.isFinite)) fail(`${name}: expected finite weights, found NaN or infinity`);
    return { shape, values };
  }

  #entry(part, name, shape, dtype) {
    const array = this.arrays.get(`${part}/${name}`);
    const prefix = part === "model" ? "" : `${part}/`;
    if (!array) fail(`${prefix}${name}: expected an array of shape (${shape}), found none`);
    if (array.dtype !== dtype || `${array.shape}` !== `${shape}`) {
      fail(`${prefix}${name}: expected (${shape}) ${dtype}, found (${array.shape}) ${array.dtype}`);
    }
    this.arrays.delete(`${part}/${name}`);
    return array;
  }

  /** Check that no array is left over. */
  finish() {
    for (const name of this.arrays.keys()) {
      if (!name.startsWith("extra/")) fail(`${name.replace("model/", "")}: no such parameter in the model`);
    }
  }
}
