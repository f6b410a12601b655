"""What a profile writes, the door reads as the same rows: for every shipped layout and for the contract itself."""

import csv
import io
import json
import zipfile
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from schemas.koder import kodeverk
from schemas.kontrakt import Felt, Felttype, tabeller
from tiltaksflyt.intake.kart import HODE, Profil
from tiltaksflyt.intake.notasjon import Formater, plain_number
from tiltaksflyt.intake.profil import contract_profile, load_profil, to_source
from tiltaksflyt.intake.typer import type_cell
from tiltaksflyt.intake.uttrykk import Kolonne, Navnedel, Omregning, Sammen

Kontraktrader = dict[str, list[dict[str, str]]]


def _values(profil: Profil, tabell: str, felt: Felt) -> st.SearchStrategy[str]:
    """Canonical values of a field that the layout has room for."""
    uttrykk = next(m.felter[felt.navn] for k in profil.kilder.values() for m in k.maal if m.tabell == tabell)
    tegn = st.characters(codec="cp1252" if profil.tegnsett else "utf-8")
    tekst = st.text(tegn, max_size=30).map(lambda t: type_cell(felt, t, Formater())[0])
    if isinstance(uttrykk, Navnedel):
        return tekst.filter(lambda t: "," not in t)
    if isinstance(uttrykk, Sammen):
        return st.builds(f"{{}}{uttrykk.skille}{{}}".format, st.integers(2000, 2099), st.integers(1, 10**6))
    if felt.kodeverk:
        koder = kodeverk(felt.kodeverk).koder
        if isinstance(uttrykk, Kolonne) and uttrykk.koder:
            koder = dict.fromkeys(profil.kodetabeller[uttrykk.koder].values())  # type: ignore[assignment]
        if felt.type is Felttype.KODELISTE:
            return st.lists(st.sampled_from(sorted(koder)), unique=True).map("|".join)
        return st.sampled_from(sorted(koder))
    if isinstance(uttrykk, Omregning) or felt.type is Felttype.TALL:
        return st.decimals(0, 100, places=2).map(lambda tall: plain_number(Decimal(tall)))
    return {
        Felttype.TEKST: tekst,
        Felttype.FRITEKST: tekst,
        Felttype.ID: st.from_regex(r"[a-zA-Z0-9æøå_-]{1,20}", fullmatch=True),
        Felttype.UUID: st.uuids().map(str),
        Felttype.ORGNR: st.from_regex(r"[0-9]{9}", fullmatch=True),
        Felttype.IDENT: st.from_regex(r"[0-9]{11}", fullmatch=True),
        Felttype.NAVENHET: st.from_regex(r"[0-9]{4}", fullmatch=True),
        Felttype.DATO: st.dates(date(1900, 1, 1), date(2199, 12, 31)).map(date.isoformat),
        Felttype.HELTALL: st.integers(0, 10**6).map(str),
        Felttype.JANEI: st.sampled_from(["true", "false"]),
    }[felt.type]


@st.composite
def _rows(draw: Any, profil: Profil) -> Kontraktrader:
    rader: Kontraktrader = {}
    for tabell, felter in profil.dekning().items():
        if tabell == HODE:
            continue
        rader[tabell] = [
            {
                navn: draw(_values(profil, tabell, felt))
                for navn, felt in tabeller()[tabell].felter.items()
                if navn in felter and (felt.pakrevd or felt.type is Felttype.ID or draw(st.booleans()))
            }
            for _ in range(draw(st.integers(0, 2)))
        ]
    _tie(rader)
    return rader


