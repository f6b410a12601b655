"""The predicates: one named, vectorised function for each thing a rule can ask. Importing this enters them all."""

from expectations.predikater import (
    arbeid,
    datoer,
    form,
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
    tverrgaende,
    varighet,
)
from expectations.predikater.register import BARE_PROBLEMER, BARE_UTFYLTE, LESER_PROBLEMER, PREDIKATER, parametre_til

__all__ = [
    "BARE_PROBLEMER",
    "BARE_UTFYLTE",
    "LESER_PROBLEMER",
    "PREDIKATER",
    "arbeid",
    "datoer",
    "form",
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
    "tverrgaende",
    "varighet",
]
