"""Obligations, as a table that a domain expert can extend, and the calendar edges of each."""

from datetime import date
from typing import Any

import pytest

from schemas.regelverk import Regelverk, alle_regelverk
from schemas.regelverk import regelverk as find_regelverk
from transforms.forpliktelser import (
    Forpliktelse,
    Forpliktelsesstatus,
    Forpliktelsestype,
    Oppfylt,
    forpliktelser,
    is_no_show,
)
from transforms.poster import Deltakelsespost

AFT = "ARBEIDSFORBEREDENDE_TRENING"


def gjeldende(dato: date) -> Regelverk:
    return find_regelverk(AFT, dato)


def post(_tabeller: dict[str, Any] | None = None, **deltakelse: Any) -> Deltakelsespost:
    rad = {"deltakelseId": "D1", "deltakerId": "P1", "tiltakskode": AFT, "status": "DELTAR", **deltakelse}
    return Deltakelsespost({"deltaker": {"deltakerId": "P1"}, "deltakelse": rad, **(_tabeller or {})})


def plikter(sak: Deltakelsespost, dato: str, **ekstra: Any) -> dict[str, Forpliktelse]:
    svar = forpliktelser(sak, gjeldende, date.fromisoformat(dato), **ekstra)
    return {plikt.type + (str(plikt.n) if plikt.n else ""): plikt for plikt in svar}


@pytest.mark.parametrize(
    ("start", "slutt", "plikt", "frist"),
    [
        ("2026-03-02", None, "OPPSTARTSAMTALE", "2026-03-09"),
        ("2026-03-02", None, "PLAN", "2026-03-30"),
        ("2026-03-02", None, "HOSPITERING", "2026-06-22"),
        ("2026-01-31", None, "PERIODERAPPORT1", "2026-04-30"),
        ("2026-01-31", None, "PERIODERAPPORT2", "2026-07-31"),
        ("2024-02-29", None, "PERIODERAPPORT4", "2025-02-28"),
        ("2026-03-02", "2026-12-20", "SLUTTRAPPORT", "2027-01-03"),
        ("2026-03-02", "2026-12-20", "SLETTING", "2027-03-14"),
        ("2023-12-01", "2023-12-06", "SLETTING", "2024-02-28"),  # 84 days into a leap February
        ("2026-02-01", None, "PLAN", "2026-03-01"),  # February has 28 days
    ],
)
def test_deadlines(start: str, slutt: str | None, plikt: str, frist: str) -> None:
    sak = post(startDato=start, **({"sluttDato": slutt} if slutt else {}))
    assert plikter(sak, "2026-03-01" if start > "2025" else start)[plikt].frist == date.fromisoformat(frist)


@pytest.mark.parametrize(
    ("bestilling", "frist"),
    [
        ({"bestillingMottatt": "2026-02-16"}, "2026-02-19"),
        ({"bestillingSendt": "2026-02-13", "bestillingMottatt": "2026-02-16"}, "2026-02-18"),
        ({"bestillingMottatt": "2026-03-31"}, "2026-04-08"),  # over Easter
    ],
)
def test_confirmation_of_the_order(bestilling: dict[str, str], frist: str) -> None:
    assert plikter(post(**bestilling), "2026-02-16")["BEKREFT_BESTILLING"].frist == date.fromisoformat(frist)


@pytest.mark.parametrize(
    ("dato", "status"),
    [
        ("2026-03-22", "KOMMENDE"),  # eight days before
        ("2026-03-23", "SNART"),  # seven days before
        ("2026-03-30", "SNART"),  # the last day in time
        ("2026-03-31", "FORFALT"),  # the first day late
    ],
)
def test_status_by_the_day(dato: str, status: str) -> None:
    assert plikter(post(startDato="2026-03-02"), dato)["PLAN"].status == status


