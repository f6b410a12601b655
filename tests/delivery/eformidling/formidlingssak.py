"""A delivery on its way through an integrasjonspunkt, and what must have come of it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.motparter.eformidling import NAV, OSS, Eformidling
from tiltaksflyt.delivery import Kanalkode, Pakke, SendOutcome, Underveis
from tiltaksflyt.delivery.eformidling import EformidlingChannel, Eformidlingsoppsett

MOTTAKER = "0315"
HALE = timedelta(seconds=1)


class Krasj(BaseException):
    """Stands for kill -9."""


def make_package(katalog: Path, innhold: bytes = b"\x30\x80 kryptert " * 20_000) -> Pakke:
    leveranse_id = str(uuid4())
    fil = katalog / leveranse_id
    fil.write_bytes(innhold)
    return Pakke.of(leveranse_id, fil)


def channel(punkt: Eformidling, **endret: Any) -> EformidlingChannel:
    oppsett = Eformidlingsoppsett(
        adresse=punkt.adresse, fra_orgnr=OSS, til_orgnr=NAV, mottaker=MOTTAKER, levetid=timedelta(days=4)
    )
    return EformidlingChannel(replace(oppsett, **endret), punkt.klokke)


class Leveranse:
    """The ledger's side of one delivery: what the channel calls it is remembered between attempts."""

    def __init__(self, pakke: Pakke) -> None:
        self.pakke = pakke

    def bind(self, kanal_ref: str) -> None:
        self.pakke = replace(self.pakke, kanal_ref=kanal_ref)

    def send(self, kanal: EformidlingChannel) -> SendOutcome:
        return kanal.send(self.pakke, bind=self.bind)

    @property
    def underveis(self) -> Underveis:
        return Underveis(self.pakke.leveranse_id, self.pakke.kanal_ref)


def once(punkt: Eformidling, pakke: Pakke) -> None:
    """The recipient got one message, and it has these bytes, once."""
    punkt.run_queue()
    assert [[(fil.navn, fil.sha256) for fil in ett.filer] for ett in punkt.brakt] == [[(pakke.filnavn, pakke.sha256)]]
    assert not any(status == "FEIL" for status, _ in punkt.samtaler[punkt.brakt[0].melding_id])


def later(punkt: Eformidling, leveranse: Leveranse, kanal: EformidlingChannel) -> None:
    """The attempts that follow: at once, and when whoever was at it must have stopped."""
    punkt.behave()
    for _ in range(3):
        utfall = leveranse.send(kanal)
        if utfall.er_sendt:
            return
        assert utfall.kode is Kanalkode.KANAL_OPPTATT
        assert utfall.vent_minst is not None
        punkt.wait(utfall.vent_minst + HALE)
    raise AssertionError("it never went")
