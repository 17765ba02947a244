"""The recognizer in a browser: a page in one file, the engine that it runs, and a server for both."""