@pytest.mark.parametrize(
    ("klar", "sendt", "status"),
    [
        ("2026-03-30", "2026-03-30", "LEVERT_I_TIDE"),
        ("2026-03-31", "2026-03-31", "LEVERT_FOR_SENT"),
        ("2026-03-30", "2026-04-01", "LEVERT_I_TIDE"),  # complete in time, sent two working days later
        ("2026-03-30", "2026-04-07", "LEVERT_FOR_SENT"),  # three working days later, over Easter
        ("2026-03-20", "2026-03-30", "LEVERT_I_TIDE"),  # long under way but sent by the deadline
    ],
)
def test_in_time_is_complete_by_the_deadline_and_sent_within_two_working_days(
    klar: str, sendt: str, status: str
) -> None:
    oppfylt = {(Forpliktelsestype.PLAN, None): Oppfylt(date.fromisoformat(klar), date.fromisoformat(sendt))}
    assert plikter(post(startDato="2026-03-02"), "2026-05-01", oppfylt=oppfylt)["PLAN"].status == status


@pytest.mark.parametrize(
    ("klar", "dato", "status"),
    [
        ("2026-03-30", "2026-03-30", "SNART"),
        ("2026-03-30", "2026-04-01", "SNART"),  # two working days on: still in time if it is sent today
        ("2026-03-30", "2026-04-02", "FORFALT"),
        ("2026-03-20", "2026-03-31", "FORFALT"),  # complete long ago, and not sent
        ("2026-03-31", "2026-03-31", "FORFALT"),  # complete too late
    ],
)
def test_what_was_complete_and_waits_to_be_sent_is_not_late_before_it_is(klar: str, dato: str, status: str) -> None:
    underveis = {(Forpliktelsestype.PLAN, None): date.fromisoformat(klar)}
    assert plikter(post(startDato="2026-03-02"), dato, underveis=underveis)["PLAN"].status == status


@pytest.mark.parametrize(
    ("slutt", "status"),
    [
        ("2026-03-29", "BORTFALT"),  # ends the day before the plan is due
        ("2026-03-30", "FORFALT"),  # ends on the deadline day: owed (U10)
        ("2026-03-31", "FORFALT"),
    ],
)
def test_an_end_before_the_deadline_cancels_the_plan(slutt: str, status: str) -> None:
    sak = post(startDato="2026-03-02", sluttDato=slutt, status="HAR_SLUTTET")
    assert plikter(sak, "2026-04-20")["PLAN"].status == status


@pytest.mark.parametrize(
    ("slutt", "sist", "status"),
    [
        ("2026-06-01", None, None),  # the day before the third month: no perioderapport at all
        ("2026-06-02", 1, "BORTFALT"),  # ends on it: the sluttrapport takes over
        ("2026-06-03", 1, "FORFALT"),
        ("2026-09-03", 2, "FORFALT"),
    ],
)
def test_perioderapporter_run_until_the_end(slutt: str, sist: int | None, status: str | None) -> None:
    svar = plikter(post(startDato="2026-03-02", sluttDato=slutt, status="HAR_SLUTTET"), "2026-12-01")
    numre = [plikt.n for plikt in svar.values() if plikt.type == "PERIODERAPPORT"]
    assert (max(n for n in numre if n) if numre else None) == sist
    if sist:
        assert svar[f"PERIODERAPPORT{sist}"].status == status


def test_without_an_end_they_run_twelve_months_ahead_and_never_stop() -> None:
    svar = plikter(post(startDato="2020-01-15"), "2026-01-15")
    assert svar["PERIODERAPPORT28"].frist == date(2027, 1, 15)
    assert "PERIODERAPPORT29" not in svar


def test_a_later_start_moves_everything() -> None:
    tidlig, sen = (plikter(post(startDato=start), "2026-03-02") for start in ("2026-03-02", "2026-03-12"))
    assert {navn: (sen[navn].frist - plikt.frist).days for navn, plikt in tidlig.items() if plikt.n is None} == {
        "OPPSTARTSAMTALE": 10,
        "PLAN": 10,
        "HOSPITERING": 10,
    }


