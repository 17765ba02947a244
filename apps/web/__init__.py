"""The recognizer in a browser: a page in one file, and the engine that it runs."""
