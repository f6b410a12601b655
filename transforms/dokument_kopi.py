"""A copy of a document to another recipient: the same content under a header of its own."""

from typing import Any

from transforms.dokument import Innhold, Mottakerhode
from transforms.dokument_blokker import opplysning
from transforms.dokument_tekster import words_of


def make_copy(innhold: Innhold, *, melding_id: str, erstatter: str | None, mottaker: Mottakerhode) -> Innhold:
    """What travels to `mottaker`: `innhold` with what differs for it, and nothing else.

    `melding_id` is the copy's own, `erstatter` that of the copy which it replaces at the same recipient. `kopiAv` names
    the original, which alone is archived at Nav. The page says whom the copy is to beside the Nav-kontor.
    """
    hode = {navn: verdi for navn, verdi in innhold["hode"].items() if navn != "erstatter"}
    egne: dict[str, Any] = {
        "meldingId": melding_id,
        "kopiAv": innhold["hode"]["meldingId"],
        "mottaker": mottaker.as_header(),
    }
    if erstatter is not None:
        egne["erstatter"] = erstatter
    linje = opplysning(
        "kopiTil", words_of(innhold).ord["kopiTil"], f"{mottaker.navn} ({mottaker.nav_enhet})", mottaker.nav_enhet
    )
    return {"hode": hode | egne, "opplysninger": [*innhold["opplysninger"], linje], "seksjoner": innhold["seksjoner"]}