@pytest.mark.parametrize(
    ("deltakelse", "tabeller", "ventet"),
    [
        ({"startDato": "2026-04-07", "sluttDato": "2026-04-07"}, {}, True),
        ({"startDato": "2026-04-07", "sluttDato": "2026-04-08"}, {}, False),
        ({"startDato": "2026-04-07"}, {"sluttvurdering": [{"resultat": "MOTTE_IKKE_VED_OPPSTART"}]}, True),
        ({"startDato": "2026-04-07", "aarsak": "IKKE_MOTT", "sluttDato": "2026-06-01"}, {}, True),
        (
            {"startDato": "2026-04-07", "aarsak": "IKKE_MOTT", "sluttDato": "2026-06-01"},
            {"oppfolging": [{"dato": "2026-04-08", "deltok": ["DELTAKER"]}]},
            False,
        ),
        (
            {"startDato": "2026-04-07", "aarsak": "IKKE_MOTT", "sluttDato": "2026-06-01"},
            {"oppfolging": [{"dato": "2026-04-07", "deltok": ["DELTAKER"]}]},  # on the day itself is not after
            True,
        ),
        (
            {"startDato": "2026-04-07", "aarsak": "IKKE_MOTT", "sluttDato": "2026-06-01"},
            {"oppfolging": [{"dato": "2026-04-08", "deltok": ["NAV"]}]},  # a talk without the deltaker
            True,
        ),
        (
            {"startDato": "2026-04-07", "aarsak": "IKKE_MOTT", "sluttDato": "2026-06-01"},
            {"aktivitet": [{"fraDato": "2026-04-20"}]},
            False,
        ),
    ],
)
def test_no_show(deltakelse: dict[str, str], tabeller: dict[str, Any], ventet: bool) -> None:
    assert is_no_show(post(tabeller, status="HAR_SLUTTET", **deltakelse)) is ventet


def test_a_no_show_owes_a_sluttrapport_only() -> None:
    """Worked example 10 of the rule catalogue."""
    sak = post(
        {"sluttvurdering": [{"resultat": "MOTTE_IKKE_VED_OPPSTART"}]},
        status="HAR_SLUTTET",
        aarsak="IKKE_MOTT",
        startDato="2026-04-07",
        sluttDato="2026-04-07",
    )
    svar = plikter(sak, "2026-05-20")
    apne = {navn for navn, plikt in svar.items() if plikt.status is not Forpliktelsesstatus.BORTFALT}
    assert apne == {"SLUTTRAPPORT", "SLETTING"}


def test_nothing_is_owed_before_the_sender_reports_from_here() -> None:
    sak = post(startDato="2026-03-02", bestillingMottatt="2026-02-10")
    svar = plikter(sak, "2026-06-02", rapporterer_fra=date(2026, 6, 2))
    assert {navn for navn, plikt in svar.items() if plikt.grunn == "TIDLIGERE_LEVERT"} == {
        "BEKREFT_BESTILLING",
        "OPPSTARTSAMTALE",
        "PLAN",
    }
    assert svar["PERIODERAPPORT1"].status is Forpliktelsesstatus.SNART  # due on the very day
    assert not [plikt for plikt in svar.values() if plikt.status is Forpliktelsesstatus.FORFALT]


def test_what_was_late_before_the_sender_reports_from_here_is_not_held_against_it() -> None:
    sak = post(startDato="2026-03-02", oppstartsamtale="2026-03-30")
    assert plikter(sak, "2026-06-02")["OPPSTARTSAMTALE"].status == "LEVERT_FOR_SENT"
    svar = plikter(sak, "2026-06-02", rapporterer_fra=date(2026, 3, 10))
    assert (svar["OPPSTARTSAMTALE"].status, svar["OPPSTARTSAMTALE"].grunn) == ("BORTFALT", "TIDLIGERE_LEVERT")
    assert plikter(sak, "2026-06-02", rapporterer_fra=date(2026, 3, 9))["OPPSTARTSAMTALE"].status == "LEVERT_FOR_SENT"


@pytest.mark.parametrize(
    ("tidligere", "rapporterer_fra", "status", "grunn"),
    [
        ([], date(2026, 3, 20), "BORTFALT", "TIDLIGERE_LEVERT"),
        ([{"dokumenttype": "PLAN", "levert": "2026-03-31"}], date(2026, 3, 30), "LEVERT_FOR_SENT", None),
        ([{"dokumenttype": "PLAN", "levert": "2026-03-31"}], date(2026, 3, 31), "BORTFALT", "TIDLIGERE_LEVERT"),
    ],
)
def test_a_text_finished_before_the_sender_reports_from_here(
    tidligere: list[dict[str, str]], rapporterer_fra: date, status: str, grunn: str | None
) -> None:
    """The plan is due on 30 March. A day of delivery says more, but not about what was due before the sender began."""
    sak = post({"tidligereLevert": tidligere}, startDato="2026-03-02")
    plan = (Forpliktelsestype.PLAN, None)
    svar = plikter(sak, "2026-06-02", rapporterer_fra=rapporterer_fra, levert_utenom={plan})["PLAN"]
    assert (svar.status, svar.grunn) == (status, grunn)


