"""The HTTPS channel when things go wrong, and its receipts."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest

from tests.delivery.https.httpssak import MOTTAKER, channel, once, send
from tests.motparter.https_mottak import API, Httpsmottak, fault
from tests.motparter.motpart import Svar, Uorden, dead_address
from tiltaksflyt.delivery import KanalFeil, Kanalkode, Pakke, SendOutcome
from tiltaksflyt.delivery.kanal import MAKS_KVITTERING, Hentetfil


def answers(leveranse_id: str, sha256: object) -> bytes:
    return f'{{"eksternReferanseId": "{leveranse_id}", "sha256": "{sha256}"}}'.encode()


@pytest.mark.parametrize("utfort", [False, True])
@pytest.mark.parametrize(
    ("svar", "kode", "vent"),
    [
        (fault(400, API), Kanalkode.AVVIST_AV_KANALEN, None),
        (fault(403, API), Kanalkode.TILGANG_NEKTET, None),
        (fault(413, API), Kanalkode.FOR_STOR_PAKKE, None),
        (fault(429, API, {"Retry-After": "600"}), Kanalkode.KANAL_OPPTATT, timedelta(minutes=10)),
        (fault(500, API), Kanalkode.KANAL_NEDE, None),
        (
            fault(503, API, {"Retry-After": "Mon, 02 Mar 2026 11:00:00 GMT"}),
            Kanalkode.KANAL_OPPTATT,
            timedelta(hours=1),
        ),
        (fault(507, API), Kanalkode.FULLT_LAGER, None),
        (Svar(302, hode={"Location": "https://nav.example"}), Kanalkode.UVENTET_SVAR, None),
        (Svar(200, b"<html>tull"), Kanalkode.UVENTET_SVAR, None),
        (Svar(201), Kanalkode.UVENTET_SVAR, None),
        (Svar(201, b"[]"), Kanalkode.UVENTET_SVAR, None),
        (Svar(201, answers(str(uuid4()), "0" * 64)), Kanalkode.UVENTET_SVAR, None),
        (Svar(409, b"tull"), Kanalkode.UVENTET_SVAR, None),
        (Svar(409, b"{}"), Kanalkode.UVENTET_SVAR, None),
    ],
)
def test_every_answer_becomes_a_code_and_the_package_arrives_once(
    mottak: Httpsmottak, pakke: Pakke, svar: Svar, kode: Kanalkode, vent: timedelta | None, utfort: bool
) -> None:
    kanal = channel(mottak)
    mottak.misbehave("lever", Uorden(svar, utfort=utfort))
    assert send(kanal, pakke) == SendOutcome(kode, vent)
    assert send(kanal, pakke).kode is (Kanalkode.FINNES_ALLEREDE if utfort else Kanalkode.OVERFORT)
    once(mottak, pakke)


@pytest.mark.parametrize("status", [201, 409])
@pytest.mark.parametrize("sha256", ["0" * 64, "tull", "0" * 63, None])
def test_the_recipient_must_say_which_bytes_it_has(
    mottak: Httpsmottak, pakke: Pakke, status: int, sha256: object
) -> None:
    mottak.misbehave("lever", Uorden(Svar(status, answers(pakke.leveranse_id, sha256))))
    kode = Kanalkode.ANNEN_PAKKE if (status, sha256) == (409, "0" * 64) else Kanalkode.UVENTET_SVAR
    assert send(channel(mottak), pakke).kode is kode


@pytest.mark.parametrize("status", [201, 409])
def test_an_answer_about_another_package_is_none(mottak: Httpsmottak, pakke: Pakke, status: int) -> None:
    mottak.misbehave("lever", Uorden(Svar(status, answers(str(uuid4()), pakke.sha256))))
    assert send(channel(mottak), pakke).kode is Kanalkode.UVENTET_SVAR


@pytest.mark.parametrize("uorden", [Uorden(lest=0), Uorden(lest=70_000), Uorden(), Uorden(utfort=True)])
def test_a_line_that_breaks(mottak: Httpsmottak, pakke: Pakke, uorden: Uorden) -> None:
    kanal = channel(mottak)
    mottak.misbehave("lever", uorden)
    assert send(kanal, pakke).kode is Kanalkode.AVBRUTT
    assert send(kanal, pakke).er_hos_mottaker
    once(mottak, pakke)


def test_nobody_answers_and_somebody_says_nothing(mottak: Httpsmottak, pakke: Pakke) -> None:
    with dead_address() as borte:
        kanal = channel(mottak, adresse=borte)
        assert send(kanal, pakke).kode is Kanalkode.KANAL_NEDE
        with pytest.raises(KanalFeil) as feil:
            kanal.collect()
        assert feil.value.kode is Kanalkode.KANAL_NEDE
    mottak.misbehave("lever", Uorden(stille=True))
    assert send(channel(mottak, stillhet=timedelta(seconds=0.3)), pakke).kode is Kanalkode.AVBRUTT


def test_two_workers_at_once(mottak: Httpsmottak, pakke: Pakke) -> None:
    with ThreadPoolExecutor(4) as arbeidere:
        utfall = list(arbeidere.map(lambda _: send(channel(mottak), pakke), range(8)))
    koder = [u.kode for u in utfall]
    assert koder.count(Kanalkode.OVERFORT) == 1
    assert koder.count(Kanalkode.FINNES_ALLEREDE) == 7
    once(mottak, pakke)


# --- receipts ---


def test_receipts_come_and_go(mottak: Httpsmottak) -> None:
    kanal = channel(mottak)
    assert kanal.collect() == ()
    mottak.receipt(MOTTAKER, "b.kvittering.json", b"{}")
    mottak.receipt(MOTTAKER, "a.teknisk.json", b'{"a": 1}')
    mottak.receipt("0316", "c.json", b"{}")
    filer = kanal.collect()
    assert [(fil.navn, fil.innhold) for fil in filer] == [("a.teknisk.json", b'{"a": 1}'), ("b.kvittering.json", b"{}")]
    assert kanal.collect() == filer
    kanal.discard(filer)
    kanal.discard(filer)
    assert mottak.kvitteringer == {MOTTAKER: {}, "0316": {"c.json": b"{}"}}


def test_a_receipt_that_is_too_large_comes_cut_off(mottak: Httpsmottak) -> None:
    mottak.receipt(MOTTAKER, "stor.json", b'"' + bytes([97]) * (MAKS_KVITTERING + 100) + b'"')
    (fil,) = channel(mottak).collect()
    assert len(fil.innhold) == MAKS_KVITTERING + 1


@pytest.mark.parametrize(
    "innhold",
    [
        b"tull",
        b"[]",
        b"{}",
        b'{"kvitteringer": {}}',
        b'{"kvitteringer": ["a.json"]}',
        b'{"kvitteringer": [{"navn": 1}]}',
        b'{"kvitteringer": [{"navn": "../leveranse"}]}',
        b'{"kvitteringer": [{"navn": "a.json?mottaker=0316"}]}',
        b'{"kvitteringer": [{"navn": ""}]}',
    ],
)
def test_a_list_that_is_none_leads_nowhere(mottak: Httpsmottak, innhold: bytes) -> None:
    mottak.misbehave("list", Uorden(Svar(200, innhold)))
    with pytest.raises(KanalFeil) as feil:
        channel(mottak).collect()
    assert feil.value.kode is Kanalkode.UVENTET_SVAR
    assert feil.value.__context__ is None
    assert mottak.vitne == []


@pytest.mark.parametrize("operasjon", ["list", "hent", "slett"])
@pytest.mark.parametrize(
    ("svar", "kode"),
    [(fault(403, API), Kanalkode.TILGANG_NEKTET), (fault(500, API), Kanalkode.KANAL_NEDE), (None, Kanalkode.AVBRUTT)],
)
def test_faults_while_receipts_are_collected(
    mottak: Httpsmottak, operasjon: str, svar: Svar | None, kode: Kanalkode
) -> None:
    kanal = channel(mottak)
    mottak.receipt(MOTTAKER, "a.json", b"{}")
    mottak.misbehave(operasjon, Uorden(svar))
    with pytest.raises(KanalFeil) as feil:
        kanal.discard(kanal.collect())
    assert feil.value.kode is kode
    assert feil.value.__context__ is None
    kanal.discard(kanal.collect())
    assert mottak.kvitteringer[MOTTAKER] == {}


def test_one_that_is_gone_already_is_no_fault(mottak: Httpsmottak) -> None:
    channel(mottak).discard([Hentetfil("borte.json", b"")])
    assert mottak.vitne[-1][2].status == 404
