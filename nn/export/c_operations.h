/* The shapes of a convolution or a pool. Images are [row][column][channel] in memory. */
typedef struct {
    int height, width, channels;              /* of the input */
    int out_height, out_width, out_channels;  /* of the output */
    int window_height, window_width;
    int stride_height, stride_width;
    int pad_top, pad_left;                    /* zeros around the input */
} digits_window;

/* y = scale * sum(kernel * window) + bias; the kernel is [out_channel][row][column][channel]. */
static inline void digits_conv2d(const float *x, float *y, const digits_window *w,
                                 const int8_t *kernel, const float *scale, const float *bias)
{
    for (int out_row = 0; out_row < w->out_height; out_row++) {
        for (int out_column = 0; out_column < w->out_width; out_column++) {
            const int8_t *weight = kernel;
            for (int out_channel = 0; out_channel < w->out_channels; out_channel++) {
                float sum = 0.0f;
                for (int i = 0; i < w->window_height; i++) {
                    for (int j = 0; j < w->window_width; j++, weight += w->channels) {
                        int row = out_row * w->stride_height - w->pad_top + i;
                        int column = out_column * w->stride_width - w->pad_left + j;
                        if (row < 0 || row >= w->height || column < 0 || column >= w->width)
                            continue;
                        const float *pixel = x + (row * w->width + column) * w->channels;
                        for (int channel = 0; channel < w->channels; channel++)
                            sum += (float)DIGITS_READ_INT8(weight + channel) * pixel[channel];
                    }
                }
                *y++ = DIGITS_READ_FLOAT(scale + out_channel) * sum + DIGITS_READ_FLOAT(bias + out_channel);
            }
        }
    }
}

/* y = scale * sum(kernel * window) + bias for each channel; the kernel is [channel][row][column]. */
static inline void digits_depthwise_conv2d(const float *x, float *y, const digits_window *w,
                                           const int8_t *kernel, const float *scale, const float *bias)
{
    for (int out_row = 0; out_row < w->out_height; out_row++) {
        for (int out_column = 0; out_column < w->out_width; out_column++) {
            const int8_t *weight = kernel;
            for (int channel = 0; channel < w->channels; channel++) {
                float sum = 0.0f;
                for (int i = 0; i < w->window_height; i++) {
                    for (int j = 0; j < w->window_width; j++, weight++) {
                        int row = out_row * w->stride_height - w->pad_top + i;
                        int column = out_column * w->stride_width - w->pad_left + j;
                        if (row < 0 || row >= w->height || column < 0 || column >= w->width)
                            continue;
                        sum += (float)DIGITS_READ_INT8(weight) * x[(row * w->width + column) * w->channels + channel];
                    }
                }
                *y++ = DIGITS_READ_FLOAT(scale + channel) * sum + DIGITS_READ_FLOAT(bias + channel);
            }
        }
    }
}

/* y = scale * (kernel x) + bias; the kernel is [output][input]. */
static inline void digits_dense(const float *x, float *y, int inputs, int outputs,
                                const int8_t *kernel, const float *scale, const float *bias)
{
    for (int output = 0; output < outputs; output++) {
        float sum = 0.0f;
        for (int input = 0; input < inputs; input++)
            sum += (float)DIGITS_READ_INT8(kernel++) * x[input];
        y[output] = DIGITS_READ_FLOAT(scale + output) * sum + DIGITS_READ_FLOAT(bias + output);
    }
}

/* y = scale * x + bias for each channel: batch normalization that does not follow a kernel. */
static inline void digits_batch_norm(const float *x, float *y, int count, int channels,
                                     const float *scale, const float *bias)
{
    for (int i = 0; i < count; i++)
        y[i] = DIGITS_READ_FLOAT(scale + i % channels) * x[i] + DIGITS_READ_FLOAT(bias + i % channels);
}

