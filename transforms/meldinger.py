"""What a record has to tell Nav as a message: a bestilling confirmed, an extension, an end before plan.

A message has no text row that is finished: it exists from the day that its fact is there, and says that fact
(000 L40, L98 and L100; 002 L3646-3654). An end on the planned day needs none: the sources ask only for «avslutninger
som skjer før planlagt sluttdato», and the sluttrapport tells of the others.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from transforms.forlengelser import number_extensions
from transforms.forpliktelser import Forpliktelsestype, Nokkel
from transforms.poster import Deltakelsespost, Rad, read_dato

BESTILLINGSBEKREFTELSE = "BESTILLINGSBEKREFTELSE"
MELDING_FORLENGELSE = "MELDING_FORLENGELSE"
MELDING_AVSLUTNING = "MELDING_AVSLUTNING"
MELDINGER = (BESTILLINGSBEKREFTELSE, MELDING_FORLENGELSE, MELDING_AVSLUTNING)
# What each message says in words and days of its own row; more comes with it in own_words. The cause of an end is not
# among them: it is registered when the end is past, and the sluttrapport tells it (docs/adr/0021).
_EGNE_FELTER: Mapping[str, tuple[str, ...]] = {
    BESTILLINGSBEKREFTELSE: ("bestillingSendt", "bestillingMottatt", "bestillingBekreftet", "bestillingUklar"),
    MELDING_FORLENGELSE: ("nySluttDato", "grunnlag", "begrunnelse", "avtaltMedNav"),
    MELDING_AVSLUTNING: ("sluttDato", "avslutningAvtaltMedNav"),
}


@dataclass(frozen=True)
class Melding:
    """One message: the row that it tells of, the day the fact was there, and the duty whose deadline it has.

    The fact itself meets that duty; the message does not, so it can neither meet it late nor break it.
    """

    dokumenttype: str
    nummer: int | None
    rad: Rad
    dag: date
    plikt: Nokkel | None


def messages(post: Deltakelsespost) -> Iterator[Melding]:
    """Every message that the record gives, also one whose day is ahead."""
    bekreftet = post.dato("bestillingBekreftet")
    if bekreftet is not None:
        plikt = (Forpliktelsestype.BEKREFT_BESTILLING, None)
        yield Melding(BESTILLINGSBEKREFTELSE, None, post.deltakelse, bekreftet, plikt)
    for forlengelse in number_extensions(post):
        avtalt = read_dato(forlengelse.rad, "avtaltMedNav")
        if avtalt is not None:
            plikt_n = (Forpliktelsestype.FORLENGELSE, forlengelse.nummer)
            yield Melding(MELDING_FORLENGELSE, forlengelse.nummer, forlengelse.rad, avtalt, plikt_n)
    avtalt, slutt, planlagt = post.dato("avslutningAvtaltMedNav"), post.dato("sluttDato"), planned_end(post)
    if avtalt is not None and slutt is not None and planlagt is not None and slutt < planlagt:
        yield Melding(MELDING_AVSLUTNING, None, post.deltakelse, avtalt, None)


def planned_end(post: Deltakelsespost) -> date | None:
    """The planned end in force: the registered one, or that of an agreed extension which it does not yet show."""
    avtalte = [
        slutt
        for rad in post.rader("forlengelse")
        if rad.get("avtaltMedNav") and (slutt := read_dato(rad, "nySluttDato")) is not None
    ]
    planlagt = post.dato("planlagtSluttDato")
    return max([*avtalte, *([planlagt] if planlagt else [])], default=None)


def extended_end(post: Deltakelsespost, nummer: int | None) -> date | None:
    """The end that extension `nummer` replaces: that of the one before it, else a planned end that is still earlier."""
    for forlengelse in number_extensions(post):
        if forlengelse.nummer == nummer:
            ny, planlagt = read_dato(forlengelse.rad, "nySluttDato"), post.dato("planlagtSluttDato")
            registrert = planlagt if planlagt and ny and planlagt < ny else None
            return forlengelse.forrige_slutt or registrert
    return None


def find_message(post: Deltakelsespost, dokumenttype: str, nummer: int | None) -> Melding | None:
    """The message of a type, the latest of them without a number; None when the record gives none."""
    egne = [melding for melding in messages(post) if melding.dokumenttype == dokumenttype]
    passer = [melding for melding in egne if nummer is None or melding.nummer == nummer]
    return passer[-1] if passer else None


def own_words(post: Deltakelsespost, dokumenttype: str, rad: Rad) -> Mapping[str, Any]:
    """The words and days of a message that make a new version of it, and no others.

    Nav's own text of the bestilling is not among them: it goes when the sluttrapport is accepted, and what is told
    does not change by that.
    """
    egne = {navn: rad[navn] for navn in _EGNE_FELTER[dokumenttype] if navn in rad}
    if dokumenttype == MELDING_AVSLUTNING and (planlagt := planned_end(post)):
        egne["planlagtSlutt"] = planlagt.isoformat()
    if dokumenttype == BESTILLINGSBEKREFTELSE and rad.get("bestillingUklar"):
        egne["bestillingspunkter"] = [punkt["tekst"] for punkt in post.rader("bestillingspunkt")]
    return egne
