"""What operators hold, let go and send again: with whom, why, and nobody's name."""

from datetime import timedelta

import pytest

from tests.pipeline.drift.conftest import NA, Drift
from tests.pipeline.saker import AVSENDER, ENHET, make_ident
from tiltaksflyt.delivery import Kanalkode, SendOutcome
from tiltaksflyt.ledger import Forsendelsestilstand, Leveransetilstand, Statuskode
from tiltaksflyt.pipeline import driftsinngrep, kvittering, levering, mottak, rapportering
from tiltaksflyt.pipeline.driftsinngrep import Inngrep, cancel, hold, make_inngrep, release, resend
from tiltaksflyt.pipeline.feil import Bruksfeil

SENERE = NA + timedelta(hours=2)
KARI = Inngrep("Kari", "Avklares med mottakeren.", NA)
OLA = Inngrep("Ola", "Avklart.", SENERE)


@pytest.mark.parametrize(("av", "grunn"), [("", "g"), ("Kari", " "), ("  ", "g")])
def test_who_and_why_are_both_said(av: str, grunn: str) -> None:
    with pytest.raises(Bruksfeil, match="who and why"):
        make_inngrep(av, grunn, NA)


@pytest.mark.parametrize("skrevet", ["gjelder {}", "{}", "nr {0[0]}{0[1]}", "{0[0]} {0[1]}", "{0[0]}\u200b{0[1]}"])
def test_a_reason_that_holds_a_personident_is_refused_and_not_repeated(skrevet: str) -> None:
    ident = make_ident(7)
    tekst = skrevet.format((ident[:6], ident[6:])) if "[" in skrevet else skrevet.format(ident)
    for av, grunn in (("Kari", tekst), (tekst, "g")):
        with pytest.raises(Bruksfeil, match="personident") as feil:
            make_inngrep(av, grunn, NA)
        assert ident[6:] not in str(feil.value)


@pytest.mark.parametrize(("gjelder", "verdi"), [("MOTTAKER", ENHET), ("KANAL", "sftp"), ("STEG", "levering")])
def test_what_is_held_is_not_sent_until_it_is_let_go(drift: Drift, gjelder: str, verdi: str) -> None:
    leveranse_id = drift.make_package()
    assert hold(drift.om, gjelder, verdi, KARI) == ()
    assert drift.choose(NA) == []
    assert drift.send(leveranse_id, NA) == "IKKE_FORFALT"
    with pytest.raises(Bruksfeil, match="held already"):
        hold(drift.om, gjelder, verdi, OLA)
    assert release(drift.om, gjelder, verdi, OLA) == ()
    assert drift.choose(SENERE) == [leveranse_id]
    with pytest.raises(Bruksfeil, match="not held"):
        release(drift.om, gjelder, verdi, OLA)
    hendelser = drift.om.ledger.hendelser.about_no_one(["STANSET", "STANS_OPPHEVET"])
    assert [(h.type, h.innhold["av"], h.innhold["grunn"], h.tid) for h in hendelser] == [
        ("STANSET", "Kari", "Avklares med mottakeren.", NA),
        ("STANS_OPPHEVET", "Ola", "Avklart.", SENERE),
    ]


def test_one_delivery_is_held_and_the_others_go(drift: Drift) -> None:
    holdt, fri = drift.make_package(), drift.make_package()
    hold(drift.om, "LEVERANSE", holdt, KARI)
    assert drift.choose(NA) == [fri]
    assert drift.send(holdt, NA) == "IKKE_FORFALT"
    assert drift.send(fri, NA) == "OVERFORT"
    with pytest.raises(Bruksfeil, match="has left"):
        hold(drift.om, "LEVERANSE", fri, KARI)
    release(drift.om, "LEVERANSE", holdt, OLA)
    assert drift.send(holdt, NA) == "OVERFORT"


