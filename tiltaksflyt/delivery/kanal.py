"""What every channel can do, and what may come of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
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
    KANAL_NEDE = "KANAL_NEDE"
    KANAL_OPPTATT = "KANAL_OPPTATT"
    AVBRUTT = "AVBRUTT"
    FULLT_LAGER = "FULLT_LAGER"
    TILGANG_NEKTET = "TILGANG_NEKTET"
    UKJENT_VERTSNOKKEL = "UKJENT_VERTSNOKKEL"
    MAPPE_MANGLER = "MAPPE_MANGLER"
    ANNEN_PAKKE = "ANNEN_PAKKE"
    UGYLDIG_OPPSETT = "UGYLDIG_OPPSETT"


_UTFALL = {
    Kanalkode.OVERFORT: Utfall.ACCEPTED,
    Kanalkode.FINNES_ALLEREDE: Utfall.ALREADY_THERE,
    Kanalkode.KANAL_NEDE: Utfall.TRANSIENT,
    Kanalkode.KANAL_OPPTATT: Utfall.TRANSIENT,
    Kanalkode.AVBRUTT: Utfall.TRANSIENT,
    Kanalkode.FULLT_LAGER: Utfall.TRANSIENT,
    Kanalkode.TILGANG_NEKTET: Utfall.PERMANENT,
    Kanalkode.UKJENT_VERTSNOKKEL: Utfall.PERMANENT,
    Kanalkode.MAPPE_MANGLER: Utfall.PERMANENT,
    Kanalkode.ANNEN_PAKKE: Utfall.PERMANENT,
    Kanalkode.UGYLDIG_OPPSETT: Utfall.PERMANENT,
}


@dataclass(frozen=True)
class SendOutcome:
    """The outcome of one attempt: the code, and what it means for what happens next."""

    kode: Kanalkode

    @property
    def utfall(self) -> Utfall:
        """Accepted or already there: done. Transient: try again later. Permanent: stop, and tell a person."""
        return _UTFALL[self.kode]

    @property
    def er_levert(self) -> bool:
        """Whether the whole package is with the recipient."""
        return self.utfall in (Utfall.ACCEPTED, Utfall.ALREADY_THERE)


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

    def send(self, pakke: Pakke) -> SendOutcome:
        """Bring the package to the recipient, whole or not at all. Raises nothing that the recipient caused."""

    def collect(self) -> Sequence[Hentetfil]:
        """The receipts that lie ready; they stay until `discard`. Raises KanalFeil."""

    def discard(self, filer: Iterable[Hentetfil]) -> None:
        """Remove receipts that are recorded. One that is gone already is no fault. Raises KanalFeil."""
