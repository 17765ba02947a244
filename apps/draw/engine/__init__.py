"""What runs in the worker thread: recognizers, analyses, files."""
