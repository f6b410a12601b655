"""The one error of the storage room: a code and the operation, never a key, since a key may hold a sender's words."""

from enum import StrEnum


class Lagringskode(StrEnum):
    """Why the bucket said no."""

    IKKE_FUNNET = "IKKE_FUNNET"
    IKKE_TILGANG = "IKKE_TILGANG"
    ENDRET = "ENDRET"
    FINNES = "FINNES"
    FOR_STOR = "FOR_STOR"
    IKKE_KRYPTERT = "IKKE_KRYPTERT"
    UGYLDIG_NAVN = "UGYLDIG_NAVN"
    UTILGJENGELIG = "UTILGJENGELIG"
    UVENTET = "UVENTET"


_NESTE_STEG = {
    Lagringskode.IKKE_FUNNET: "the object is gone; list again",
    Lagringskode.IKKE_TILGANG: "check the key file and the rights of this identity",
    Lagringskode.ENDRET: "the object changed meanwhile; list again",
    Lagringskode.FINNES: "an object of that name exists with other content; a stored object is never rewritten",
    Lagringskode.FOR_STOR: "refuse the drop, or raise the limit",
    Lagringskode.IKKE_KRYPTERT: "turn on default encryption of the bucket before anything is written",
    Lagringskode.UGYLDIG_NAVN: "names in the bucket are ours: ids and the words of storage/nokler.py",
    Lagringskode.UTILGJENGELIG: "try again later; if it stays, check the endpoint",
    Lagringskode.UVENTET: "see the S3 server's own log at this time",
}


class StorageFeil(Exception):
    """The bucket did not do what was asked. `kode` says why, `operasjon` what was tried."""

    def __init__(self, kode: Lagringskode, operasjon: str) -> None:
        super().__init__(f"{operasjon}: {kode}: {_NESTE_STEG[kode]}.")
        self.kode = kode
        self.operasjon = operasjon

    @property
    def er_forbigaende(self) -> bool:
        """Whether trying again later, with nothing else done, can help."""
        return self.kode is Lagringskode.UTILGJENGELIG
