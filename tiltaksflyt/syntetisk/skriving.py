"""Writes synthetic drops in the formats senders use, row by row, to the same bytes every time."""

import csv
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import xlsxwriter

from schemas.kontrakt import Felttype, felt, tabeller
from tiltaksflyt.intake.kart import Profil
from tiltaksflyt.intake.profil import load_profil
from tiltaksflyt.intake.tilbake import to_source
from tiltaksflyt.intake.uttrykk import Kolonne, Omregning
from tiltaksflyt.syntetisk.formater import Format
from tiltaksflyt.syntetisk.generering import Innsending, Rad

_RADER_I_BUNTEN = 2000
_FAST_TIDSPUNKT = datetime(2024, 1, 1)  # noqa: DTZ001  a file's own stamp has no zone
_DATOFORMAT = "dd.mm.yyyy"
# What the sender answers to our delete lists; nothing here has sent one.
_IKKE_I_EKSPORTEN = frozenset({"innsending", "slettebekreftelse"})


def write_drop(innsending: Innsending, format_: Format, fil: Path) -> None:
    """Write one sender's export to `fil`, overwriting it.

    Raises IkkeIOppsettet when a value has no place in the layout, UnicodeEncodeError when a letter has none in the
    encoding.
    """
    if format_.profil is None:
        _write_json(innsending, fil)
        return
    profil = load_profil(*format_.profil)
    write = _write_xlsx if format_ is Format.XLSX else _write_csv_zip
    write(profil, _batches(innsending, profil), fil)


# --- the contract itself ----


def _write_json(innsending: Innsending, fil: Path) -> None:
    """One document, a list a table; each table waits in a file of its own until all rows are made."""
    with ExitStack() as apne, fil.open("w", encoding="utf-8", newline="\n") as ut:
        spoler = {
            tabell: apne.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n"))
            for tabell in tabeller()
            if tabell not in _IKKE_I_EKSPORTEN
        }
        for tabell, rad in innsending.rader():
            spole = spoler[tabell]
            spole.write(",\n" if spole.tell() else "\n")
            json.dump(rad, spole, ensure_ascii=False)
        ut.write('{"innsending": ')
        json.dump(innsending.hode, ut, ensure_ascii=False)
        for tabell, spole in spoler.items():
            ut.write(f',\n"{tabell}": [')
            spole.seek(0)
            shutil.copyfileobj(spole, ut)
            ut.write("]")
        ut.write("}\n")


# --- a sender's own layout ----

Bunt = Mapping[str, tuple[list[str], list[list[str]]]]


def _batches(innsending: Innsending, profil: Profil) -> Iterator[Bunt]:
    """The export in the sender's words, some hundred deltakere at a time, nobody's rows in two batches."""
    dekning = profil.dekning()
    bunt: dict[str, list[dict[str, str]]] = {}
    antall = 0
    for tabell, rad in innsending.rader():
        if tabell == "deltaker" and antall >= _RADER_I_BUNTEN:
            yield to_source(profil, bunt)
            bunt, antall = {}, 0
        if tabell in dekning:
            bunt.setdefault(tabell, []).append(_as_text(rad, dekning, tabell))
            antall += 1
    yield to_source(profil, bunt)


def _as_text(rad: Rad, dekning: Mapping[str, frozenset[str]], tabell: str) -> dict[str, str]:
    """The row as canonical text, without what the layout has no column for."""
    return {
        navn: _canonical(verdi)
        for navn, verdi in rad.items()
        if navn in dekning[tabell] and (navn != "avtaleId" or "avtale" in dekning)
    }


def _canonical(verdi: Any) -> str:  # noqa: ANN401  contract values
    if isinstance(verdi, bool):
        return "true" if verdi else "false"
    if isinstance(verdi, list):
        return "|".join(verdi)
    if isinstance(verdi, float) and verdi.is_integer():
        return str(int(verdi))
    return str(verdi)


