/** Decompresses the parts of a small page. */

/**
 * Decode LZMA without a header, with lc = 2, lp = 0 and pb = 0, to `size` bytes.
 * Igor Pavlov, "LZMA specification", 2015. All probabilities are in one array, at these places.
 */
const decompress = (input, size) => {
  const output = new Uint8Array(size);
  const [isRep, isRep0, isRep1, isRep2, isLong, slots, special, align, lengths, repLengths, literals] = [
    12, 24, 36, 48, 60, 72, 328, 456, 472, 746, 1020,
  ];
  const probabilities = new Uint16Array(literals + 4 * 768).fill(1024);
  let [range, code, next, to, state] = [2 ** 32 - 1, 0, 1, 0, 0];
  const distances = [0, 0, 0, 0];

  const normalize = () => {
    if (range < 2 ** 24) {
      range *= 256;
      code = ((code << 8) | input[next++]) >>> 0;
    }
  };
  const bit = (place) => {
    const probability = probabilities[place];
    const bound = (range >>> 11) * probability;
    const is1 = code >= bound ? 1 : 0;
    if (is1) {
      range -= bound;
      code -= bound;
      probabilities[place] -= probability >> 5;
    } else {
      range = bound;
      probabilities[place] += (2048 - probability) >> 5;
    }
    normalize();
    return is1;
  };
  const tree = (place, count, lowestFirst) => {
    let node = 1;
    let value = 0;
    for (let i = 0; i < count; i++) {
      const found = bit(place + node);
      node = node * 2 + found;
      value |= found << (lowestFirst ? i : count - 1 - i);
    }
    return value;
  };
  const length = (place) => {
    if (!bit(place)) return 2 + tree(place + 2, 3);
    return bit(place + 1) ? 18 + tree(place + 18, 8) : 10 + tree(place + 10, 3);
  };
  const distance = (count) => {
    const slot = tree(slots + 64 * Math.min(count - 2, 3), 6);
    if (slot < 4) return slot;
    const more = (slot >> 1) - 1;
    const start = (2 | (slot & 1)) << more;
    if (slot < 14) return start + tree(special + start - slot, more, true);
    let value = 0;
    for (let i = 4; i < more; i++) {
      range >>>= 1;
      const is1 = code >= range ? 1 : 0;
      code -= is1 * range;
      value = value * 2 + is1;
      normalize();
    }
    return start + value * 16 + tree(align, 4, true);
  };
  const copy = (count) => {
    for (; count--; to++) output[to] = output[to - distances[0] - 1];
  };
  const literal = () => {
    const place = literals + 768 * ((output[to - 1] ?? 0) >> 6);
    let symbol = 1;
    if (state > 6) {
      for (let match = output[to - distances[0] - 1]; symbol < 256; match <<= 1) {
        const expected = (match >> 7) & 1;
        const found = bit(place + 256 + 256 * expected + symbol);
        symbol = symbol * 2 + found;
        if (found !== expected) break;
      }
    }
    while (symbol < 256) symbol = symbol * 2 + bit(place + symbol);
    output[to++] = symbol;
    state = state < 4 ? 0 : state - (state < 10 ? 3 : 6);
  };

  while (next < 5) code = code * 256 + input[next++];
  while (to < output.length) {
    const early = state < 7;
    if (!bit(state)) {
      literal();
    } else if (!bit(isRep + state)) {
      const count = length(lengths);
      distances.unshift(distance(count));
      distances.pop();
      state = early ? 7 : 10;
      copy(count);
    } else {
      let which = 0;
      if (bit(isRep0 + state)) {
        which = bit(isRep1 + state) ? 2 + bit(isRep2 + state) : 1;
      } else if (!bit(isLong + state)) {
        state = early ? 9 : 11;
        copy(1);
        continue;
      }
      distances.unshift(...distances.splice(which, 1));
      const count = length(repLengths);
      state = early ? 8 : 11;
      copy(count);
    }
  }
  return output;
};
