/*
$comment
 */
#ifndef DIGITS_NETWORK_H
#define DIGITS_NETWORK_H

#include <limits.h>
#include <math.h>
#include <stdint.h>

#define DIGITS_IMAGE_SIZE $image_size
#define DIGITS_CLASSES $classes

/* Where the weights and the buffers are, and how weights are read. Define them before the #include to change them.
   On AVR: DIGITS_FLASH PROGMEM, DIGITS_READ_INT8(p) ((int8_t)pgm_read_byte(p)), DIGITS_READ_FLOAT(p) pgm_read_float(p) */
#ifndef DIGITS_FLASH
#define DIGITS_FLASH
#endif
#ifndef DIGITS_RAM
#define DIGITS_RAM
#endif
#ifndef DIGITS_READ_INT8
#define DIGITS_READ_INT8(p) (*(p))
#endif
#ifndef DIGITS_READ_FLOAT
#define DIGITS_READ_FLOAT(p) (*(p))
#endif

#if INT_MAX < $largest_index
#error "this network needs an int of 32 bits"
#endif

/* The operations. x is the input, y the output. */

$operations
/* The weights: kernels of 8 bits, and for each output channel a scale and a bias. Batch normalization is part of both. */

$weights
/* The outputs of the layers. A buffer is used again when its values are no longer needed. */

$buffers

/* The forward pass. Returns the logits, which the next call overwrites. */
static inline const float *digits_logits(const uint8_t image[DIGITS_IMAGE_SIZE])
{
    for (int i = 0; i < DIGITS_IMAGE_SIZE; i++)
        digits_buffer_0[i] = (float)image[i] * (1.0f / 255.0f);

$forward
    return $output;
}

static inline int digits_argmax(const float *logits)
{
    int best = 0;
    for (int i = 1; i < DIGITS_CLASSES; i++)
        if (logits[i] > logits[best])
            best = i;
    return best;
}

/* Returns the class of the image. */
static inline int digits_predict(const uint8_t image[DIGITS_IMAGE_SIZE])
{
    return digits_argmax(digits_logits(image));
}

/* Returns the class of the image, and writes the probability of each class (softmax of the logits). */
static inline int digits_probabilities(const uint8_t image[DIGITS_IMAGE_SIZE], float probabilities[DIGITS_CLASSES])
{
    const float *logits = digits_logits(image);
    const int best = digits_argmax(logits);
    float sum = 0.0f;
    for (int i = 0; i < DIGITS_CLASSES; i++) {
        probabilities[i] = expf(logits[i] - logits[best]);
        sum += probabilities[i];
    }
    for (int i = 0; i < DIGITS_CLASSES; i++)
        probabilities[i] /= sum;
    return best;
}

#endif
