"""The limits of what the door lets in (rule FIL003), read from schemas/profiler/grenser.yaml."""

from dataclasses import dataclass
from functools import cache

from tiltaksflyt.intake.portdata import read_portdata

_MB = 1024 * 1024


@dataclass(frozen=True)
class Grenser:
    """Sizes in bytes, the rest in counts. A value equal to its limit passes."""

    maks_storrelse: int
    maks_utpakket: int
    maks_utpakket_regneark: int
    maks_utpakket_parquet: int
    maks_dokument: int
    maks_tekst: int
    maks_forhold: int
    maks_oppforinger: int
    maks_celler: int
    maks_utfylte_celler: int
    maks_kolonner: int
    maks_skadede_rader: int
    maks_skadede_celler: int


@cache
def standardgrenser() -> Grenser:
    """The limits that ship. Raises UgyldigFil."""
    innhold = read_portdata("grenser")
    return Grenser(
        maks_storrelse=innhold["maksStorrelseMb"] * _MB,
        maks_utpakket=innhold["maksUtpakketMb"] * _MB,
        maks_utpakket_regneark=innhold["maksUtpakketRegnearkMb"] * _MB,
        maks_utpakket_parquet=innhold["maksUtpakketParquetMb"] * _MB,
        maks_dokument=innhold["maksDokumentMb"] * _MB,
        maks_tekst=innhold["maksTekstMb"] * _MB,
        maks_forhold=innhold["maksForhold"],
        maks_oppforinger=innhold["maksOppforinger"],
        maks_celler=innhold["maksCeller"],
        maks_utfylte_celler=innhold["maksUtfylteCeller"],
        maks_kolonner=innhold["maksKolonner"],
        maks_skadede_rader=innhold["maksSkadedeRader"],
        maks_skadede_celler=innhold["maksSkadedeCeller"],
    )
