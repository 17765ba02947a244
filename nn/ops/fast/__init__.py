"""The tuned kernels. Nobody needs to read them to understand the network.

What they share, in reading order: ``llvm`` (instructions), ``tiles`` (blocks of registers), ``products`` (the
micro-kernels, with a diagram), ``sparse`` (products that skip zeros), ``pooling``. Then there is one file an operation.
"""
