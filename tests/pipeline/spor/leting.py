"""Where an id stands, in whatever the deployment keeps: found by looking, never by a list of tables or of places."""

import mmap
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import gettempdir

from sqlalchemy import select

from tests.pipeline.conftest import Linje
from tests.pipeline.spor.spor import cells, ids_anywhere
from tiltaksflyt.ledger import Uleselig
from tiltaksflyt.ledger.tabeller import hendelse
from tiltaksflyt.retention.sveip import make_naler, search_bytes

_MAKS = 1 << 24
# The recipient's own copy, and who we are to it.
_IKKE_VARE = ("mottaker", "pki")


def columns_with(linje: Linje, ider: Collection[str]) -> Mapping[str, set[str]]:
    """The columns of both databases that hold some of the ids, and which."""
    funn: dict[str, set[str]] = defaultdict(set)
    for database in (linje.om.ledger.database, linje.om.ledger.nokler.database):
        for kolonne, data in cells(database.engine):
            for id_ in ids_anywhere(data):
                if id_ in ider:
                    funn[kolonne].add(id_)
    return funn


def objects_with(linje: Linje, ider: Collection[str]) -> set[str]:
    """The objects of the bucket, all versions, whose name or content holds one of the ids in any encoding."""
    naler = tuple(nal for id_ in ider for nal in make_naler(id_))
    funn = set()
    for objekt in linje.om.storage.list_versions():
        innhold = linje.om.storage.read_version(objekt, maks_bytes=_MAKS)
        if any(id_ in ider for id_ in (*ids_anywhere(objekt.nokkel.encode()), *ids_anywhere(innhold))):
            funn.add(objekt.nokkel)
        funn |= {f"{objekt.nokkel}{treff.sti}" for treff in search_bytes(innhold, naler, "")}
    return funn


def events_with(linje: Linje, ider: Collection[str]) -> set[str]:
    """The types of the events that open with the keys that are left, and then hold one of the ids."""
    ledger = linje.om.ledger
    with ledger.database.read() as kobling:
        typer = kobling.scalars(select(hendelse.c.type).distinct()).all()
    funn = set()
    for type_ in typer:
        try:
            apnet = str(ledger.hendelser.about_no_one([type_])).encode()
        except Uleselig:
            continue  # sealed with a deltakelse, and gone with its key
        if any(id_ in ider for id_ in ids_anywhere(apnet)):
            funn.add(type_)
    return funn


def files_with(linje: Linje, ider: Collection[str], andre: Iterable[Path]) -> Mapping[Path, set[str]]:
    """The files of the deployment that hold some of the ids in any byte, in use or freed, and which."""
    funn = {}
    for fil in _files(linje, andre):
        with fil.open("rb") as strom, mmap.mmap(strom.fileno(), 0, access=mmap.ACCESS_READ) as kart:
            funnet = {id_ for id_ in ids_anywhere(kart[:]) if id_ in ider}
        if funnet:
            funn[fil] = funnet
    return funn


def _files(linje: Linje, andre: Iterable[Path]) -> Iterator[Path]:
    rot = linje.anlegg.katalog
    filer = {fil for fil in rot.rglob("*") if fil.relative_to(rot).parts[0] not in _IKKE_VARE}
    for katalog in (*andre, *Path(gettempdir()).glob("tiltaksflyt-levering-*")):
        filer |= set(katalog.rglob("*"))
    yield from (fil for fil in sorted(filer) if fil.is_file() and fil.stat().st_size)