def _tie(rader: Kontraktrader) -> None:
    """Let rows that share a source row refer to one that is there, and give a samtykke to who has contact details."""
    for tabell, id_ in (("deltaker", "deltakerId"), ("deltakelse", "deltakelseId")):
        for nummer, rad in enumerate(rader[tabell]):
            rad[id_] = f"{nummer}-{rad[id_]}"
    personer = [rad["deltakerId"] for rad in rader["deltaker"]]
    rader["deltakelse"] = rader["deltakelse"] if personer else []
    for nummer, rad in enumerate(rader["deltakelse"]):
        rad["deltakerId"] = personer[nummer % len(personer)]
    lop = [rad["deltakelseId"] for rad in rader["deltakelse"]]
    rader["deltakelsesmengde"] = rader["deltakelsesmengde"] if lop else []
    for rad in rader["deltakelsesmengde"]:
        rad["deltakelseId"] = lop[0]
    for rad in rader["samtykke"]:
        rad.pop("trukket", None)
        rad["deltakerId"] = personer[0] if personer else rad["deltakerId"]
    for rad in rader["deltaker"][bool(rader["samtykke"]) :]:
        rad.pop("telefonnummer", None)
        rad.pop("epost", None)


def _plain(rader: Any) -> dict[str, list[dict[str, str]]]:
    """Rows without blanks and places, in an order of their own."""
    return {
        tabell: sorted(({k: v for k, v in rad.items() if v and k[0] != "_"} for rad in rad_liste), key=repr)
        for tabell, rad_liste in rader.items()
    }


def _as_zip(profil: Profil, kilder: Any) -> bytes:
    ut = io.BytesIO()
    with zipfile.ZipFile(ut, "w", zipfile.ZIP_STORED) as arkiv:
        for navn, (hode, rader) in kilder.items():
            tekst = io.StringIO()
            skriver = csv.writer(tekst, delimiter=profil.skilletegn or ";", lineterminator="\r\n")
            skriver.writerows([hode, *rader])
            arkiv.writestr(f"{navn}.csv", tekst.getvalue().encode(profil.tegnsett or "utf-8"))
    return ut.getvalue()


def _as_xlsx(_: Profil, kilder: Any) -> bytes:
    ut = io.BytesIO()
    bok = xlsxwriter.Workbook(ut, {"in_memory": True})
    for navn, (hode, rader) in kilder.items():
        ark = bok.add_worksheet(navn)
        for i, rad in enumerate([hode, *rader]):
            for j, celle in enumerate(rad):
                ark.write_string(i, j, celle)
    bok.close()
    return ut.getvalue()


def _as_json(_: Profil, kilder: Any) -> bytes:
    dokument = {
        navn: [dict(zip(hode, rad, strict=True)) for rad in rader]
        for navn, (hode, rader) in kilder.items()
        if navn != HODE
    }
    return json.dumps(dokument, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("navn", "skriv_fil"),
    [
        ("fagsystem-vekst", _as_zip),
        ("regneark-arena", _as_xlsx),
        ("skytjeneste-json", _as_json),
        (None, _as_json),
        (None, _as_zip),
    ],
    ids=["vekst", "arena", "skytjeneste", "json", "contract-csv"],
)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_what_is_written_is_read_as_the_same_rows(lever: Any, navn: str | None, skriv_fil: Any, data: Any) -> None:
    profil = load_profil(navn, 1) if navn else contract_profile()
    rader = data.draw(_rows(profil))
    lesing = lever(skriv_fil(profil, to_source(profil, rader)), navn)
    if not any(rader.values()):
        assert [avvik.regelId for avvik in lesing.avvik] == ["FIL004"]
        return
    # Any text may come, also one that a spreadsheet would run; it is told and stays as it is.
    assert {avvik.regelId for avvik in lesing.avvik} <= {"SKJ013"}
    assert lesing.problemer.empty
    lest = {tabell: ramme.to_dict("records") for tabell, ramme in lesing.tabeller.items()}
    assert _plain(lest) == _plain(rader)


def test_the_rows_of_the_property_are_not_all_empty() -> None:
    """The property above must have something to say: every table and nearly every field occurs."""
    profil = load_profil("fagsystem-vekst", 1)
    sett: set[tuple[str, str]] = set()

    @seed(1)
    @settings(max_examples=120, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(_rows(profil))
    def collect(rader: Kontraktrader) -> None:
        sett.update((tabell, felt) for tabell, liste in rader.items() for rad in liste for felt in rad if rad[felt])

    collect()
    alle = {(tabell, felt) for tabell, felter in profil.dekning().items() for felt in felter}
    assert len(sett) > 0.95 * len(alle)
    assert {tabell for tabell, _ in sett} == set(profil.dekning())