def test_a_document_is_held_before_it_is_gathered(drift: Drift) -> None:
    melding_id, annen = drift.make_document(), drift.make_document()
    hold(drift.om, "DOKUMENT", melding_id, KARI)
    (leveranse_id,) = drift.choose(NA)
    (med,) = drift.om.ledger.dokumenter.forsendelser(leveranse_id=leveranse_id)
    assert med.melding_id == annen
    (holdt,) = drift.om.ledger.dokumenter.forsendelser(tilstand=Forsendelsestilstand.HOLDT)
    assert (holdt.melding_id, holdt.statuskode) == (melding_id, Statuskode.HOLDT_AV_PERSON)
    with pytest.raises(Bruksfeil, match="does not wait"):
        hold(drift.om, "DOKUMENT", annen, KARI)
    release(drift.om, "DOKUMENT", melding_id, OLA)
    with pytest.raises(Bruksfeil, match="no person holds"):
        release(drift.om, "DOKUMENT", melding_id, OLA)
    hendelser = drift.om.ledger.hendelser.for_deltakelse(holdt.ref)
    assert [(h.type, h.innhold["av"]) for h in hendelser] == [("DOKUMENT_HOLDT", "Kari"), ("DOKUMENT_SLUPPET", "Ola")]


def test_what_a_rule_holds_no_operator_lets_go(drift: Drift) -> None:
    melding_id = drift.make_document()
    drift.om.ledger.dokumenter.hold(melding_id, Statuskode.ADRESSEBESKYTTELSE)
    with pytest.raises(Bruksfeil, match="no person holds"):
        release(drift.om, "DOKUMENT", melding_id, KARI)
    (rad,) = drift.om.ledger.dokumenter.forsendelser()
    assert rad.tilstand is Forsendelsestilstand.HOLDT


def test_a_senders_documents_are_gathered_no_more_and_what_is_gathered_is_named(drift: Drift) -> None:
    samlet, sendt = drift.make_package(), drift.make_package()
    drift.send(sendt, NA)
    drift.make_document()
    assert hold(drift.om, "AVSENDER", AVSENDER, KARI) == (samlet,)
    assert drift.choose(NA) == [samlet]
    release(drift.om, "AVSENDER", AVSENDER, OLA)
    assert len(drift.choose(NA)) == 2


@pytest.mark.parametrize(
    ("gjelder", "verdi"),
    [
        ("LEVERANSE", "finnes-ikke"),
        ("DOKUMENT", "finnes-ikke"),
        ("MOTTAKER", "9799"),
        ("KANAL", "brevdue"),
        ("AVSENDER", "999999999"),
        ("STEG", "sletting"),
        ("STEG", "frister"),
        ("STEG", "vedlikehold"),
        ("STEG", "lunsj"),
    ],
)
def test_what_is_not_there_cannot_be_held(drift: Drift, gjelder: str, verdi: str) -> None:
    """Nor can what no one may postpone: deadlines and deletion."""
    with pytest.raises(Bruksfeil):
        hold(drift.om, gjelder, verdi, KARI)
    assert drift.om.ledger.stanser.active() == ()


def test_a_held_step_does_nothing(drift: Drift) -> None:
    drift.make_document()
    for steg in driftsinngrep.HOLDBARE_STEG:
        hold(drift.om, "STEG", steg, KARI)
    assert rapportering.due_senders(drift.om, NA.date()) == []
    assert mottak.find_ready(drift.om, NA) == []
    assert levering.choose(drift.om, NA.date(), NA) == []
    assert drift.om.ledger.leveranser.list() == ()  # nor is anything gathered
    assert kvittering.collect(drift.om, NA) == {}
    assert drift.kanal.henting == 0
    for steg in driftsinngrep.HOLDBARE_STEG:
        release(drift.om, "STEG", steg, OLA)
    assert rapportering.due_senders(drift.om, NA.date()) == [AVSENDER]
    kvittering.collect(drift.om, NA)
    assert drift.kanal.henting == 1


def test_mottak_that_is_held_leaves_the_inbox_alone(drift: Drift) -> None:
    nokkel = f"innboks/{AVSENDER}/holdt.json"
    drift.om.storage.put_once(nokkel, b"{}", "application/json")
    try:
        stille = drift.om.storage.look(nokkel).sist_endret + timedelta(minutes=1)  # type: ignore[union-attr]
        assert mottak.find_ready(drift.om, stille) == [AVSENDER]
        hold(drift.om, "STEG", "mottak", KARI)
        assert mottak.find_ready(drift.om, stille) == []
    finally:
        drift.om.storage.delete(nokkel)


