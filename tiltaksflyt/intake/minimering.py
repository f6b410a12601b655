"""What is not needed is not read: contact details without a samtykke, and the cells of a damaged row."""

from collections.abc import Iterable, Mapping

from schemas.kontrakt import Felttype, tabeller
from tiltaksflyt.intake.avbildning import Raatabell
from tiltaksflyt.intake.notasjon import clean_token

_KONTAKTFELTER = ("telefonnummer", "epost")


def blank_contact_details(raatabeller: Mapping[str, Raatabell]) -> None:
    """Blank telephone and e-mail of every deltaker for whom the drop has no samtykke in force."""
    deltaker = raatabeller.get("deltaker")
    if deltaker is None:
        return
    med_samtykke = set(_consenting(raatabeller.get("samtykke")))
    uten = [i for i, id_ in enumerate(_column(deltaker, "deltakerId")) if clean_token(id_) not in med_samtykke]
    for felt in _KONTAKTFELTER:
        celler = deltaker.kolonner.get(felt)
        for indeks in uten if celler is not None else ():
            deltaker.kolonner[felt][indeks] = ""


def _consenting(samtykke: Raatabell | None) -> Iterable[str]:
    if samtykke is None:
        return
    trukket = _column(samtykke, "trukket")
    for indeks, id_ in enumerate(_column(samtykke, "deltakerId")):
        if indeks not in samtykke.skadede and not clean_token(trukket[indeks]):
            yield clean_token(id_)


def _column(raa: Raatabell, felt: str) -> list[str]:
    return raa.kolonner.get(felt) or [""] * len(raa.rad)


def keep_known_ids(raatabeller: Mapping[str, Raatabell]) -> None:
    """Of a damaged row, keep only ids that a whole row of the drop has too, so that what belongs to it can be held.

    Anything else may be text that slid into the id's place, and an id is shown to people.
    """
    kjente: dict[str, set[str]] = {}
    for raa in raatabeller.values():
        for felt in _id_fields(raa):
            hele = (celle for i, celle in enumerate(raa.kolonner[felt]) if i not in raa.skadede)
            kjente.setdefault(felt, set()).update(hele)
    for raa in raatabeller.values():
        for felt in _id_fields(raa):
            for indeks in raa.skadede:
                if raa.kolonner[felt][indeks] not in kjente[felt]:
                    raa.kolonner[felt][indeks] = ""


def _id_fields(raa: Raatabell) -> list[str]:
    felter = tabeller()[raa.tabell].felter
    return [felt for felt in raa.kolonner if felter[felt].type is Felttype.ID]
