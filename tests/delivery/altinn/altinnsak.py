"""A sender, a recipient and Altinn between them, all on loopback."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from tests.motparter.altinn import Altinn
from tests.motparter.maskinporten import Klient, Maskinporten, rsa_key, write_key
from tiltaksflyt.delivery import altinn as altinnkanal
from tiltaksflyt.delivery.httpklient import open_client
from tiltaksflyt.delivery.kanal import SendOutcome
from tiltaksflyt.delivery.maskinporten import exchange_token, read_oppsett, request_token
from tiltaksflyt.delivery.package import Pakke

OSS, NAV, FREMMED = "999888777", "889640782", "987654325"
RESSURS, ANNEN_RESSURS = "nav-tiltaksrapport", "annen-ressurs"
SCOPE = "altinn:broker.read altinn:broker.write"
LEVERANSE = "5b1a3c52-2f60-4c56-9f0c-6f8a2f9f1a11"
INNHOLD = b"kryptert" * 1000
NA = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


class Krasj(BaseException):
    """The process ended here."""


class Klokke:
    def __init__(self) -> None:
        self.na = NA

    def __call__(self) -> datetime:
        return self.na


@dataclass
class Hovedbok:
    """What the ledger keeps of one leveranse: the name that was bound last."""

    kanal_ref: str | None = None

    def bind(self, kanal_ref: str) -> None:
        self.kanal_ref = kanal_ref


@dataclass
class Altinnsak:
    maskinporten: Maskinporten
    altinn: Altinn
    klokke: Klokke
    katalog: Path

    def settings(self, **endret: Any) -> dict[str, Any]:
        """As in mottakere.yaml."""
        return {
            "plattform": self.altinn.adresse,
            "ressurs": RESSURS,
            "fraOrgnr": OSS,
            "tilOrgnr": NAV,
            "maskinporten": {
                "utsteder": self.maskinporten.utsteder,
                "klientId": OSS,
                "scope": SCOPE,
                "nokkelfil": "nokkel.pem",
                "kid": OSS,
            },
        } | endret

    def channel(
        self, mottaker: str = "0315", stillhet: timedelta = timedelta(seconds=2), **endret: Any
    ) -> altinnkanal.AltinnChannel:
        oppsett = altinnkanal.read_oppsett(self.settings(**endret), self.katalog, mottaker)
        return altinnkanal.AltinnChannel(replace(oppsett, stillhet=stillhet), self.klokke)

    def package(self, innhold: bytes = INNHOLD, leveranse_id: str = LEVERANSE) -> Pakke:
        fil = self.katalog / f"{leveranse_id}.pakke"
        fil.write_bytes(innhold)
        return Pakke.of(leveranse_id, fil)

    def send(
        self, pakke: Pakke, bok: Hovedbok, bind: Callable[[str], None] | None = None, **endret: Any
    ) -> SendOutcome:
        """One attempt, by a process that knows nothing but what the ledger says."""
        pakke = Pakke.of(pakke.leveranse_id, pakke.fil, bok.kanal_ref)
        return self.channel(**endret).send(pakke, bind=bind or bok.bind)

    def headers(self, orgnr: str = OSS, scope: str = SCOPE) -> Mapping[str, str]:
        """What an operation of Broker wants of who calls it."""
        innstillinger = self.settings()["maskinporten"] | {"klientId": orgnr, "scope": scope, "kid": orgnr}
        with open_client() as klient:
            token = request_token(klient, read_oppsett(innstillinger, self.katalog), self.klokke())
            return {
                "Authorization": f"Bearer {exchange_token(klient, self.altinn.adresse, token, self.klokke()).verdi}"
            }

    def ask(self, metode: str, sti: str, *, hode: Mapping[str, str] | None = None, **innhold: Any) -> httpx.Response:
        """Call Broker by hand."""
        with open_client() as klient:
            return klient.request(
                metode,
                f"{self.altinn.adresse}/broker/api/v1/filetransfer{sti}",
                headers={**(self.headers() if hode is None else hode), **innhold.pop("headers", {})},
                **innhold,
            )


@contextmanager
def open_case(katalog: Path) -> Iterator[Altinnsak]:
    klokke = Klokke()
    write_key(katalog, "nokkel.pem", rsa_key("klient"))
    lager = katalog / "broker"
    lager.mkdir()
    klienter = {
        orgnr: Klient(orgnr, {orgnr: rsa_key("klient").public_key()}, frozenset({*SCOPE.split(), "nav:annet"}))
        for orgnr in (OSS, NAV, FREMMED)
    }
    ressurser = {RESSURS: frozenset({OSS, NAV}), ANNEN_RESSURS: frozenset({FREMMED, NAV})}
    with ExitStack() as apne:
        maskinporten = apne.enter_context(Maskinporten(klienter, klokke))
        altinn = apne.enter_context(Altinn(maskinporten, lager, ressurser, klokke=klokke))
        yield Altinnsak(maskinporten, altinn, klokke, katalog)


def crash_after(bok: Hovedbok) -> Callable[[str], None]:
    """The process ends when the name is bound."""

    def bind(kanal_ref: str) -> None:
        bok.bind(kanal_ref)
        raise Krasj

    return bind


def until_sent(sak: Altinnsak, bok: Hovedbok, forsok: int = 8) -> SendOutcome:
    """As the ledger does: again after each transient outcome, a while later."""
    pakke = sak.package(INNHOLD)
    for _ in range(forsok):
        utfall = sak.send(pakke, bok)
        if utfall.er_sendt:
            return utfall
        assert utfall.utfall == "TRANSIENT", utfall
        sak.klokke.na += timedelta(minutes=6)
    raise AssertionError(f"never sent: {utfall}")


def once(sak: Altinnsak) -> None:
    """The recipient has the package once, whole."""
    assert sak.altinn.at(NAV) == [(LEVERANSE, INNHOLD)]
