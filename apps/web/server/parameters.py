"""Parameters of the query: one description serves the checks and the OpenAPI document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl


@dataclass(frozen=True)
class Parameter:
    """A parameter.

    Attributes:
        name: in the query.
        description: one line.
        schema: its JSON schema; the ``default`` is its value if it is missing.
    """

    name: str
    description: str
    schema: dict[str, Any]

    def parse(self, text: str) -> Any:
        """The value of a text.

        Raises:
            ValueError: it does not follow the schema.

        >>> Parameter("count", "How many.", {"type": "integer", "minimum": 1, "maximum": 32}).parse("8")
        8
        """
        match self.schema:
            case {"enum": choices} if text in choices:
                return text
            case {"type": "boolean"} if text in ("true", "false"):
                return text == "true"
            case {"type": "integer", "minimum": low, "maximum": high}:
                if text.isascii() and text.isdecimal() and len(text) < 10 and low <= int(text) <= high:
                    return int(text)
            case {"type": "string"} if "enum" not in self.schema:
                return text
        raise ValueError(f"parameter {self.name}: expected {self._expected()}, found {text[:40]!r}")

    def _expected(self) -> str:
        match self.schema:
            case {"enum": choices}:
                return " or ".join(choices)
            case {"minimum": low, "maximum": high}:
                return f"{low} to {high}"
        return "true or false"


def parse_query(query: str, parameters: Sequence[Parameter]) -> dict[str, Any]:
    """The values of all parameters.

    Raises:
        ValueError: the query has another parameter, one twice, or an invalid value.
    """
    values = {each.name: each.schema.get("default") for each in parameters}
    known = {each.name: each for each in parameters}
    seen = set()
    for name, text in parse_qsl(query, keep_blank_values=True, max_num_fields=20):
        if name not in known:
            expected = ", ".join(known) or "none"
            raise ValueError(f"parameter {name[:40]!r} is not known; expected: {expected}")
        if name in seen:
            raise ValueError(f"parameter {name}: expected once, found twice")
        seen.add(name)
        values[name] = known[name].parse(text)
    return values
