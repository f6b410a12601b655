"""Profiles as checked data: those that ship, and what a faulty one is told."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.kontrakt import tabeller
from schemas.loader import UgyldigFil
from tiltaksflyt.intake.portdata import PROFILER
from tiltaksflyt.intake.profil import IkkeIOppsettet, contract_profile, load_profil, to_source

RAPPORTTABELLER = [
    "deltaker",
    "deltakelse",
    "deltakelsesmengde",
    "plan",
    "mal",
    "aktivitet",
    "oppfolging",
    "fravaer",
    "vurdering",
    "arbeidsforhold",
    "sluttvurdering",
    "bestillingspunkt",
    "unntak",
    "forlengelse",
    "opplaeringsplan",
    "stengt",
    "samtykke",
]


@pytest.mark.parametrize("navn", ["fagsystem-vekst", "regneark-arena", "skytjeneste-json"])
def test_a_profile_that_ships_covers_all_that_the_reports_need(navn: str) -> None:
    dekning = load_profil(navn, 1).dekning()
    for tabell in RAPPORTTABELLER:
        assert dekning[tabell] == set(tabeller()[tabell].felter), tabell


def test_every_shipped_profile_names_its_schema_on_the_first_line() -> None:
    filer = list(PROFILER.glob("*/*.yaml"))
    assert {fil.parent.name for fil in filer} == {
        "amt-deltaker-ekstern",
        "fagsystem-vekst",
        "regneark-arena",
        "skytjeneste-json",
    }
    for fil in filer:
        forste = fil.read_text(encoding="utf-8").splitlines()[0]
        assert forste.startswith("# yaml-language-server: $schema=")
        assert (fil.parent / forste.split("=")[1]).resolve().is_file()
        load_profil(fil.parent.name, int(fil.stem))


def test_the_identity_has_every_table_and_field() -> None:
    assert contract_profile().dekning() == {t.navn: set(t.felter) for t in tabeller().values()}


def test_a_field_is_found_in_the_senders_own_file() -> None:
    profil = load_profil("fagsystem-vekst", 1)
    assert profil.kildekolonner("deltaker", "fornavn") == ("Jobbsøkere", ("Navn",))
    assert load_profil("regneark-arena", 1).kildekolonner("deltakelse", "tiltaksnummer") == (
        "Deltakere",
        ("Tiltaksår", "Tiltaksløpenr"),
    )
    assert profil.kildekolonner("avtale", "avtaleId") is None


def _profile(**endret: Any) -> dict[str, Any]:
    return {
        "profil": "prove",
        "versjon": 1,
        "beskrivelse": "Bare for denne testen.",
        "format": "XLSX",
        "kodetabeller": {"type": {"Yrke": "YRKE"}},
        "tabeller": {
            "Mål": {
                "til": {
                    "mal": {
                        "deltakelseId": "Løp",
                        "maltype": {"kolonne": "Type", "koder": "type"},
                        "beskrivelse": "Tekst",
                    }
                }
            }
        },
    } | endret


def _target(**felter: Any) -> dict[str, Any]:
    ramme = _profile()
    ramme["tabeller"]["Mål"]["til"]["mal"] |= felter
    return ramme


def _table(tabell: str, **felter: Any) -> dict[str, Any]:
    return _profile(tabeller={"T": {"til": {tabell: felter}}})


_NAVN = {"navn": "Navn", "form": "ETTERNAVN_KOMMA_FORNAVN"}
_DELTAKER = {"deltakerId": "Nr", "personident": "Fnr", "navEnhet": "Enhet"}


@pytest.mark.parametrize(
    ("innhold", "grunn"),
    [
        (_profile(profil="annet"), "another profile"),
        (_profile(versjon=2), "another profile"),
        (_profile(format="PDF"), "is not one of"),
        (_profile(ukjent=1), "unexpected"),
        (_profile(kodetabeller={"type": {"Yrke": "YRKET"}}), "YRKET is not a code of maltype"),
        (_profile(kodetabeller={"type": {"Yrke": "YRKE", "yrke ": "FAGLIG"}}), "occurs twice"),
        (_profile(kodetabeller={}), "no code table «type»"),
        (_profile(ubrukteTabeller=["MÅL"]), "occurs twice"),
        (_target(malId="LØP"), "occurs twice"),
        (_target(finnesIkke="X"), "no such field"),
        (_target(beskrivelse={"kolonne": "Tekst", "koder": "type"}), "no code list"),
        (_target(status={"konstant": "ÅPENT"}), "not a code of malstatus"),
        (_target(kriterium={"prosentAvTimer": "Timer", "fullUke": "37.5"}), "only a number"),
        (_target(kriterium={"sammen": ["A"], "skille": "-"}), "not valid under any"),
        (_target(kriterium={"eval": "1+1"}), "not valid under any"),
        (_table("finnesIkke", a="b"), "no such table"),
        (_table("mal", deltakelseId="Løp", beskrivelse="Tekst"), "requires the field"),
        (_table("deltaker", **_DELTAKER, fornavn="Navn", etternavn={**_NAVN, "del": "etternavn"}), "both parts"),
        (
            _table(
                "deltaker",
                **_DELTAKER,
                fornavn={**_NAVN, "del": "fornavn", "form": "FORNAVN_ETTERNAVN"},
                etternavn={**_NAVN, "del": "etternavn"},
            ),
            "both parts",
        ),
        (
            _profile(
                tabeller={
                    navn: {"til": {"stengt": {"fraDato": "Fra", "tilDato": "Til"}}} for navn in ("Stengt", "Ferie")
                }
            ),
            "already comes from Ferie",
        ),
        (
            _profile(
                tabeller={
                    "T": {
                        "til": {
                            "stengt": {"fraDato": "Fra", "tilDato": "Til"},
                            "bestillingspunkt": {"deltakelseId": "Løp", "tekst": "Tekst"},
                        }
                    }
                }
            ),
            "share no column",
        ),
    ],
)
def test_a_faulty_profile_is_refused_by_name_and_place(tmp_path: Path, innhold: dict[str, Any], grunn: str) -> None:
    fil = tmp_path / "prove" / "1.yaml"
    fil.parent.mkdir()
    fil.write_text(yaml.safe_dump(innhold, allow_unicode=True), encoding="utf-8")
    with pytest.raises(UgyldigFil, match=grunn) as feil:
        load_profil("prove", 1, tmp_path)
    assert feil.value.fil == fil


def test_the_profile_that_the_faulty_ones_are_made_from_is_sound(tmp_path: Path) -> None:
    fil = tmp_path / "prove" / "1.yaml"
    fil.parent.mkdir()
    fil.write_text(yaml.safe_dump(_profile(), allow_unicode=True), encoding="utf-8")
    assert set(load_profil("prove", 1, tmp_path).kilder) == {"Mål"}


def test_a_sender_with_a_missing_profile_is_our_fault_and_said_so(lever: Any) -> None:
    with pytest.raises(UgyldigFil, match="does not exist"):
        lever(b"a;b", "finnes-ikke")


VEKST = load_profil("fagsystem-vekst", 1)
ARENA = load_profil("regneark-arena", 1)
_D = {"deltakerId": "D1"}
_L = {"deltakelseId": "L1", "deltakerId": "D1"}


@pytest.mark.parametrize(
    ("profil", "rader", "sted"),
    [
        (VEKST, {"plass": [{"dato": "2026-01-01"}]}, r"plass\.\*"),
        (VEKST, {"deltaker": [_D | {"etternavn": "Dal, Li"}]}, r"deltaker\.etternavn"),
        (VEKST, {"deltaker": [_D | {"fornavn": "Kari"}, _D | {"fornavn": " Kari"}]}, r"deltaker\.fornavn"),
        (VEKST, {"deltakelse": [_L | {"status": "KLADD"}]}, r"deltakelse\.status"),
        (VEKST, {"aktivitet": [{"timerPerUke": "7.123"}]}, r"aktivitet\.timerPerUke"),
        (VEKST, {"aktivitet": [{"timerPerUke": "mange"}]}, r"aktivitet\.timerPerUke"),
        (VEKST, {"aktivitet": [{"finnesIkke": "x"}]}, r"aktivitet\.finnesIkke"),
        (VEKST, {"deltakelsesmengde": [{"deltakelseId": "L9", "deltakelsesprosent": "50"}]}, "without its row"),
        (VEKST, {"deltakelse": [_L], "deltakelsesmengde": [{"deltakelseId": "L1"}]}, "any value of its own"),
        (ARENA, {"deltaker": [_D], "deltakelse": [_L | {"tiltaksnummer": "2026#"}]}, r"deltakelse\.tiltaksnummer"),
        (ARENA, {"deltaker": [_D], "deltakelse": [_L | {"tiltaksnummer": "#7"}]}, r"deltakelse\.tiltaksnummer"),
    ],
)
def test_what_a_layout_cannot_hold_is_refused_without_the_value(profil: Any, rader: Any, sted: str) -> None:
    with pytest.raises(IkkeIOppsettet, match=sted) as feil:
        to_source(profil, rader)
    assert not any(verdi in str(feil.value) for verdi in ("Dal", "Kari", "7.123", "mange", "#7"))


def test_several_rows_for_one_need_a_table_that_repeats() -> None:
    rader = {
        "deltakelse": [_L],
        "deltakelsesmengde": [{"deltakelseId": "L1", "deltakelsesprosent": p} for p in ("50", "100")],
    }
    _, skrevet = to_source(VEKST, rader)["Tiltak"]
    assert len(skrevet) == 2
    en_gang = {"Tiltak": dataclasses.replace(VEKST.kilder["Tiltak"], gjentas=False)}
    with pytest.raises(IkkeIOppsettet, match="several rows"):
        to_source(dataclasses.replace(VEKST, kilder=en_gang), rader)


def test_every_source_table_is_written_with_its_header() -> None:
    kilder = to_source(VEKST, {})
    assert set(kilder) == set(VEKST.kilder)
    hode, rader = kilder["Jobbsøkere"]
    assert hode[:2] == ["Jobbsøkernr", "Fødselsnummer"]
    assert hode[-1] == "Sist endret av"
    assert rader == []
    assert all(len(set(hode)) == len(hode) for hode, _ in kilder.values())


def test_the_senders_own_notation_is_written() -> None:
    rader = {
        "deltaker": [_D | {"fornavn": "Kari", "etternavn": "Dal"}],
        "deltakelse": [_L | {"startDato": "2026-03-02", "status": "DELTAR", "bestillingUklar": "true"}],
        "deltakelsesmengde": [{"deltakelseId": "L1", "deltakelsesprosent": "62.5"}],
    }
    hode, (rad,) = to_source(VEKST, rader)["Tiltak"]
    skrevet = dict(zip(hode, rad, strict=True))
    assert skrevet["Startdato"] == "02.03.2026"
    assert skrevet["Status"] == "I tiltak"
    assert skrevet["Uklar bestilling"] == "Ja"
    assert skrevet["Omfang i prosent"] == "62,5"
    hode, (rad,) = to_source(ARENA, rader)["Omfang"]
    assert dict(zip(hode, rad, strict=True))["Timer pr uke"] == "23,4375"
    hode, (rad,) = to_source(ARENA, rader)["Deltakere"]
    assert dict(zip(hode, rad, strict=True))["Navn"] == "Dal, Kari"
