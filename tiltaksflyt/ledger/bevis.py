"""The evidence: one chain, one row per erasure, per sealed day of events and per closed month, each signed.

An entry is canonical JSON and holds no personal data and no external id. It is appended under the locked head row, in
the transaction that did what it proves ([M] without the lock the chain forks). The signing key lies outside the
database. The head goes daily to an object-locked file; without that anchor nobody can tell a shortened chain from a
short one (beslutninger 10).
"""

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Connection, insert, select, update

from tiltaksflyt.ledger.database import Database
from tiltaksflyt.ledger.feil import LedgerFeil
from tiltaksflyt.ledger.koder import Kjedefeilkode
from tiltaksflyt.ledger.kryptering import canonical
from tiltaksflyt.ledger.nokkelvern import read_or_create_secret
from tiltaksflyt.ledger.tabeller import hendelse, kjede_hode, slettebevis

INGEN = "0" * 64  # what the first entry points back to
# The kinds of entries: an erased deltakelse, an erased consent, a sealed day of events, a month that is closed.
SLETTING, SAMTYKKE, FORSEGLING, MANEDSSTAND = "SLETTING", "SAMTYKKE", "FORSEGLING", "MANEDSSTAND"


@dataclass(frozen=True)
class Bevis:
    """One entry. `innhold` is the canonical JSON that `hash` (SHA-256, hex) and `signatur` (Ed25519) are of."""

    lopenr: int
    slettesak_id: str | None
    innhold: str
    hash: str
    signatur: bytes

    def values(self) -> dict[str, Any]:
        """What the entry says."""
        verdier: dict[str, Any] = json.loads(self.innhold)
        return verdier

    def as_json(self) -> dict[str, Any]:
        """The entry as it is written outside the database."""
        return {**vars(self), "signatur": b64encode(self.signatur).decode()}

    @classmethod
    def from_json(cls, verdier: Mapping[str, Any]) -> Self:
        """The entry again. Raises ValueError, KeyError or TypeError for what is none."""
        slettesak_id = verdier["slettesak_id"]
        return cls(
            lopenr=int(verdier["lopenr"]),
            slettesak_id=None if slettesak_id is None else str(slettesak_id),
            innhold=str(verdier["innhold"]),
            hash=str(verdier["hash"]),
            signatur=b64decode(verdier["signatur"], validate=True),
        )


@dataclass(frozen=True)
class Kjedehode:
    """How many entries there are and the hash of the last: what is anchored outside every day."""

    antall: int
    hash: str


@dataclass(frozen=True)
class Kjedefeil:
    """One thing wrong; `lopenr` is the entry, or the anchored count, it was found at."""

    lopenr: int
    kode: Kjedefeilkode

    def as_json(self) -> dict[str, Any]:
        """The fault as `evidence verify --json` prints it."""
        return {"lopenr": self.lopenr, "kode": self.kode.value, "tekst": self.kode.tekst}


@dataclass(frozen=True)
class Kjedefunn:
    """What a verification found. `ok` when nothing is wrong."""

    antall: int
    feil: tuple[Kjedefeil, ...]

    @property
    def ok(self) -> bool:
        """Whether the chain is whole."""
        return not self.feil


def load_signing_key(fil: Path) -> Ed25519PrivateKey:
    """The key that signs evidence, made at random when the file does not exist. Raises LedgerFeil."""
    return Ed25519PrivateKey.from_private_bytes(read_or_create_secret(fil))


def append(
    conn: Connection,
    verdier: Mapping[str, Any],
    *,
    slettesak_id: str | None,
    nokkel: Ed25519PrivateKey,
    now: datetime,
) -> Bevis:
    """Append an entry in the caller's own transaction. `verdier` must hold nothing that leads to a person."""
    return append_all(conn, [(slettesak_id, verdier)], nokkel=nokkel, now=now)[0]


