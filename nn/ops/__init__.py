"""The operations on raw arrays, one a file: its equation, a plain NumPy version, the Numba kernel."""
