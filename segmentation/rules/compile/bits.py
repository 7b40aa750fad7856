"""Bits of facts: what each fact says once for all of the selections that rules make."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from segmentation.rules import model as m

BITS_PER_WORD = 62
"""Below the sign bit, so that a word is a plain bigint."""


@dataclass(frozen=True)
class FactBit:
    """One bit of a fact: set where the fact is of one of `kinds` and passes `where`. Attribute bits are set by the settings window."""

    index: int
    kinds: tuple[str, ...]
    where: tuple[m.PropertyTest, ...] = ()
    attribute: str | None = None

    @property
    def word(self) -> str:
        return f"m{self.index // BITS_PER_WORD}"

    @property
    def mask(self) -> int:
        return 1 << (self.index % BITS_PER_WORD)

    @property
    def is_set(self) -> str:
        return f"({self.word} & {self.mask}L) != 0"

    def is_set_in(self, fact: str) -> str:
        """The same of a struct."""
        return f"({fact}.{self.word} & {self.mask}L) != 0"


def any_bit(bits: Iterable[FactBit], column: Callable[[str], str] = "f.{}".format) -> str:
    """Whether a fact, by default the struct `f`, has one of the bits: a test a word."""
    masks: dict[str, int] = {}
    for bit in bits:
        masks[bit.word] = masks.get(bit.word, 0) | bit.mask
    return "(" + " or ".join(f"({column(word)} & {mask}L) != 0" for word, mask in masks.items()) + ")"