def test_deletion_is_owed_whenever_the_sender_began() -> None:
    sak = post(startDato="2025-01-06", sluttDato="2025-06-30", status="HAR_SLUTTET")
    assert plikter(sak, "2026-06-02", rapporterer_fra=date(2026, 6, 2))["SLETTING"].status == "FORFALT"


def test_what_nav_already_has_is_delivered() -> None:
    tidligere = [
        {"dokumenttype": "PLAN", "levert": "2026-03-30"},
        {"dokumenttype": "PERIODERAPPORT", "nummer": 1, "levert": "2026-06-05"},
    ]
    svar = plikter(post({"tidligereLevert": tidligere}, startDato="2026-03-02"), "2026-07-01")
    assert svar["PLAN"].status == "LEVERT_I_TIDE"
    assert svar["PERIODERAPPORT1"].status == "LEVERT_FOR_SENT"


@pytest.mark.parametrize(
    ("tabeller", "status", "grunn"),
    [
        ({}, "FORFALT", None),
        ({"aktivitet": [{"arena": "ORDINAER", "fraDato": "2026-06-22"}]}, "LEVERT_I_TIDE", None),
        ({"aktivitet": [{"arena": "ORDINAER", "fraDato": "2026-06-23"}]}, "LEVERT_FOR_SENT", None),
        ({"aktivitet": [{"arena": "INTERN", "fraDato": "2026-05-01"}]}, "FORFALT", None),
        ({"unntak": [{"type": "UTPROVING"}]}, "BORTFALT", "UNNTAK"),
        ({"vurdering": [{"grunnIkkeOrdinaer": "IKKE_KLAR", "ferdigstilt": "2026-06-01"}]}, "BORTFALT", "UNNTAK"),
        ({"vurdering": [{"grunnIkkeOrdinaer": "IKKE_KLAR"}]}, "FORFALT", None),  # a draft is no reason
    ],
)
def test_ordinary_working_life_within_sixteen_weeks(tabeller: dict[str, Any], status: str, grunn: str | None) -> None:
    plikt = plikter(post(tabeller, startDato="2026-03-02"), "2026-07-01")["HOSPITERING"]
    assert (plikt.status, plikt.grunn) == (status, grunn)


@pytest.mark.parametrize(
    ("status", "start", "typer"),
    [
        ("VENTER_PA_OPPSTART", "2026-03-02", {"OPPSTARTSAMTALE", "PLAN", "HOSPITERING"}),
        ("VENTER_PA_OPPSTART", "2026-02-28", set()),  # the start passed and nobody began: DAT004 says so
        ("SOKT_INN", "2026-03-02", set()),
        ("IKKE_AKTUELL", "2026-03-02", {"SLETTING"}),
        ("FEILREGISTRERT", "2026-03-02", {"SLETTING"}),
    ],
)
def test_only_who_takes_part_owes(status: str, start: str, typer: set[str]) -> None:
    sak = post(status=status, startDato=start, statusGyldigFra="2026-02-27")
    svar = plikter(sak, "2026-03-01")
    assert {plikt.type for plikt in svar.values() if plikt.type != "PERIODERAPPORT"} == typer


@pytest.mark.parametrize(
    ("avtalt", "status"), [("2026-08-30", "LEVERT_I_TIDE"), ("2026-08-31", "LEVERT_FOR_SENT"), (None, "FORFALT")]
)
def test_an_extension_is_reported_before_the_end_it_extends(avtalt: str | None, status: str) -> None:
    rader = [
        {"nySluttDato": "2026-08-31", "avtaltMedNav": "2026-05-01"},
        {"nySluttDato": "2026-12-31", **({"avtaltMedNav": avtalt} if avtalt else {})},
    ]
    svar = plikter(post({"forlengelse": rader}, startDato="2026-03-02", sluttDato="2026-12-31"), "2026-09-15")
    assert "FORLENGELSE1" not in svar
    assert (svar["FORLENGELSE2"].frist, svar["FORLENGELSE2"].status) == (date(2026, 8, 30), status)


