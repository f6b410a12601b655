"""Cells that are more than their text: what a reader knows about a cell and the typing must not forget.

A cell is text, always. A plain `str` is text as the sender wrote it; the classes here say that the file held
something else, so that the sender's own formats (a decimal comma, say) are not asked of a real number.
"""

from collections.abc import Sequence


class Tallcelle(str):
    """A number of a workbook, a JSON or a Parquet file: digits with a decimal point, whatever the profile."""

    __slots__ = ()


class Flyttallcelle(Tallcelle):
    """A number that was stored in binary with a fraction, also when it has none: «1819012345.0».

    It may be counted with. A personident that went this way is told, never mended: nobody knows what it has lost.
    """

    __slots__ = ()


class Feilcelle(str):
    """A spreadsheet error value, or a formula without a stored result. Its text is empty."""

    __slots__ = ()


class Listecelle(str):
    """A list of texts, joined by `LISTESKILLE`. Only a field of several codes may hold one."""

    __slots__ = ()


class Sammensattcelle(str):
    """A JSON object, or a list of other than texts, where one value belongs. Its text is empty."""

    __slots__ = ()


LISTESKILLE = "|"
FEILVERDI = Feilcelle("")
SAMMENSATT = Sammensattcelle("")


def join_texts(tekster: Sequence[object]) -> str:
    """The cell of a field that holds several values; SAMMENSATT where one of them is no plain text."""
    if all(isinstance(tekst, str) and tekst is not SAMMENSATT and LISTESKILLE not in tekst for tekst in tekster):
        return Listecelle(LISTESKILLE.join(str(tekst) for tekst in tekster))
    return SAMMENSATT
