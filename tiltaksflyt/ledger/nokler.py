"""The key store: data keys of deltakelser and lookup keys of senders, apart from everything they open.

It is a database of its own, replicated but never kept as history (beslutninger 1): a restore takes an old ledger and
today's key store, so that what was erased stays unreadable. Deleting a data key is the erasure.
"""

import os
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Integer, LargeBinary, MetaData, Row, String, Table, delete, insert, select

from tiltaksflyt.ledger.database import Database, chunks
from tiltaksflyt.ledger.feil import LedgerFeil, NokkelSlettet
from tiltaksflyt.ledger.kryptering import NOKKELLENGDE, fingerprint
from tiltaksflyt.ledger.nokkelvern import FELLES, KEK_MANGLER, Nokkelvern, version_of
from tiltaksflyt.ledger.tabeller import NAVNEREGEL, Tidspunkt

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

# The rotation of an owner's KEK (nokkelrotasjon.py): the version it goes to, and the oldest that a key stored from now
# on may be wrapped with. No row: never rotated.
nokkelrotasjon = Table(
    "nokkelrotasjon",
    metadata,
    Column("eier", String(9), primary_key=True),
    Column("versjon", Integer, nullable=False),
    Column("minst", Integer, nullable=False),
    Column("begynt", Tidspunkt, nullable=False),
    Column("fullfort", Tidspunkt),
)

_FORSOK = 3


class Nokkellager:
    """The open key store. Data keys are never cached, so that a destroyed key is gone in every process at once.

    That costs one unwrapping for each reading: with a KMS one call for each owner in a batch, so read many at a time.
    """

    def __init__(self, database: Database, vern: Nokkelvern) -> None:
        self.database = database
        self.vern = vern
        self._oppslag: dict[str, bytes] = {}

    def create(self, avsender: str, antall: int) -> list[tuple[str, bytes]]:
        """New random data keys for one arrangør: (key id, key). Committed before anything is sealed with them."""
        nye = {str(uuid.uuid4()): os.urandom(NOKKELLENGDE) for _ in range(antall)}
        for _ in range(_FORSOK if nye else 0):
            pakker = self.vern.wrap(avsender, nye)
            with self.database.write() as conn:
                if self.is_new_enough(conn, avsender, pakker):
                    conn.execute(
                        insert(data_nokkel),
                        [{"nokkel_id": i, "avsender": avsender, "pakket": pakket} for i, pakket in pakker.items()],
                    )
                    return list(nye.items())
        if nye:
            raise _outdated()
        return []

    def is_new_enough(self, conn: Connection, eier: str, pakker: Mapping[str, bytes]) -> bool:
        """Whether the wrapped keys may be stored in this transaction; false when a rotation came in between.

        They were wrapped before the transaction, which never waits for anybody else. Holds up the owner's rotation
        until the transaction ends, so that it finds every key with the old KEK before that one is destroyed.
        """
        self.database.lock(conn, f"kek:{eier}")
        minst = conn.scalar(select(nokkelrotasjon.c.minst).where(nokkelrotasjon.c.eier == eier)) or 1
        return all(version_of(pakket) >= minst for pakket in pakker.values())

    def get(self, nokkel_id: str) -> bytes:
        """One data key. Raises NokkelSlettet."""
        try:
            return self.get_many([nokkel_id])[nokkel_id]
        except KeyError:
            raise NokkelSlettet("nokkellager") from None

    def get_many(self, nokkel_ider: Sequence[str]) -> dict[str, bytes]:
        """The data keys that still exist; a destroyed one is absent."""
        try:
            return self._unwrap(self._rows(nokkel_ider))
        except LedgerFeil as feil:
            if feil.kode != KEK_MANGLER:
                raise
        # A rotation may have ended between reading the rows and unwrapping them: then they stand under the new KEK.
        return self._unwrap(self._rows(nokkel_ider))

    def _rows(self, nokkel_ider: Sequence[str]) -> list[Row[Any]]:
        with self.database.read() as conn:
            return [
                rad
                for bunt in chunks(nokkel_ider)
                for rad in conn.execute(select(data_nokkel).where(data_nokkel.c.nokkel_id.in_(bunt)))
            ]

    def _unwrap(self, rader: Sequence[Row[Any]]) -> dict[str, bytes]:
        per_eier: dict[str, dict[str, bytes]] = defaultdict(dict)
        for rad in rader:
            per_eier[rad.avsender][rad.nokkel_id] = rad.pakket
        return {
            nokkel_id: nokkel
            for eier, pakker in per_eier.items()
            for nokkel_id, nokkel in self.vern.unwrap(eier, pakker).items()
        }

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
        for _ in range(_FORSOK):
            rad = self._lookup_row(eier)
            if rad is None:
                self._create_lookup_key(eier)
                continue
            try:
                return self.vern.unwrap(eier, {rad.nokkel_id: rad.pakket})[rad.nokkel_id]
            except LedgerFeil as feil:
                # As in `get_many`: the row is read again once a rotation has given it another KEK.
                if feil.kode != KEK_MANGLER or self._lookup_row(eier) == rad:
                    raise
        raise _outdated()

    def _lookup_row(self, eier: str) -> Row[Any] | None:
        with self.database.read() as conn:
            return conn.execute(select(oppslagsnokkel).where(oppslagsnokkel.c.eier == eier)).one_or_none()

    def _create_lookup_key(self, eier: str) -> None:
        """Make the key, unless another process has, or a rotation came in between: then the caller reads again."""
        nokkel_id = str(uuid.uuid4())
        pakker = self.vern.wrap(eier, {nokkel_id: os.urandom(NOKKELLENGDE)})
        with self.database.write() as conn:
            if not self.is_new_enough(conn, eier, pakker):
                return
            if conn.scalar(select(oppslagsnokkel.c.eier).where(oppslagsnokkel.c.eier == eier)) is None:
                conn.execute(insert(oppslagsnokkel).values(eier=eier, nokkel_id=nokkel_id, pakket=pakker[nokkel_id]))

    def forget_free_space(self) -> bool:
        """Rewrite the store so that no freed page holds a destroyed key (Database.forget_free_space)."""
        return self.database.forget_free_space()

    def close(self) -> None:
        """Close every connection, and forget the keys."""
        self.database.close()
        self.vern.close()


def _outdated() -> LedgerFeil:
    return LedgerFeil(
        "KEK_GAMMEL", "nokkelvern", "this process sees an older key-encryption key than the store; share the same keys"
    )


def refuse_same_database(ledger: Database, nokler: Database) -> None:
    """Raises LedgerFeil when keys and what they open would lie in one database."""
    if ledger.engine.url.set(query={}) == nokler.engine.url.set(query={}):
        raise LedgerFeil("SAMME_DATABASE", "nokkellager", "give the key store a database of its own")
