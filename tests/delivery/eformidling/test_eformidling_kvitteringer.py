"""Receipts through an integrasjonspunkt: ours only, one file each, and there until they are recorded."""

import pytest

from tests.delivery.eformidling.formidlingssak import HALE, MOTTAKER, channel
from tests.motparter.eformidling import LASETID, Eformidling, asic
from tests.motparter.motpart import Svar, Uorden
from tiltaksflyt.delivery import KanalFeil, Kanalkode
from tiltaksflyt.delivery.kanal import MAKS_KVITTERING


def test_receipts_come_and_go(punkt: Eformidling) -> None:
    kanal = channel(punkt)
    assert kanal.collect() == ()
    melding_id = punkt.receipt(b'{"en": "kvittering"}', MOTTAKER)
    (fil,) = kanal.collect()
    assert (fil.navn, fil.innhold) == (melding_id, b'{"en": "kvittering"}')
    # It stays until it is recorded, locked for a while for whoever took it.
    assert kanal.collect() == ()
    punkt.wait(LASETID + HALE)
    assert kanal.collect() == (fil,)
    kanal.discard([fil])
    assert punkt.inn == {}
    kanal.discard([fil])


def test_a_lock_that_ran_out_leaves_the_receipt_for_the_next_run(punkt: Eformidling) -> None:
    kanal = channel(punkt)
    punkt.receipt(b"{}", MOTTAKER)
    filer = kanal.collect()
    punkt.wait(LASETID + HALE)
    kanal.discard(filer)
    assert kanal.collect() == filer
    kanal.discard(filer)
    assert punkt.inn == {}


def test_what_is_not_for_this_recipient_is_neither_fetched_nor_locked(punkt: Eformidling) -> None:
    for valg in (
        {"mottaker": "0316"},
        {"mottaker": MOTTAKER, "fra": "987654321"},
        {"mottaker": MOTTAKER, "type": "no.digdir.avtalt.test.v1"},
        {"mottaker": MOTTAKER, "prosess": "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0"},
    ):
        punkt.receipt(b"{}", **valg)
    assert channel(punkt).collect() == ()
    assert all(melding.last_til is None for melding in punkt.inn.values())
    # The others lie before it in the queue, and stay free for whoever they are for.
    vart = punkt.receipt(b"[]", MOTTAKER)
    assert [fil.innhold for fil in channel(punkt).collect()] == [b"[]"]
    assert [melding_id for melding_id, melding in punkt.inn.items() if melding.last_til] == [vart]
    assert [fil.innhold for fil in channel(punkt, mottaker="0316").collect()] == [b"{}"]


@pytest.mark.parametrize(
    "beholder",
    [
        b"",
        b"ikke en zip",
        asic({}),
        asic({"a.json": b"{}", "b.json": b"{}"}),
        asic({"kvittering.json": b"{}"})[:-30],
        asic({"stor.json": bytes(2)}) + bytes(MAKS_KVITTERING + (2 << 20)),
    ],
    ids=["tom", "ingen zip", "uten fil", "to filer", "avkuttet", "for stor"],
)
def test_a_container_that_is_not_one_file_comes_empty_and_stays(punkt: Eformidling, beholder: bytes) -> None:
    punkt.receipt(b"", MOTTAKER, asic=beholder)
    (fil,) = channel(punkt).collect()
    assert fil.innhold == b""
    assert len(punkt.inn) == 1


def test_a_bomb_is_not_unpacked(punkt: Eformidling) -> None:
    punkt.receipt(b"", MOTTAKER, asic=asic({"bombe.json": bytes(200 << 20)}))
    (fil,) = channel(punkt).collect()
    assert len(fil.innhold) == MAKS_KVITTERING + 1


TULL, UTEN_SBD = Svar(200, b"tull"), Svar(200, b'{"content": ["tull"]}')


@pytest.mark.parametrize(
    ("operasjon", "svar", "kode"),
    [
        *((operasjon, Svar(401), Kanalkode.TILGANG_NEKTET) for operasjon in ("innkomne", "tjuvtitt", "hent", "fjern")),
        *((operasjon, None, Kanalkode.AVBRUTT) for operasjon in ("innkomne", "tjuvtitt", "hent", "fjern")),
        ("innkomne", Svar(500), Kanalkode.KANAL_NEDE),
        ("innkomne", TULL, Kanalkode.UVENTET_SVAR),
        ("innkomne", UTEN_SBD, Kanalkode.UVENTET_SVAR),
        ("tjuvtitt", TULL, Kanalkode.UVENTET_SVAR),
        # Not the message that was asked for, an unread file, a removal that was none: it comes again.
        ("tjuvtitt", UTEN_SBD, None),
        ("hent", TULL, None),
        ("fjern", Svar(400), None),
    ],
)
def test_faults_while_receipts_are_collected(
    punkt: Eformidling, operasjon: str, svar: Svar | None, kode: Kanalkode | None
) -> None:
    kanal = channel(punkt)
    punkt.receipt(b"{}", MOTTAKER)
    punkt.misbehave(operasjon, Uorden(svar))
    if kode is None:
        kanal.discard([fil for fil in kanal.collect() if fil.innhold])
    else:
        with pytest.raises(KanalFeil) as feil:
            kanal.discard(kanal.collect())
        assert feil.value.kode is kode
        assert feil.value.__context__ is None
    assert len(punkt.inn) == 1
    punkt.behave()
    punkt.wait(LASETID + HALE)
    kanal.discard(kanal.collect())
    assert punkt.inn == {}
