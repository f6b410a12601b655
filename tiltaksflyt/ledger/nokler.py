"""The key store: data keys of deltakelser and lookup keys of senders, apart from everything they open.

It is a database of its own, replicated but never kept as history (beslutninger 1): a restore takes an old ledger and
today's key store, so that what was erased stays unreadable. Deleting a data key is the erasure.
"""

import os
import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import Column, LargeBinary, MetaData, String, Table, delete, insert, select

from tiltaksflyt.ledger.database import Database, chunks
from tiltaksflyt.ledger.feil import LedgerFeil, NokkelSlettet
from tiltaksflyt.ledger.kryptering import NOKKELLENGDE, fingerprint
from tiltaksflyt.ledger.nokkelvern import FELLES, Nokkelvern
from tiltaksflyt.ledger.tabeller import NAVNEREGEL

metadata = MetaData(naming_convention=NAVNEREGEL)

data_nokkel = Table(
    "data_nokkel",
    metadata,
    Column("nokkel_id", String(36), primary_key=True),
    Column("avsender", String(9), nullable=False, index=True),
    Column("pakket", LargeBinary, nullable=False),
)

# One key per owner for the keyed fingerprints (HMAC) by which external ids are found; it outlives the deltakelser.
oppslagsnokkel = Table(
    "oppslagsnokkel",
    metadata,
    Column("eier", String(9), primary_key=True),
    Column("nokkel_id", String(36), nullable=False),
    Column("pakket", LargeBinary, nullable=False),
)


class Nokkellager:
    """The open key store. Data keys are never cached, so that a destroyed key is gone in every process at once."""

    def __init__(self, database: Database, vern: Nokkelvern) -> None:
        self.database = database
        self._vern = vern
        self._oppslag: dict[str, bytes] = {}

    def create(self, avsender: str, antall: int) -> list[tuple[str, bytes]]:
        """New random data keys for one arrangør: (key id, key). Committed before anything is sealed with them."""
        nye = [(str(uuid.uuid4()), os.urandom(NOKKELLENGDE)) for _ in range(antall)]
        if nye:
            with self.database.write() as conn:
                conn.execute(
                    insert(data_nokkel),
                    [
                        {"nokkel_id": i, "avsender": avsender, "pakket": self._vern.wrap(avsender, i, nokkel)}
                        for i, nokkel in nye
                    ],
                )
        return nye

    def get(self, nokkel_id: str) -> bytes:
        """One data key. Raises NokkelSlettet."""
        try:
            return self.get_many([nokkel_id])[nokkel_id]
        except KeyError:
            raise NokkelSlettet("nokkellager") from None

    def get_many(self, nokkel_ider: Sequence[str]) -> dict[str, bytes]:
        """The data keys that still exist; a destroyed one is absent."""
        funnet = {}
        with self.database.read() as conn:
            for bunt in chunks(nokkel_ider):
                for rad in conn.execute(select(data_nokkel).where(data_nokkel.c.nokkel_id.in_(bunt))):
                    funnet[rad.nokkel_id] = self._vern.unwrap(rad.avsender, rad.nokkel_id, rad.pakket)
        return funnet

    def existing(self, nokkel_ider: Sequence[str]) -> set[str]:
        """Which of the keys still exist; nothing is unwrapped."""
        funnet: set[str] = set()
        with self.database.read() as conn:
            for bunt in chunks(nokkel_ider):
                funnet.update(
                    conn.scalars(select(data_nokkel.c.nokkel_id).where(data_nokkel.c.nokkel_id.in_(bunt))).all()
                )
        return funnet

    def destroy(self, nokkel_ider: Collection[str]) -> int:
        """Delete data keys, committed at once: what they opened is erased in every copy. Answers how many."""
        antall = 0
        with self.database.write() as conn:
            for bunt in chunks(list(nokkel_ider)):
                antall += conn.execute(delete(data_nokkel).where(data_nokkel.c.nokkel_id.in_(bunt))).rowcount
        return antall

    def lookup(self, eier: str, slag: str, ekstern_id: str) -> str:
        """The keyed fingerprint under which an external id is found. `slag` keeps the kinds of id apart."""
        return fingerprint(self.lookup_key(eier), f"{slag}\0{ekstern_id}".encode("utf-8", "surrogatepass"))

    def lookup_key(self, eier: str = FELLES) -> bytes:
        """The owner's lookup key, made the first time."""
        if eier not in self._oppslag:
            self._oppslag[eier] = self._read_or_create_lookup_key(eier)
        return self._oppslag[eier]

    def _read_or_create_lookup_key(self, eier: str) -> bytes:
        with self.database.read() as conn:
            rad = conn.execute(select(oppslagsnokkel).where(oppslagsnokkel.c.eier == eier)).one_or_none()
        if rad is None:
            with self.database.write() as conn:
                self.database.lock(conn, f"oppslagsnokkel:{eier}")
                rad = conn.execute(select(oppslagsnokkel).where(oppslagsnokkel.c.eier == eier)).one_or_none()
                if rad is None:
                    nokkel_id, nokkel = str(uuid.uuid4()), os.urandom(NOKKELLENGDE)
                    pakket = self._vern.wrap(eier, nokkel_id, nokkel)
                    conn.execute(insert(oppslagsnokkel).values(eier=eier, nokkel_id=nokkel_id, pakket=pakket))
                    return nokkel
        return self._vern.unwrap(eier, rad.nokkel_id, rad.pakket)

    def forget_free_space(self) -> bool:
        """Rewrite the store so that no freed page holds a destroyed key (Database.forget_free_space)."""
        return self.database.forget_free_space()

    def close(self) -> None:
        """Close every connection."""
        self.database.close()


def refuse_same_database(ledger: Database, nokler: Database) -> None:
    """Raises LedgerFeil when keys and what they open would lie in one database."""
    if ledger.engine.url.set(query={}) == nokler.engine.url.set(query={}):
        raise LedgerFeil("SAMME_DATABASE", "nokkellager", "give the key store a database of its own")