@pytest.mark.parametrize(
    ("til", "trukket", "finnes"),
    [
        ("2026-12-31", None, True),
        ("2026-12-30", None, True),
        ("2026-12-29", None, False),
        ("2027-01-31", "2026-12-30", False),
    ],
)
def test_etterrapport_needs_an_avtale_and_a_consent_that_holds(til: str, trukket: str | None, finnes: bool) -> None:
    sak = post(
        {"avtale": {"varigResultatmaal": 85}}, startDato="2026-01-05", sluttDato="2026-06-30", status="HAR_SLUTTET"
    )
    samtykke = {"gitt": "2026-06-30", "gyldigTil": til, **({"trukket": trukket} if trukket else {})}
    svar = plikter(sak, "2026-07-01", samtykker=[samtykke])
    assert ("ETTERRAPPORT" in svar) is finnes
    if finnes:
        assert svar["ETTERRAPPORT"].frist == date(2026, 12, 30)


def duties_of(
    tiltakskode: str, dato: str, *, avtale: dict[str, Any] | None = None, **deltakelse: Any
) -> dict[str, str]:
    """The deadlines of a deltakelse on another tiltak, deletion aside."""
    sak = post({"avtale": avtale} if avtale else {}, tiltakskode=tiltakskode, **deltakelse)
    svar = forpliktelser(sak, lambda dag: find_regelverk(tiltakskode, dag), date.fromisoformat(dato))
    return {
        f"{plikt.type}{plikt.n or ''}": plikt.frist.isoformat()
        for plikt in svar
        if plikt.type is not Forpliktelsestype.SLETTING
    }


@pytest.mark.parametrize(
    "tiltakskode",
    ["VARIG_TILRETTELAGT_ARBEID_SKJERMET", "AVKLARING", "OPPFOLGING", "ARBEIDSRETTET_REHABILITERING"],
)
def test_a_tiltak_that_the_sources_are_silent_on_owes_no_report(tiltakskode: str) -> None:
    sak = {"startDato": "2026-01-31", "sluttDato": "2026-12-20", "bestillingMottatt": "2026-01-12"}
    assert duties_of(tiltakskode, "2026-02-01", **sak) == {}


def test_arbeidstrening_owes_status_at_3_6_9_12_months_and_nothing_at_15() -> None:
    sak = {"startDato": "2026-01-31", "sluttDato": "2027-07-29"}
    frister = duties_of("ARBEIDSTRENING", "2026-02-01", avtale={"rapportering": "ARRANGOR"}, **sak)
    assert frister == {
        "PERIODERAPPORT1": "2026-04-30",
        "PERIODERAPPORT2": "2026-07-31",
        "PERIODERAPPORT3": "2026-10-31",
        "PERIODERAPPORT4": "2027-01-31",
        "SLUTTRAPPORT": "2027-08-12",
    }


@pytest.mark.parametrize(
    "avtale", [{"rapportering": "ARBEIDSGIVER"}, {"rapportering": "INGEN"}, {"avtaleId": "V1"}, None]
)
def test_arbeidstrening_owes_nothing_where_another_reports(avtale: dict[str, Any] | None) -> None:
    assert (
        duties_of("ARBEIDSTRENING", "2026-02-01", avtale=avtale, startDato="2026-01-31", sluttDato="2026-12-20") == {}
    )


@pytest.mark.parametrize("tiltakskode", ["SUPPORTED_EMPLOYMENT", "KVALIFISERINGSPROGRAM"])
def test_supported_employment_owes_the_handlingsplan_after_six_weeks(tiltakskode: str) -> None:
    frister = duties_of(tiltakskode, "2026-03-02", startDato="2026-03-02", sluttDato="2026-08-31")
    assert frister == {"PLAN": "2026-04-13", "SLUTTRAPPORT": "2026-09-14"}


@pytest.mark.parametrize("versjon", alle_regelverk(), ids=lambda versjon: versjon.versjon)
def test_every_tiltak_is_deleted_by_day_84(versjon: Regelverk) -> None:
    sak = post(tiltakskode=versjon.tiltakskode, status="HAR_SLUTTET", startDato="2026-03-02", sluttDato="2026-12-20")
    svar = forpliktelser(sak, lambda _: versjon, date(2026, 12, 21))
    assert [plikt.frist for plikt in svar if plikt.type is Forpliktelsestype.SLETTING] == [date(2027, 3, 14)]