def test_what_stopped_is_tried_again_at_once(drift: Drift) -> None:
    leveranse_id = drift.make_package()
    drift.kanal.svar.append(SendOutcome(Kanalkode.MAPPE_MANGLER))
    drift.send(leveranse_id, NA)
    assert drift.choose(SENERE) == []
    rad = resend(drift.om, leveranse_id, OLA)
    assert (rad.tilstand, rad.statuskode) == (Leveransetilstand.OPPRETTET, Statuskode.PROVES_IGJEN)
    assert drift.choose(SENERE) == [leveranse_id]
    (hendelse,) = drift.om.ledger.hendelser.about_no_one(["LEVERANSE_PROVES_IGJEN"])
    assert (hendelse.innhold["verdi"], hendelse.innhold["av"]) == (leveranse_id, "Ola")
    with pytest.raises(Bruksfeil, match="what has stopped"):
        resend(drift.om, leveranse_id, OLA)
    assert len(drift.om.ledger.hendelser.about_no_one(["LEVERANSE_PROVES_IGJEN"])) == 1


def test_what_was_never_answered_is_sent_again_as_it_lies_stored(ekte: Drift) -> None:
    """Over the receiver's own server. A package made anew would have another hash, and be refused as PAKKE_ENDRET."""
    leveranse_id = ekte.make_package()
    assert ekte.send(leveranse_id, NA) == "OVERFORT"
    sha256 = ekte.om.ledger.leveranser.get(leveranse_id).sha256
    resend(ekte.om, leveranse_id, OLA)
    (dokument,) = ekte.om.ledger.dokumenter.forsendelser(leveranse_id=leveranse_id)
    assert dokument.tilstand is Forsendelsestilstand.SENDT
    assert ekte.send(leveranse_id, SENERE) in ("OVERFORT", "FINNES_ALLEREDE")
    rad = ekte.om.ledger.leveranser.get(leveranse_id)
    assert (rad.tilstand, rad.sha256, rad.forsok) == (Leveransetilstand.MOTTATT, sha256, 3)


def test_what_is_given_up_goes_in_a_new_package(drift: Drift) -> None:
    leveranse_id = drift.make_package()
    drift.kanal.svar.append(SendOutcome(Kanalkode.MAPPE_MANGLER))
    drift.send(leveranse_id, NA)
    (foer,) = drift.om.ledger.dokumenter.forsendelser(leveranse_id=leveranse_id)
    cancel(drift.om, leveranse_id, OLA)
    rad = drift.om.ledger.leveranser.get(leveranse_id)
    assert (rad.tilstand, rad.statuskode, rad.pakke) == (
        Leveransetilstand.AVLYST,
        Statuskode.AVLYST_AV_PERSON,
        None,
    )
    assert not list(drift.om.storage.list_versions(f"pakker/{leveranse_id}"))
    (ny,) = drift.choose(SENERE)
    assert ny != leveranse_id
    assert [ett.melding_id for ett in drift.om.ledger.dokumenter.forsendelser(leveranse_id=ny)] == [foer.melding_id]
    (hendelse,) = drift.om.ledger.hendelser.about_no_one(["LEVERANSE_AVLYST"])
    assert (hendelse.innhold["verdi"], hendelse.innhold["av"]) == (leveranse_id, "Ola")
    with pytest.raises(Bruksfeil, match="only what waits or has stopped"):
        cancel(drift.om, leveranse_id, OLA)


def test_what_has_arrived_is_not_given_up(drift: Drift) -> None:
    leveranse_id = drift.make_package()
    drift.send(leveranse_id, NA)
    with pytest.raises(Bruksfeil, match="corrected by a new version"):
        cancel(drift.om, leveranse_id, OLA)
    with pytest.raises(Bruksfeil, match="no such delivery"):
        cancel(drift.om, "finnes-ikke", OLA)


def test_a_delivery_that_is_not_there_cannot_be_sent_again(drift: Drift) -> None:
    with pytest.raises(Bruksfeil, match="no such delivery"):
        resend(drift.om, "finnes-ikke", OLA)
