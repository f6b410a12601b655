"""Versions of documents: random ids, frozen content, and the state of each towards each recipient."""

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select, text

from tiltaksflyt.ledger import (
    Forsendelsestilstand,
    IkkeFunnet,
    LedgerFeil,
    Leveransetilstand,
    NyForsendelse,
    Statuskode,
    UlovligOvergang,
    Utfall,
)
from tiltaksflyt.ledger.tabeller import dokument

NA = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
I_DAG = date(2026, 3, 2)
T = Forsendelsestilstand


def _tilstander(ledger: Any, ref: str) -> dict[int, Forsendelsestilstand]:
    return {f.versjon: f.tilstand for f in ledger.dokumenter.forsendelser(ref=ref)}


def _send(ledger: Any, *melding_ider: str, mottaker: str = "0315") -> str:
    leveranse = ledger.leveranser.create(mottaker, "sftp", "v", melding_ider, now=NA)
    leie = ledger.leveranser.take_lease(leveranse.leveranse_id, now=NA, until=NA)
    ledger.leveranser.record(leie, Utfall(Leveransetilstand.MOTTATT, Statuskode.OVERFORT, tid=NA, dato=I_DAG))
    return str(leveranse.leveranse_id)


def test_the_first_version_gets_random_ids_and_its_content_back(ledger: Any, store: Any, build_document: Any) -> None:
    ref = store(ledger)
    plass = build_document(ledger, ref)
    for egen in (plass.dokument_id, plass.melding_id, ref):
        assert uuid.UUID(egen).version == 4
    assert (plass.versjon, plass.erstatter) == (1, None)
    assert ledger.dokumenter.read(plass.melding_id)["meldingId"] == plass.melding_id
    rad = ledger.dokumenter.latest(ref, "PLAN", 1)
    assert (rad.melding_id, rad.klar_dato, rad.bygget) == (plass.melding_id, I_DAG, NA)
    assert ledger.dokumenter.latest(ref, "PLAN", 2) is None
    assert ledger.dokumenter.get(plass.melding_id) == rad


def test_the_ground_of_a_version_says_whether_a_new_one_is_due(
    ledger: Any, store: Any, build_document: Any, kanari: Any
) -> None:
    ref = store(ledger)
    grunnlag = {"hensikt": kanari.fritekst}
    assert not ledger.dokumenter.unchanged(ref, "PLAN", 1, grunnlag)
    build_document(ledger, ref)
    assert ledger.dokumenter.unchanged(ref, "PLAN", 1, grunnlag)
    assert not ledger.dokumenter.unchanged(ref, "PLAN", 1, grunnlag | {"annet": 1})
    assert not ledger.dokumenter.unchanged(ref, "PLAN", 2, grunnlag)
    build_document(ledger, ref, tekst="!")
    assert not ledger.dokumenter.unchanged(ref, "PLAN", 1, grunnlag)  # it is the newest that counts


def test_the_same_ground_has_another_fingerprint_for_another_deltakelse(
    ledger: Any, store: Any, build_document: Any
) -> None:
    for nr in ("-1", "-2"):
        build_document(ledger, store(ledger, nr))
    with ledger.database.read() as conn:
        assert len(set(conn.scalars(select(dokument.c.avtrykk)))) == 2


def test_a_version_that_was_not_sent_is_replaced_in_silence(ledger: Any, store: Any, build_document: Any) -> None:
    ref = store(ledger)
    forste = build_document(ledger, ref, tekst="1")
    andre = build_document(ledger, ref, tekst="2")
    assert (andre.versjon, andre.dokument_id) == (2, forste.dokument_id)
    assert andre.erstatter is None  # nobody has the first one
    assert _tilstander(ledger, ref) == {1: T.ERSTATTET, 2: T.KLAR}


def test_a_version_that_was_sent_is_named_and_replaced_when_the_new_one_is_sent(
    ledger: Any, store: Any, build_document: Any
) -> None:
    ref = store(ledger)
    forste = build_document(ledger, ref, tekst="1")
    _send(ledger, forste.melding_id)
    andre = build_document(ledger, ref, tekst="2")
    assert andre.erstatter == forste.melding_id
    assert _tilstander(ledger, ref) == {1: T.SENDT, 2: T.KLAR}
    _send(ledger, andre.melding_id)
    assert _tilstander(ledger, ref) == {1: T.ERSTATTET, 2: T.SENDT}
    assert [d.versjon for d in ledger.dokumenter.list(ref)] == [1, 2]


