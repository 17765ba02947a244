"""Snapshots to show."""

from apps.live.live_run import LiveRun
from apps.live.settings import LayerChoice, LiveSettings
from tests.apps.live.bars import bars


def snapshot(steps=5, **settings):
    """One after some steps."""
    images, labels, *validation = bars().split(60)
    layers = (LayerChoice("conv", 4), LayerChoice("pool", 2), LayerChoice("dense", 16))
    run = LiveRun(LiveSettings(**{"layers": layers} | settings), images, labels, tuple(validation))
    for _ in range(steps):
        run.advance()
    return run.snapshot(observe=True)
