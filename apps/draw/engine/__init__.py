"""The code of the worker thread: recognizers, analyses, files."""