def _write_csv_zip(profil: Profil, bunter: Iterator[Bunt], fil: Path) -> None:
    """A ZIP with a CSV file a table, in the profile's encoding and dialect."""
    linjeskift = "\n" if profil.linjeskift == "LF" else "\r\n"
    with ExitStack() as apne:
        mappe = Path(apne.enter_context(tempfile.TemporaryDirectory()))
        strommer: dict[str, IO[str]] = {}
        for bunt in bunter:
            for tabell, (overskrift, rader) in bunt.items():
                ny = tabell not in strommer
                if ny:
                    sti = mappe / f"{len(strommer)}.csv"
                    strom = sti.open("w", encoding=profil.tegnsett or "utf-8", newline="")
                    strommer[tabell] = apne.enter_context(strom)
                skriver = csv.writer(strommer[tabell], delimiter=profil.skilletegn or ";", lineterminator=linjeskift)
                skriver.writerows([overskrift, *rader] if ny else rader)
        _pack(strommer, fil)


def _pack(strommer: Mapping[str, IO[str]], fil: Path) -> None:
    with zipfile.ZipFile(fil, "w", zipfile.ZIP_DEFLATED) as arkiv:
        for tabell, strom in strommer.items():
            strom.close()
            # The stamp of an entry is fixed, so that the same rows give the same bytes.
            oppforing = zipfile.ZipInfo(f"{tabell}.csv", _FAST_TIDSPUNKT.timetuple()[:6])
            oppforing.compress_type = zipfile.ZIP_DEFLATED
            with Path(strom.name).open("rb") as kilde, arkiv.open(oppforing, "w", force_zip64=True) as mal:
                shutil.copyfileobj(kilde, mal)


def _write_xlsx(profil: Profil, bunter: Iterator[Bunt], fil: Path) -> None:
    """A workbook with a sheet a table: dates as date cells, numbers as numbers, everything else as text."""
    with xlsxwriter.Workbook(fil, {"constant_memory": True, "default_date_format": _DATOFORMAT}) as bok:
        bok.set_properties({"created": _FAST_TIDSPUNKT, "author": "Syntetisk"})
        ark = {navn: bok.add_worksheet(navn) for navn in profil.kilder}
        neste = dict.fromkeys(ark, 0)
        for bunt in bunter:
            for navn, (overskrift, rader) in bunt.items():
                typer = _cell_types(profil, navn)
                if neste[navn] == 0:
                    ark[navn].write_row(0, 0, overskrift)
                    neste[navn] = 1
                for rad in rader:
                    for kolonne, tekst in enumerate(rad):
                        _write_cell(ark[navn], neste[navn], kolonne, tekst, typer.get(overskrift[kolonne]))
                    neste[navn] += 1


def _cell_types(profil: Profil, kilde: str) -> Mapping[str, Felttype]:
    """The columns of a sheet that hold dates or numbers."""
    typer = {}
    for maal in profil.kilder[kilde].maal:
        for navn, uttrykk in maal.felter.items():
            type_ = felt(maal.tabell, navn).type
            if isinstance(uttrykk, Omregning):
                typer[uttrykk.navn] = Felttype.TALL
            elif isinstance(uttrykk, Kolonne) and type_ in (Felttype.DATO, Felttype.TALL, Felttype.HELTALL):
                typer[uttrykk.navn] = type_
    return typer


def _write_cell(ark: Any, rad: int, kolonne: int, tekst: str, type_: Felttype | None) -> None:  # noqa: ANN401  untyped library
    if not tekst:
        return
    if type_ is Felttype.DATO:
        ark.write_datetime(rad, kolonne, datetime.strptime(tekst, "%d.%m.%Y"))  # noqa: DTZ007  a day has no zone
    elif type_ is not None:
        ark.write_number(rad, kolonne, float(tekst.replace(",", ".")))
    else:
        ark.write_string(rad, kolonne, tekst)
