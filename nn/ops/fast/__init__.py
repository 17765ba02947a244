"""The tuned kernels. You can understand the network without reading them.

What they share, in reading order: ``llvm`` (instructions), ``tiles`` (blocks of registers), ``products`` (the
micro-kernels, with a diagram), ``sparse`` (products that skip zeros), ``pooling``. Each operation has one more
file, and ``single_image`` runs a whole network for one image.
"""
