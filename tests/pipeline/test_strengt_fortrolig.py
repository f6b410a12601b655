"""A strictly protected person in a drop: refused, not stored, and the file is gone from the store at once."""

import logging
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest

from tests.pipeline.conftest import Linje
from tests.pipeline.saker import AVSENDER, document, make_ident, running
from tiltaksflyt.pipeline import besvaring
from tiltaksflyt.pipeline.forsok import AvsendereFeilet
from tiltaksflyt.retention.sveip import make_naler, search_tree

DAG = date(2026, 3, 2)
NAVN, TELEFON = "Kanarinavn", "41234567"


@pytest.fixture
def linje(egen_linje: Linje) -> Linje:
    return egen_linje


def drop(dag: date, **beskyttet: str) -> dict[str, Any]:
    innhold = document(dag, [running(1, date(2026, 2, 10)), running(2, date(2026, 2, 10))])
    innhold["deltaker"][0] |= {"etternavn": NAVN, "telefonnummer": TELEFON, **beskyttet}
    samtykke = {
        "samtykkeId": "S1",
        "deltakerId": "P1",
        "deltakelseId": "D1",
        "formaal": "OPPFOLGING_6_MND",
        "tekstversjon": "2026-1",
        "gitt": DAG.isoformat(),
        "gyldigTil": (DAG + timedelta(days=120)).isoformat(),
    }
    return innhold | {"samtykke": [samtykke]}


def traces(linje: Linje) -> list[str]:
    """Every place in any store of the deployment that has the person's name or number."""
    naler = [nal for verdi in (NAVN, TELEFON, make_ident(1)) for nal in make_naler(verdi)]
    return [treff.sti for lager in linje.anlegg.lagre if lager.exists() for treff in search_tree(lager, naler)]


def raw_objects(linje: Linje) -> list[str]:
    versjoner = [versjon.nokkel for versjon in linje.om.storage.list_versions()]
    return [nokkel for nokkel in versjoner if not nokkel.startswith("utboks/")]


@pytest.mark.parametrize("beskyttet", [{"adressebeskyttelse": "STRENGT_FORTROLIG"}, {"navEnhet": "2103"}])
def test_nothing_of_the_person_is_left_and_the_others_are_received(
    linje: Linje, beskyttet: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    linje.receive(drop(DAG))
    linje.run("rapportering")
    assert linje.om.ledger.deltakelser.find_ref(AVSENDER, "D1")
    assert len(linje.om.ledger.samtykker.list()) == 1
    linje.on(DAG + timedelta(days=1))
    with caplog.at_level(logging.INFO):
        antall = linje.receive(drop(DAG + timedelta(days=1), **beskyttet))
    assert antall["strengtFortrolig"] == 1
    assert raw_objects(linje) == []
    assert traces(linje) == []
    assert linje.om.ledger.deltakelser.find_ref(AVSENDER, "D1") is None
    assert linje.om.ledger.deltakelser.find_ref(AVSENDER, "D2")
    assert linje.om.ledger.innsendinger.held() == ()
    assert linje.om.ledger.samtykker.list() == ()
    bevis = [ett.values() for ett in linje.om.ledger.bevis.entries()]
    assert [(ett["art"], ett["grunn"]) for ett in bevis] == [
        ("SAMTYKKE", "STRENGT_FORTROLIG"),
        ("SLETTING", "STRENGT_FORTROLIG"),
    ]
    (avvik,) = [ett for ett in linje.answer()["avvik"] if ett["regelId"] == "PII011"]
    assert "kan ikke sendes denne veien" in avvik["melding"]
    assert "STRENGT_FORTROLIG" in caplog.text
    for spor in (NAVN, make_ident(1), "Fornavn1", "P1", "D1"):
        assert spor not in caplog.text, spor


def test_the_file_is_erased_also_where_the_answer_cannot_be_written(
    linje: Linje, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(besvaring, "render_files", fail)
    with suppress(AvsendereFeilet):
        linje.receive(drop(DAG, adressebeskyttelse="STRENGT_FORTROLIG_UTLAND"))
    assert raw_objects(linje) == []
    assert traces(linje) == []
    monkeypatch.undo()
    linje.drop(drop(DAG, adressebeskyttelse="STRENGT_FORTROLIG_UTLAND"), "prove/eksport.json")
    linje.run("mottak")
    assert raw_objects(linje) == []
    assert traces(linje) == []
