"""Limits that have been passed are printed as facts. The cases are those of tests/golden."""

from typing import Any

import pytest

from tests.transforms.dokumentsaker import lines, make, record, set_field


def limits(innhold: dict[str, Any], dag: str = "2026-10-16") -> set[str]:
    dokument = make(innhold, "SLUTTRAPPORT" if innhold["deltakelse"].get("sluttDato") else "PLAN", dag=dag)
    return {b["tekst"] for s in dokument["seksjoner"] for b in s["blokker"] if b.get("art") == "GRENSE"}


@pytest.mark.parametrize(
    ("prosent", "venter"),
    [
        (50, set()),
        (49, {"Omfanget var 49 % ved oppstart. Regelverket legger opp til minst 50 %."}),
        (30, {"Omfanget var 30 % ved oppstart. Regelverket legger opp til minst 50 %."}),
        (
            29,
            {
                "Omfanget var 29 % ved oppstart. Regelverket legger opp til minst 50 %.",
                "Omfanget var 29 % fra 2. mars 2026. Det er under gulvet på 30 %.",
            },
        ),
    ],
)
def test_extent_below_the_limits_is_a_fact(prosent: int, venter: set[str]) -> None:
    innhold = record()
    innhold["arbeidsforhold"] = []
    set_field("deltakelsesmengde", deltakelsesprosent=prosent)(innhold)
    assert limits(innhold) == venter


@pytest.mark.parametrize(
    ("slutt", "venter"),
    [
        ("2027-03-02", None),
        ("2027-03-03", "Deltakelsen går til 3. mars 2027. 12 måneder fra oppstart er 2. mars 2027."),
        ("2028-03-03", "Deltakelsen går til 3. mars 2028. 24 måneder fra oppstart er 2. mars 2028."),
        ("2029-03-03", "Deltakelsen går til 3. mars 2029. 36 måneder fra oppstart er 2. mars 2029."),
    ],
)
def test_duration_beyond_a_frame_is_a_fact(slutt: str, venter: str | None) -> None:
    innhold = record()
    innhold["arbeidsforhold"] = []
    set_field("deltakelse", sluttDato=slutt)(innhold)
    set_field("deltakelsesmengde", deltakelsesprosent=100)(innhold)
    assert limits(innhold, dag=slutt) == ({venter} if venter else set())


def test_a_deltakelse_that_goes_on_past_its_plan_is_measured_today() -> None:
    innhold = record()
    innhold["arbeidsforhold"] = []
    del innhold["deltakelse"]["sluttDato"]
    set_field("deltakelsesmengde", deltakelsesprosent=100)(innhold)
    venter = "Deltakelsen pågår per 5. mars 2027. 12 måneder fra oppstart var 2. mars 2027."
    assert limits(innhold, dag="2027-03-05") == {venter}


@pytest.mark.parametrize(
    ("felter", "venter"),
    [
        ({"stillingsprosent": 50}, None),
        (
            {"stillingsprosent": 50.5, "avtaltUnntak": None},
            "Lønnet arbeid og utdanning ved siden av er til sammen 50,5 % fra 12. oktober 2026. Grensen er 50 %.",
        ),
        (
            {"stillingsprosent": 60},
            "Lønnet arbeid og utdanning ved siden av er til sammen 60 % fra 12. oktober 2026. Grensen er 50 %. "
            "Unntak er avtalt med Nav 5. oktober 2026.",
        ),
        (
            {"stillingsprosent": None, "timerPerUke": 30, "avtaltUnntak": None},
            "Lønnet arbeid og utdanning ved siden av er til sammen 80 % fra 12. oktober 2026. Grensen er 50 %.",
        ),
        ({"stillingsprosent": 100, "fraDato": "2026-10-16"}, None),
    ],
)
def test_work_over_the_limit_is_a_fact(felter: dict[str, object], venter: str | None) -> None:
    innhold = record()
    set_field("deltakelsesmengde", deltakelsesprosent=100)(innhold)
    set_field("arbeidsforhold", **felter)(innhold)
    assert limits(innhold) == ({venter} if venter else set())


@pytest.mark.parametrize(
    ("fra", "dag", "venter"),
    [
        ("2026-06-22", "2026-06-23", None),
        (
            "2026-06-23",
            "2026-06-23",
            "Utprøving i ordinært arbeidsliv begynte 23. juni 2026. Fristen var 22. juni 2026.",
        ),
        ("2026-07-01", "2026-06-22", None),
        ("2026-07-01", "2026-06-23", "Utprøving i ordinært arbeidsliv er ikke begynt. Fristen var 22. juni 2026."),
    ],
)
def test_ordinary_work_tried_late_is_a_fact(fra: str, dag: str, venter: str | None) -> None:
    innhold = record()
    innhold["arbeidsforhold"] = []
    del innhold["deltakelse"]["sluttDato"]
    set_field("deltakelsesmengde", deltakelsesprosent=100)(innhold)
    innhold["aktivitet"][2].update(fraDato=fra)
    assert limits(innhold, dag=dag) == ({venter} if venter else set())


def test_passed_limits_are_named_at_the_top() -> None:
    linjer = lines(make(record(), "SLUTTRAPPORT"), "KORT_FORTALT", "kortFortalt")
    assert linjer["grenser"] == "Gjelder omfang, arbeid eller utdanning ved siden av. Se merkede punkter under."
