"""What the panels show, computed piece by piece: ``<panel>.py`` has the analyses of a panel.

An analysis is a generator. It yields a part's name and data where one is done, and None where an answer may come in
between: after a few milliseconds of work.
"""

from collections.abc import Iterator
from typing import Any

Pieces = Iterator[tuple[str, Any] | None]

#: Images at once: of the largest network here, 5 ms.
BATCH = 8
