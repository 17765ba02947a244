/** Reads `.npz` archives, as `numpy.savez` and `numpy.savez_compressed` write them: `nn/npz.py`. */

import { fail } from "./errors.js";

/**
 * An archive may unpack to this many times its size, or to `FREE_BYTES` if that is more, and never to more than
 * `MAX_BYTES`: the limits of `nn/checkpoint.py`.
 */
const MAX_EXPANSION = 100;
const FREE_BYTES = 4 << 20;
const MAX_BYTES = 1 << 30;

const TYPES = { "<f4": Float32Array, "<f8": Float64Array, "|i1": Int8Array, "|u1": Uint8Array };
const [LOCAL_FILE, CENTRAL_FILE, END] = [0x04034b50, 0x02014b50, 0x06054b50];

/**
 * @typedef {{dtype: string, shape: number[], data: Float32Array | Float64Array | Int8Array | Uint8Array}} NumpyArray
 * @param {Uint8Array} bytes
 * @param {(name: string) => boolean} wanted which entries to read
 * @returns {Promise<Map<string, NumpyArray>>} the arrays in C order, by name
 */
export async function readNpz(bytes, wanted = () => true) {
  const entries = centralDirectory(bytes);
  const limit = Math.min(MAX_BYTES, Math.max(FREE_BYTES, MAX_EXPANSION * bytes.length));
  if (entries.reduce((sum, entry) => sum + entry.size, 0) > limit) {
    fail(`expected at most ${limit >> 20} MiB of weights, found more`);
  }
  const names = entries.map(({ name }) => name.replace(/\.npy$/, ""));
  if (new Set(names).size < names.length) fail("not a file of weights: it has entries of the same name");
  const read = async (entry, i) => [names[i], wanted(names[i]) ? readArray(names[i], await unpack(bytes, entry)) : null];
  return new Map(await Promise.all(entries.map(read))); // together, as each takes the browser some milliseconds
}

/** The archive's list of entries, at its end. */
function centralDirectory(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - 22;
  while (end >= 0 && end > bytes.length - 66000 && view.getUint32(end, true) !== END) end--;
  if (end < 0 || view.getUint32(end, true) !== END) fail("not a file of weights: not a zip archive");
  const count = view.getUint16(end + 10, true);
  const entries = [];
  try {
    for (let at = view.getUint32(end + 16, true); entries.length < count; ) {
      const u16 = (offset) => view.getUint16(at + offset, true);
      const u32 = (offset) => view.getUint32(at + offset, true);
      const [nameLength, start] = [u16(28), u32(42)];
      const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
      const data = start + 30 + view.getUint16(start + 26, true) + view.getUint16(start + 28, true);
      const entry = { name, method: u16(10), checksum: u32(16), packed: u32(20), size: u32(24), data };
      const valid = u32(0) === CENTRAL_FILE && view.getUint32(start, true) === LOCAL_FILE && !(u16(8) & 1);
      if (!valid || data + entry.packed > bytes.length) throw new RangeError();
      entries.push(entry);
      at += 46 + nameLength + u16(30) + u16(32);
    }
  } catch {
    fail("not a file of weights: its list of entries is damaged");
  }
  return entries;
}

/** The bytes of an entry. */
async function unpack(bytes, { name, method, checksum, packed, size, data }) {
  let content = bytes.subarray(data, data + packed);
  if (method === 8) content = await inflate(name, content, size);
  else if (method !== 0) fail(`not a file of weights: ${name}: unknown compression`);
  if (content.length !== size) fail(`not a file of weights: ${name}: ${size} bytes expected, found ${content.length}`);
  if (crc32(content) !== checksum) fail(`not a file of weights: ${name}: wrong checksum`);
  return content;
}

async function inflate(name, packed, size) {
  const out = new Uint8Array(size);
  let length = 0;
  try {
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    for (const reader = stream.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) return out.subarray(0, length);
      out.set(value, length); // a RangeError if it is longer than the list of entries says
      length += value.length;
    }
  } catch {
    fail(`not a file of weights: ${name}: can't be unpacked to ${size} bytes`);
  }
}

let table;

/** The checksum of zip archives; ISO 3309. */
function crc32(bytes) {
  table ??= Uint32Array.from({ length: 256 }, (_, n) => {
    for (let bit = 0; bit < 8; bit++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
    return n;
  });
  let sum = ~0;
  for (let i = 0; i < bytes.length; i++) sum = table[(sum ^ bytes[i]) & 255] ^ (sum >>> 8);
  return ~sum >>> 0;
}

/** An array as `numpy.save` writes it, format 1.0. */
function readArray(name, bytes) {
  const magic = String.fromCharCode(...bytes.subarray(0, 8));
  const start = 10 + bytes[8] + 256 * bytes[9];
  const header = new TextDecoder().decode(bytes.subarray(10, start));
  const found = /^\{'descr': '(.+?)', 'fortran_order': (True|False), 'shape': \(([\d, ]*)\), \}\s*$/.exec(header);
  if (magic !== "\x93NUMPY\x01\0" || !found) fail(`not a file of weights: ${name}: expected an array of format 1.0`);
  const [, dtype, fortran, sizes] = found;
  const Type = TYPES[dtype];
  if (!Type) fail(`not a file of weights: ${name}: expected numbers, found ${dtype}`);
  const shape = sizes.split(",").filter((text) => text.trim()).map(Number);
  const expected = shape.reduce((product, size) => product * size, Type.BYTES_PER_ELEMENT);
  if (expected !== bytes.length - start) {
    fail(`not a file of weights: ${name}: expected ${expected} bytes, found ${bytes.length - start}`);
  }
  const data = new Type(bytes.slice(start).buffer);
  return fortran === "True" ? transpose({ dtype, shape: shape.reverse(), data }) : { dtype, shape, data };
}

/** The array with its axes in the opposite order. */
export function transpose({ dtype, shape, data }) {
  const result = { dtype, shape: [...shape].reverse(), data: new data.constructor(data.length) };
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1)).reverse();
  for (let index = 0; index < data.length; index++) {
    let source = 0;
    for (let axis = shape.length - 1, rest = index; axis >= 0; axis--) {
      source += (rest % result.shape[axis]) * strides[axis];
      rest = Math.floor(rest / result.shape[axis]);
    }
    result.data[index] = data[source];
  }
  return result;
}
