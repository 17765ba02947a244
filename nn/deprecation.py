"""Old names that work for one more release, with a ``DeprecationWarning``."""

import importlib
import warnings
from collections.abc import Callable, Mapping
from typing import Any


def deprecated_names(module: str, names: Mapping[str, str]) -> Callable[[str], Any]:
    """Make the ``__getattr__`` of a module whose public names have changed or moved.

    Args:
        module: ``__name__`` of the module with the old names.
        names: the present name of each, or ``"module:name"`` if it has moved.

    In a module: ``__getattr__ = deprecated_names(__name__, {"fold": "fold_batch_norm"})``.
    """

    def module_getattr(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        home, _, new_name = names[name].rpartition(":")
        home = home or module
        _warn(f"{module}.{name}", f"{home}.{new_name}")
        return getattr(importlib.import_module(home), new_name)

    return module_getattr


class deprecated_alias:
    """The old name of a method, property or attribute, for a class body.

    Args:
        new: the present name.

    >>> class Model:
    ...     def state_dict(self):
    ...         return {}
    ...
    ...     state = deprecated_alias("state_dict")
    """

    def __init__(self, new: str) -> None:
        self._new = new

    def __set_name__(self, owner: type, name: str) -> None:
        self._old = name

    def __get__(self, instance: Any, owner: type) -> Any:
        _warn(f"{owner.__name__}.{self._old}", f"{owner.__name__}.{self._new}")
        return getattr(owner if instance is None else instance, self._new)


def _warn(old: str, new: str) -> None:
    warnings.warn(f"{old} is deprecated; use {new}", DeprecationWarning, stacklevel=3)
