"""The bucket channel: the recipient has its own folders in our bucket, and its own key to them."""

from collections.abc import Callable, Iterable, Sequence

from tiltaksflyt.delivery.kanal import MAKS_KVITTERING, Filkanal, Hentetfil, KanalFeil, Kanalkode, SendOutcome
from tiltaksflyt.delivery.package import Pakke
from tiltaksflyt.storage import Lagringskode, Storage, StorageFeil
from tiltaksflyt.storage.nokler import PAKKETYPE

_KODER = {
    Lagringskode.FINNES: Kanalkode.ANNEN_PAKKE,
    Lagringskode.IKKE_TILGANG: Kanalkode.TILGANG_NEKTET,
    Lagringskode.IKKE_FUNNET: Kanalkode.MAPPE_MANGLER,
    Lagringskode.UGYLDIG_NAVN: Kanalkode.UGYLDIG_OPPSETT,
    Lagringskode.UTILGJENGELIG: Kanalkode.KANAL_NEDE,
    Lagringskode.UVENTET: Kanalkode.KANAL_NEDE,
    Lagringskode.ENDRET: Kanalkode.AVBRUTT,
}


def code_of(feil: StorageFeil) -> Kanalkode:
    """What a fault of the store means for a channel."""
    return _KODER.get(feil.kode, Kanalkode.KANAL_NEDE)


class BucketChannel(Filkanal):
    """Packages go to `inn`, receipts come in `kvitteringer`: prefixes without a slash at the end."""

    def __init__(self, storage: Storage, inn: str, kvitteringer: str) -> None:
        self._storage = storage
        self._inn = inn
        self._kvitteringer = kvitteringer

    def send(self, pakke: Pakke, *, bind: Callable[[str], None]) -> SendOutcome:
        """An object is whole or not there, and is never written over: a second worker finds the same bytes."""
        del bind
        try:
            ny = self._storage.put_file_once(f"{self._inn}/{pakke.filnavn}", pakke.fil, PAKKETYPE)
        except StorageFeil as feil:
            return SendOutcome(code_of(feil))
        return SendOutcome(Kanalkode.OVERFORT if ny else Kanalkode.FINNES_ALLEREDE)

    def collect(self) -> Sequence[Hentetfil]:
        """The receipts that lie ready. One that is too large comes cut off, and will not be taken for a receipt."""
        try:
            return tuple(self._fetch(o.nokkel) for o in self._storage.list_objects(f"{self._kvitteringer}/"))
        except StorageFeil as feil:
            kode = code_of(feil)
        raise KanalFeil(kode)

    def _fetch(self, nokkel: str) -> Hentetfil:
        navn = nokkel.removeprefix(f"{self._kvitteringer}/")
        try:
            return Hentetfil(navn, self._storage.read(nokkel, maks_bytes=MAKS_KVITTERING))
        except StorageFeil as feil:
            if feil.kode is not Lagringskode.FOR_STOR:
                raise
            return Hentetfil(navn, b"")

    def discard(self, filer: Iterable[Hentetfil]) -> None:
        """Remove receipts that are recorded."""
        try:
            for fil in filer:
                self._storage.delete(f"{self._kvitteringer}/{fil.navn}")
        except StorageFeil as feil:
            kode = code_of(feil)
        else:
            return
        raise KanalFeil(kode)
