"""Parquet's values as cells: what each type of column becomes as text, without loss and without a guess.

A time is written out here from its number, since the time zone of a column is a text that the file chose.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]

from tiltaksflyt.intake.celler import FEILVERDI, SAMMENSATT, Flyttallcelle, Tallcelle, join_texts
from tiltaksflyt.intake.notasjon import plain_number

Cellemaker = Callable[[Any], list[str]]
"""From an array to its cells."""

_EPOKE = datetime(1970, 1, 1)  # noqa: DTZ001  the offset is added as text, where the column has one
_PER_MIKROSEKUND: Mapping[str, tuple[int, int]] = MappingProxyType(
    {"s": (1_000_000, 1), "ms": (1_000, 1), "us": (1, 1), "ns": (1, 1_000)}
)


def find_cell_maker(type_: Any) -> Cellemaker | None:  # noqa: ANN401  pyarrow has no types
    """How the cells of a column of `type_` are made; None for what holds other columns (struct, map, list of lists)."""
    if pa.types.is_dictionary(type_):
        indre = find_cell_maker(type_.value_type)
        return None if indre is None else lambda kolonne: _of_dictionary(kolonne, indre)
    if pa.types.is_list(type_) or pa.types.is_large_list(type_):
        return _lists if _is_text(type_.value_type) else None
    if pa.types.is_nested(type_):
        return None
    return next((maker for er_av_typen, maker in _ENKLE if er_av_typen(type_)), _strange)


def _is_text(type_: Any) -> bool:  # noqa: ANN401
    return any(er(type_.value_type if pa.types.is_dictionary(type_) else type_) for er in _TEKSTTYPER)


def _of_dictionary(kolonne: Any, indre: Cellemaker) -> list[str]:  # noqa: ANN401
    """Each entry in use is made once and shared, so that a long text in every row is one text."""
    plasser: list[int | None] = kolonne.indices.to_pylist()
    brukte = sorted({plass for plass in plasser if plass is not None})
    celler = dict(zip(brukte, indre(kolonne.dictionary.take(pa.array(brukte, pa.int64()))), strict=True))
    return ["" if plass is None else celler[plass] for plass in plasser]


def _each(verdier: Iterable[Any], til_tekst: Callable[[Any], str]) -> list[str]:
    return ["" if verdi is None else til_tekst(verdi) for verdi in verdier]


def _texts(kolonne: Any) -> list[str]:  # noqa: ANN401
    return [verdi or "" for verdi in kolonne.to_pylist()]


def _binary(kolonne: Any) -> list[str]:  # noqa: ANN401
    """Bytes without a name: what older programs write for text. Anything but UTF-8 is no text."""

    def decode(verdi: bytes) -> str:
        try:
            return verdi.decode("utf-8")
        except UnicodeDecodeError:
            return SAMMENSATT

    return _each(kolonne.to_pylist(), decode)


def _lists(kolonne: Any) -> list[str]:  # noqa: ANN401
    return _each(kolonne.to_pylist(), join_texts)


def _integers(kolonne: Any) -> list[str]:  # noqa: ANN401
    return _each(kolonne.to_pylist(), Tallcelle)


def _decimals(kolonne: Any) -> list[str]:  # noqa: ANN401
    def write(verdi: Decimal) -> str:
        return Tallcelle(plain_number(verdi))

    return _each(kolonne.to_pylist(), write)


def _floats(kolonne: Any) -> list[str]:  # noqa: ANN401
    """The fewest digits that mean the same number: a number of 32 bits has fewer than one of 64."""
    tall = kolonne.to_numpy(zero_copy_only=False)
    finnes = kolonne.is_valid().to_pylist()
    tekster = zip(tall.tolist(), map(str, tall), finnes, strict=True)
    return ["" if not er_der else _float_text(verdi, tekst) for verdi, tekst, er_der in tekster]


def _float_text(verdi: float, tekst: str) -> str:
    return Flyttallcelle(tekst) if abs(verdi) < float("inf") else FEILVERDI


def _truths(kolonne: Any) -> list[str]:  # noqa: ANN401
    return _each(kolonne.to_pylist(), lambda verdi: "true" if verdi else "false")


def _dates(kolonne: Any) -> list[str]:  # noqa: ANN401
    heltall = pa.int32() if pa.types.is_date32(kolonne.type) else pa.int64()
    per_dag = 1 if pa.types.is_date32(kolonne.type) else 86_400_000

    def write(tall: int) -> str:
        try:
            return (date(1970, 1, 1) + timedelta(days=tall // per_dag)).isoformat()
        except OverflowError:
            return SAMMENSATT

    return _each(kolonne.view(heltall).to_pylist(), write)


def _timestamps(kolonne: Any) -> list[str]:  # noqa: ANN401
    ganger, delt = _PER_MIKROSEKUND[kolonne.type.unit]
    offset = "+00:00" if kolonne.type.tz else ""

    def write(tall: int) -> str:
        try:
            tid = _EPOKE + timedelta(microseconds=tall * ganger // delt)
        except OverflowError:
            return SAMMENSATT
        return f"{tid.isoformat(timespec='seconds')}{offset}"

    return _each(kolonne.view(pa.int64()).to_pylist(), write)


def _empty(kolonne: Any) -> list[str]:  # noqa: ANN401
    return [""] * len(kolonne)


def _strange(kolonne: Any) -> list[str]:  # noqa: ANN401
    """A type that no field of the contract has: a value is there, and it is none that is read."""
    return [SAMMENSATT if er_der else "" for er_der in kolonne.is_valid().to_pylist()]


_TEKSTTYPER = (pa.types.is_string, pa.types.is_large_string)
_ENKLE: tuple[tuple[Callable[[Any], bool], Cellemaker], ...] = (
    *((er, _texts) for er in _TEKSTTYPER),
    (pa.types.is_binary, _binary),
    (pa.types.is_large_binary, _binary),
    (pa.types.is_boolean, _truths),
    (pa.types.is_integer, _integers),
    (pa.types.is_floating, _floats),
    (pa.types.is_decimal, _decimals),
    (pa.types.is_date, _dates),
    (pa.types.is_timestamp, _timestamps),
    (pa.types.is_null, _empty),
)
