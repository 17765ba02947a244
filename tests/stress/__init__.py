"""Stress tests: malformed input, crash safety, concurrent writers, environment, soak, fuzzing; `python -m tests.stress`."""
