"""XLSX as text: a sheet per table, its first filled row the header, date cells as ISO text, numbers without loss."""

import datetime
import io
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

import python_calamine

from tiltaksflyt.intake.arbeidsbok import open_workbook
from tiltaksflyt.intake.arkiv import Arkiv
from tiltaksflyt.intake.celler import FEILVERDI, Tallcelle
from tiltaksflyt.intake.celleteller import Cellenotater, Celleplass
from tiltaksflyt.intake.identspor import any_holds_personident
from tiltaksflyt.intake.kilde import (
    MAKS_TITTELRADER,
    Del,
    Kilderad,
    Kildetabell,
    Leseoppsett,
    Opplysning,
    Ukjentdel,
    column_place,
)
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
                yield from _read_sheet(regneark, egenskaper, f"ark nr. {nummer}", oppsett, notater)


def _read_sheet(
    regneark: python_calamine.CalamineWorkbook,
    egenskaper: python_calamine.SheetMetadata,
    plass: str,
    oppsett: Leseoppsett,
    notater: Cellenotater,
) -> Iterator[Del]:
    navn = oppsett.kjenn_tabell(egenskaper.name)
    if navn == "":
        return
    try:
        ark = regneark.get_sheet_by_name(egenskaper.name)
    except python_calamine.CalamineError:
        raise Avvisning("FIL002") from None
    forste_kolonne = ark.start[1] if ark.start else 0
    rader = _rows(ark, notater, forste_kolonne)
    begynnelse = list(islice(rader, MAKS_TITTELRADER + 1))
    if not begynnelse:
        # A blank sheet is nothing at all, whatever its name, unless the layout asks for its columns.
        if navn is not None:
            yield Kildetabell(navn, (), (), (), True, "Excel")
        return
    if len(begynnelse[0][1]) > oppsett.grenser.maks_kolonner:
        raise Avvisning("FIL003")
    if navn is None:
        yield Ukjentdel(plass, _texts(chain(begynnelse, rader)))
        return
    nummer = next((i for i, (_, celler) in enumerate(begynnelse) if oppsett.er_overskrift(navn, celler)), 0)
    titler, (overskriftsrad, overskrift), resten = begynnelse[:nummer], begynnelse[nummer], begynnelse[nummer + 1 :]
    if titler:
        yield Opplysning("FIL021", plass, _texts(titler))
    if notater.har_skjult or egenskaper.visible != python_calamine.SheetVisibleEnum.Visible:
        yield Opplysning("FIL022", plass)
    if notater.sammenslatt_til > overskriftsrad:
        yield Opplysning("FIL023", plass)
    plasser = [column_place(forste_kolonne + i) for i in range(len(overskrift))]
    poster = (Kilderad(rad, post, celler) for post, (rad, celler) in enumerate(chain(resten, rader), start=1))
    yield Kildetabell(navn, overskrift, plasser, poster, True, "Excel")


def _texts(rader: Iterable[tuple[int, Sequence[str]]]) -> Iterator[str]:
    return (str(celle) for _, celler in rader for celle in celler)


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
