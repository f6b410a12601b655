"""A package to a recipient with an API, with tokens that nobody had to ask for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from schemas.loader import SCHEMAS
from tests.motparter.https_mottak import Httpsmottak
from tests.motparter.openapi import Beskrivelse
from tiltaksflyt.delivery import Pakke, SendOutcome
from tiltaksflyt.delivery.https import HttpsChannel, Httpsoppsett
from tiltaksflyt.delivery.maskinporten import Maskinportenoppsett, Token, Tokenkilde

MOTTAKER = "0315"
BESKRIVELSE = Beskrivelse(SCHEMAS / "openapi" / "leveranse.yaml")
NA = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
UTEN_TOKEN = Maskinportenoppsett("https://maskinporten.example/", "klient", "scope", Path("borte"), kid="k")


def assert_described(mottak: Httpsmottak) -> None:
    """Every call that was made and every answer that was given is as the description says."""
    for kall, mal, svar in mottak.vitne:
        assert BESKRIVELSE.faults(kall, mal, svar) == [], (kall.operasjon, svar.status)


def make_package(katalog: Path, innhold: bytes = b"\x30\x80 kryptert " * 20_000) -> Pakke:
    leveranse_id = str(uuid4())
    fil = katalog / leveranse_id
    fil.write_bytes(innhold)
    return Pakke.of(leveranse_id, fil)


class Tokener:
    """Stands for Maskinporten: a new token each time it is asked."""

    def __init__(self) -> None:
        self.gitt = 0

    def fetch(self) -> Token:
        self.gitt += 1
        return Token(f"token-{self.gitt}", NA + timedelta(minutes=2))


def channel(mottak: Httpsmottak, tokener: Tokener | None = None, **endret: Any) -> HttpsChannel:
    oppsett = replace(Httpsoppsett(mottak.adresse, MOTTAKER, UTEN_TOKEN), **endret)
    kanal = HttpsChannel(oppsett, lambda: NA)
    kanal._tokener = Tokenkilde((tokener or Tokener()).fetch, lambda: NA)
    return kanal


def send(kanal: HttpsChannel, pakke: Pakke) -> SendOutcome:
    return kanal.send(pakke, bind=unbound)


def unbound(_: str) -> None:
    raise AssertionError("the leveranseId is the name")


def once(mottak: Httpsmottak, pakke: Pakke) -> None:
    """The recipient has one package, and it is this one."""
    har = {leveranse_id: mottatt.sha256 for leveranse_id, mottatt in mottak.pakker.items()}
    assert har == {pakke.leveranse_id: pakke.sha256}
    assert mottak.pakker[pakke.leveranse_id].storrelse == pakke.storrelse