/* The largest value of each window and channel. x and y may be the same array. */
static inline void digits_max_pool2d(const float *x, float *y, const digits_window *w)
{
    for (int out_row = 0; out_row < w->out_height; out_row++) {
        for (int out_column = 0; out_column < w->out_width; out_column++) {
            for (int channel = 0; channel < w->channels; channel++) {
                int corner = (out_row * w->stride_height * w->width + out_column * w->stride_width) * w->channels;
                float largest = x[corner + channel];
                for (int i = 0; i < w->window_height; i++) {
                    for (int j = 0; j < w->window_width; j++) {
                        float value = x[corner + (i * w->width + j) * w->channels + channel];
                        if (value > largest)
                            largest = value;
                    }
                }
                *y++ = largest;
            }
        }
    }
}

/* The mean of each window and channel. x and y may be the same array. */
static inline void digits_avg_pool2d(const float *x, float *y, const digits_window *w)
{
    for (int out_row = 0; out_row < w->out_height; out_row++) {
        for (int out_column = 0; out_column < w->out_width; out_column++) {
            for (int channel = 0; channel < w->channels; channel++) {
                int corner = (out_row * w->stride_height * w->width + out_column * w->stride_width) * w->channels;
                float sum = 0.0f;
                for (int i = 0; i < w->window_height; i++)
                    for (int j = 0; j < w->window_width; j++)
                        sum += x[corner + (i * w->width + j) * w->channels + channel];
                *y++ = sum / (float)(w->window_height * w->window_width);
            }
        }
    }
}

/* y = max(x, 0) */
static inline void digits_relu(const float *x, float *y, int count)
{
    for (int i = 0; i < count; i++)
        y[i] = x[i] > 0.0f ? x[i] : 0.0f;
}

/* y = x where x > 0, else negative_slope * x */
static inline void digits_leaky_relu(const float *x, float *y, int count, float negative_slope)
{
    for (int i = 0; i < count; i++)
        y[i] = x[i] > 0.0f ? x[i] : negative_slope * x[i];
}

/* y = 1 / (1 + exp(-x)) */
static inline void digits_sigmoid(const float *x, float *y, int count)
{
    for (int i = 0; i < count; i++)
        y[i] = 1.0f / (1.0f + expf(-x[i]));
}

/* y = tanh(x) = 1 - 2 / (exp(2 x) + 1) */
static inline void digits_tanh(const float *x, float *y, int count)
{
    for (int i = 0; i < count; i++)
        y[i] = 1.0f - 2.0f / (expf(2.0f * x[i]) + 1.0f);
}

/* erf(x), to 1.5e-7: formula 7.1.26 of Abramowitz and Stegun, 1964. */
static inline float digits_erf(float x)
{
    float magnitude = x < 0.0f ? -x : x;
    float t = 1.0f / (1.0f + 0.3275911f * magnitude);
    float sum = ((((1.061405429f * t - 1.453152027f) * t + 1.421413741f) * t - 0.284496736f) * t + 0.254829592f) * t;
    float y = 1.0f - sum * expf(-magnitude * magnitude);
    return x < 0.0f ? -y : y;
}

/* y = x (1 + erf(x / sqrt(2))) / 2 */
static inline void digits_gelu(const float *x, float *y, int count)
{
    for (int i = 0; i < count; i++)
        y[i] = 0.5f * x[i] * (1.0f + digits_erf(x[i] * 0.70710678f));
}

/* y = x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2, where (1 + tanh(z)) / 2 = 1 / (1 + exp(-2 z)) */
static inline void digits_gelu_tanh(const float *x, float *y, int count)
{
    for (int i = 0; i < count; i++) {
        float z = 0.79788456f * (x[i] + 0.044715f * x[i] * x[i] * x[i]);
        y[i] = x[i] / (1.0f + expf(-2.0f * z));
    }
}

/* y = a + b */
static inline void digits_add(const float *a, const float *b, float *y, int count)
{
    for (int i = 0; i < count; i++)
        y[i] = a[i] + b[i];
}
