"""The end of the process, at a named step between two writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from segmentation.adapters.lake import Lake


class PowerCutError(Exception):
    """Stands for the end of the process."""


@contextmanager
def power_cut_at(table: str, *, is_after: bool = False) -> Iterator[None]:
    """What runs inside ends just before it appends to `table`, or just after; outside there is power again."""
    with pytest.MonkeyPatch.context() as patch:
        for way in ("append", "append_rows"):
            patch.setattr(Lake, way, _cut(getattr(Lake, way), table, is_after))
        with pytest.raises(PowerCutError):
            yield


def _cut(append: Callable[..., bool], table: str, is_after: bool) -> Callable[..., bool]:
    def cut(self: Lake, name: str, *given: object, **options: object) -> bool:
        if name == table and not is_after:
            raise PowerCutError
        result = append(self, name, *given, **options)
        if name == table:
            raise PowerCutError
        return result

    return cut
