"""Numbers as text."""


def percent(probability: float) -> str:
    """A probability as text, never 100%.

    >>> percent(0.987), percent(1.0)
    ('98.7%', '>99.9%')
    """
    return ">99.9%" if probability >= 0.9995 else f"{100 * probability:.1f}%"


def signed(value: float, digits: int = 2) -> str:
    """A number with its sign.

    >>> signed(0.5), signed(-1.234)
    ('+0.50', '−1.23')
    """
    return f"{value:+.{digits}f}".replace("-", "−")
