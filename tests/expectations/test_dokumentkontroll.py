"""The rules of level DOKUMENT over stored records."""

from dataclasses import replace
from typing import Any

import pytest

from expectations import Dokumentsak, evaluate_document, evaluate_documents
from schemas.avvik import Alvorlighet
from transforms.poster import Deltakelsespost


def rules(avvik: Any) -> list[tuple[str, str | None]]:
    """Rule and column of each deviation."""
    return [(a.regelId, a.kolonne) for a in avvik]


def with_rows(post: Deltakelsespost, tabell: str, rader: list[dict[str, Any]]) -> Deltakelsespost:
    """The record with other rows in one table."""
    return Deltakelsespost({**post.innhold, tabell: rader})


@pytest.fixture
def sak(kjoring: Any) -> Any:
    """Asks about one document on the base case's day, from the base case's sender."""
    innsendt = kjoring.innsendt({})

    def ask(
        post: Deltakelsespost, dokumenttype: str, nummer: int | None = None, **avsender: Any
    ) -> list[tuple[str, str | None]]:
        fra = replace(innsendt.avsender, **avsender)
        return rules(evaluate_document(post, dokumenttype, nummer, asof=kjoring.asof({}), avsender=fra))

    return ask


def test_complete_documents_have_no_deviation(kjoring: Any, sak: Any) -> None:
    assert sak(kjoring.post("L1"), "PLAN", 1) == []
    assert sak(kjoring.post("L1"), "PERIODERAPPORT", 1) == []
    assert sak(kjoring.post("L2"), "SLUTTRAPPORT") == []


def test_only_the_rules_of_the_document_type_are_asked(kjoring: Any, sak: Any) -> None:
    post = kjoring.post("L1", {"endre": {"plan": {1: {"hensikt": ""}}, "vurdering": {1: {"anbefaling": ""}}}})
    assert sak(post, "PLAN", 1) == [("PLA001", "hensikt")]
    assert sak(post, "PERIODERAPPORT", 1) == [("PER001", "anbefaling")]


def test_only_the_text_of_the_document_is_asked(kjoring: Any, sak: Any) -> None:
    post = kjoring.post("L1")
    (plan,) = post.rader("plan")
    ny = {**plan, "versjon": 2, "ferdigstilt": "2026-03-02", "hensikt": ""}
    begge = with_rows(post, "plan", [dict(plan), ny])
    assert sak(begge, "PLAN", 1) == []
    assert sak(begge, "PLAN", 2) == [("PLA001", "hensikt")]
    assert sak(begge, "PLAN", None) == [("PLA001", "hensikt")], "None is the latest finished text"


def test_a_report_without_its_own_number_is_counted_in_time(kjoring: Any, sak: Any) -> None:
    post = kjoring.post("L1")
    (forste,) = ({k: v for k, v in rad.items() if k != "nummer"} for rad in post.rader("vurdering"))
    andre = {**forste, "vurderingId": "U2", "periodeFra": "2026-04-13", "periodeTil": "2026-05-15", "nestePeriode": ""}
    andre = {**andre, "statusOgFramdrift": ""}
    begge = with_rows(post, "vurdering", [andre, forste])
    assert sak(begge, "PERIODERAPPORT", 1) == []
    assert sak(begge, "PERIODERAPPORT", 2) == [("PER001", "statusOgFramdrift"), ("PER011", "nestePeriode")]


@pytest.mark.parametrize("dokumenttype", ["PLAN", "PERIODERAPPORT"])
def test_a_protected_person_holds_every_document(kjoring: Any, sak: Any, dokumenttype: str) -> None:
    post = kjoring.post("L1", {"endre": {"deltaker": {1: {"adressebeskyttelse": "FORTROLIG"}}}})
    assert sak(post, dokumenttype, 1) == [("PII006", "adressebeskyttelse")]


def test_a_stored_person_who_is_strictly_protected_holds_every_document(kjoring: Any, sak: Any) -> None:
    post = kjoring.post("L1", {"endre": {"deltaker": {1: {"adressebeskyttelse": "STRENGT_FORTROLIG"}}}})
    assert sak(post, "PLAN", 1) == [("PII006", "adressebeskyttelse")]


def test_unknown_protection_holds_unless_the_sender_has_a_routine(kjoring: Any, sak: Any) -> None:
    post = kjoring.post("L1", {"endre": {"deltaker": {1: {"adressebeskyttelse": ""}}}})
    assert sak(post, "PLAN", 1) == [("PII012", "adressebeskyttelse")]
    assert sak(post, "PLAN", 1, adressebeskyttelse_rutine="Vi spør Nav-kontoret ved oppstart.") == []


def test_many_documents_at_once_say_what_each_says_alone(kjoring: Any) -> None:
    innsendt = kjoring.innsendt({})
    uten_jobb = kjoring.post("L2", {"fjern": {"arbeidsforhold": "ALLE"}})
    uten_mal = kjoring.post("L1", {"endre": {"plan": {1: {"yrkesmal": ""}}}, "fjern": {"mal": [1]}})
    saker = [
        Dokumentsak(kjoring.post("L2"), "SLUTTRAPPORT", None, innsendt.avsender),
        Dokumentsak(uten_jobb, "SLUTTRAPPORT", None, innsendt.avsender),
        Dokumentsak(kjoring.post("L1"), "PLAN", 1, innsendt.avsender),
        Dokumentsak(uten_mal, "PLAN", 1, innsendt.avsender),
    ]
    svar = evaluate_documents(saker, asof=kjoring.asof({}))
    assert [rules(avvik) for avvik in svar] == [[], [("SLU003", "resultat")], [], [("PLA001", "yrkesmal")]]


def test_a_deviation_of_a_document_names_no_row_of_a_file(kjoring: Any) -> None:
    post = kjoring.post("L1", {"endre": {"plan": {1: {"hensikt": ""}}}})
    (avvik,) = evaluate_document(post, "PLAN", 1, asof=kjoring.asof({}), avsender=kjoring.innsendt({}).avsender)
    assert (avvik.rad, avvik.post, avvik.nokkel, avvik.alvorlighet) == (None, None, "L1", Alvorlighet.FEIL)


def test_no_document_is_no_deviation(kjoring: Any) -> None:
    assert evaluate_documents([], asof=kjoring.asof({})) == ()
