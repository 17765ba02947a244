"""Frames are read from the browser's trace."""

from scripts.page_latency import _frames


def _event(name, phase, time, frame="0x1", process=1):
    return {"name": name, "ph": phase, "ts": 1000 * time, "pid": process, "id2": {"local": frame}}


def test_a_frame_is_handed_over_and_shown_in_milliseconds_of_the_page():
    begin = {"name": "begin", "ph": "R", "ts": 5000, "pid": 1, "args": {"data": {"startTime": 2.0}}}
    shown = "SubmitCompositorFrameToPresentationCompositorFrame"
    events = [
        begin,
        # Two frames at once.
        _event("PipelineReporter", "b", 10), _event("Commit", "b", 12), _event(shown, "e", 17),
        _event("PipelineReporter", "b", 14, "0x2"), _event("Commit", "b", 15, "0x2"), _event(shown, "e", 21, "0x2"),
        # One that isn't shown, one without a change of the page, and another page's.
        _event("PipelineReporter", "b", 30), _event("Commit", "b", 31),
        _event("PipelineReporter", "b", 40), _event(shown, "e", 45),
        _event("PipelineReporter", "b", 50, process=2), _event("Commit", "b", 51, process=2),
        _event(shown, "e", 55, process=2),
    ]  # fmt: skip
    assert _frames(events[::-1]) == [(9, 14), (12, 18)]