def append_all(
    conn: Connection,
    oppforinger: Sequence[tuple[str | None, Mapping[str, Any]]],
    *,
    nokkel: Ed25519PrivateKey,
    now: datetime,
) -> tuple[Bevis, ...]:
    """Append entries in their order, (slettesakId, what it says), under one lock of the head, as `append` does one."""
    if not oppforinger:
        return ()
    hode = conn.execute(select(kjede_hode).where(kjede_hode.c.id == 1).with_for_update()).one()
    forrige, nye = hode.hash, []
    for lopenr, (slettesak_id, verdier) in enumerate(oppforinger, start=hode.antall + 1):
        innhold = canonical(
            {
                **verdier,
                "forrige": forrige,
                "lopenr": lopenr,
                "slettesakId": slettesak_id,
                "tid": now.astimezone(UTC).isoformat(),
            }
        )
        forrige = hashlib.sha256(innhold).hexdigest()
        nye.append(Bevis(lopenr, slettesak_id, innhold.decode(), forrige, nokkel.sign(innhold)))
    conn.execute(insert(slettebevis), [vars(bevis) for bevis in nye])
    conn.execute(update(kjede_hode).where(kjede_hode.c.id == 1).values(antall=nye[-1].lopenr, hash=forrige))
    return tuple(nye)


def verify_chain(
    oppforinger: Sequence[Bevis],
    hode: Kjedehode,
    offentlige_nokler: Collection[Ed25519PublicKey],
    forankring: Sequence[Kjedehode],
) -> Kjedefunn:
    """Verify entries in the order given against the head and every head that was anchored outside. Pure.

    Finds: one byte changed, entries reordered or missing, a forged signature, the last row deleted (by the head, or by
    the anchor when the head was changed too) and the whole chain recomputed (by the anchor, signature or not).
    """
    feil: list[Kjedefeil] = []
    forrige = INGEN
    for nr, bevis in enumerate(oppforinger, start=1):
        feil += [Kjedefeil(bevis.lopenr, kode) for kode in _faults(bevis, nr, forrige, offentlige_nokler)]
        forrige = bevis.hash
    if hode != Kjedehode(len(oppforinger), forrige):
        feil.append(Kjedefeil(hode.antall, Kjedefeilkode.HODE))
    for anker in forankring:
        if anker.antall > len(oppforinger) or _hash_at(oppforinger, anker.antall) != anker.hash:
            feil.append(Kjedefeil(anker.antall, Kjedefeilkode.FORANKRING))
    return Kjedefunn(len(oppforinger), tuple(feil))


def _faults(
    bevis: Bevis, nr: int, forrige: str, offentlige_nokler: Collection[Ed25519PublicKey]
) -> list[Kjedefeilkode]:
    innhold = bevis.innhold.encode()
    if hashlib.sha256(innhold).hexdigest() != bevis.hash:
        return [Kjedefeilkode.INNHOLD_ENDRET]
    feil = []
    verdier = bevis.values()
    if (verdier.get("lopenr"), verdier.get("slettesakId")) != (bevis.lopenr, bevis.slettesak_id):
        feil.append(Kjedefeilkode.INNHOLD_ENDRET)
    if bevis.lopenr != nr:
        feil.append(Kjedefeilkode.REKKEFOLGE)
    if verdier.get("forrige") != forrige:
        feil.append(Kjedefeilkode.BRUTT_LENKE)
    if not any(_is_signed(bevis, nokkel) for nokkel in offentlige_nokler):
        feil.append(Kjedefeilkode.UGYLDIG_SIGNATUR)
    return feil


def _is_signed(bevis: Bevis, nokkel: Ed25519PublicKey) -> bool:
    try:
        nokkel.verify(bevis.signatur, bevis.innhold.encode())
    except InvalidSignature:
        return False
    return True


def _hash_at(oppforinger: Sequence[Bevis], antall: int) -> str:
    return oppforinger[antall - 1].hash if antall else INGEN


