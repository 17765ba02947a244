/** What a recognizer returns for one digit: `nn/digits/prediction.py`. */

/** The reasons for which a prediction has no label. */
export const BLANK = "blank";
export const DOT = "a dot";
export const NOT_A_DIGIT = "not a digit";

/**
 * @typedef {object} Prediction
 * @property {number | null} label 0 to 9; null if the input was rejected
 * @property {string | null} reason why it was rejected: BLANK, DOT or NOT_A_DIGIT
 * @property {Float32Array} probabilities of each digit, given that it is one
 * @property {number} confidence the highest of them
 * @property {number} digitProbability the probability that the input is a digit
 * @property {Float32Array} image the network's input, 784 numbers in [0, 1]
 */
