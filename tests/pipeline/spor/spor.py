"""What an id looks like wherever it stands: uuids, hashes and fingerprints, and the senders' own ids of the case."""

import re
from collections.abc import Iterator

from sqlalchemy import Engine, MetaData

# A sender's id as the cases write it; no other text looks like it. Beside it the archive id of the reference receiver.
EGEN_ID = "KANARI{}-{:05}"
_HEX = 32
_ID = rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}|KANARI[A-Z]-[0-9]{5}|REF-[0-9]{9}"
_SKREVET = re.compile(rb"(?<![0-9a-z-])(" + _ID + rb")", re.IGNORECASE)
# Overlapping: in a database page a column begins where the one before ends, with nothing between.
_HVOR_SOM_HELST = re.compile(rb"(?=(" + _ID + rb"))", re.IGNORECASE)


def normal(verdi: str) -> str:
    """One form for each id. Of a hash its beginning: a part of it leads as far as the whole."""
    smaa = verdi.lower()
    return smaa if smaa.startswith(("kanari", "ref-")) else smaa.replace("-", "")[:_HEX]


def ids_written(data: bytes) -> Iterator[str]:
    """Every id that stands as a word of its own in some bytes."""
    for treff in _SKREVET.finditer(data):
        yield normal(treff.group(1).decode("ascii"))


def ids_anywhere(data: bytes) -> Iterator[str]:
    """Whatever might be an id in some bytes, also in the middle of others, and as UTF-16."""
    for tekst in {data, data.translate(None, b"\0")}:
        for treff in _HVOR_SOM_HELST.finditer(tekst):
            yield normal(treff.group(1).decode("ascii"))


def cells(engine: Engine) -> Iterator[tuple[str, bytes]]:
    """Every cell of every table there is in a database, as bytes, with the name of its column."""
    metadata = MetaData()
    metadata.reflect(engine)
    with engine.connect() as kobling:
        for tabell in metadata.sorted_tables:
            for rad in kobling.execute(tabell.select()).mappings():
                for kolonne, verdi in rad.items():
                    data = verdi if isinstance(verdi, bytes) else str(verdi).encode()
                    yield f"{tabell.name}.{kolonne}", data