def test_a_version_that_came_back_unopened_does_not_hide_the_one_before(
    ledger: Any, store: Any, build_document: Any
) -> None:
    ref = store(ledger)
    forste = build_document(ledger, ref, tekst="1")
    _send(ledger, forste.melding_id)
    leveranse_id = _send(ledger, build_document(ledger, ref, tekst="2").melding_id)
    ledger.leveranser.expire(leveranse_id)
    tredje = build_document(ledger, ref, tekst="3")
    assert tredje.erstatter == forste.melding_id
    assert _tilstander(ledger, ref) == {1: T.ERSTATTET, 2: T.ERSTATTET, 3: T.KLAR}


def test_two_builders_of_the_same_version_write_one(ledger: Any, store: Any) -> None:
    ref = store(ledger)
    a, b = ledger.dokumenter.reserve(ref, "PLAN", 1), ledger.dokumenter.reserve(ref, "PLAN", 1)
    felles = {"grunnlag": {}, "forsendelser": [NyForsendelse("0315")], "klar_dato": I_DAG, "bygget": NA}
    assert ledger.dokumenter.add(a, {"nr": 1}, **felles)
    assert not ledger.dokumenter.add(b, {"nr": 2}, **felles)
    assert not ledger.dokumenter.add(a, {"nr": 1}, **felles)
    (rad,) = ledger.dokumenter.list(ref)
    assert ledger.dokumenter.read(rad.melding_id) == {"nr": 1}


def test_a_version_is_built_anew_when_what_it_replaces_has_left_meanwhile(
    ledger: Any, store: Any, build_document: Any
) -> None:
    ref = store(ledger)
    forste = build_document(ledger, ref, tekst="1")
    plass = ledger.dokumenter.reserve(ref, "PLAN", 1)
    assert plass.erstatter is None
    _send(ledger, forste.melding_id)
    felles = {"grunnlag": {}, "forsendelser": [NyForsendelse("0315")], "klar_dato": I_DAG, "bygget": NA}
    assert not ledger.dokumenter.add(plass, {}, **felles)
    assert ledger.dokumenter.add(replace(plass, erstatter=forste.melding_id), {}, **felles)


def test_each_recipient_has_its_own_message_of_the_same_content(ledger: Any, store: Any, build_document: Any) -> None:
    ref = store(ledger)
    plass = build_document(
        ledger, ref, "MELDING_AVSLUTNING", forsendelser=[NyForsendelse("0315"), NyForsendelse("1100")]
    )
    forste, andre = ledger.dokumenter.forsendelser(ref=ref)
    assert {forste.mottaker: forste.melding_id}["0315"] == plass.melding_id
    assert andre.melding_id != plass.melding_id
    assert ledger.dokumenter.read(andre.melding_id) == ledger.dokumenter.read(plass.melding_id)
    assert ledger.dokumenter.get(andre.melding_id).melding_id == plass.melding_id
    _send(ledger, plass.melding_id, andre.melding_id)  # each goes to its own recipient only
    assert {f.mottaker: f.tilstand for f in ledger.dokumenter.forsendelser(ref=ref)} == {
        "0315": T.SENDT,
        "1100": T.KLAR,
    }


