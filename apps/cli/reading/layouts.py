"""What a file is read as, and the lines of an answer as values for JSON."""

from typing import Any

from nn.digits import Page
from nn.digits.lines import LineDigit

#: What a file is read as: what it looks like (one digit, or several), a line, or a page.
AUTO, LINE, PAGE = "auto", "line", "page"


def page_to_dict(page: Page) -> dict[str, Any]:
    """The answer of a page: its text, its confidence and its lines with their tokens."""
    return {
        "text": page.text,
        "confidence": page.confidence,
        "lines": [
            {
                "text": line.text,
                "confidence": line.confidence,
                "tokens": [
                    {
                        "text": token.text,
                        "box": [round(side, 1) for side in token.box],
                        "confidence": token.prediction.confidence if isinstance(token, LineDigit) else None,
                    }
                    for token in line.tokens
                ],
            }
            for line in page.lines
        ],
    }