class Beviskjede:
    """The stored chain."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def head(self) -> Kjedehode:
        """The head as it stands: anchor it outside every day."""
        with self._db.read() as conn:
            return _head(conn)

    def entries(self, etter: int = 0) -> tuple[Bevis, ...]:
        """The entries after number `etter`, in order."""
        with self._db.read() as conn:
            return entries_after(conn, etter)

    def verify(self, offentlige_nokler: Collection[Ed25519PublicKey], forankring: Sequence[Kjedehode]) -> Kjedefunn:
        """Verify the stored chain (`verify_chain`) and, against it, every sealed day of events."""
        with self._db.read() as conn:
            oppforinger, hode = entries_after(conn, 0), _head(conn)
            forseglinger = _seals(conn)
        funn = verify_chain(oppforinger, hode, offentlige_nokler, forankring)
        feil = [
            Kjedefeil(bevis.lopenr, Kjedefeilkode.FORSEGLING)
            for bevis in oppforinger
            if bevis.values().get("art") == FORSEGLING and not _matches_seal(bevis, forseglinger)
        ]
        return Kjedefunn(funn.antall, (*funn.feil, *feil))

    def seal_events(self, dato: date, *, nokkel: Ed25519PrivateKey, now: datetime) -> Bevis | None:
        """Seal every event up to and including `dato` that is not sealed yet; None when there is none."""
        with self._db.write() as conn:
            # The head is locked first: two sealers must not both count the same events.
            lopenr = conn.execute(select(kjede_hode.c.antall).with_for_update()).scalar_one() + 1
            conn.execute(
                update(hendelse)
                .where(hendelse.c.forsegling.is_(None), hendelse.c.dato <= dato)
                .values(forsegling=lopenr)
            )
            forsegling = _seals(conn, lopenr).get(lopenr)
            if forsegling is None:
                return None
            antall, avtrykk = forsegling
            verdier = {"art": FORSEGLING, "dato": dato.isoformat(), "antall": antall, "avtrykk": avtrykk}
            return append(conn, verdier, slettesak_id=None, nokkel=nokkel, now=now)

    def replay(self, oppforinger: Sequence[Bevis], offentlige_nokler: Collection[Ed25519PublicKey]) -> tuple[str, ...]:
        """After a restore: append the entries that the restored chain lacks, from the copy kept outside.

        Answers the slettesakIds of those entries, whose rows must go again (`slettinger.remove_again`). Raises
        LedgerFeil when the copy does not continue the restored chain.
        """
        with self._db.write() as conn:
            hode = conn.execute(select(kjede_hode).with_for_update()).one()
            felles = min(hode.antall, len(oppforinger))
            if entries_after(conn, 0)[:felles] != tuple(oppforinger[:felles]):
                raise _grown_apart()
            nye = oppforinger[hode.antall :]
            if not nye:
                return ()
            funn = verify_chain(oppforinger, Kjedehode(len(oppforinger), oppforinger[-1].hash), offentlige_nokler, [])
            if not funn.ok:
                raise _grown_apart()
            conn.execute(insert(slettebevis), [vars(bevis) for bevis in nye])
            conn.execute(update(kjede_hode).values(antall=len(oppforinger), hash=nye[-1].hash))
        return tuple(bevis.slettesak_id for bevis in nye if bevis.slettesak_id is not None)


def _grown_apart() -> LedgerFeil:
    return LedgerFeil("KJEDE", "slettebevis", "the copy does not continue the restored chain; verify both")


def _head(conn: Connection) -> Kjedehode:
    rad = conn.execute(select(kjede_hode)).one()
    return Kjedehode(rad.antall, rad.hash)


def entries_after(conn: Connection, etter: int) -> tuple[Bevis, ...]:
    """The entries after number `etter`, in order, in the caller's own transaction."""
    rader = conn.execute(select(slettebevis).where(slettebevis.c.lopenr > etter).order_by(slettebevis.c.lopenr))
    return tuple(Bevis(r.lopenr, r.slettesak_id, r.innhold, r.hash, bytes(r.signatur)) for r in rader)


def _seals(conn: Connection, lopenr: int | None = None) -> dict[int, tuple[int, str]]:
    """Per sealing entry: how many events it covers and the hash over their ciphertexts, which needs no key."""
    sporring = select(hendelse).where(
        hendelse.c.forsegling.is_not(None) if lopenr is None else hendelse.c.forsegling == lopenr
    )
    avtrykk: dict[int, Any] = {}
    antall: dict[int, int] = {}
    for rad in conn.execute(sporring.order_by(hendelse.c.hendelse_id)):
        linje = f"{rad.hendelse_id}|{rad.dato.isoformat()}|{rad.tid.isoformat()}|{rad.type}|".encode() + rad.innhold
        avtrykk.setdefault(rad.forsegling, hashlib.sha256()).update(hashlib.sha256(linje).digest())
        antall[rad.forsegling] = antall.get(rad.forsegling, 0) + 1
    return {nr: (antall[nr], sum_.hexdigest()) for nr, sum_ in avtrykk.items()}


def _matches_seal(bevis: Bevis, forseglinger: Mapping[int, tuple[int, str]]) -> bool:
    verdier = bevis.values()
    return forseglinger.get(bevis.lopenr) == (verdier.get("antall"), verdier.get("avtrykk"))
