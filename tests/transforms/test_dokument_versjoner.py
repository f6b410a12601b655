"""Versions of a document, what makes a new one, and what it is called. The cases are those of tests/golden."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from schemas.koder import kodeverk
from tests.transforms.dokumentsaker import block, changed, make, record
from transforms.dokument import (
    arkivtittel,
    innhold_avtrykk,
)
from transforms.poster import Deltakelsespost

# --- versions ---


def test_the_first_version_marks_nothing() -> None:
    assert "endret" not in json.dumps(make(record(), "PLAN", 1))


def test_an_unchanged_version_marks_nothing_and_says_so() -> None:
    forste = make(record(), "PLAN", 2)
    andre = make(record(), "PLAN", 2, versjon=2, forrige=forste)
    assert '"endret": true' not in json.dumps(andre)
    assert block(andre, "ENDRET", "endret")["type"] == "merknad"
    assert andre["hode"]["erstatter"] == forste["hode"]["meldingId"]


def test_what_is_new_is_marked_down_to_the_row() -> None:
    forste = make(record(), "PLAN", 2)
    innhold = record()
    innhold["plan"][1]["hensikt"] = "En ny hensikt."
    innhold["mal"].append({**innhold["mal"][1], "malId": "M-9", "beskrivelse": "Et nytt mål"})
    del innhold["plan"][1]["tilrettelegging"]
    andre = make(innhold, "PLAN", 2, versjon=2, forrige=forste)
    assert [p["verdi"] for p in block(andre, "ENDRET", "endret")["punkter"]] == [
        "HENSIKT",
        "FAGLIGE_MAL",
        "TILRETTELEGGING",
    ]
    assert block(andre, "HENSIKT", "hensikt")["endret"] is True
    assert "endret" not in block(andre, "YRKESMAL", "yrkesmal")
    rader = block(andre, "FAGLIGE_MAL", "mal")["rader"]
    assert [rad["celler"][0]["tekst"] for rad in rader if rad.get("endret")] == ["Et nytt mål"]


def test_a_third_version_is_compared_without_the_marks_of_the_second() -> None:
    forste = make(record(), "PLAN", 1)
    andre = make(record(), "PLAN", 2, versjon=2, forrige=forste)
    tredje = make(record(), "PLAN", 2, versjon=3, forrige=andre)
    assert '"endret": true' not in json.dumps(tredje)


# --- the fingerprint of a version ---


@pytest.mark.parametrize(
    "change",
    [
        lambda i: i["plan"][1].update(hensikt="Noe annet."),
        lambda i: i["plan"][1].pop("tilrettelegging"),
        lambda i: i["deltaker"].update(etternavn="Nyttnavn"),
        lambda i: i["deltaker"].update(personident="14839412135"),
        lambda i: i["deltaker"].update(navEnhet="9902"),
        lambda i: i.update(seksjon=[{"dokumenttype": "PLAN", "kode": "R", "tekst": "Nytt punkt"}]),
    ],
)
def test_what_makes_a_new_version(change: Callable[[dict[str, Any]], Any]) -> None:
    avtrykk = [innhold_avtrykk(Deltakelsespost(i), "PLAN", 2) for i in (record(), changed(record(), change))]
    assert avtrykk[0] != avtrykk[1]


@pytest.mark.parametrize(
    "change",
    [
        lambda i: i["aktivitet"].append({**i["aktivitet"][0], "aktivitetId": "A-9"}),
        lambda i: i["oppfolging"].clear(),
        lambda i: i["mal"].clear(),
        lambda i: i["plan"][0].update(hensikt="Noe annet i den gamle planen."),
        lambda i: i["plan"][1].update(ferdigstilt="2026-06-16"),
        lambda i: i["deltaker"].update(navVeileder="En Annen"),
        lambda i: i["plan"][1].update(trengerFraNav="  "),
        lambda i: i["plan"][1].update(hensikt=i["plan"][1]["hensikt"] + "\r\n"),
        lambda i: i["deltakelse"].update(veileder="En Annen"),
    ],
)
def test_what_makes_no_new_version(change: Callable[[dict[str, Any]], Any]) -> None:
    avtrykk = [innhold_avtrykk(Deltakelsespost(i), "PLAN", 2) for i in (record(), changed(record(), change))]
    assert avtrykk[0] == avtrykk[1]


def test_a_coded_answer_and_an_answer_to_the_bestilling_count_as_words() -> None:
    for dokumenttype, change in (
        ("PERIODERAPPORT", lambda i: i["vurdering"][1].update(anbefaling="AVSLUTTE")),
        ("SLUTTRAPPORT", lambda i: i["sluttvurdering"][0].update(omfangKlart=70)),
        ("SLUTTRAPPORT", lambda i: i["bestillingspunkt"][0].update(svar="Nei.")),
    ):
        avtrykk = [
            innhold_avtrykk(Deltakelsespost(i), dokumenttype, None) for i in (record(), changed(record(), change))
        ]
        assert avtrykk[0] != avtrykk[1]


# --- titles ---


def test_the_title_in_the_archive() -> None:
    innhold = record()
    innhold["vurdering"][1].update(periodeFra="2026-03-05", periodeTil="2026-05-31", anbefaling="FORLENGE")
    tittel = arkivtittel(make(innhold, "PERIODERAPPORT", 2))
    assert tittel == "Perioderapport 2 (mars–mai 2026) – anbefaler forlengelse – Eksempel Vekst AS"


@pytest.mark.parametrize(
    ("dokumenttype", "modus", "versjon", "venter"),
    [
        ("PLAN", "PROD", 2, "Plan for tiltaket, versjon 2 – Eksempel Vekst AS"),
        ("SLUTTRAPPORT", "PROD", 1, "Sluttrapport (mars–oktober 2026) – ordinært arbeid – Eksempel Vekst AS"),
        (
            "SLUTTRAPPORT",
            "TEST",
            2,
            "TEST – Sluttrapport (mars–oktober 2026) – ordinært arbeid – Eksempel Vekst AS – rettet versjon 2",
        ),
    ],
)
def test_other_titles(dokumenttype: str, modus: str, versjon: int, venter: str) -> None:
    assert arkivtittel(make(record(), dokumenttype, modus=modus, versjon=versjon)) == venter


@pytest.mark.parametrize("resultat", sorted(kodeverk("resultat_ved_slutt").koder))
def test_a_title_says_nothing_of_health_or_absence(resultat: str) -> None:
    innhold = record()
    innhold["sluttvurdering"][0]["resultat"] = resultat
    tittel = arkivtittel(make(innhold, "SLUTTRAPPORT"))
    sagt = tittel.removeprefix("Sluttrapport (mars–oktober 2026) – ").removesuffix("Eksempel Vekst AS")
    ufarlige = {"ARBEID", "UTDANNING", "ANNET_TILTAK", "MOTTE_IKKE_VED_OPPSTART", "TILTAKSPERIODEN_OVERSKREDET"}
    assert bool(sagt) is (resultat in ufarlige)


def test_a_title_never_names_the_person() -> None:
    for dokumenttype in ("PLAN", "PERIODERAPPORT", "SLUTTRAPPORT"):
        tittel = arkivtittel(make(record(), dokumenttype))
        assert not any(navn in tittel for navn in ("Máret", "Šárá", "Eksempelsen", "14839412054"))
