"""The manual channel: what a person finds, and what becomes of what the person lays there."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from schemas.loader import UgyldigFil
from tests.delivery.mottakersak import read_recipient
from tests.pipeline.saker import make_ident
from tiltaksflyt.delivery import KanalFeil, Kanalkode, Pakke, SendOutcome, open_channel
from tiltaksflyt.delivery.manuell import ManuellChannel
from tiltaksflyt.storage import Lagringskode, Storage, StorageFeil, nokler

MOTTAKER, NAVN = "9703-KOMMUNE", "Nordre kommune, Nav Nordre"
KVITTERINGER = "manuell/9703-KOMMUNE/kvitteringer/"
ANTALL = {"SLUTTRAPPORT": 1, "PLAN": 12}


@pytest.fixture
def kanal(storage: Storage) -> ManuellChannel:
    storage.delete_prefix("manuell/")
    return ManuellChannel(storage, MOTTAKER, NAVN)


@pytest.fixture
def pakke(tmp_path: Path) -> Pakke:
    leveranse_id = str(uuid4())
    fil = tmp_path / leveranse_id
    # The channel never looks into the file; a package that could be read would show if it did.
    fil.write_bytes(f"{make_ident(7)} Kari Kanari".encode() * 1000)
    lagt = Pakke.of(leveranse_id, fil)
    return Pakke(lagt.leveranse_id, lagt.fil, lagt.storrelse, lagt.sha256, antall=ANTALL)


def send(kanal: ManuellChannel, pakke: Pakke) -> SendOutcome:
    return kanal.send(pakke, bind=unbound)


def unbound(_: str) -> None:
    raise AssertionError("the leveranseId is the name")


def letter(storage: Storage, pakke: Pakke) -> str:
    nokkel = f"manuell/{MOTTAKER}/{pakke.leveranse_id}/folgebrev.html"
    return storage.read(nokkel, maks_bytes=1 << 20).decode()


def receipt(leveranse_id: str, status: str) -> bytes:
    return (
        f'{{"kvitteringsversjon": "1.0", "type": "TEKNISK", "leveranseId": "{leveranse_id}", "status": "{status}",'
        f' "tid": "2026-03-02T10:00:00+01:00", "sha256": "{"0" * 64}", "storrelse": 1}}'
    ).encode()


def lay(storage: Storage, navn: str, innhold: bytes) -> None:
    storage.put_once(KVITTERINGER + navn, innhold, "application/json")


def names(storage: Storage) -> list[str]:
    return [objekt.nokkel for objekt in storage.list_objects("manuell/")]


def test_a_person_finds_the_package_and_a_letter(kanal: ManuellChannel, storage: Storage, pakke: Pakke) -> None:
    utfall = send(kanal, pakke)
    assert utfall == SendOutcome(Kanalkode.GITT_VIDERE)
    assert (utfall.er_sendt, utfall.er_hos_mottaker) == (True, False)
    mappe = f"manuell/{MOTTAKER}/{pakke.leveranse_id}/"
    assert names(storage) == sorted([mappe + pakke.filnavn, mappe + "folgebrev.html"])
    assert storage.read(mappe + pakke.filnavn, maks_bytes=1 << 20) == pakke.fil.read_bytes()
    assert kanal.follow([]) == {}


def test_the_letter_says_what_the_person_needs_and_nothing_of_anyone(
    kanal: ManuellChannel, storage: Storage, pakke: Pakke
) -> None:
    send(kanal, pakke)
    brev = letter(storage, pakke)
    for ord_ in (NAVN, pakke.leveranse_id, pakke.filnavn, pakke.sha256, str(pakke.storrelse), KVITTERINGER):
        assert ord_ in brev
    assert "docs/leveranse.md" in brev
    rader = re.findall(r'<th scope="row">([^<]+)</th><td>(\d+)</td>', brev)
    assert rader == [("Plan for tiltaket", "12"), ("Sluttrapport", "1")]
    for ord_ in (f"{pakke.leveranse_id}.teknisk.json", f"{pakke.leveranse_id}.kvittering.json"):
        assert ord_ in brev
    assert "Kanari" not in brev
    assert not re.search(r"(?<![0-9a-f])[0-9]{11}(?![0-9a-f])", brev)
    assert make_ident(7) not in brev
    assert "{" not in re.sub(r"<style>.*</style>", "", brev)


def test_a_letter_without_counts_says_where_they_stand(kanal: ManuellChannel, storage: Storage, pakke: Pakke) -> None:
    send(kanal, Pakke.of(pakke.leveranse_id, pakke.fil))
    brev = letter(storage, pakke)
    assert "manifest" in brev
    assert "<table" not in brev


@pytest.mark.parametrize("ganger", [2, 5])
def test_again_and_again_is_one(kanal: ManuellChannel, storage: Storage, pakke: Pakke, ganger: int) -> None:
    for _ in range(ganger):
        assert send(kanal, pakke).kode is Kanalkode.GITT_VIDERE
    assert len(names(storage)) == 2


def test_two_workers_lay_one(kanal: ManuellChannel, storage: Storage, pakke: Pakke) -> None:
    with ThreadPoolExecutor(4) as arbeidere:
        utfall = list(arbeidere.map(lambda _: send(kanal, pakke), range(8)))
    assert all(u.er_sendt or u.utfall.name == "TRANSIENT" for u in utfall)
    assert send(kanal, pakke).er_sendt
    assert len(names(storage)) == 2


def test_a_crash_between_package_and_letter_is_made_good(
    kanal: ManuellChannel, storage: Storage, pakke: Pakke, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> bool:
        raise StorageFeil(Lagringskode.UTILGJENGELIG, "put_object")

    with monkeypatch.context() as krasj:
        krasj.setattr(Storage, "put_once", crash)
        assert send(kanal, pakke).kode is Kanalkode.KANAL_NEDE
    assert len(names(storage)) == 1
    assert send(kanal, pakke).kode is Kanalkode.GITT_VIDERE
    assert len(names(storage)) == 2


def test_an_older_letter_stands(kanal: ManuellChannel, storage: Storage, pakke: Pakke) -> None:
    nokkel = nokler.manuell(MOTTAKER, pakke.leveranse_id) + "folgebrev.html"
    storage.put_once(nokkel, b"et eldre brev", "text/html")
    assert send(kanal, pakke).kode is Kanalkode.GITT_VIDERE
    assert letter(storage, pakke) == "et eldre brev"


def test_another_package_of_the_same_name_is_never_written_over(
    kanal: ManuellChannel, storage: Storage, pakke: Pakke
) -> None:
    nokkel = nokler.manuell(MOTTAKER, pakke.leveranse_id) + pakke.filnavn
    storage.put_once(nokkel, b"en annen", "application/pkcs7-mime")
    assert send(kanal, pakke).kode is Kanalkode.ANNEN_PAKKE
    assert names(storage) == [nokkel]


def test_receipts_are_collected_and_the_opened_package_goes_with_them(
    kanal: ManuellChannel, storage: Storage, pakke: Pakke
) -> None:
    send(kanal, pakke)
    lay(storage, "svar fra kommunen.json", receipt(pakke.leveranse_id, "LEVERT"))
    lay(storage, "notat.txt", b"ringte i dag")
    filer = kanal.collect()
    assert sorted(fil.navn for fil in filer) == ["notat.txt", "svar fra kommunen.json"]
    assert len(names(storage)) == 4
    (svar,) = [fil for fil in filer if fil.navn.endswith(".json")]
    kanal.discard([svar])
    assert names(storage) == [KVITTERINGER + "notat.txt"]
    kanal.discard([svar])


@pytest.mark.parametrize("innhold", [b"ringte i dag", None])
def test_what_is_no_opening_leaves_the_package(
    kanal: ManuellChannel, storage: Storage, pakke: Pakke, innhold: bytes | None
) -> None:
    """Not a receipt at all, or one that says that the package could not be opened: the person may need it again."""
    send(kanal, pakke)
    lay(storage, "svar.json", innhold or receipt(pakke.leveranse_id, "FEIL"))
    kanal.discard(kanal.collect())
    assert len(names(storage)) == 2


def test_a_receipt_reaches_its_own_recipient_only(kanal: ManuellChannel, storage: Storage, pakke: Pakke) -> None:
    nabo = ManuellChannel(storage, "9703", "Nav Nordre")
    send(nabo, pakke)
    lay(storage, "svar.json", receipt(pakke.leveranse_id, "LEVERT"))
    assert nabo.collect() == ()
    kanal.discard(kanal.collect())
    assert len(names(storage)) == 2


def test_faults_of_the_store_become_codes(
    kanal: ManuellChannel, storage: Storage, pakke: Pakke, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(storage, "svar.json", receipt(pakke.leveranse_id, "LEVERT"))
    filer = kanal.collect()

    def refuse(*_: object) -> bool:
        raise StorageFeil(Lagringskode.IKKE_TILGANG, "s3")

    monkeypatch.setattr(Storage, "put_file_once", refuse)
    monkeypatch.setattr(Storage, "delete_prefix", refuse)
    monkeypatch.setattr(Storage, "list_objects", refuse)
    assert send(kanal, pakke).kode is Kanalkode.TILGANG_NEKTET
    kall: list[Callable[[], object]] = [kanal.collect, lambda: kanal.discard(filer)]
    for ett in kall:
        with pytest.raises(KanalFeil) as feil:
            ett()
        assert feil.value.kode is Kanalkode.TILGANG_NEKTET
        assert feil.value.__context__ is None


@pytest.mark.parametrize("mottaker", ["9703/..", "", "kari", "9703-kommune", "manuell/9703"])
def test_no_name_but_a_recipients_makes_a_folder(mottaker: str) -> None:
    with pytest.raises(StorageFeil):
        nokler.manuelle_kvitteringer(mottaker)
    with pytest.raises(StorageFeil):
        nokler.manuell(mottaker, str(uuid4()))
    with pytest.raises(StorageFeil):
        nokler.manuell("9703", mottaker)


def test_the_set_up_chooses_it(storage: Storage, tmp_path: Path) -> None:
    mottaker = read_recipient(tmp_path, {"manuell": {}}, behandlingsansvarlig="KOMMUNE")
    kanal = open_channel(mottaker, storage=storage, katalog=tmp_path)
    assert isinstance(kanal, ManuellChannel)
    assert (kanal._mottaker, kanal._navn) == ("0315-KOMMUNE", "Nav Eksempel")
    with pytest.raises(UgyldigFil):
        read_recipient(tmp_path, {"manuell": {"mappe": "et annet sted"}})
