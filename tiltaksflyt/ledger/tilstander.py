"""The states that drive, the transitions between them, and the one function that makes each (docs/status.md).

A state has few values and decides what may happen next; the codes that explain are in koder.py. Every UPDATE of a
state takes its lawful starting states from here, so the drawing, the code and this page cannot differ.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Kodet(StrEnum):
    """A code with its Norwegian sentence beside it."""

    tekst: str

    def __new__(cls, kode: str, tekst: str = "") -> Self:
        """Make the member `kode`; `tekst` is what a person reads."""
        medlem = str.__new__(cls, kode)
        medlem._value_ = kode
        medlem.tekst = tekst
        return medlem


class Innsendingstilstand(Kodet):
    """How far a drop has come."""

    OPPDAGET = "OPPDAGET", "Innsendingen er funnet i innboksen og venter på å bli lest."
    TATT = "TATT", "Innsendingen blir lest nå."
    BESVART = "BESVART", "Innsendingen er lest, og svaret ligger i utboksen."


class Forsendelsestilstand(Kodet):
    """How far one document to one recipient has come."""

    KLAR = "KLAR", "Dokumentet er klart og venter på neste leveranse."
    UTKAST = "UTKAST", "Dokumentet er et utkast som arrangøren kan stanse før det sendes."
    HOLDT = "HOLDT", "Dokumentet er holdt tilbake til en person har sett på det."
    I_LEVERANSE = "I_LEVERANSE", "Dokumentet ligger i en leveranse som er på vei."
    SENDT = "SENDT", "Dokumentet er sendt, og mottakeren har ikke svart ennå."
    GODTATT = "GODTATT", "Mottakeren har godtatt dokumentet."
    AVVIST = "AVVIST", "Mottakeren har avvist dokumentet, og det må rettes."
    ERSTATTET = "ERSTATTET", "Dokumentet er erstattet av en nyere versjon."
    TILBAKEKALT = "TILBAKEKALT", "Dokumentet ble trukket tilbake før det var sendt."


class Leveransetilstand(Kodet):
    """How far a package has come, in eFormidling's words with SENDES and AVLYST added."""

    OPPRETTET = "OPPRETTET", "Leveransen er opprettet og venter på å bli sendt."
    SENDES = "SENDES", "Leveransen blir sendt nå."
    SENDT = "SENDT", "Leveransen er sendt."
    MOTTATT = "MOTTATT", "Leveransen ligger hos mottakeren."
    LEVERT = "LEVERT", "Mottakeren har åpnet leveransen og kvittert for den."
    LEST = "LEST", "Mottakeren har lest leveransen."
    FEIL = "FEIL", "Leveransen har stoppet og trenger en person."
    LEVETID_UTLOPT = "LEVETID_UTLOPT", "Mottakeren hentet ikke leveransen i tide, og dokumentene sendes på nytt."
    AVLYST = "AVLYST", "Leveransen er avlyst, og dokumentene venter på en ny leveranse."


HOS_MOTTAKER = (
    Leveransetilstand.SENDT,
    Leveransetilstand.MOTTATT,
    Leveransetilstand.LEVERT,
    Leveransetilstand.LEST,
)


class Slettesakstilstand(Kodet):
    """How far an erasure has come."""

    VARSLET = "VARSLET", "Slettingen har fått sin id, og varsles til arrangøren når tiden kommer."
    APEN = "APEN", "Sletting er i gang og fortsetter til alle lagre er tømt og kontrollert."
    FULLFORT = "FULLFORT", "Alt om deltakelsen er slettet, og beviset er skrevet."


class Forpliktelsesstatus(Kodet):
    """How an obligation stands on a day. Computed from dates, stored as it came out."""

    KOMMENDE = "KOMMENDE", "Fristen ligger lenger fram."
    SNART = "SNART", "Fristen går ut om kort tid."
    FORFALT = "FORFALT", "Fristen er gått ut uten at dokumentet er sendt."
    LEVERT_I_TIDE = "LEVERT_I_TIDE", "Dokumentet ble sendt innen fristen."
    LEVERT_FOR_SENT = "LEVERT_FOR_SENT", "Dokumentet ble sendt etter fristen."
    BORTFALT = "BORTFALT", "Plikten gjelder ikke for denne deltakelsen."


@dataclass(frozen=True)
class Overgang:
    """One lawful move. `fra` is None where the row is made; `funksjon` is the service and method that makes it."""

    fra: Kodet | None
    til: Kodet
    funksjon: str


def _overganger(funksjon: str, fra: tuple[Kodet | None, ...], *til: Kodet) -> tuple[Overgang, ...]:
    return tuple(Overgang(f, t, funksjon) for f in fra for t in til)


_I, _F, _L, _S = Innsendingstilstand, Forsendelsestilstand, Leveransetilstand, Slettesakstilstand

INNSENDING = (
    *_overganger("innsendinger.discover", (None,), _I.OPPDAGET),
    *_overganger("innsendinger.claim", (_I.OPPDAGET, _I.TATT), _I.TATT),
    *_overganger("innsendinger.give_back", (_I.TATT,), _I.OPPDAGET),
    *_overganger("innsendinger.answer", (_I.TATT,), _I.BESVART),
)