def test_drafts_and_held_documents_wait_for_a_person(ledger: Any, store: Any, build_document: Any) -> None:
    ref = store(ledger)
    utkast = NyForsendelse("0315", T.UTKAST, Statuskode.VENTER_GODKJENNING)
    melding_id = build_document(ledger, ref, forsendelser=[utkast]).melding_id
    assert ledger.leveranser.create("0315", "sftp", "v", [melding_id], now=NA) is None
    ledger.dokumenter.approve(melding_id)
    assert _tilstander(ledger, ref) == {1: T.KLAR}
    ledger.dokumenter.hold(melding_id, Statuskode.ADRESSEBESKYTTELSE)
    (holdt,) = ledger.dokumenter.forsendelser(tilstand=T.HOLDT)
    assert (holdt.melding_id, holdt.statuskode) == (melding_id, Statuskode.ADRESSEBESKYTTELSE)
    assert ledger.oversikt(NA).holdt == 1
    assert ledger.leveranser.create("0315", "sftp", "v", [melding_id], now=NA) is None
    ledger.dokumenter.release(melding_id)
    _send(ledger, melding_id)
    for flytt in (
        lambda: ledger.dokumenter.approve(melding_id),
        lambda: ledger.dokumenter.release(melding_id),
        lambda: ledger.dokumenter.hold(melding_id, Statuskode.HOLDT_AV_PERSON),
    ):
        with pytest.raises(UlovligOvergang):
            flytt()


def test_only_what_has_not_left_is_withdrawn(ledger: Any, store: Any, build_document: Any) -> None:
    ref = store(ledger)
    _send(ledger, build_document(ledger, ref, "PLAN").melding_id)
    build_document(ledger, ref, "PERIODERAPPORT")
    pa_vei = build_document(ledger, ref, "SLUTTRAPPORT").melding_id
    ledger.leveranser.create("0315", "sftp", "v", [pa_vei], now=NA)

    def withdraw(type_: str) -> int:
        plass = ledger.dokumenter.reserve(ref, type_, 1)
        return int(ledger.dokumenter.withdraw(plass, Statuskode.FEILREGISTRERT))

    assert [withdraw(type_) for type_ in ("PLAN", "PERIODERAPPORT", "SLUTTRAPPORT", "PERIODERAPPORT")] == [0, 1, 0, 0]
    assert {f.type: f.tilstand for f in ledger.dokumenter.forsendelser(ref=ref)} == {
        "PLAN": T.SENDT,
        "PERIODERAPPORT": T.TILBAKEKALT,
        "SLUTTRAPPORT": T.I_LEVERANSE,
    }


def test_a_withdrawn_document_is_due_again_when_it_stands_after_all(
    ledger: Any, store: Any, build_document: Any, kanari: Any
) -> None:
    ref = store(ledger)
    build_document(ledger, ref, "PLAN")
    grunnlag = {"hensikt": kanari.fritekst}
    forste = ledger.dokumenter.unchanged(ref, "PLAN", 1, grunnlag)
    ledger.dokumenter.withdraw(ledger.dokumenter.reserve(ref, "PLAN", 1), Statuskode.FEILREGISTRERT)
    assert (forste, ledger.dokumenter.unchanged(ref, "PLAN", 1, grunnlag)) == (True, False)


def test_the_facts_of_each_version_are_there_for_the_obligations(ledger: Any, store: Any, build_document: Any) -> None:
    ref, tom = store(ledger, "-1"), store(ledger, "-2")
    _send(ledger, build_document(ledger, ref, tekst="1").melding_id)
    build_document(ledger, ref, tekst="2")
    build_document(ledger, ref, "PERIODERAPPORT", 2)
    fakta = ledger.dokumenter.facts([ref, tom])
    assert fakta[tom] == ()
    assert [(f.type, f.nummer, f.versjon, f.tilstand, f.sendt_dato) for f in fakta[ref]] == [
        ("PERIODERAPPORT", 2, 1, T.KLAR, None),
        ("PLAN", 1, 1, T.SENDT, I_DAG),
        ("PLAN", 1, 2, T.KLAR, None),
    ]


def test_an_unknown_document_is_told(ledger: Any) -> None:
    for kall in (ledger.dokumenter.get, ledger.dokumenter.read):
        with pytest.raises(IkkeFunnet):
            kall("finnes-ikke")
    assert not ledger.dokumenter.unchanged("finnes-ikke", "PLAN", 1, {})
    assert ledger.dokumenter.read_many(["finnes-ikke"]) == {}


def test_the_database_itself_refuses_a_state_that_is_not_drawn(ledger: Any, store: Any, build_document: Any) -> None:
    build_document(ledger, store(ledger))
    with pytest.raises(LedgerFeil, match="LEDGER_BRUDD"), ledger.database.write() as conn:
        conn.execute(text("UPDATE forsendelse SET tilstand = 'PÅ_VEI'"))
