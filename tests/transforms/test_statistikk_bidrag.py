"""What one ended deltakelse adds to the statistics, as a table that a domain expert can extend."""

from datetime import date
from typing import Any

import pytest

from schemas.statistikk import Telling
from transforms.kvartal import Kvartal, UgyldigKvartal
from transforms.poster import Deltakelsespost
from transforms.statistikk_bidrag import Bidrag, contribution, ended_on, is_resumed

AFT = "ARBEIDSFORBEREDENDE_TRENING"
DATO = date(2026, 6, 30)
FYLKER = {"9703": "03", "9711": "11"}
A, U, N = {"ARBEID": 1}, {"UTDANNING": 1}, {"ALDRI_MOTT": 1}
FAST = [{"art": "ARBEID", "ansettelsesform": "FAST", "fraDato": "2026-04-01"}]


def post(resultat: str | None = None, tabeller: dict[str, Any] | None = None, **deltakelse: Any) -> Deltakelsespost:
    rad = {
        "deltakelseId": "D1",
        "tiltakskode": AFT,
        "status": "HAR_SLUTTET",
        "startDato": "2025-09-01",
        "sluttDato": "2026-03-31",
    }
    sluttvurdering = [{"resultat": resultat, "ferdigstilt": "2026-04-02"}] if resultat else []
    innhold = {"deltaker": {"navEnhet": "9703"}, "deltakelse": rad | deltakelse, "sluttvurdering": sluttvurdering}
    return Deltakelsespost(innhold | (tabeller or {}))


def add(sak: Deltakelsespost, plikter: list[tuple[str, str]] | None = None) -> Bidrag:
    bidrag = contribution(sak, DATO, plikter or [], FYLKER)
    assert bidrag is not None
    return bidrag


@pytest.mark.parametrize(
    ("sak", "teller"),
    [
        (post("ARBEID"), A),
        (post("ARBEID", {"arbeidsforhold": FAST}), {**A, "ARBEID_FAST": 1}),
        (post("ARBEID", {"arbeidsforhold": [FAST[0] | {"ansettelsesform": "MIDLERTIDIG"}]}), A),
        (post("ARBEID", {"arbeidsforhold": [FAST[0] | {"tilDato": "2026-03-30"}]}), A),  # over before the end
        (post("ARBEID", {"arbeidsforhold": [FAST[0] | {"tilDato": "2026-03-31"}]}), {**A, "ARBEID_FAST": 1}),
        (post("UTDANNING", {"arbeidsforhold": FAST}), U),
        (post("TILTAKSPERIODEN_OVERSKREDET"), {}),
        (post("SLUTTET_A_MOTE"), {}),  # came, and stopped coming
        (post("MOTTE_IKKE_VED_OPPSTART"), N),
        (post("ARBEID", startDato="2026-03-31"), N),  # never took part: the tiltak did not lead to the job
        (post(None), {}),  # nothing reported: ended, and no result
        (post(None, aarsak="FATT_JOBB"), {}),  # the reason is not the sluttrapport's result
        (post(None, {"sluttvurdering": [{"resultat": "ARBEID"}]}), {}),  # a draft is not reported
        (post(None, status="IKKE_AKTUELL", aarsak="IKKE_MOTT", statusGyldigFra="2026-03-31"), N),
        (post("AVKLART_UFOR", status="FULLFORT"), {}),
        (post("ARBEID", status="AVBRUTT"), A),
    ],
)
def test_the_result_of_one(sak: Deltakelsespost, teller: dict[str, int]) -> None:
    assert add(sak) == Bidrag("03", AFT, Kvartal(2026, 1), {"AVSLUTTET": 1, **teller})


@pytest.mark.parametrize(
    "sak",
    [
        post(status="DELTAR"),
        post(status="FEILREGISTRERT", statusGyldigFra="2026-03-31"),
        post(status="IKKE_AKTUELL", aarsak="FATT_JOBB", statusGyldigFra="2026-03-31"),
        post(status="VENTELISTE"),
        post(sluttDato="2026-07-01"),  # the day after
        post(sluttDato=None),
    ],
)
def test_what_has_not_ended_or_never_began_adds_nothing(sak: Deltakelsespost) -> None:
    assert contribution(sak, DATO, [], FYLKER) is None


