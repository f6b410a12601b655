"""NAV's own records as a drop: as they are today and as they were before; no field is passed over in silence."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.koder import kodeverk
from tiltaksflyt.intake.amtleser import marks
from tiltaksflyt.intake.gate import Filtype, inspect
from tiltaksflyt.intake.grenser import standardgrenser
from tiltaksflyt.intake.portdata import read_portdata

MOTTATT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
PROFIL = "amt-deltaker-ekstern"
ID = "bd3b6087-2029-481b-bcf0-e37354c00286"
GJENNOMFORING = "1487f7fe-156c-41d7-8d90-bf108dd1b4d2"


def record(ident: str, **endret: Any) -> dict[str, Any]:
    """The example of NAV's own documentation, with a synthetic person, and with the field that NAV's has not."""
    return {
        "id": ID,
        "gjennomforingId": GJENNOMFORING,
        "navVeileder": {"enhetsnummer": "1438", "navIdent": "Z994161"},
        "personIdent": ident,
        "startDato": "2022-02-25",
        "sluttDato": "2022-05-20",
        "status": {
            "type": "HAR_SLUTTET",
            "tekst": "Har sluttet",
            "aarsak": {"type": "FATT_JOBB", "beskrivelse": "Fått jobb"},
            "opprettetTidspunkt": "2023-10-24T11:47:48.254204",
        },
        "registrertTidspunkt": "2022-01-27T16:13:39",
        "endretTidspunkt": "2023-10-24T11:47:48.254204",
        "kilde": "KOMET",
        "innhold": {
            "ledetekst": "Arbeidsforberedende trening er et tilbud.",
            "valgtInnhold": [{"tekst": "Karriereveiledning", "innholdskode": "karriereveiledning"}],
        },
        "deltakelsesmengder": [
            {
                "deltakelsesprosent": 50,
                "dagerPerUke": 3,
                "gyldigFraDato": "2022-02-25",
                "opprettetTidspunkt": "2022-01-27T00:00:00",
            }
        ],
        "tiltakskode": "ARBEIDSFORBEREDENDE_TRENING",
    } | endret


def personalia(ident: str, **endret: Any) -> dict[str, Any]:
    """As the personalia API of NAV answers."""
    return {
        "deltakerId": ID,
        "fornavn": "Kanari",
        "mellomnavn": None,
        "etternavn": "Syntetisk",
        "personident": ident,
        "navEnhetsnummer": "0315",
        "navEnhetsnavn": "Nav Eksempel",
        "adressebeskyttelse": None,
        "erSkjermet": False,
    } | endret


def as_list(*poster: Any) -> bytes:
    return json.dumps(poster, ensure_ascii=False, indent=2).encode()


def as_lines(*poster: Any) -> bytes:
    return "".join(json.dumps(post, ensure_ascii=False) + "\n" for post in poster).encode()


def row(lesing: Any, tabell: str) -> dict[str, str]:
    """The one row of a table, without its blank fields and its place."""
    (rad,) = lesing.tabeller[tabell].to_dict("records")
    return {felt: verdi for felt, verdi in rad.items() if verdi != "" and not felt.startswith("_")}


def the_same(lesing: Any, annen: Any) -> bool:
    return lesing.tabeller.keys() == annen.tabeller.keys() and all(
        ramme.drop(columns=["_rad", "_post"]).equals(annen.tabeller[navn].drop(columns=["_rad", "_post"]))
        for navn, ramme in lesing.tabeller.items()
    )


@pytest.mark.parametrize("skriv", [as_list, as_lines])
def test_nav_s_example_becomes_the_contract(lever: Any, ident: str, skriv: Any) -> None:
    lesing = lever(skriv(record(ident), personalia(ident)), PROFIL)
    assert lesing.avvik == ()
    assert row(lesing, "deltaker") == {
        "deltakerId": ID,
        "personident": ident,
        "fornavn": "Kanari",
        "etternavn": "Syntetisk",
        "adressebeskyttelse": "UGRADERT",
        "navEnhet": "0315",
        "navVeileder": "Z994161",
    }
    assert row(lesing, "deltakelse") == {
        "deltakelseId": ID,
        "deltakerId": ID,
        "gjennomforingId": GJENNOMFORING,
        "tiltakskode": "ARBEIDSFORBEREDENDE_TRENING",
        "status": "HAR_SLUTTET",
        "statusGyldigFra": "2023-10-24",
        "aarsak": "FATT_JOBB",
        "startDato": "2022-02-25",
        "sluttDato": "2022-05-20",
    }
    assert row(lesing, "deltakelsesmengde") == {
        "deltakelseId": ID,
        "gyldigFra": "2022-02-25",
        "deltakelsesprosent": "50",
        "dagerPerUke": "3",
    }


def test_the_place_of_a_row_is_its_number_or_its_line(lever: Any, ident: str) -> None:
    to = record(ident, id="c" + ID[1:])
    assert lever(as_list(record(ident), to), PROFIL).tabeller["deltakelse"]["_rad"].tolist() == [1, 2]
    linjer = as_lines(personalia(ident)) + b"\n" + as_lines(record(ident), to)
    assert lever(linjer, PROFIL).tabeller["deltakelse"]["_rad"].tolist() == [3, 4]


def test_while_it_runs_the_end_is_the_one_to_come_and_there_is_no_reason(lever: Any, ident: str) -> None:
    status = {"type": "DELTAR", "tekst": "Deltar", "aarsak": {"type": None, "beskrivelse": None}}
    rad = row(lever(as_list(record(ident, status=status)), PROFIL), "deltakelse")
    assert (rad["sluttDato"], rad.get("aarsak")) == ("2022-05-20", None)


def test_a_reason_in_own_words_is_kept_and_the_code_s_own_text_is_not(lever: Any, ident: str) -> None:
    for beskrivelse, ventet in (("Flyttet til et annet sted", "Flyttet til et annet sted"), ("Annet", None)):
        status = record(ident)["status"] | {"aarsak": {"type": "ANNET", "beskrivelse": beskrivelse}}
        rad = row(lever(as_list(record(ident, status=status)), PROFIL), "deltakelse")
        assert (rad["aarsak"], rad.get("aarsakBeskrivelse")) == ("ANNET", ventet)


def test_the_forms_that_nav_has_had_before_say_the_same(lever: Any, ident: str) -> None:
    """The first DeltakerEksternV1Dto, and deltaker-v1."""
    i_dag = lever(as_list(record(ident)), PROFIL)
    forste = record(ident)
    status = forste.pop("status")
    forste["status"] = {
        "statusType": status["type"],
        "statusTekst": status["tekst"],
        "aarsakType": status["aarsak"]["type"],
        "aarsakBeskrivelse": status["aarsak"]["beskrivelse"],
        "opprettetTidspunkt": status["opprettetTidspunkt"],
    }
    forste["innhold"]["innhold"] = forste["innhold"].pop("valgtInnhold")
    v1 = record(ident, registrertDato=forste.pop("registrertTidspunkt"), endretDato=forste["endretTidspunkt"])
    del v1["registrertTidspunkt"], v1["endretTidspunkt"]
    v1 |= {"dagerPerUke": 3, "prosentStilling": 50.0}
    v1["status"] = {
        "type": "HAR_SLUTTET",
        "statusTekst": "Har sluttet",
        "aarsak": "FATT_JOBB",
        "aarsakTekst": "Fått jobb",
        "opprettetDato": status["opprettetTidspunkt"],
    }
    (mengde,) = v1["deltakelsesmengder"]
    v1["deltakelsesmengder"] = [
        {**mengde, "gyldigFra": mengde["gyldigFraDato"], "opprettet": mengde["opprettetTidspunkt"]}
    ]
    del v1["deltakelsesmengder"][0]["gyldigFraDato"], v1["deltakelsesmengder"][0]["opprettetTidspunkt"]
    for tidligere in (forste, v1):
        lesing = lever(as_list(tidligere), PROFIL)
        assert lesing.avvik == ()
        assert the_same(lesing, i_dag)


def test_nav_s_misspellings_and_arena_s_codes_are_read_one_way(lever: Any, ident: str) -> None:
    koder = kodeverk("tiltakskode")
    for skrevet, ventet in (
        ("ARBFORB", "ARBEIDSFORBEREDENDE_TRENING"),
        ("VASV", "VARIG_TILRETTELAGT_ARBEID_SKJERMET"),
        ("GRUPPE_ARBEIDSMARKEDSPPLAERING", "GRUPPE_ARBEIDSMARKEDSOPPLAERING"),
        ("MIDLERTIDIG_LONNSTILSKUDD", "MIDLERTIDIG_LONNSTLSKUDD"),
        # Arena's own JOBBKLUBB is another tiltak than NAV's code of that name, and its code for that one is JOBBK.
        ("JOBBKLUBB", "JOBBKLUBB"),
        ("JOBBK", "JOBBKLUBB"),
    ):
        assert row(lever(as_list(record(ident, tiltakskode=skrevet)), PROFIL), "deltakelse")["tiltakskode"] == ventet
        assert ventet in koder.koder
    for arena in ("ARBFORB", "VASV", "JOBBK"):
        assert arena not in koder.koder
    lesing = lever(as_list(record(ident, tiltakskode="GRUPPEAMX")), PROFIL)
    assert lesing.problemer["kode"].tolist() == ["UKJENT_KODE"]


def test_the_person_of_two_deltakelser_is_one(lever: Any, ident: str) -> None:
    andre = "a" + ID[1:]
    lesing = lever(
        as_list(record(ident), record(ident, id=andre), personalia(ident), personalia(ident, deltakerId=andre)), PROFIL
    )
    assert lesing.tabeller["deltaker"]["deltakerId"].tolist() == [andre]
    assert lesing.tabeller["deltakelse"]["deltakerId"].tolist() == [andre, andre]


@pytest.mark.parametrize(
    ("endret", "ventet"),
    [
        ({"adressebeskyttelse": "STRENGT_FORTROLIG"}, "STRENGT_FORTROLIG"),
        ({"adressebeskyttelse": "FORTROLIG", "erSkjermet": True}, "FORTROLIG"),
        ({"erSkjermet": True}, "SKJERMET"),
        ({}, "UGRADERT"),
    ],
)
def test_who_is_protected(lever: Any, ident: str, endret: dict[str, Any], ventet: str) -> None:
    lesing = lever(as_list(record(ident), personalia(ident, **endret)), PROFIL)
    assert row(lesing, "deltaker")["adressebeskyttelse"] == ventet


def test_without_personalia_nobody_is_said_to_be_unprotected_and_no_name_is_made_up(lever: Any, ident: str) -> None:
    rad = row(lever(as_list(record(ident)), PROFIL), "deltaker")
    assert rad == {"deltakerId": ID, "personident": ident, "navEnhet": "1438", "navVeileder": "Z994161"}


def test_personalia_of_another_person_give_no_name(lever: Any, ident: str) -> None:
    annen = "41" + ident[2:]
    assert "fornavn" not in row(lever(as_list(record(ident), personalia(annen)), PROFIL), "deltaker")


def test_a_field_that_nobody_knows_is_told_and_searched(lever: Any, regler: Any, ident: str) -> None:
    assert regler(lever(as_list(record(ident, diagnose="x")), PROFIL)) == ["FIL009"]
    assert regler(lever(as_list(record(ident, notat=f"gjelder {ident}")), PROFIL)) == ["FIL018"]
    dypt = record(ident)
    dypt["status"]["aarsak"]["mer"] = {"enda": {"mer": 1}}
    assert regler(lever(as_list(dypt), PROFIL)) == ["FIL009"]


def test_a_sender_without_a_profile_for_it_is_told(lever: Any, regler: Any, ident: str) -> None:
    assert "FIL018" in regler(lever(as_list(record(ident))))


@pytest.mark.parametrize(
    "data",
    [
        b'[{"gjennomforingId": "x", "personIdent": "y"}, null]',
        b'[{"gjennomforingId": "x", "personIdent": "y"}, 7]',
        b'[{"gjennomforingId": "x", "personIdent": "y", "deltakelsesmengder": {"a": 1}}]',
        b'[{"gjennomforingId": "x", "personIdent": "y", "deltakelsesmengder": [1]}]',
        b'[{"gjennomforingId": "x", "personIdent": "y"}',
        b'[{"gjennomforingId": "x", "personIdent": "y", "personIdent": "z"}]',
    ],
)
def test_what_is_no_list_of_records_is_refused(lever: Any, regler: Any, data: bytes) -> None:
    assert regler(lever(data, PROFIL)) == ["FIL002"]


def test_how_the_door_knows_them(ident: str) -> None:
    def kind(data: bytes) -> Filtype:
        return inspect(data, "fil", standardgrenser(), MOTTATT.date())

    post = record(ident)
    assert kind(as_list(post)) is Filtype.AMT_LISTE
    assert kind(as_list(personalia(ident), post)) is Filtype.AMT_LISTE
    assert kind(as_lines(post, post)) is Filtype.AMT_LINJER
    assert kind(as_lines(post)) is Filtype.AMT_LINJER
    assert kind(as_lines(post).decode().encode("utf-16")) is Filtype.AMT_LINJER
    # What has the same words, and is the sender's own.
    assert kind(b'[{"id": 1, "navn": "x"}]') is Filtype.UKJENT
    assert kind(json.dumps({"poster": [post]}).encode()) is Filtype.JSON
    assert kind(as_lines({"tabell": "deltaker", **post}, {"tabell": "deltaker", **post})) is Filtype.JSONL


def test_every_other_name_leads_to_a_field_that_is_read_or_declared_unused() -> None:
    felter = read_portdata("amtfelter")
    assert set(marks()) <= set(record("x"))
    kjente = {"status.type", "status.tekst", "status.aarsak.type", "status.aarsak.beskrivelse", "innhold.valgtInnhold"}
    assert set(felter["deltaker"]) <= kjente | {"status.opprettetTidspunkt", "registrertTidspunkt", "endretTidspunkt"}
