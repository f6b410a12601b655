"""The manual channel: the package is laid in our bucket with a letter, and a person hands it over.

docs/kanaler/manuell.md. The letter is written last: a folder that has one is whole.
"""

from collections.abc import Callable, Iterable, Sequence

from tiltaksflyt.delivery.bucket import BucketChannel, code_of
from tiltaksflyt.delivery.kanal import Filkanal, Hentetfil, KanalFeil, Kanalkode, SendOutcome
from tiltaksflyt.delivery.package import Pakke
from tiltaksflyt.delivery.receipts import Tekniskstatus, UgyldigKvittering, parse_receipt
from tiltaksflyt.storage import Lagringskode, Storage, StorageFeil, nokler
from transforms.folgebrev import FILNAVN, Folgebrev, render_folgebrev_html


class ManuellChannel(Filkanal):
    """One recipient that a person serves. `mottaker` is what it is known by, `navn` what it is called."""

    def __init__(self, storage: Storage, mottaker: str, navn: str) -> None:
        self._storage = storage
        self._mottaker = mottaker
        self._navn = navn
        self._kvitteringer = nokler.manuelle_kvitteringer(mottaker)

    def send(self, pakke: Pakke, *, bind: Callable[[str], None]) -> SendOutcome:
        """Lay the package and its letter where the person finds them.

        It is with the recipient when a receipt says so, and not before: neither now nor when it lies there already.
        """
        mappe = nokler.manuell(self._mottaker, pakke.leveranse_id)
        lagt = self._folder(mappe).send(pakke, bind=bind)
        if not lagt.er_sendt:
            return lagt
        try:
            self._storage.put_once(mappe + FILNAVN, self._letter(pakke), "text/html; charset=utf-8")
        except StorageFeil as feil:
            # FINNES: an earlier attempt wrote it, in the words of that day.
            if feil.kode is not Lagringskode.FINNES:
                return SendOutcome(code_of(feil))
        return SendOutcome(Kanalkode.GITT_VIDERE)

    def collect(self) -> Sequence[Hentetfil]:
        """What the person has laid among the receipts."""
        return self._folder().collect()

    def discard(self, filer: Iterable[Hentetfil]) -> None:
        """Remove receipts that are recorded, each after the package that it says the recipient has opened."""
        for fil in filer:
            if (leveranse_id := _opened(fil)) is not None:
                self._remove_package(leveranse_id)
            self._folder().discard([fil])

    def _folder(self, inn: str = "") -> BucketChannel:
        return BucketChannel(self._storage, inn.removesuffix("/"), self._kvitteringer.removesuffix("/"))

    def _letter(self, pakke: Pakke) -> bytes:
        return render_folgebrev_html(
            Folgebrev(
                mottaker=self._navn,
                leveranse_id=pakke.leveranse_id,
                fil=pakke.filnavn,
                storrelse=pakke.storrelse,
                sha256=pakke.sha256,
                antall=pakke.antall,
                kvitteringer=self._kvitteringer,
            )
        )

    def _remove_package(self, leveranse_id: str) -> None:
        try:
            self._storage.delete_prefix(nokler.manuell(self._mottaker, leveranse_id))
        except StorageFeil as feil:
            kode = code_of(feil)
        else:
            return
        raise KanalFeil(kode)


def _opened(fil: Hentetfil) -> str | None:
    """The package that a receipt says the recipient has opened; None when it says nothing of the kind."""
    try:
        kvittering = parse_receipt(fil.innhold)
    except UgyldigKvittering:
        return None
    return None if kvittering.status is Tekniskstatus.FEIL else kvittering.leveranse_id