@pytest.mark.parametrize(("slutt", "kvartal"), [("2026-03-31", "2026-1"), ("2026-04-01", "2026-2")])
def test_it_counts_in_the_quarter_it_ended(slutt: str, kvartal: str) -> None:
    assert str(add(post(sluttDato=slutt)).kvartal) == kvartal
    assert ended_on(post(sluttDato=slutt), date.fromisoformat(slutt)) == date.fromisoformat(slutt)


def test_the_fylke_is_the_avtales_then_the_nav_enhets_then_unknown() -> None:
    assert add(post(tabeller={"avtale": {"fylke": "39"}})).fylke == "39"
    assert add(post(tabeller={"avtale": {"avtaleId": "A1"}})).fylke == "03"
    assert add(post(tabeller={"deltaker": {"navEnhet": "0000"}})).fylke == ""


def test_deadlines_that_were_due_count_kept_or_not() -> None:
    plikter = [
        ("PLAN", "LEVERT_I_TIDE"),
        ("PERIODERAPPORT", "LEVERT_FOR_SENT"),
        ("PERIODERAPPORT", "LEVERT_I_TIDE"),
        ("PERIODERAPPORT", "BORTFALT"),
        ("SLUTTRAPPORT", "FORFALT"),
        ("SLETTING", "FORFALT"),
        ("OPPSTARTSAMTALE", "FORFALT"),
    ]
    tall = add(post("ANNET"), plikter).tellinger
    assert tall == {
        Telling.AVSLUTTET: 1,
        Telling.PLAN_SKYLDT: 1,
        Telling.PLAN_I_TIDE: 1,
        Telling.PERIODERAPPORT_SKYLDT: 2,
        Telling.PERIODERAPPORT_I_TIDE: 1,
        Telling.SLUTTRAPPORT_SKYLDT: 1,
    }
    assert add(post("ANNET"), [("SLUTTRAPPORT", "SNART"), ("PLAN", "KOMMENDE")]).tellinger == {Telling.AVSLUTTET: 1}


def test_one_who_never_came_is_owed_a_sluttrapport_only() -> None:
    plikter = [("PLAN", "LEVERT_I_TIDE"), ("SLUTTRAPPORT", "LEVERT_I_TIDE")]
    assert set(add(post("MOTTE_IKKE_VED_OPPSTART"), plikter).tellinger) == {
        Telling.AVSLUTTET,
        Telling.ALDRI_MOTT,
        Telling.SLUTTRAPPORT_SKYLDT,
        Telling.SLUTTRAPPORT_I_TIDE,
    }


@pytest.mark.parametrize(
    ("kode", "start", "samme"),
    [
        (AFT, "2026-03-31", True),
        (AFT, "2026-05-30", True),  # 31 March + 2 months = 31 May: the day before it
        (AFT, "2026-05-31", False),  # a break of two months makes a new løp
        (AFT, "2026-03-30", False),  # began before the end: not what came after
        ("AVKLARING", "2026-04-15", False),
        (AFT, None, False),
    ],
)
def test_a_short_break_is_the_same_lop(kode: str, start: str | None, samme: bool) -> None:
    andre = [(kode, date.fromisoformat(start) if start else None)]
    assert is_resumed(date(2026, 3, 31), AFT, andre, 2) is samme


def test_quarters_in_the_order_of_time() -> None:
    assert Kvartal.parse("2026-1").back(4) == (
        Kvartal(2025, 2),
        Kvartal(2025, 3),
        Kvartal(2025, 4),
        Kvartal(2026, 1),
    )
    assert (Kvartal(2026, 4).forste_dag, Kvartal(2026, 4).siste_dag) == (date(2026, 10, 1), date(2026, 12, 31))
    assert Kvartal(2025, 4).plus(1) == Kvartal(2026, 1)


@pytest.mark.parametrize("tekst", ["2026", "2026-0", "2026-5", "26-1", "2026-12", "2026Q3", "", "²026-1"])
def test_what_is_no_quarter_is_refused(tekst: str) -> None:
    with pytest.raises(UgyldigKvartal, match="YYYY-N"):
        Kvartal.parse(tekst)
