"""Old names that work for one more release, with a ``DeprecationWarning``."""

import importlib
import warnings
from collections.abc import Callable, Mapping
from typing import Any


def deprecated_names(module: str, names: Mapping[str, str]) -> Callable[[str], Any]:
    """A ``__getattr__`` for a module whose public names have changed or moved.

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


class _Alias:
    """A class attribute that stands for another one of the same object or class."""

    def __init__(self, old: str, new: str) -> None:
        self._old, self._new = old, new

    def __get__(self, instance: Any, owner: type) -> Any:
        _warn(f"{owner.__name__}.{self._old}", f"{owner.__name__}.{self._new}")
        return getattr(owner if instance is None else instance, self._new)


def deprecated_alias(old: str, new: str | Callable | property) -> Any:
    """The old name of a method, property or attribute, for a class body.

    Args:
        old: the old name.
        new: the new name, or the method or property that has it.

    >>> class Model:
    ...     def state_dict(self):
    ...         return {}
    ...
    ...     state = deprecated_alias("state", state_dict)
    """
    if isinstance(new, property):
        new = new.fget  # type: ignore[assignment]
    return _Alias(old, new if isinstance(new, str) else new.__name__)  # type: ignore[union-attr]


def _warn(old: str, new: str) -> None:
    warnings.warn(f"{old} is deprecated; use {new}", DeprecationWarning, stacklevel=3)
