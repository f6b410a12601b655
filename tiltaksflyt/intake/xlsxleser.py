"""XLSX as text: a sheet per table, its first filled row the header, date cells as ISO text, numbers without loss."""

import datetime
import io
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import python_calamine

from tiltaksflyt.intake.arbeidsbok import open_workbook
from tiltaksflyt.intake.arkiv import Arkiv
from tiltaksflyt.intake.celler import FEILVERDI, Tallcelle
from tiltaksflyt.intake.celleteller import Cellenotater, Celleplass
from tiltaksflyt.intake.identspor import any_holds_personident
from tiltaksflyt.intake.kilde import Del, Kilderad, Kildetabell, Leseoppsett, Ukjentdel, column_place
from tiltaksflyt.intake.notasjon import parse_number, plain_number
from tiltaksflyt.intake.portregler import Avvisning

_SIKKERT_HELTALL = 2**53


def read_xlsx(data: bytes, oppsett: Leseoppsett) -> Iterator[Del]:
    """The sheets of a workbook that hold anything.

    Raises Avvisning PII002 when a sheet name holds a fødselsnummer, FIL002 when the workbook cannot be read, and
    FIL003 as `open_workbook`.
    """
    arkiv = Arkiv(data, oppsett.grenser, oppsett.dato)
    bok = open_workbook(arkiv, oppsett.grenser)
    if any_holds_personident(bok.notater, oppsett.dato):
        raise Avvisning("PII002")
    try:
        regneark = python_calamine.load_workbook(io.BytesIO(bok.pakke))
    except python_calamine.CalamineError:
        raise Avvisning("FIL002") from None
    with regneark:
        for nummer, egenskaper in enumerate(regneark.sheets_metadata, start=1):
            if egenskaper.typ == python_calamine.SheetTypeEnum.WorkSheet:
                notater = bok.notater.get(egenskaper.name, Cellenotater())
                yield from _read_sheet(regneark, egenskaper.name, nummer, oppsett, notater)


def _read_sheet(
    regneark: python_calamine.CalamineWorkbook,
    arknavn: str,
    nummer: int,
    oppsett: Leseoppsett,
    notater: Cellenotater,
) -> Iterator[Del]:
    navn = oppsett.kjenn_tabell(arknavn)
    if navn == "":
        return
    try:
        ark = regneark.get_sheet_by_name(arknavn)
    except python_calamine.CalamineError:
        raise Avvisning("FIL002") from None
    forste_kolonne = ark.start[1] if ark.start else 0
    rader = _rows(ark, notater, forste_kolonne)
    _, overskrift = next(rader, (0, None))
    if overskrift is None:
        # A blank sheet is nothing at all, whatever its name, unless the layout asks for its columns.
        if navn is not None:
            yield Kildetabell(navn, (), (), (), True, "Excel")
        return
    if len(overskrift) > oppsett.grenser.maks_kolonner:
        raise Avvisning("FIL003")
    if navn is None:
        tekster = (
            str(celle) for celler in ([overskrift], (rad for _, rad in rader)) for rad in celler for celle in rad
        )
        yield Ukjentdel(f"ark nr. {nummer}", tekster)
        return
    plasser = [column_place(forste_kolonne + i) for i in range(len(overskrift))]
    poster = (Kilderad(rad, post, celler) for post, (rad, celler) in enumerate(rader, start=1))
    yield Kildetabell(navn, overskrift, plasser, poster, True, "Excel")


def _rows(
    ark: python_calamine.CalamineSheet, notater: Cellenotater, forste_kolonne: int
) -> Iterator[tuple[int, Sequence[str]]]:
    """Filled rows with their number in the sheet."""
    feil = _by_row(notater.feil)
    prosent = _by_row(notater.prosent)
    for nummer, verdier in enumerate(ark.iter_rows(), start=1):
        celler = [_cell_text(verdi) for verdi in verdier]
        for kolonne in feil.get(nummer, ()):
            _replace(celler, kolonne - 1 - forste_kolonne, lambda _: FEILVERDI)
        for kolonne in prosent.get(nummer, ()):
            _replace(celler, kolonne - 1 - forste_kolonne, _as_shown_in_percent)
        if any(celle.strip() or celle is FEILVERDI for celle in celler):
            yield nummer, celler


def _by_row(plasser: Iterable[Celleplass]) -> Mapping[int, Sequence[int]]:
    kolonner: dict[int, list[int]] = {}
    for rad, kolonne in plasser:
        kolonner.setdefault(rad, []).append(kolonne)
    return kolonner


def _replace(celler: list[str], indeks: int, endre: Callable[[str], str]) -> None:
    if 0 <= indeks < len(celler):
        celler[indeks] = endre(celler[indeks])


def _as_shown_in_percent(celle: str) -> str:
    """A half in a cell that shows «50 %» is fifty percent, as the person who wrote it sees it."""
    tall = parse_number(celle) if isinstance(celle, Tallcelle) else None
    return celle if tall is None else Tallcelle(plain_number(tall * 100))


def _cell_text(verdi: Any) -> str:  # noqa: ANN401  what the library gives: text, number, truth or time
    if isinstance(verdi, str):
        return verdi
    if isinstance(verdi, bool):
        return "true" if verdi else "false"
    if isinstance(verdi, (int, float)):
        return _number_text(verdi)
    if isinstance(verdi, datetime.datetime):
        if (verdi.hour, verdi.minute, verdi.second, verdi.microsecond) == (0, 0, 0, 0):
            return verdi.date().isoformat()
        return verdi.isoformat(timespec="seconds")
    if isinstance(verdi, (datetime.date, datetime.time)):
        return verdi.isoformat()
    return str(verdi)


def _number_text(verdi: float) -> str:
    if not math.isfinite(verdi):
        return FEILVERDI
    if verdi == int(verdi) and abs(verdi) < _SIKKERT_HELTALL:
        return Tallcelle(int(verdi))
    # repr gives the fewest digits that mean the same number, so nothing is lost and nothing is invented.
    return Tallcelle(repr(verdi))
