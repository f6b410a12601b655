"""What is mended at the door, and what is odd and let through: each told with the row where it stands."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from schemas.avvik import Avvik
from schemas.identer import check_personident
from schemas.kontrakt import Felttype, tabeller
from tiltaksflyt.intake.avbildning import Raatabell
from tiltaksflyt.intake.celler import Tallcelle
from tiltaksflyt.intake.identspor import REGEL_2032_FRA
from tiltaksflyt.intake.notasjon import clean_token
from tiltaksflyt.intake.portregler import make_avvik

_TI_SIFFER = re.compile(r"^[0-9]{10}$")
# What a spreadsheet program runs when it opens the text as a cell. A sign before a word or a number is only a dash.
_FORMEL = re.compile(r"\s*(?:[=@]|[+-][^\s]*[(|!])")
_TEKSTER = frozenset({Felttype.TEKST, Felttype.FRITEKST})


def restore_lost_zeros(raatabeller: Mapping[str, Raatabell], dato: date) -> Iterator[Avvik]:
    """Put back the first zero of a personident where the check digits prove that it was there (rule IDE011).

    A spreadsheet drops it. A number with a point, even «.0», is not ten digits and stays. `dato` is the day of
    arrival, by which the check digits are judged.
    """
    for raa, felt in _columns(raatabeller, frozenset({Felttype.IDENT})):
        celler = raa.kolonner[felt]
        for indeks, celle in enumerate(celler):
            siffer = clean_token(celle)
            if not _TI_SIFFER.match(siffer):
                continue
            if check_personident(f"0{siffer}", regel2032=dato >= REGEL_2032_FRA).gyldig:
                celler[indeks] = f"0{siffer}"
                yield _at(raa, indeks, felt, "IDE011")


def find_formulas(raatabeller: Mapping[str, Raatabell]) -> Iterator[Avvik]:
    """Tell the first text of each field that a spreadsheet would run (rule SKJ013); it goes on as the text it is."""
    for raa, felt in _columns(raatabeller, _TEKSTER):
        for indeks, celle in enumerate(raa.kolonner[felt]):
            if not isinstance(celle, Tallcelle) and _FORMEL.match(celle):
                yield _at(raa, indeks, felt, "SKJ013")
                break


def _columns(raatabeller: Mapping[str, Raatabell], typer: frozenset[Felttype]) -> Iterator[tuple[Raatabell, str]]:
    for navn, raa in raatabeller.items():
        for felt in raa.kolonner:
            if tabeller()[navn].felter[felt].type in typer:
                yield raa, felt


def _at(raa: Raatabell, indeks: int, felt: str, regel_id: str) -> Avvik:
    return replace(make_avvik(regel_id, raa.tabell, felt), rad=raa.rad[indeks], post=raa.post[indeks])