FORSENDELSE = (
    *_overganger("dokumenter.add", (None,), _F.KLAR, _F.UTKAST, _F.HOLDT),
    *_overganger("dokumenter.add", (_F.KLAR, _F.UTKAST, _F.HOLDT), _F.ERSTATTET),
    *_overganger("dokumenter.approve", (_F.UTKAST,), _F.KLAR),
    *_overganger("dokumenter.hold", (_F.KLAR, _F.UTKAST), _F.HOLDT),
    *_overganger("dokumenter.release", (_F.HOLDT,), _F.KLAR),
    *_overganger("dokumenter.withdraw", (_F.KLAR, _F.UTKAST, _F.HOLDT), _F.TILBAKEKALT),
    *_overganger("leveranser.create", (_F.KLAR,), _F.I_LEVERANSE),
    *_overganger("leveranser.record", (_F.I_LEVERANSE,), _F.SENDT),
    *_overganger("leveranser.record", (_F.SENDT, _F.GODTATT, _F.AVVIST), _F.ERSTATTET),
    *_overganger("leveranser.cancel", (_F.I_LEVERANSE, _F.SENDT), _F.KLAR),
    *_overganger("leveranser.expire", (_F.SENDT,), _F.KLAR),
    *_overganger("leveranser.cancel", (_F.I_LEVERANSE, _F.SENDT), _F.ERSTATTET),
    *_overganger("leveranser.expire", (_F.SENDT,), _F.ERSTATTET),
    *_overganger("kvitteringer.record", (_F.I_LEVERANSE,), _F.SENDT),
    *_overganger("kvitteringer.record", (_F.SENDT, _F.GODTATT, _F.AVVIST), _F.ERSTATTET),
    *_overganger("kvitteringer.record", (_F.SENDT, _F.AVVIST), _F.GODTATT),
    *_overganger("kvitteringer.record", (_F.SENDT, _F.GODTATT), _F.AVVIST),
    *_overganger("slettinger.open", (_F.KLAR, _F.UTKAST, _F.HOLDT), _F.TILBAKEKALT),
)

LEVERANSE = (
    *_overganger("leveranser.create", (None,), _L.OPPRETTET),
    *_overganger("leveranser.take_lease", (_L.OPPRETTET, _L.SENDES), _L.SENDES),
    *_overganger("leveranser.record", (_L.SENDES,), _L.OPPRETTET, _L.SENDT, _L.MOTTATT, _L.FEIL),
    *_overganger("leveranser.retry", (_L.FEIL, _L.SENDT, _L.MOTTATT), _L.OPPRETTET),
    *_overganger("leveranser.hand_over", (_L.OPPRETTET, _L.SENDES, _L.FEIL, _L.SENDT, _L.MOTTATT), _L.OPPRETTET),
    *_overganger("leveranser.cancel", (_L.OPPRETTET, _L.SENDES, _L.FEIL), _L.AVLYST),
    *_overganger("leveranser.expire", (_L.SENDT, _L.MOTTATT), _L.LEVETID_UTLOPT),
    *_overganger("leveranser.follow", (_L.SENDT,), _L.MOTTATT),
    *_overganger("leveranser.follow", (_L.SENDT, _L.MOTTATT), _L.LEVERT, _L.FEIL),
    *_overganger("leveranser.follow", (_L.SENDT, _L.MOTTATT, _L.LEVERT), _L.LEST),
    *_overganger("kvitteringer.record", (_L.SENDT, _L.FEIL), _L.MOTTATT),
    *_overganger("kvitteringer.record", (_L.SENDT, _L.MOTTATT), _L.FEIL),
    *_overganger("kvitteringer.record", (_L.SENDT, _L.MOTTATT, _L.FEIL), _L.LEVERT),
    *_overganger("kvitteringer.record", (_L.SENDT, _L.MOTTATT, _L.LEVERT, _L.FEIL), _L.LEST),
)

SLETTESAK = (
    *_overganger("slettinger.announce", (None,), _S.VARSLET),
    *_overganger("slettinger.case_ids", (None,), _S.VARSLET),
    *_overganger("slettinger.open", (None, _S.VARSLET), _S.APEN),
    *_overganger("slettinger.finish", (_S.APEN,), _S.FULLFORT),
)

MASKINER: dict[str, tuple[Overgang, ...]] = {
    "innsending": INNSENDING,
    "forsendelse": FORSENDELSE,
    "leveranse": LEVERANSE,
    "slettesak": SLETTESAK,
}


def origins(maskin: tuple[Overgang, ...], funksjon: str, til: Kodet) -> tuple[str, ...]:
    """The states from which `funksjon` may move a row to `til`. Raises KeyError for a move nobody has drawn."""
    fra = tuple(str(o.fra) for o in maskin if o.funksjon == funksjon and o.til is til and o.fra is not None)
    if not fra:
        raise KeyError(f"{funksjon} has no transition to {til} in tilstander.py; draw it first")
    return fra
