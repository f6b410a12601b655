"""Versions of documents: random ids, frozen content, and the state of each towards each recipient."""

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select, text

from tests.ledger.conftest import AVSENDER
from tiltaksflyt.ledger import (
    Forsendelsestilstand,
    IkkeFunnet,
    LedgerFeil,
    Leveransetilstand,
    NyForsendelse,
    Statuskode,
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
    assert ledger.dokumenter.approve(melding_id)
    assert _tilstander(ledger, ref) == {1: T.KLAR}
    assert ledger.dokumenter.hold(melding_id, Statuskode.ADRESSEBESKYTTELSE)
    (holdt,) = ledger.dokumenter.forsendelser(tilstand=T.HOLDT)
    assert (holdt.melding_id, holdt.statuskode) == (melding_id, Statuskode.ADRESSEBESKYTTELSE)
    assert ledger.oversikt(NA).holdt == 1
    assert ledger.leveranser.create("0315", "sftp", "v", [melding_id], now=NA) is None
    assert not ledger.dokumenter.release(melding_id, Statuskode.STANSET_AV_ARRANGOR)
    assert _tilstander(ledger, ref) == {1: T.HOLDT}
    assert ledger.dokumenter.release(melding_id, Statuskode.ADRESSEBESKYTTELSE)
    _send(ledger, melding_id)
    assert not ledger.dokumenter.approve(melding_id)
    assert not ledger.dokumenter.release(melding_id, Statuskode.ADRESSEBESKYTTELSE)
    assert not ledger.dokumenter.hold(melding_id, Statuskode.HOLDT_AV_PERSON)
    assert _tilstander(ledger, ref) == {1: T.SENDT}


def test_a_version_moves_as_a_whole_and_only_where_it_has_not_left(
    ledger: Any, store: Any, build_document: Any
) -> None:
    ref = store(ledger)
    to = [NyForsendelse(mottaker, T.UTKAST, Statuskode.VENTER_GODKJENNING) for mottaker in ("0315", "0300")]
    melding_id = build_document(ledger, ref, forsendelser=to).melding_id

    def tilstander() -> dict[str, Forsendelsestilstand]:
        return {f.mottaker: f.tilstand for f in ledger.dokumenter.forsendelser(versjon_av=melding_id)}

    assert (ledger.oversikt(NA).utkast, ledger.oversikt(NA).stanset) == (2, 0)
    assert ledger.dokumenter.hold(melding_id, Statuskode.STANSET_AV_ARRANGOR)
    assert tilstander() == {"0315": T.HOLDT, "0300": T.HOLDT}
    assert (ledger.oversikt(NA).utkast, ledger.oversikt(NA).stanset, ledger.oversikt(NA).holdt) == (0, 2, 2)
    assert ledger.dokumenter.release(melding_id, Statuskode.STANSET_AV_ARRANGOR)
    assert tilstander() == {"0315": T.KLAR, "0300": T.KLAR}
    _send(ledger, melding_id)
    assert ledger.dokumenter.hold(melding_id, Statuskode.STANSET_AV_ARRANGOR)
    assert tilstander() == {"0315": T.SENDT, "0300": T.HOLDT}


def test_a_sender_s_drafts_are_its_own_and_those_that_are_named(ledger: Any, store: Any, build_document: Any) -> None:
    ref = store(ledger)
    to = [NyForsendelse(mottaker, T.UTKAST, Statuskode.VENTER_GODKJENNING) for mottaker in ("0315", "0300")]
    utkast = build_document(ledger, ref, "PLAN", forsendelser=to).melding_id
    klar = build_document(ledger, ref, "SLUTTRAPPORT").melding_id
    assert {m: len(rader) for m, rader in ledger.dokumenter.drafts(AVSENDER).items()} == {utkast: 2}
    assert set(ledger.dokumenter.drafts(AVSENDER, [klar, str(uuid.uuid4())])) == {utkast, klar}
    assert ledger.dokumenter.drafts("310000019", [klar]) == {}
    ledger.dokumenter.approve(utkast)
    assert ledger.dokumenter.drafts(AVSENDER) == {}


def test_what_is_laid_out_is_found_by_its_folder(ledger: Any, store: Any) -> None:
    ref = store(ledger)
    for nokkel in ("u/1/utkast/a", "u/1/utkast/b", "u/1/utkastet", "u/1_utkast/c", "u/11/utkast/d"):
        ledger.utlagte.add(nokkel, AVSENDER, [ref], I_DAG)
    assert ledger.utlagte.under("u/1/utkast/") == ("u/1/utkast/a", "u/1/utkast/b")
    assert ledger.utlagte.under("u/1_") == ("u/1_utkast/c",)
    ledger.utlagte.remove("u/1/utkast/a")
    assert (ledger.utlagte.knows("u/1/utkast/a"), ledger.utlagte.knows("u/1/utkast/b")) == (False, True)


def _two(ledger: Any, ref: str, build_document: Any, tekst: str, *tilstand: Any) -> dict[str, str]:
    """The melding_id of each recipient of a message with a copy."""
    to = [NyForsendelse("0315", *tilstand), NyForsendelse("1100", *tilstand)]
    plass = build_document(ledger, ref, "MELDING_AVSLUTNING", tekst=tekst, forsendelser=to)
    rader = ledger.dokumenter.forsendelser(ref=ref)
    return {rad.mottaker: rad.melding_id for rad in rader if rad.dokument_melding_id == plass.melding_id}


def test_a_copy_replaces_the_copy_that_the_same_recipient_has(ledger: Any, store: Any, build_document: Any) -> None:
    ref = store(ledger)
    forste = _two(ledger, ref, build_document, "1")
    assert ledger.dokumenter.earlier_at_recipient(forste.values()) == {}
    _send(ledger, forste["0315"])
    andre = _two(ledger, ref, build_document, "2")
    # The first copy never left, so the second replaces none.
    assert ledger.dokumenter.earlier_at_recipient(andre.values()) == {andre["0315"]: forste["0315"]}
    assert ledger.leveranser.create("1100", "sftp", "v", [andre["1100"]], now=NA) is None, "its original has not left"
    _send(ledger, andre["0315"])
    _send(ledger, andre["1100"], mottaker="1100")
    tredje = _two(ledger, ref, build_document, "3")
    assert ledger.dokumenter.earlier_at_recipient([tredje["1100"]]) == {tredje["1100"]: andre["1100"]}
    rader = ledger.dokumenter.forsendelser(ref=ref)
    assert {rad.mottaker for rad in rader if rad.er_kopi} == {"1100"}
    # The third has only reached the Nav-kontor; the copy of the second is still with Nav fylke.
    _send(ledger, tredje["0315"])
    assert ledger.dokumenter.recipients(tredje["0315"]) == ("0315", "1100")


def test_what_a_person_decides_holds_for_every_recipient(ledger: Any, store: Any, build_document: Any) -> None:
    ref = store(ledger)
    ider = _two(ledger, ref, build_document, "1", T.UTKAST, Statuskode.VENTER_GODKJENNING)
    steg = (
        (lambda: ledger.dokumenter.approve(ider["0315"]), T.KLAR),
        (lambda: ledger.dokumenter.hold(ider["0315"], Statuskode.HOLDT_AV_PERSON), T.HOLDT),
        (lambda: ledger.dokumenter.release(ider["0315"], Statuskode.HOLDT_AV_PERSON), T.KLAR),
    )
    for flytt, tilstand in steg:
        flytt()
        assert [rad.tilstand for rad in ledger.dokumenter.forsendelser(ref=ref)] == [tilstand, tilstand]
    plass = ledger.dokumenter.reserve(ref, "MELDING_AVSLUTNING", 1)
    assert ledger.dokumenter.withdraw(plass, Statuskode.FEILREGISTRERT) == 2


def test_erasure_takes_the_copy_that_was_not_sent_with_it(ledger: Any, store: Any, build_document: Any) -> None:
    ref = store(ledger)
    ider = _two(ledger, ref, build_document, "1")
    ledger.slettinger.open(ref, ["ledger"], dato=I_DAG, regelverk="AFT-gjeldende")
    assert [rad.tilstand for rad in ledger.dokumenter.forsendelser(ref=ref)] == [T.TILBAKEKALT, T.TILBAKEKALT]
    assert ledger.leveranser.create("1100", "sftp", "v", [ider["1100"]], now=NA) is None


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


def test_nothing_is_withdrawn_when_a_version_left_after_its_place_was_reserved(
    ledger: Any, store: Any, build_document: Any
) -> None:
    ref = store(ledger)
    forste = build_document(ledger, ref, "PLAN")
    plass = ledger.dokumenter.reserve(ref, "PLAN", 1)
    _send(ledger, forste.melding_id)
    build_document(ledger, ref, "PLAN", tekst="2")
    assert ledger.dokumenter.withdraw(plass, Statuskode.FEILREGISTRERT) == 0
    plass = ledger.dokumenter.reserve(ref, "PLAN", 1)
    assert ledger.dokumenter.withdraw(plass, Statuskode.FEILREGISTRERT) == 1
    assert sorted((f.versjon, f.tilstand) for f in ledger.dokumenter.forsendelser(ref=ref)) == [
        (1, T.SENDT),
        (2, T.TILBAKEKALT),
    ]


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
