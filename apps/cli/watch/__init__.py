"""What ``train`` shows of a training while it runs: a window with ``--live``, the terminal with ``--dashboard``."""
