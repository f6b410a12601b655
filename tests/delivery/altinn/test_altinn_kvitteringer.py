"""Receipts through Altinn: there until they are recorded, and nobody else's."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.delivery.altinn.altinnsak import (
    ANNEN_RESSURS,
    FREMMED,
    NAV,
    OSS,
    RESSURS,
    Altinnsak,
    Hovedbok,
)
from tests.motparter.motpart import Svar, Uorden
from tiltaksflyt.delivery.kanal import (
    MAKS_KVITTERING,
    Hentetfil,
    KanalFeil,
    Kanalkode,
)


def test_receipts_stay_until_they_are_confirmed(sak: Altinnsak) -> None:
    en = sak.altinn.put(RESSURS, NAV, OSS, b'{"kvittering": 1}')
    sak.klokke.na += timedelta(seconds=1)
    to = sak.altinn.put(RESSURS, NAV, OSS, b'{"kvittering": 2}')
    kanal = sak.channel()
    filer = kanal.collect()
    assert [(fil.navn, fil.innhold) for fil in filer] == [(en, b'{"kvittering": 1}'), (to, b'{"kvittering": 2}')]
    assert {fil.kilde for fil in sak.channel().collect()} == {fil.kilde for fil in filer}
    kanal.discard(filer[:1])
    assert [fil.navn for fil in kanal.collect()] == [to]
    kanal.discard(filer)
    kanal.discard(filer)
    assert kanal.collect() == ()
    assert sak.altinn.overforinger[en].status == "AllConfirmedDownloaded"


def test_receipts_of_another_recipient_with_the_same_organisasjonsnummer(sak: Altinnsak) -> None:
    her = sak.altinn.put(RESSURS, NAV, OSS, b"1", {"mottaker": "0315"})
    der = sak.altinn.put(RESSURS, NAV, OSS, b"2", {"mottaker": "0316"})
    sak.klokke.na += timedelta(seconds=1)
    umerket = sak.altinn.put(RESSURS, NAV, OSS, b"3")
    assert [fil.navn for fil in sak.channel("0315").collect()] == [her, umerket]
    assert {fil.navn for fil in sak.channel("0316").collect()} == {der, umerket}


def test_what_is_no_receipt_of_ours(sak: Altinnsak, bok: Hovedbok) -> None:
    sak.altinn.put(RESSURS, FREMMED, OSS, b"forged")
    sak.altinn.put(RESSURS, OSS, NAV, b"our own")
    sak.altinn.put(ANNEN_RESSURS, NAV, OSS, b"elsewhere")
    trukket = sak.altinn.put(RESSURS, NAV, OSS, b"gone")
    sak.altinn.move(trukket, "Purged")
    sak.send(sak.package(), bok)
    assert sak.channel().collect() == ()
    assert sak.altinn.count("last-ned") == 0


def test_a_receipt_that_goes_while_we_look(sak: Altinnsak) -> None:
    en = sak.altinn.put(RESSURS, NAV, OSS, b"1")
    opprinnelig = sak.altinn.search

    def search(*alt: Any) -> Svar:
        svar = opprinnelig(*alt)
        sak.altinn.move(en, "Purged")
        return svar

    sak.altinn.search = search  # type: ignore[method-assign]
    assert sak.channel().collect() == ()


def test_a_receipt_that_is_too_large_is_read_no_further(sak: Altinnsak) -> None:
    sak.altinn.put(RESSURS, NAV, OSS, bytes(MAKS_KVITTERING + 1000))
    (fil,) = sak.channel().collect()
    assert len(fil.innhold) == MAKS_KVITTERING + 1


def test_a_receipt_that_is_gone_already_is_no_fault(sak: Altinnsak) -> None:
    en = sak.altinn.put(RESSURS, NAV, OSS, b"1")
    kanal = sak.channel()
    filer = kanal.collect()
    sak.altinn.move(en, "Purged")
    kanal.discard([*filer, Hentetfil(str(uuid4()), b"")])


@pytest.mark.parametrize("operasjon", ["sok", "se", "last-ned", "bekreft"])
@pytest.mark.parametrize(
    ("uorden", "kode"),
    [
        (Uorden(Svar(422)), Kanalkode.AVVIST_AV_KANALEN),
        (Uorden(Svar(429)), Kanalkode.KANAL_OPPTATT),
        (Uorden(Svar(500)), Kanalkode.KANAL_NEDE),
        (Uorden(utfort=True), Kanalkode.AVBRUTT),
    ],
)
def test_a_fault_among_receipts(sak: Altinnsak, operasjon: str, uorden: Uorden, kode: Kanalkode) -> None:
    sak.altinn.put(RESSURS, NAV, OSS, b"1")
    sak.altinn.misbehave(operasjon, uorden)
    kanal = sak.channel()
    with pytest.raises(KanalFeil) as feil:
        kanal.discard(kanal.collect())
    assert (feil.value.kode, feil.value.__context__) == (kode, None)
    kanal.discard(kanal.collect())
    assert kanal.collect() == ()


def test_a_confirmation_that_is_refused(sak: Altinnsak) -> None:
    en = sak.altinn.put(RESSURS, NAV, OSS, b"1")
    with pytest.raises(KanalFeil) as feil:
        sak.channel().discard([Hentetfil(en, b"1")])
    assert feil.value.kode is Kanalkode.AVVIST_AV_KANALEN


@pytest.mark.parametrize("svar", [Svar.json({}), Svar.json(["../annet"]), Svar.json([None]), Svar(200, b"skrot")])
def test_a_list_that_is_none(sak: Altinnsak, svar: Svar) -> None:
    sak.altinn.misbehave("sok", Uorden(svar))
    with pytest.raises(KanalFeil) as feil:
        sak.channel().collect()
    assert feil.value.kode is Kanalkode.UVENTET_SVAR
