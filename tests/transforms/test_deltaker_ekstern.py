"""NAV's own record of a deltakelse: its form and codes exactly, and what is missing told, never made up."""

import copy
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from schemas.koder import kodeverk
from schemas.loader import SCHEMAS, read_json, validator
from transforms.deltaker_ekstern import Lagringsfakta, Mangel, UfullstendigPost, build_record
from transforms.poster import Deltakelsespost

GOLDEN = Path(__file__).parents[1] / "golden"
REF = "0f000000-0000-4000-8000-000000000001"
GJENNOMFORING = "1487f7fe-156c-41d7-8d90-bf108dd1b4d2"
FAKTA = Lagringsfakta(REF, date(2026, 3, 3), date(2026, 8, 1))


def record(**endret: Any) -> dict[str, Any]:
    """The stored record of tests/golden/arbeid with NAV's gjennomføring; `endret` goes into its deltakelse."""
    innhold: dict[str, Any] = json.loads((GOLDEN / "arbeid" / "1_post.json").read_text(encoding="utf-8"))
    innhold["deltakelse"] |= {"gjennomforingId": GJENNOMFORING} | endret
    return innhold


def build(innhold: dict[str, Any]) -> dict[str, Any]:
    post = build_record(Deltakelsespost(innhold), FAKTA)
    validator("deltaker-ekstern").validate(post)
    return post


def test_a_deltakelse_that_ended_in_work() -> None:
    innhold = record()
    post = build(innhold)
    rad = innhold["deltakelse"]
    assert list(post) == read_json(SCHEMAS / "json" / "deltaker-ekstern.schema.json")["required"]
    assert (post["id"], post["gjennomforingId"]) == (REF, GJENNOMFORING)
    assert post["personIdent"] == innhold["deltaker"]["personident"]
    assert (post["startDato"], post["sluttDato"]) == (rad["startDato"], rad["sluttDato"])
    assert post["status"] == {
        "type": "HAR_SLUTTET",
        "tekst": "Har sluttet",
        "aarsak": {"type": rad["aarsak"], "beskrivelse": kodeverk("deltakerstatus_aarsak").tekst(rad["aarsak"])},
        "opprettetTidspunkt": f"{rad['statusGyldigFra']}T00:00:00",
    }
    assert [m["gyldigFraDato"] for m in post["deltakelsesmengder"]] == sorted(
        mengde["gyldigFra"] for mengde in innhold["deltakelsesmengde"]
    )
    assert {m["opprettetTidspunkt"] for m in post["deltakelsesmengder"]} == {post["registrertTidspunkt"]}


def test_a_sender_s_id_that_is_nav_s_own_is_the_id() -> None:
    nav = "BD3B6087-2029-481B-BCF0-E37354C00286"
    assert build(record(deltakelseId=nav))["id"] == nav.lower()


def test_the_reason_is_always_an_object() -> None:
    for status in ("DELTAR", "VENTER_PA_OPPSTART", "FEILREGISTRERT", "FULLFORT"):
        assert build(record(status=status))["status"]["aarsak"] == {"type": None, "beskrivelse": None}
    uten = record()
    del uten["deltakelse"]["aarsak"]
    assert build(uten)["status"]["aarsak"] == {"type": None, "beskrivelse": None}


def test_own_words_stand_only_where_nav_lets_them() -> None:
    annet = build(record(aarsak="ANNET", aarsakBeskrivelse="Flyttet"))
    assert annet["status"]["aarsak"] == {"type": "ANNET", "beskrivelse": "Flyttet"}
    syk = build(record(aarsak="SYK", aarsakBeskrivelse="noe om helse"))
    assert syk["status"]["aarsak"] == {"type": "SYK", "beskrivelse": "Syk"}


def test_while_it_runs_the_end_is_the_planned_one() -> None:
    innhold = record(status="DELTAR", planlagtSluttDato="2027-03-01")
    del innhold["deltakelse"]["sluttDato"]
    assert build(innhold)["sluttDato"] == "2027-03-01"
    del innhold["deltakelse"]["planlagtSluttDato"]
    assert build(innhold)["sluttDato"] is None


def test_the_periods_follow_the_dates_of_the_deltakelse() -> None:
    innhold = record(startDato="2026-03-02", sluttDato="2026-05-01")
    innhold["deltakelsesmengde"] = [
        {"gyldigFra": "2026-02-01", "deltakelsesprosent": 40},
        {"gyldigFra": "2026-04-01", "deltakelsesprosent": 62.5, "dagerPerUke": 3},
        {"gyldigFra": "2026-06-01", "deltakelsesprosent": 100},
        {"deltakelsesprosent": 50},
    ]
    assert [
        (m["deltakelsesprosent"], m["dagerPerUke"], m["gyldigFraDato"]) for m in build(innhold)["deltakelsesmengder"]
    ] == [
        (50, None, "2026-03-02"),
        (62.5, 3, "2026-04-01"),
    ]
    assert (
        build({**innhold, "deltakelse": innhold["deltakelse"] | {"tiltakskode": "AVKLARING"}})["deltakelsesmengder"]
        == []
    )


def test_a_veileder_is_told_by_ident_and_never_by_name() -> None:
    innhold = record()
    innhold["deltaker"] |= {"navVeileder": "Z994161", "navEnhet": "0315"}
    assert build(innhold)["navVeileder"] == {"enhetsnummer": "0315", "navIdent": "Z994161"}
    innhold["deltaker"]["navVeileder"] = "Kari Veileder"
    assert build(innhold)["navVeileder"] is None


MANGLER: dict[Mangel, Callable[[dict[str, Any]], Any]] = {
    Mangel.ADRESSEBESKYTTELSE: lambda post: post["deltaker"].update(adressebeskyttelse="SKJERMET"),
    Mangel.TILTAK: lambda post: post["deltakelse"].update(tiltakskode="ARBEIDSTRENING"),
    Mangel.STATUS: lambda post: post["deltakelse"].update(status="KLADD"),
    Mangel.GJENNOMFORING: lambda post: post["deltakelse"].update(gjennomforingId="2026-17"),
    Mangel.STATUSDATO: lambda post: post["deltakelse"].pop("statusGyldigFra"),
}


@pytest.mark.parametrize("mangel", Mangel)
def test_what_nav_s_record_must_have_and_is_not_there_is_told(mangel: Mangel) -> None:
    innhold = copy.deepcopy(record())
    MANGLER[mangel](innhold)
    with pytest.raises(UfullstendigPost) as feil:
        build(innhold)
    assert feil.value.mangel is mangel
    assert innhold["deltaker"]["personident"] not in str(feil.value)


def test_the_schema_has_exactly_nav_s_codes() -> None:
    status = read_json(SCHEMAS / "json" / "deltaker-ekstern.schema.json")["properties"]["status"]["properties"]
    publisert = {k for k, kode in kodeverk("deltakerstatus").koder.items() if kode.egenskaper["iDeltakerEkstern"]}
    assert set(status["type"]["enum"]) == publisert
    assert set(status["aarsak"]["properties"]["type"]["enum"]) - {None} == set(kodeverk("deltakerstatus_aarsak").koder)
