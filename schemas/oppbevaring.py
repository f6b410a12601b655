"""How long operations keep their own files, and how large a bite they take: data, each number with its reason."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from schemas.loader import SCHEMAS, load


@dataclass(frozen=True)
class Oppbevaring:
    """The periods of schemas/regelverk/oppbevaring.yaml."""

    raafil: timedelta
    opplasting: timedelta
    liste: timedelta
    svar: timedelta
    prove: timedelta
    holdt: timedelta
    plass: timedelta
    bekreftelse: timedelta
    avtaledokument: timedelta
    sletteattest: timedelta
    tilgangslogg: timedelta
    leie: timedelta
    driftslogg: timedelta
    dokumenter_per_leveranse: int
    avsendere_per_bunt: int
    utkast_per_prove: int
    utkast: timedelta
    ulest_kvittering: timedelta
    til_side: timedelta
    kvitteringsmerknad: timedelta
    avstemming_margin: timedelta
    klokkesprang: timedelta


@cache
def oppbevaring() -> Oppbevaring:
    """The periods in force. Raises UgyldigFil."""
    innhold = load(SCHEMAS / "regelverk" / "oppbevaring.yaml", "oppbevaring")
    return Oppbevaring(
        raafil=timedelta(days=innhold["raafilDager"]["verdi"]),
        opplasting=timedelta(days=innhold["opplastingDager"]["verdi"]),
        liste=timedelta(days=innhold["listeDager"]["verdi"]),
        svar=timedelta(days=innhold["svarDager"]["verdi"]),
        prove=timedelta(days=innhold["proveDager"]["verdi"]),
        holdt=timedelta(days=innhold["holdtDager"]["verdi"]),
        plass=timedelta(days=innhold["plassDager"]["verdi"]),
        bekreftelse=timedelta(days=innhold["bekreftelseDager"]["verdi"]),
        avtaledokument=timedelta(days=innhold["avtaledokumentDager"]["verdi"]),
        sletteattest=timedelta(days=innhold["sletteattestDager"]["verdi"]),
        tilgangslogg=timedelta(days=innhold["tilgangsloggDager"]["verdi"]),
        leie=timedelta(minutes=innhold["leieMinutter"]["verdi"]),
        driftslogg=timedelta(days=innhold["driftsloggDager"]["verdi"]),
        dokumenter_per_leveranse=innhold["dokumenterPerLeveranse"]["verdi"],
        avsendere_per_bunt=innhold["avsenderePerBunt"]["verdi"],
        utkast_per_prove=innhold["utkastPerProve"]["verdi"],
        utkast=timedelta(days=innhold["utkastDager"]["verdi"]),
        ulest_kvittering=timedelta(days=innhold["ulestKvitteringDager"]["verdi"]),
        til_side=timedelta(days=innhold["tilSideDager"]["verdi"]),
        kvitteringsmerknad=timedelta(days=innhold["kvitteringsmerknadDager"]["verdi"]),
        avstemming_margin=timedelta(minutes=innhold["avstemmingMarginMinutter"]["verdi"]),
        klokkesprang=timedelta(hours=innhold["klokkesprangTimer"]["verdi"]),
    )
