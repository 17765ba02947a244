"""Options that several layers share."""

from nn.layers.base import Shape, batch_of

Pair = tuple[int, int]


def pair(what: str, value: int | Pair) -> Pair:
    """``value`` as (rows, columns), both at least 1; ``what`` names it in the message."""
    rows, columns = (value, value) if isinstance(value, int) else tuple(value)
    if rows < 1 or columns < 1:
        raise ValueError(f"{what}: expected whole numbers >= 1, got {value!r}")
    return int(rows), int(columns)


def images_only(name: str, shape: Shape) -> tuple[int, int, int]:
    """``shape`` as (H, W, C), or a ValueError that names the layer."""
    if len(shape) != 3:
        raise ValueError(f"{name}: expected images (N, H, W, C), got {batch_of(shape)}")
    h, w, c = shape
    return h, w, c
