"""At which gate a rule stands. It follows from its level and group; duplicates are known by what is asked."""

from collections.abc import Mapping
from types import MappingProxyType

from expectations.regel import Niva, Regel
from schemas.avvik import Port

_ETTER_GRUPPE: Mapping[str, Port] = MappingProxyType({"SKJ": Port.FORM, "SLE": Port.FRISTER, "FRI": Port.FRISTER})
_ETTER_NIVA: Mapping[str, Port] = MappingProxyType(
    {
        "FIL": Port.FIL,
        "SKJEMA": Port.FORM,
        "VERDI": Port.KODER_OG_IDENTER,
        "RAD": Port.I_RADEN,
        "KRYSSRAD": Port.PA_TVERS,
        "HISTORIKK": Port.MOT_HISTORIKKEN,
        "FRIST": Port.FRISTER,
        "DOKUMENT": Port.DOKUMENT,
    }
)
# What finds one thing told twice: in two rows, under two ids, or under one id with two names.
_DUBLETT = frozenset(
    {
        "samme_nokkel_ulikt_innhold",
        "gjentatt_rad",
        "samme_person_flere_id",
        "samme_ident_to_navn",
        "id_skrevet_ulikt",
    }
)


def gate(regel: Regel) -> Port:
    """The gate that a rule stands at."""
    if regel.niva is Niva.DOKUMENT:
        return Port.DOKUMENT
    if any(sted.predikat in _DUBLETT for sted in regel.steder):
        return Port.DUBLETTER
    return _ETTER_GRUPPE.get(regel.regel[:3]) or _ETTER_NIVA[regel.niva.name]
