"""Compiles the operations of ``nn.ops`` to WebAssembly, for the browser page."""
