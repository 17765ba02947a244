"""A training to watch while it runs: its settings, its course as snapshots, and the process that it runs in."""
