"""Events of pygame, with the names of dropped files that it can't decode."""

import os
from collections.abc import Callable
from typing import Any

import pygame
from pygame.event import Event


def decoded(receive: Callable[..., Any], *arguments: Any) -> Any:
    """What ``receive(*arguments)`` returns, or the event of a dropped file whose name is not UTF-8.

    pygame raises an error instead of that event; the name is in its cause.

    Args:
        receive: ``pygame.event.get`` or ``pygame.event.wait``.
    """
    try:
        return receive(*arguments)
    except (SystemError, UnicodeDecodeError) as error:
        cause = error if isinstance(error, UnicodeDecodeError) else error.__cause__
        if not isinstance(cause, UnicodeDecodeError):
            raise
        dropped = Event(pygame.DROPFILE, file=os.fsdecode(cause.object))
        return [dropped] if receive is pygame.event.get else dropped
