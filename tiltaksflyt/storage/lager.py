"""The bucket as the rest of the house knows it: an inbox, what we have taken, outboxes and packages.

The only place that speaks S3. Objects are encrypted by the store (bucket default), named by us, and deleted with every
version they ever had.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from tiltaksflyt.storage import nokler
from tiltaksflyt.storage.feil import Lagringskode, StorageFeil
from tiltaksflyt.storage.objekt import Objekt, Objektversjon, is_ready
from tiltaksflyt.storage.oppsett import Bucketoppsett, read_oppsett
from tiltaksflyt.storage.s3 import S3, guard

_BIT = 1 << 20
_I_SLETTEKALL = 1000
_INGEN_VERSJON = "null"
_BOLK = 1 << 20


class Storage:
    """One bucket. Every method raises StorageFeil, and nothing else, for what the store refuses or fails to do."""

    def __init__(self, oppsett: Bucketoppsett) -> None:
        self._s3 = S3(oppsett)

    @classmethod
    def from_environment(cls, miljo: Mapping[str, str]) -> Self:
        """The bucket that TILTAKSFLYT_S3_* point to. Raises ManglerOppsett or UgyldigFil."""
        return cls(read_oppsett(miljo))

    def __enter__(self) -> Self:
        """The bucket, closed when the block ends."""
        return self

    def __exit__(
        self, type_: type[BaseException] | None, feil: BaseException | None, spor: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._s3.close()

    # --- the bucket itself ---

    def ensure_bucket(self) -> None:
        """Make the bucket if it is not there, and default encryption before anything else. Safe to run twice."""
        try:
            self._s3.call("head_bucket")
        except StorageFeil as feil:
            if feil.kode is not Lagringskode.IKKE_FUNNET:
                raise
            self._create_bucket()
        if not self._is_encrypted():
            standard = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
            self._s3.call("put_bucket_encryption", ServerSideEncryptionConfiguration={"Rules": [standard]})

    def _create_bucket(self) -> None:
        try:
            self._s3.call("create_bucket")
        except StorageFeil as feil:
            if feil.kode is not Lagringskode.FINNES:  # another worker was first
                raise

    def clock(self) -> datetime:
        """The store's own time, as it dates its answers: a clock that is not this machine's where the store is not."""
        return parsedate_to_datetime(self._s3.call("head_bucket")["ResponseMetadata"]["HTTPHeaders"]["date"])

    def check_encryption(self) -> None:
        """Raise StorageFeil (IKKE_KRYPTERT) unless the bucket encrypts whatever is written to it."""
        if not self._is_encrypted():
            raise StorageFeil(Lagringskode.IKKE_KRYPTERT, "get_bucket_encryption")

    def _is_encrypted(self) -> bool:
        try:
            svar = self._s3.call("get_bucket_encryption")
        except StorageFeil as feil:
            if feil.kode is not Lagringskode.IKKE_FUNNET:
                raise
            return False
        return bool(svar["ServerSideEncryptionConfiguration"]["Rules"])

    # --- the door: a sender's inbox ---

    def list_inbox(self, orgnr: str) -> tuple[Objekt, ...]:
        """What lies in one sender's inbox, by key. Folder markers are no objects."""
        return tuple(self.list_objects(nokler.innboks(orgnr)))

    def look(self, nokkel: str) -> Objekt | None:
        """One object as it is now (HEAD); None when it is gone."""
        try:
            svar = self._s3.call("head_object", Key=nokkel)
        except StorageFeil as feil:
            if feil.kode is Lagringskode.IKKE_FUNNET:
                return None
            raise
        return Objekt(nokkel, svar["ContentLength"], svar["ETag"].strip('"'), svar["LastModified"])

    def is_ready(self, nokkel: str, *, now: datetime) -> bool:
        """Whether an object may be taken: two looks in this call agree, and it has been still for five seconds."""
        return is_ready(self.look(nokkel), self.look(nokkel), now=now)

    def take_in(self, objekt: Objekt, innsending_id: str, navn: str = "original") -> str:
        """Move a dropped object to mottatt/<innsendingId>/<navn>, and return that key.

        The sender's name goes with the original. ENDRET when the object is no longer what the look showed; what the
        sender has put there since stays, as a drop of its own. Safe to run again after a crash at any point.
        """
        mal = nokler.mottatt(innsending_id, navn)
        try:
            self._s3.call(
                "copy_object",
                Key=mal,
                CopySource={"Bucket": self._s3.bucket, "Key": objekt.nokkel},
                CopySourceIfMatch=f'"{objekt.etag}"',
            )
        except StorageFeil as feil:
            flyttet = self.look(mal) if feil.kode is Lagringskode.IKKE_FUNNET else None
            if flyttet is None or flyttet.storrelse != objekt.storrelse:
                raise
            return mal
        self._remove_taken(objekt)
        return mal

    def _remove_taken(self, objekt: Objekt) -> None:
        try:
            self._s3.call("delete_object", Key=objekt.nokkel, IfMatch=f'"{objekt.etag}"')
        except StorageFeil as feil:
            if feil.kode not in (Lagringskode.ENDRET, Lagringskode.IKKE_FUNNET):
                raise
        # In a versioned bucket the bytes lie there still. Listed before the look: what the sender puts there after the
        # look is not on the list. Beneath a newer drop they wait until that one is taken.
        rester = [v for v in self.list_versions(objekt.nokkel) if v.nokkel == objekt.nokkel]
        if rester and self.look(objekt.nokkel) is None:
            self._delete_versions(rester)

    # --- reading and writing ---

    def read(self, nokkel: str, *, maks_bytes: int, etag: str | None = None) -> bytes:
        """The bytes of an object. FOR_STOR beyond `maks_bytes`, ENDRET when it is not the one with `etag`."""
        vilkar = {"IfMatch": f'"{etag}"'} if etag else {}
        return self._read(maks_bytes, Key=nokkel, **vilkar)

    def read_version(self, versjon: Objektversjon, *, maks_bytes: int) -> bytes:
        """The bytes of one stored version, for the sweep."""
        return self._read(maks_bytes, Key=versjon.nokkel, VersionId=versjon.versjon)

    def _read(self, maks_bytes: int, **hva: str) -> bytes:
        svar = self._s3.call("get_object", **hva)
        strom = svar["Body"]
        try:
            if svar["ContentLength"] > maks_bytes:
                raise StorageFeil(Lagringskode.FOR_STOR, "get_object")
            innhold: bytes = guard("get_object", strom.read)
        finally:
            strom.close()
        return innhold

    def put_outbox(self, orgnr: str, navn: str, innhold: bytes, medietype: str) -> str:
        """Write a file for one sender, replacing what had that name. Returns its key, for the ledger's `utlagt`."""
        nokkel = nokler.utboks(orgnr, navn)
        self._s3.call("put_object", Key=nokkel, Body=innhold, ContentType=medietype)
        return nokkel

    def put_package(self, leveranse_id: str, fil: Path) -> str:
        """Keep a package until its receipt. Writing the same bytes again is nothing; other bytes are FINNES."""
        nokkel = nokler.pakke(leveranse_id)
        self.put_file_once(nokkel, fil, nokler.PAKKETYPE)
        return nokkel

    def fetch_package(self, leveranse_id: str, fil: Path) -> None:
        """Write the stored package to a new file, without holding it in memory."""
        svar = self._s3.call("get_object", Key=nokler.pakke(leveranse_id))
        with closing(svar["Body"]) as strom, fil.open("xb") as ut:
            while bolk := guard("get_object", lambda: strom.read(_BOLK)):
                ut.write(bolk)

    def put_once(self, nokkel: str, innhold: bytes, medietype: str) -> bool:
        """Write an object that is never rewritten. False when these very bytes were there already; else FINNES."""
        return self._put_once(nokkel, io.BytesIO(innhold), len(innhold), medietype)

    def put_file_once(self, nokkel: str, fil: Path, medietype: str) -> bool:
        """As `put_once`, from a file, without holding it in memory. At most 5 GiB, S3's limit for one request."""
        with fil.open("rb") as innhold:
            return self._put_once(nokkel, innhold, fil.stat().st_size, medietype)

    def _put_once(self, nokkel: str, innhold: BinaryIO, storrelse: int, medietype: str) -> bool:
        try:
            self._s3.call("put_object", Key=nokkel, Body=innhold, ContentType=medietype, IfNoneMatch="*")
        except StorageFeil as feil:
            if feil.kode is not Lagringskode.ENDRET:
                raise
            funnet = self.look(nokkel)
            if funnet is None:  # another writer is in the middle of it: its bytes are not there to compare yet
                raise
            if funnet.storrelse != storrelse or not self._is_same(nokkel, innhold):
                raise StorageFeil(Lagringskode.FINNES, "put_object") from None
            return False
        return True

    def _is_same(self, nokkel: str, innhold: BinaryIO) -> bool:
        innhold.seek(0)
        with closing(self._s3.call("get_object", Key=nokkel)["Body"]) as strom:
            while bolk := guard("get_object", lambda: strom.read(_BOLK)):
                if bolk != innhold.read(len(bolk)):
                    return False
        return not innhold.read(1)

    # --- listing and deleting ---

    def list_objects(self, prefiks: str = "") -> Iterator[Objekt]:
        """The objects under a prefix, by key."""
        for side in self._s3.pages("list_objects_v2", Prefix=prefiks):
            for rad in side.get("Contents", ()):
                if not rad["Key"].endswith("/"):
                    yield Objekt(rad["Key"], rad["Size"], rad["ETag"].strip('"'), rad["LastModified"])

    def list_versions(self, prefiks: str = "") -> Iterator[Objektversjon]:
        """Every stored version and slettemerke under a prefix: what a sweep must read to have read everything."""
        for side in self._s3.pages("list_object_versions", Prefix=prefiks):
            for gruppe, er_merke in (("Versions", False), ("DeleteMarkers", True)):
                for rad in side.get(gruppe, ()):
                    versjon = rad.get("VersionId") or _INGEN_VERSJON
                    yield Objektversjon(rad["Key"], versjon, rad.get("Size", 0), rad["LastModified"], er_merke)

    def delete(self, nokkel: str) -> int:
        """Remove one object with all its versions. Returns how many were removed; none is no fault."""
        return self._delete_versions(v for v in self.list_versions(nokkel) if v.nokkel == nokkel)

    def delete_prefix(self, prefiks: str) -> int:
        """Remove everything under a folder: versions, slettemerker, half-finished uploads. Returns how many.

        `prefiks` ends with a slash, so that innboks/1/ never takes innboks/11/ with it (UGYLDIG_NAVN).
        """
        if not prefiks.endswith("/") or prefiks == "/":
            raise StorageFeil(Lagringskode.UGYLDIG_NAVN, "delete_prefix")
        return self._delete_versions(self.list_versions(prefiks)) + self._abort_uploads(prefiks, lambda _: True)

    def abort_stale_uploads(self, *, now: datetime, eldre_enn: timedelta) -> int:
        """Give up multi-part uploads that nobody finished. Returns how many."""
        return self._abort_uploads("", lambda startet: now - startet >= eldre_enn)

    def _abort_uploads(self, prefiks: str, velg: Callable[[datetime], bool]) -> int:
        antall = 0
        for side in self._s3.pages("list_multipart_uploads", Prefix=prefiks):
            for rad in side.get("Uploads", ()):
                if rad["Key"].startswith(prefiks) and velg(rad["Initiated"]):
                    self._s3.call("abort_multipart_upload", Key=rad["Key"], UploadId=rad["UploadId"])
                    antall += 1
        return antall

    def _delete_versions(self, versjoner: Iterable[Objektversjon]) -> int:
        # The whole list first: a listing that is deleted under its own feet skips rows.
        alle = list(versjoner)
        for start in range(0, len(alle), _I_SLETTEKALL):
            bolk: list[dict[str, Any]] = [
                {"Key": v.nokkel, "VersionId": v.versjon} for v in alle[start : start + _I_SLETTEKALL]
            ]
            svar = self._s3.call("delete_objects", Delete={"Objects": bolk, "Quiet": True})
            if svar.get("Errors"):
                raise StorageFeil(Lagringskode.IKKE_TILGANG, "delete_objects")
        return len(alle)
