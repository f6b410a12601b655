"""JSON as one document (an object with a list per table) or as lines (an object per row, which names its table).

Numbers stay the text they were; a key twice is refused.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

from tiltaksflyt.intake.celler import SAMMENSATT, Tallcelle, join_texts
from tiltaksflyt.intake.kilde import Del, Kildetabell, Leseoppsett, Ukjentdel, record_table
from tiltaksflyt.intake.portregler import Avvisning
from tiltaksflyt.intake.tegnsett import find_unmarked_utf16, refuse_large_document, settle_encoding

_TABELL = "tabell"
# What an object costs in memory, however little it holds, counted in values.
_VERDIER_I_EN_POST = 20

# Where a row stands in the file, and the row.
Radplass = tuple[int, Mapping[str, Any]]


def read_json_document(data: bytes, oppsett: Leseoppsett) -> Iterator[Del]:
    """The tables of a JSON document.

    Raises Avvisning FIL002 when it is not well-formed (NaN, Infinity and a key twice included) or is no object of
    lists of objects, FIL003 when it holds too much or is nested without end, FIL007 when it is not UTF-8 or UTF-16.
    """
    tekst, lest_som = decode_json(data, oppsett)
    dokument = _parse_object(tekst)
    for nummer, (navn, verdi) in enumerate(dokument.items(), start=1):
        tabell = oppsett.kjenn_tabell(navn)
        if tabell is None:
            yield Ukjentdel(f"element nr. {nummer}", texts_of(verdi))
        elif tabell:
            yield _table(tabell, _rows_of(tabell, verdi), f"JSON, {lest_som}")


def read_json_lines(data: bytes, oppsett: Leseoppsett) -> Iterator[Del]:
    """The tables of JSON Lines: one object a line with its table in `tabell`; blank lines are allowed.

    The row numbers are the lines. Raises Avvisning as `read_json_document` does; a last line that was cut off is
    FIL002, since nobody can tell what else is missing.
    """
    tekst, lest_som = decode_json(data, oppsett)
    rader: dict[str, list[Radplass]] = {}
    ukjente: dict[str, list[Any]] = {}
    for linje, post in read_lines(tekst):
        rad = dict(post)
        navn = rad.pop(_TABELL, None)
        tabell = oppsett.kjenn_tabell(navn) if isinstance(navn, str) else None
        if tabell is None:
            ukjente.setdefault(str(navn), []).append((linje, rad))
        elif tabell:
            rader.setdefault(tabell, []).append((linje, rad))
    for funnet in ukjente.values():
        yield Ukjentdel(f"fra linje {funnet[0][0]}", texts_of([rad for _, rad in funnet]))
    for tabell, funnet in rader.items():
        yield _table(tabell, funnet, f"JSON Lines, {lest_som}")


def read_lines(tekst: str) -> Iterator[Radplass]:
    """Each line that holds anything, with its number, as the object it is. Raises Avvisning as `parse_json` does."""
    # Not splitlines: U+2028 and U+0085 are letters inside a JSON text.
    for linje, innhold in enumerate(tekst.split("\n"), start=1):
        if innhold.strip():
            yield linje, _parse_object(innhold)


def decode_json(data: bytes, oppsett: Leseoppsett) -> tuple[str, str]:
    """The text, and the encoding as the sender is told it. Raises Avvisning FIL003, FIL007."""
    refuse_large_document(data, oppsett.grenser.maks_dokument)
    # Every value but the first follows a comma or opens a list or an object, and every escape in a text is a piece of
    # its own until the text is whole: so these bound the memory it can take.
    enkle = data.count(b",") + data.count(b"[") + data.count(b"\\")
    if enkle + _VERDIER_I_EN_POST * data.count(b"{") > oppsett.grenser.maks_celler:
        raise Avvisning("FIL003")
    tegnsett = settle_encoding(lambda: (data,), find_unmarked_utf16(data) or "utf-8")
    try:
        return data.decode(tegnsett.navn), tegnsett.navn.removesuffix("-sig").upper()
    except UnicodeDecodeError:
        raise Avvisning("FIL007") from None


def parse_json(tekst: str) -> Any:  # noqa: ANN401  JSON is what it is
    """The value of a JSON text, numbers as the text they were. Raises Avvisning FIL002, FIL003."""
    try:
        return json.loads(
            tekst,
            parse_int=Tallcelle,
            parse_float=Tallcelle,
            parse_constant=_refuse_constant,
            object_pairs_hook=_unique_keys,
        )
    except RecursionError:
        raise Avvisning("FIL003") from None
    except ValueError:
        raise Avvisning("FIL002") from None


def _parse_object(tekst: str) -> Mapping[str, Any]:
    dokument = parse_json(tekst)
    if not isinstance(dokument, dict):
        raise Avvisning("FIL002")
    return dokument


def _refuse_constant(_: str) -> NoReturn:
    raise Avvisning("FIL002")


def _unique_keys(par: list[tuple[str, Any]]) -> dict[str, Any]:
    resultat = dict(par)
    if len(resultat) != len(par):
        raise Avvisning("FIL002")
    return resultat


def _rows_of(navn: str, verdi: Any) -> list[Radplass]:  # noqa: ANN401  JSON is what it is
    # The header is one object; every other table is a list of them.
    rader = [verdi] if navn == "innsending" and isinstance(verdi, dict) else verdi
    if not isinstance(rader, list) or not all(isinstance(rad, dict) for rad in rader):
        raise Avvisning("FIL002")
    return list(enumerate(rader, start=1))


def _table(navn: str, rader: Sequence[Radplass], lest_som: str) -> Kildetabell:
    kolonner = tuple(dict.fromkeys(nokkel for _, rad in rader for nokkel in rad))
    celler = ((plass, [write_cell(rad.get(kolonne)) for kolonne in kolonner]) for plass, rad in rader)
    return record_table(navn, kolonner, celler, lest_som)


def write_cell(verdi: Any) -> str:  # noqa: ANN401
    """A JSON value as the cell it stands for."""
    if verdi is None:
        return ""
    if isinstance(verdi, bool):
        return "true" if verdi else "false"
    if isinstance(verdi, str):
        return verdi
    if isinstance(verdi, list):
        return join_texts(verdi)
    return SAMMENSATT


def texts_of(verdi: Any) -> Iterator[str]:  # noqa: ANN401
    """Every text and number inside a JSON value."""
    venter = [verdi]
    while venter:
        neste = venter.pop()
        if isinstance(neste, str):
            yield neste
        elif isinstance(neste, dict):
            venter.extend(neste)
            venter.extend(neste.values())
        elif isinstance(neste, list):
            venter.extend(neste)
