"""The predicates: one named, vectorised function for each thing a rule can ask. Importing this enters them all."""

from expectations.predikater import (
    datoer,
    form,
    frister,
    historikk,
    identer,
    koder,
    omfang,
    perioderapport,
    personvern,
    plan,
    samtykke,
    sletting,
    sluttrapport,
    stillstand,
    tverrgaende,
)
from expectations.predikater.register import BARE_PROBLEMER, BARE_UTFYLTE, LESER_PROBLEMER, PREDIKATER, parametre_til

__all__ = [
    "BARE_PROBLEMER",
    "BARE_UTFYLTE",
    "LESER_PROBLEMER",
    "PREDIKATER",
    "datoer",
    "form",
    "frister",
    "historikk",
    "identer",
    "koder",
    "omfang",
    "parametre_til",
    "perioderapport",
    "personvern",
    "plan",
    "samtykke",
    "sletting",
    "sluttrapport",
    "stillstand",
    "tverrgaende",
]
