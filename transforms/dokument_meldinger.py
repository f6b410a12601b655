"""The sections of the messages: «Bekreftelse av bestilling» (000 L40; 002 L3646-3654), «Melding om forlengelse»
(000 L98) and «Melding om avslutning før planlagt slutt» (000 L100). Each says one thing, on one page."""

from collections.abc import Callable, Mapping

from transforms import dokument_deler as deler
from transforms import dokument_grenser as grenser
from transforms.dokument_blokker import Blokk, avsnitt, celle, fakta, liste, merknad, opplysning
from transforms.dokument_grunnlag import Grunnlag
from transforms.meldinger import extended_end, planned_end
from transforms.poster import read_dato


def _bekreftet(g: Grunnlag) -> list[Blokk]:
    uklar = g.rad.get("bestillingUklar")
    svar = g.tekster.setning("bestilling_uklar" if uklar else "bestilling_mottatt")
    return fakta(
        "kortFortalt",
        [
            deler.line(g, "bestillingUklar", svar, None if uklar is None else str(uklar).lower(), framhevet=True),
            deler.date_line(g, "bestillingSendt", read_dato(g.rad, "bestillingSendt")),
            deler.date_line(g, "bestillingMottatt", read_dato(g.rad, "bestillingMottatt")),
            deler.date_line(g, "bestillingBekreftet", read_dato(g.rad, "bestillingBekreftet")),
        ],
    )


def _uklar_bestilling(g: Grunnlag) -> list[Blokk]:
    """The bestilling as it was received, where it is unclear or lacking; what is unclear has no field of its own."""
    if not g.rad.get("bestillingUklar"):
        return []
    spor = merknad("bestillingUklar", g.tekster.setning("bestilling_uklar_spor"))
    punkter = liste("bestillingspunkt", [celle(rad["tekst"]) for rad in g.post.rader("bestillingspunkt")])
    mottatt = avsnitt("bestillingTekst", g.tekst("bestillingTekst")) + punkter
    return spor + (mottatt or merknad("ingen", g.tekster.setning("bestilling_ikke_registrert"), "INGEN"))


def _forlenget(g: Grunnlag) -> list[Blokk]:
    grunnlag = g.tekst("grunnlag")
    return fakta(
        "kortFortalt",
        [
            deler.date_line(g, "nySluttDato", read_dato(g.rad, "nySluttDato"), framhevet=True),
            deler.date_line(g, "forrigeSlutt", extended_end(g.post, g.nummer)),
            deler.line(g, "grunnlag", g.kodetekst("forlengelse", "grunnlag", grunnlag), grunnlag),
            deler.date_line(g, "avtaltMedNav", read_dato(g.rad, "avtaltMedNav")),
        ],
    )


def _avsluttet(g: Grunnlag) -> list[Blokk]:
    return fakta(
        "kortFortalt",
        [
            deler.date_line(g, "sluttDato", read_dato(g.rad, "sluttDato"), framhevet=True),
            deler.date_line(g, "planlagtSlutt", planned_end(g.post)),
            deler.date_line(g, "avtaltMedNav", read_dato(g.rad, "avslutningAvtaltMedNav")),
        ],
    )


def _aarsak(g: Grunnlag) -> list[Blokk]:
    aarsak = g.tekst("aarsak")
    return fakta(
        "aarsak",
        [
            opplysning("aarsak", g.ord("aarsakTilSlutt"), g.kodetekst("deltakelse", "aarsak", aarsak), aarsak),
            deler.line(g, "aarsakBeskrivelse", g.tekst("aarsakBeskrivelse")),
        ],
    )


Seksjoner = Mapping[str, Callable[[Grunnlag], list[Blokk]]]
BESTILLINGSBEKREFTELSE: Seksjoner = {
    "KORT_FORTALT": _bekreftet,
    "UKLAR_BESTILLING": _uklar_bestilling,
    "TILLEGGSPUNKTER": deler.extra_points,
}
MELDING_FORLENGELSE: Seksjoner = {
    "KORT_FORTALT": _forlenget,
    "BEGRUNNELSE": lambda g: deler.own_text(g, "begrunnelse"),
    "VARIGHET": grenser.varighet,
    "TILLEGGSPUNKTER": deler.extra_points,
}
MELDING_AVSLUTNING: Seksjoner = {
    "KORT_FORTALT": _avsluttet,
    "AARSAK": _aarsak,
    "TILLEGGSPUNKTER": deler.extra_points,
}
