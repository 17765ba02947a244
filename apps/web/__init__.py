"""The recognizer in a browser: the page, its engine in WebAssembly, and the server."""
