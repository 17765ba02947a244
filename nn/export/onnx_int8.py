"""ONNX with kernels of 8 bits: a quarter of the size. The file computes in float32, as ``nn.export.onnx`` does.

The kernels are quantized as in ``nn.quantize``, with one scale for each output channel, so a network that was saved
with int8 precision gives the same logits. ``Cast`` and ``Mul`` dequantize them, which a runtime computes once, when it
loads the file. ``DequantizeLinear`` is not used: ONNX Runtime replaces it and the product after it by ``MatMulNBits``,
which quantizes the activations, too, and changes the logits by 0.1.
"""

import functools

from nn.export import onnx

write = functools.partial(onnx.write, int8=True)
