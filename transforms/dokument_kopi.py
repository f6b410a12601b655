"""A copy of a document to another recipient: the same content under a header of its own."""

import json
from typing import Any

from transforms.dokument import Innhold, Mottakerhode
from transforms.dokument_blokker import Blokk, opplysning
from transforms.dokument_tekster import words_of
from transforms.tilbakekalling import SEKSJON


def make_copy(innhold: Innhold, *, melding_id: str, erstatter: str | None, mottaker: Mottakerhode) -> Innhold:
    """What travels to `mottaker`: `innhold` with what differs for it, and nothing else.

    `melding_id` is the copy's own, `erstatter` that of the copy which it replaces at the same recipient. `kopiAv` names
    the original, which alone is archived at Nav. The page says whom the copy is to beside the Nav-kontor.
    """
    hode = {navn: verdi for navn, verdi in innhold["hode"].items() if navn != "erstatter"}
    egne: dict[str, Any] = {
        "meldingId": melding_id,
        "kopiAv": innhold["hode"]["meldingId"],
        "mottaker": {
            "behandlingsansvarlig": mottaker.behandlingsansvarlig,
            "navEnhet": mottaker.nav_enhet,
            "navFylke": mottaker.nav_fylke,
            "navn": mottaker.navn,
        },
    }
    if erstatter is not None:
        egne["erstatter"] = erstatter
    forrige = innhold["hode"].get("erstatter")
    seksjoner = [_of_its_own_chain(seksjon, forrige, erstatter) for seksjon in innhold["seksjoner"]]
    linje = opplysning(
        "kopiTil", words_of(innhold).ord["kopiTil"], f"{mottaker.navn} ({mottaker.nav_enhet})", mottaker.nav_enhet
    )
    return {"hode": hode | egne, "opplysninger": [*innhold["opplysninger"], linje], "seksjoner": seksjoner}


def _of_its_own_chain(seksjon: Blokk, originalens: str | None, kopiens: str | None) -> Blokk:
    """A point that names the message which is taken back, as the copy's recipient knows that message."""
    if seksjon["kode"] != SEKSJON or originalens is None or kopiens is None:
        return seksjon
    tekst = json.dumps(seksjon, ensure_ascii=False).replace(originalens, kopiens)
    egen: Blokk = json.loads(tekst)
    return egen
