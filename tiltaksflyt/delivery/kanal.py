"""What every channel can do, and what may come of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from tiltaksflyt.delivery.package import Pakke

# A receipt is a few hundred bytes a document; what is larger is not one.
MAKS_KVITTERING = 4 << 20


class Utfall(StrEnum):
    """What came of sending."""

    ACCEPTED = "ACCEPTED"
    ALREADY_THERE = "ALREADY_THERE"
    TRANSIENT = "TRANSIENT"
    PERMANENT = "PERMANENT"


class Kanalkode(StrEnum):
    """Why, in the words of the ledger's Statuskode, where each has its Norwegian sentence."""

    OVERFORT = "OVERFORT"
    FINNES_ALLEREDE = "FINNES_ALLEREDE"
    GITT_VIDERE = "GITT_VIDERE"
    KANAL_NEDE = "KANAL_NEDE"
    KANAL_OPPTATT = "KANAL_OPPTATT"
    AVBRUTT = "AVBRUTT"
    FULLT_LAGER = "FULLT_LAGER"
    UVENTET_SVAR = "UVENTET_SVAR"
    TILGANG_NEKTET = "TILGANG_NEKTET"
    UKJENT_VERTSNOKKEL = "UKJENT_VERTSNOKKEL"
    MAPPE_MANGLER = "MAPPE_MANGLER"
    ANNEN_PAKKE = "ANNEN_PAKKE"
    UGYLDIG_OPPSETT = "UGYLDIG_OPPSETT"
    FOR_STOR_PAKKE = "FOR_STOR_PAKKE"
    AVVIST_AV_KANALEN = "AVVIST_AV_KANALEN"


_UTFALL = {
    Kanalkode.OVERFORT: Utfall.ACCEPTED,
    Kanalkode.FINNES_ALLEREDE: Utfall.ALREADY_THERE,
    Kanalkode.GITT_VIDERE: Utfall.ACCEPTED,
    Kanalkode.KANAL_NEDE: Utfall.TRANSIENT,
    Kanalkode.KANAL_OPPTATT: Utfall.TRANSIENT,
    Kanalkode.AVBRUTT: Utfall.TRANSIENT,
    Kanalkode.FULLT_LAGER: Utfall.TRANSIENT,
    Kanalkode.UVENTET_SVAR: Utfall.TRANSIENT,
    Kanalkode.TILGANG_NEKTET: Utfall.PERMANENT,
    Kanalkode.UKJENT_VERTSNOKKEL: Utfall.PERMANENT,
    Kanalkode.MAPPE_MANGLER: Utfall.PERMANENT,
    Kanalkode.ANNEN_PAKKE: Utfall.PERMANENT,
    Kanalkode.UGYLDIG_OPPSETT: Utfall.PERMANENT,
    Kanalkode.FOR_STOR_PAKKE: Utfall.PERMANENT,
    Kanalkode.AVVIST_AV_KANALEN: Utfall.PERMANENT,
}


@dataclass(frozen=True)
class SendOutcome:
    """The outcome of one attempt: the code, and what it means for what happens next.

    `vent_minst` is how long the recipient asks to be left alone (Retry-After); None when it says nothing.
    """

    kode: Kanalkode
    vent_minst: timedelta | None = None

    @property
    def utfall(self) -> Utfall:
        """Accepted or already there: done. Transient: try again later. Permanent: stop, and tell a person."""
        return _UTFALL[self.kode]

    @property
    def er_sendt(self) -> bool:
        """Whether the whole package has left us: it is with the recipient, or with who brings it there."""
        return self.utfall in (Utfall.ACCEPTED, Utfall.ALREADY_THERE)

    @property
    def er_hos_mottaker(self) -> bool:
        """Whether the whole package is with the recipient itself."""
        return self.er_sendt and self.kode is not Kanalkode.GITT_VIDERE


class Kanalstatus(StrEnum):
    """Where a package is that a channel brings to the recipient by itself, in eFormidling's words."""

    SENDT = "SENDT"
    MOTTATT = "MOTTATT"
    LEVERT = "LEVERT"
    LEST = "LEST"
    FEIL = "FEIL"
    LEVETID_UTLOPT = "LEVETID_UTLOPT"


@dataclass(frozen=True)
class Underveis:
    """A package that has been sent. `kanal_ref` is the channel's own name for it; None where there is none."""

    leveranse_id: str
    kanal_ref: str | None


class KanalFeil(Exception):
    """A channel could not be read. Carries a code, and nothing that the other side said."""

    def __init__(self, kode: Kanalkode) -> None:
        super().__init__(f"{kode}: the channel did not answer as it should; nothing is lost, the next run tries again")
        self.kode = kode

    @property
    def er_forbigaende(self) -> bool:
        """Whether trying again later, with nothing else done, can help."""
        return _UTFALL[self.kode] is Utfall.TRANSIENT


@dataclass(frozen=True)
class Hentetfil:
    """A file from the recipient, unread. Its name is the recipient's own words: `kilde` stands for it."""

    navn: str = field(repr=False)
    innhold: bytes = field(repr=False)

    @property
    def kilde(self) -> str:
        """What makes it the same receipt next time: a file of the same name with other content is a new one."""
        return f"{self.navn}:{sha256(self.innhold).hexdigest()}"


class Channel(Protocol):
    """The way to one recipient. Safe to use twice, and by two workers at once."""

    def send(self, pakke: Pakke, *, bind: Callable[[str], None]) -> SendOutcome:
        """Bring the package to the recipient, whole or not at all. Raises nothing that the recipient caused.

        A channel that gives the package a name of its own calls `bind` with it before a byte of the package leaves,
        and finds it in `pakke.kanal_ref` at the next attempt. What `bind` raises goes through: nothing is sent then.
        """

    def follow(self, pakker: Sequence[Underveis]) -> Mapping[str, Kanalstatus]:
        """Where each package is, by leveranseId, as far as the channel knows. Raises KanalFeil."""

    def collect(self) -> Sequence[Hentetfil]:
        """The receipts that lie ready; they stay until `discard`. Raises KanalFeil."""

    def discard(self, filer: Iterable[Hentetfil]) -> None:
        """Remove receipts that are recorded. One that is gone already is no fault. Raises KanalFeil."""


class Filkanal:
    """A channel that lays files in the recipient's folder: what is there has arrived, so there is nothing to follow."""

    def follow(self, pakker: Sequence[Underveis]) -> Mapping[str, Kanalstatus]:
        """Nothing: a package was with the recipient when it was sent."""
        del pakker
        return {}
