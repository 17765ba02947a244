"""Stress tests; `conftest.py` gives the commands that run them."""
