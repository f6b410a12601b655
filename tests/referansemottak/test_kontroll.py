"""What the receiver finds wrong, in packages and in documents: each kind of fault once, and whole ones never."""

import hashlib
import json
import re
import uuid
import zipfile
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.lokalt.pki import make_pki
from tests.golden.regenerate import build_case
from tiltaksflyt.delivery import Pakkedokument, merkle
from tiltaksflyt.referansemottak import bevis
from tiltaksflyt.referansemottak.koder import Funn, PakkeAvvist
from tiltaksflyt.referansemottak.kontroll import Sammenheng, check_document
from tiltaksflyt.referansemottak.pakkeleser import Grenser, open_package
from tiltaksflyt.referansemottak.skjema import load_skjemaer
from transforms.arkivmelding import render_arkivmelding
from transforms.dokument_formater import render
from transforms.journalpost import render_journalpost

LEVERANSE = "5b1a3c52-2f60-4c56-9f0c-6f8a2f9f1a11"
NAVN = f"{LEVERANSE}.asice.p7m"
SKJEMAER = load_skjemaer()
Filer = dict[str, bytes]


def sammenheng(modus: str = "TEST") -> Sammenheng:
    return Sammenheng(modus, "0315", SKJEMAER)


def only_document(bygger: Any, dokument: Any) -> tuple[dict[str, Any], Filer]:
    filer = bygger.files(bygger.pakke(dokument))
    (ett,) = json.loads(filer["manifest.json"])["dokumenter"]
    return ett, filer


def test_every_type_that_has_a_schema_is_known() -> None:
    assert set(SKJEMAER) >= {"PLAN", "PERIODERAPPORT", "SLUTTRAPPORT"}
    assert set(SKJEMAER) >= {"BESTILLINGSBEKREFTELSE", "MELDING_FORLENGELSE", "MELDING_AVSLUTNING"}


@pytest.mark.parametrize("dokumenttype", ["PLAN", "PERIODERAPPORT", "SLUTTRAPPORT"])
def test_a_whole_document_is_accepted(bygger: Any, dokumenttype: str) -> None:
    dokument, filer = only_document(bygger, bygger.dokument(dokumenttype))
    assert check_document(dokument, filer, sammenheng()) is None


def test_a_copy_without_a_journalpost_is_accepted(bygger: Any) -> None:
    kopi = drop_file(bygger.dokument(kopiAv=str(uuid.uuid4())), "journalpost.json")
    dokument, filer = only_document(bygger, kopi)
    assert check_document(dokument, filer, sammenheng()) is None


@pytest.mark.parametrize("navn", ["6_resultatrapport", "6_resultatrapport_2", "7_etterrapport"])
def test_a_document_about_an_avtale_is_accepted_though_nobody_is_in_it(bygger: Any, navn: str) -> None:
    innhold = build_case("avtale")[navn]
    hode = innhold["hode"]
    filer = {f"dokument.{format_}": render(innhold, format_) for format_ in ("json", "xml", "pdf")}
    arkivfiler = {
        "journalpost.json": render_journalpost(innhold),
        "arkivmelding.xml": render_arkivmelding(innhold, filer),
    }
    sendt = Pakkedokument(
        hode["meldingId"],
        hode["dokumenttype"],
        hode["versjon"],
        hode["tiltakskode"],
        hode["avsender"]["orgnr"],
        filer | arkivfiler,
        hode.get("erstatter"),
    )
    dokument, pakket = only_document(bygger, sendt)
    i_vestland = Sammenheng("TEST", hode["mottaker"]["navEnhet"], SKJEMAER)
    assert check_document(dokument, pakket, i_vestland) is None


def with_hode(bygger: Any, **endret: Any) -> Any:
    """A document that says something else inside than the manifest does."""
    riktig = bygger.dokument()
    return replace(riktig, filer=bygger.dokument(**({"meldingId": riktig.melding_id} | endret)).filer)


FEIL: dict[str, tuple[Callable[[Any], Any], Funn]] = {
    "no XML": (lambda b: drop_file(b.dokument(), "dokument.xml"), Funn.FORMAT_MANGLER),
    "no JSON": (lambda b: drop_file(b.dokument(), "dokument.json"), Funn.FORMAT_MANGLER),
    "no PDF": (lambda b: drop_file(b.dokument(), "dokument.pdf"), Funn.FORMAT_MANGLER),
    "no journalpost": (lambda b: drop_file(b.dokument(), "journalpost.json"), Funn.FORMAT_MANGLER),
    "a journalpost for Nav of what goes to the kommune": (
        lambda b: b.dokument(
            mottaker={
                "behandlingsansvarlig": "KOMMUNE",
                "navEnhet": "0315",
                "navFylke": "03",
                "navn": "Prøveby kommune",
            }
        ),
        Funn.FORMAT_MANGLER,
    ),
    "a journalpost for Nav of a copy, which would be archived twice": (
        lambda b: b.dokument(kopiAv=str(uuid.uuid4())),
        Funn.FORMAT_MANGLER,
    ),
    "no arkivmelding": (lambda b: drop_file(b.dokument(), "arkivmelding.xml"), Funn.FORMAT_MANGLER),
    "not a PDF": (lambda b: b.dokument(filer={"dokument.pdf": b"PK\x03\x04"}), Funn.PDF_UGYLDIG),
    "broken XML": (lambda b: b.dokument(filer={"dokument.xml": b"<plan>"}), Funn.XML_UGYLDIG),
    "XML of another schema": (
        lambda b: b.dokument(filer={"dokument.xml": b.dokument("SLUTTRAPPORT").filer["dokument.xml"]}),
        Funn.XML_UGYLDIG,
    ),
    "DOCTYPE": (lambda b: doctype(b.dokument()), Funn.XML_DOCTYPE),
    "broken JSON": (lambda b: b.dokument(filer={"dokument.json": b"{"}), Funn.JSON_UGYLDIG),
    "deep JSON": (lambda b: b.dokument(filer={"dokument.json": b"[" * 100_000}), Funn.JSON_UGYLDIG),
    "JSON with more": (lambda b: extra_key(b.dokument()), Funn.JSON_UGYLDIG),
    "another meldingId": (
        lambda b: with_hode(b, meldingId="11111111-1111-4111-8111-111111111111"),
        Funn.HODE_STEMMER_IKKE,
    ),
    "another frist": (lambda b: with_hode(b, frist="2026-04-30"), Funn.HODE_STEMMER_IKKE),
    "another version": (lambda b: with_hode(b, versjon=2), Funn.HODE_STEMMER_IKKE),
    "another sender": (
        lambda b: with_hode(b, avsender={"orgnr": "310000027", "navn": "Annen AS", "kildesystem": "x"}),
        Funn.HODE_STEMMER_IKKE,
    ),
    "for another office": (
        lambda b: b.dokument(
            mottaker={"behandlingsansvarlig": "NAV", "navEnhet": "0316", "navFylke": "03", "navn": "Nav Annen"}
        ),
        Funn.HODE_STEMMER_IKKE,
    ),
    "production inside": (lambda b: b.dokument(modus="PROD"), Funn.HODE_STEMMER_IKKE),
    "wrong check digit": (lambda b: person(b, b.ident()[:10] + str(9 - int(b.ident()[10]))), Funn.UGYLDIG_IDENT),
    "not synthetic": (lambda b: person(b, b.ident_not_synthetic()), Funn.IKKE_SYNTETISK),
}


ARKIVFEIL: dict[str, tuple[Callable[[Any], Any], Funn]] = {
    "broken journalpost": (lambda b: archive_file(b, "journalpost.json", lambda _: b"{"), Funn.JOURNALPOST_UGYLDIG),
    "deep journalpost": (
        lambda b: archive_file(b, "journalpost.json", lambda _: b"[" * 100_000),
        Funn.JOURNALPOST_UGYLDIG,
    ),
    "journalpost with more": (lambda b: journalpost(b, {"saksbehandler": "x"}), Funn.JOURNALPOST_UGYLDIG),
    "a title that is too long": (lambda b: journalpost(b, {"tittel": "x" * 501}), Funn.JOURNALPOST_UGYLDIG),
    "another reference": (
        lambda b: journalpost(b, {"eksternReferanseId": "11111111-1111-4111-8111-111111111111"}),
        Funn.JOURNALPOST_STEMMER_IKKE,
    ),
    "another person": (
        lambda b: journalpost(b, {"bruker": {"id": b.ident(1), "idType": "FNR"}}),
        Funn.JOURNALPOST_STEMMER_IKKE,
    ),
    "another sender in it": (
        lambda b: journalpost(b, {"avsenderMottaker": {"id": "310000027", "idType": "ORGNR", "navn": "Annen AS"}}),
        Funn.JOURNALPOST_STEMMER_IKKE,
    ),
    "a file that is not there": (
        lambda b: archive_file(b, "journalpost.json", lambda j: j.replace(b"dokument.xml", b"dokument.rtf")),
        Funn.JOURNALPOST_STEMMER_IKKE,
    ),
    "a variant twice": (
        lambda b: archive_file(b, "journalpost.json", twice),
        Funn.JOURNALPOST_STEMMER_IKKE,
    ),
    "broken arkivmelding": (
        lambda b: archive_file(b, "arkivmelding.xml", lambda _: b"<arkivmelding>"),
        Funn.ARKIVMELDING_UGYLDIG,
    ),
    "arkivmelding with a DOCTYPE": (
        lambda b: archive_file(
            b, "arkivmelding.xml", lambda x: x.replace(b"?>\n", b"?>\n<!DOCTYPE a [<!ENTITY x 'y'>]>", 1)
        ),
        Funn.ARKIVMELDING_UGYLDIG,
    ),
    "arkivmelding of another schema": (
        lambda b: archive_file(b, "arkivmelding.xml", lambda x: x.replace(b"offentligTittel", b"offisiellTittel")),
        Funn.ARKIVMELDING_UGYLDIG,
    ),
    "arkivmelding of another message": (
        lambda b: archive_file(b, "arkivmelding.xml", lambda x: x.replace(b"<meldingId>", b"<meldingId>x", 1)),
        Funn.ARKIVMELDING_STEMMER_IKKE,
    ),
    "another checksum": (
        lambda b: archive_file(b, "arkivmelding.xml", other_checksum),
        Funn.ARKIVMELDING_STEMMER_IKKE,
    ),
}


def archive_file(bygger: Any, navn: str, endre: Callable[[bytes], bytes]) -> Any:
    """A document whose file for an archive was changed."""
    riktig = bygger.dokument()
    endret = endre(riktig.filer[navn])
    assert endret != riktig.filer[navn]
    return replace(riktig, filer=riktig.filer | {navn: endret})


def journalpost(bygger: Any, endring: dict[str, Any]) -> Any:
    return archive_file(bygger, "journalpost.json", lambda data: json.dumps(json.loads(data) | endring).encode())


def twice(data: bytes) -> bytes:
    innhold = json.loads(data)
    varianter = innhold["dokumenter"][0]["dokumentvarianter"]
    varianter.append(varianter[1] | {"filtype": "JSON", "filnavn": "dokument.json"})
    return json.dumps(innhold).encode()


def other_checksum(xml: bytes) -> bytes:
    return re.sub(rb"<sjekksum>[0-9a-f]{64}", b"<sjekksum>" + b"0" * 64, xml, count=1)


def drop_file(dokument: Any, navn: str) -> Any:
    return replace(dokument, filer={n: i for n, i in dokument.filer.items() if n != navn})


def doctype(dokument: Any) -> Any:
    xml = dokument.filer["dokument.xml"].replace(b"?>\n", b'?>\n<!-- x --><!DOCTYPE plan [<!ENTITY x "y">]>', 1)
    return replace(dokument, filer=dokument.filer | {"dokument.xml": xml})


def extra_key(dokument: Any) -> Any:
    innhold = json.loads(dokument.filer["dokument.json"]) | {"tillegg": 1}
    return replace(dokument, filer=dokument.filer | {"dokument.json": json.dumps(innhold).encode()})


def person(bygger: Any, ident: str) -> Any:
    return bygger.dokument(deltaker={"personident": ident, "navn": "Kanari Syntetisk"})


@pytest.mark.parametrize(("lag", "funn"), (FEIL | ARKIVFEIL).values(), ids=FEIL | ARKIVFEIL)
def test_a_faulty_document_is_rejected(bygger: Any, lag: Callable[[Any], Any], funn: Funn) -> None:
    dokument, filer = only_document(bygger, lag(bygger))
    assert check_document(dokument, filer, sammenheng()) is funn


def test_a_package_of_the_version_before_needs_no_archive_files(bygger: Any) -> None:
    dokument, filer = only_document(
        bygger, drop_file(drop_file(bygger.dokument(), "journalpost.json"), "arkivmelding.xml")
    )
    assert check_document(dokument, filer, sammenheng()) is Funn.FORMAT_MANGLER
    assert check_document(dokument, filer, Sammenheng("TEST", "0315", SKJEMAER, "1.0")) is None


def test_production_refuses_synthetic_persons(bygger: Any) -> None:
    dokument, filer = only_document(bygger, bygger.dokument(modus="PROD"))
    assert check_document(dokument, filer, sammenheng("PROD")) is Funn.SYNTETISK
    dokument, filer = only_document(bygger, replace(person_prod(bygger)))
    assert check_document(dokument, filer, sammenheng("PROD")) is None


def person_prod(bygger: Any) -> Any:
    return bygger.dokument(modus="PROD", deltaker={"personident": bygger.ident_not_synthetic(), "navn": "Ingen"})


@pytest.mark.parametrize(
    ("endre", "funn"),
    [
        (lambda filer, sti: filer.pop(sti), Funn.FIL_MANGLER),
        (lambda filer, sti: filer.update({sti: filer[sti] + b" "}), Funn.FEIL_STORRELSE),
        (lambda filer, sti: filer.update({sti: filer[sti][:-1] + b"!"}), Funn.FEIL_SJEKKSUM),
    ],
)
def test_a_file_that_is_not_the_one_sent(bygger: Any, endre: Callable[[Filer, str], None], funn: Funn) -> None:
    dokument, filer = only_document(bygger, bygger.dokument())
    endre(filer, f"{dokument['meldingId']}/dokument.pdf")
    assert check_document(dokument, filer, sammenheng()) is funn


# --- the package ---


def manifest_edit(endre: Callable[[dict[str, Any]], None]) -> Callable[[Filer], None]:
    def edit(filer: Filer) -> None:
        manifest = json.loads(filer["manifest.json"])
        endre(manifest)
        filer["manifest.json"] = json.dumps(manifest).encode()

    return edit


def first_file(manifest: dict[str, Any]) -> dict[str, Any]:
    fil: dict[str, Any] = manifest["dokumenter"][0]["filer"][0]
    return fil


PAKKEFEIL: dict[str, tuple[Callable[[Filer], None], Funn]] = {
    "no manifest": (lambda f: f.pop("manifest.json") and None, Funn.MANIFEST_MANGLER),
    "manifest is no JSON": (lambda f: f.update({"manifest.json": b"{"}), Funn.UGYLDIG_MANIFEST),
    "manifest breaks schema": (manifest_edit(lambda m: m.pop("modus")), Funn.UGYLDIG_MANIFEST),
    "another leveranseId": (
        manifest_edit(lambda m: m.update(leveranseId="11111111-1111-4111-8111-111111111111")),
        Funn.FEIL_LEVERANSE_ID,
    ),
    "a meldingId twice": (
        manifest_edit(lambda m: m["dokumenter"].append(m["dokumenter"][0])),
        Funn.DOBBEL_MELDING,
    ),
    "a file beside": (
        lambda f: f.update({"11111111-1111-4111-8111-111111111111/dokument.pdf": b"%PDF-"}),
        Funn.FIL_UTENFOR_MANIFEST,
    ),
    "climbing": (lambda f: f.update({"../dokument.pdf": b"x"}), Funn.UGYLDIG_FILNAVN),
    "climbing inside": (
        lambda f: f.update({"11111111-1111-4111-8111-111111111111/../dokument.pdf": b"x"}),
        Funn.UGYLDIG_FILNAVN,
    ),
    "absolute": (lambda f: f.update({"/etc/cron.d/x": b"x"}), Funn.UGYLDIG_FILNAVN),
    "a person in a name": (lambda f: f.update({"Kari.pdf": b"x"}), Funn.UGYLDIG_FILNAVN),
    "a folder": (lambda f: f.update({"11111111-1111-4111-8111-111111111111/": b""}), Funn.UGYLDIG_FILNAVN),
    "another root": (manifest_edit(lambda m: m["merkle"].update(rot="0" * 64)), Funn.FEIL_MERKLE),
    "another number of leaves": (manifest_edit(lambda m: m["merkle"].update(blader=4)), Funn.FEIL_MERKLE),
    "another salt": (manifest_edit(lambda m: first_file(m)["merkle"].update(salt="0" * 64)), Funn.FEIL_MERKLE),
    "another file hash": (manifest_edit(lambda m: first_file(m).update(sha256="0" * 64)), Funn.FEIL_MERKLE),
    "another place in the tree": (manifest_edit(lambda m: first_file(m)["merkle"].update(indeks=1)), Funn.FEIL_MERKLE),
    "a short proof": (manifest_edit(lambda m: first_file(m)["merkle"]["bevis"].pop()), Funn.FEIL_MERKLE),
    "a long proof": (
        manifest_edit(lambda m: first_file(m)["merkle"]["bevis"].append("0" * 64)),
        Funn.FEIL_MERKLE,
    ),
}


@pytest.mark.parametrize(("endre", "funn"), PAKKEFEIL.values(), ids=PAKKEFEIL)
def test_a_faulty_package_is_refused_as_a_whole(bygger: Any, endre: Callable[[Filer], None], funn: Funn) -> None:
    innhold = bygger.tamper(bygger.pakke(leveranse_id=LEVERANSE), endre)
    assert refusal(bygger, NAVN, innhold) is funn


def refusal(bygger: Any, navn: str, innhold: bytes, grenser: Grenser | None = None) -> Funn:
    mappe = bygger.new_file()
    mappe.mkdir()
    fil = mappe / navn
    fil.write_bytes(innhold)
    with pytest.raises(PakkeAvvist) as feil:
        open_package(fil, bygger.apner(), grenser or Grenser())
    return feil.value.funn


def test_a_whole_package_opens(bygger: Any) -> None:
    bygget = bygger.pakke(*(bygger.dokument() for _ in range(5)), leveranse_id=LEVERANSE)
    fil = bygget.pakke.fil.rename(bygget.pakke.fil.with_name(NAVN))
    apnet = open_package(fil, bygger.apner(), Grenser())
    assert apnet.leveranse_id == LEVERANSE
    assert apnet.manifest["merkle"]["rot"] == bygget.merkle_rot


def test_another_name_than_the_packages_own(bygger: Any) -> None:
    innhold = bygger.pakke(leveranse_id=LEVERANSE).pakke.fil.read_bytes()
    assert refusal(bygger, "kari.asice.p7m", innhold) is Funn.FEIL_LEVERANSE_ID
    assert refusal(bygger, f"{LEVERANSE}.zip", innhold) is Funn.FEIL_LEVERANSE_ID


def test_a_package_cut_short_or_garbled(bygger: Any) -> None:
    bygget = bygger.pakke(leveranse_id=LEVERANSE)
    kryptert, beholder = bygget.pakke.fil.read_bytes(), bygger.container(bygget)
    assert refusal(bygger, NAVN, b"") is Funn.IKKE_KRYPTERT_FOR_OSS
    assert refusal(bygger, NAVN, kryptert[:-40]) is Funn.IKKE_KRYPTERT_FOR_OSS
    assert refusal(bygger, NAVN, beholder) is Funn.IKKE_KRYPTERT_FOR_OSS
    assert refusal(bygger, NAVN, bygger.encrypt(b"")) is Funn.SKADET_PAKKE
    assert refusal(bygger, NAVN, bygger.encrypt(beholder[:-40])) is Funn.SKADET_PAKKE
    midt = beholder.index(b"dokument.pdf") + 20
    assert refusal(bygger, NAVN, bygger.encrypt(beholder[:midt] + bytes(8) + beholder[midt + 8 :])) is Funn.SKADET_PAKKE


def test_a_bit_changed_on_the_way_changes_no_file(bygger: Any, tmp_path: Path) -> None:
    """CBC has no seal of its own. A bit that hits what ZIP does not read hurts nothing; any other is refused."""
    bygget = bygger.pakke(leveranse_id=LEVERANSE)
    kryptert, filer = bygget.pakke.fil.read_bytes(), bygger.unzip(bygger.container(bygget))
    avvist = 0
    for sted in range(700, len(kryptert), len(kryptert) // 60):
        endret = bytearray(kryptert)
        endret[sted] ^= 1
        (tmp_path / NAVN).write_bytes(endret)
        try:
            apnet = open_package(tmp_path / NAVN, bygger.apner(), Grenser())
        except PakkeAvvist:
            avvist += 1
        else:
            assert apnet.filer == filer
    assert avvist > 40


def test_a_package_that_nobody_we_know_has_signed(bygger: Any, tmp_path: Path) -> None:
    bygget = bygger.pakke(leveranse_id=LEVERANSE)
    innhold = bygget.pakke.fil.read_bytes()
    fremmed = make_pki(tmp_path / "fremmed", merke="fremmed")
    for apner, funn in (
        (replace(bygger.apner(), tillit=fremmed.utsteder), Funn.UGYLDIG_SIGNATUR),
        (replace(bygger.apner(), nokkel=fremmed.mottakernokkel), Funn.IKKE_KRYPTERT_FOR_OSS),
        (replace(bygger.apner(), sertifikat=fremmed.mottaker), Funn.IKKE_KRYPTERT_FOR_OSS),
    ):
        fil = tmp_path / NAVN
        fil.write_bytes(innhold)
        with pytest.raises(PakkeAvvist) as feil:
            open_package(fil, apner, Grenser())
        assert feil.value.funn is funn


@pytest.mark.parametrize(
    ("endre", "funn"),
    [
        (lambda f: f.pop("mimetype"), Funn.IKKE_ASIC_E),
        (lambda f: f.update(mimetype=b"application/zip"), Funn.IKKE_ASIC_E),
        (lambda f: f.pop("META-INF/signature.p7s"), Funn.IKKE_ASIC_E),
        (lambda f: f.pop("META-INF/ASiCManifest.xml"), Funn.IKKE_ASIC_E),
        (lambda f: f.update({"META-INF/signature.p7s": b"0"}), Funn.UGYLDIG_SIGNATUR),
        (
            lambda f: f.update(
                {"META-INF/ASiCManifest.xml": f["META-INF/ASiCManifest.xml"].replace(b"dokument.pdf", b"dokument.pdg")}
            ),
            Funn.UGYLDIG_SIGNATUR,
        ),
        (lambda f: f.update({"manifest.json": f["manifest.json"] + b" "}), Funn.SIGNATUREN_DEKKER_IKKE),
        (lambda f: f.pop("manifest.json"), Funn.SIGNATUREN_DEKKER_IKKE),
        (
            lambda f: f.update({"11111111-1111-4111-8111-111111111111/dokument.pdf": b"%PDF-"}),
            Funn.SIGNATUREN_DEKKER_IKKE,
        ),
    ],
)
def test_the_signature_covers_every_file_and_nothing_else(
    bygger: Any, endre: Callable[[Filer], object], funn: Funn
) -> None:
    filer = bygger.unzip(bygger.container(bygger.pakke(leveranse_id=LEVERANSE)))
    assert refusal(bygger, NAVN, bygger.encrypt(bygger.rezip(filer)), Grenser(pakke=1)) is Funn.FOR_STOR
    endre(filer)
    assert refusal(bygger, NAVN, bygger.encrypt(bygger.rezip(filer))) is funn


def test_a_name_twice_and_an_encrypted_file(bygger: Any, recwarn: pytest.WarningsRecorder) -> None:
    ut = BytesIO()
    with zipfile.ZipFile(ut, "w") as arkiv:
        arkiv.writestr("manifest.json", b"{}")
        with pytest.warns(UserWarning, match="Duplicate"):
            arkiv.writestr("manifest.json", b"{}")
    assert refusal(bygger, NAVN, bygger.encrypt(ut.getvalue())) is Funn.DOBBEL_FIL
    kryptert = bytearray(bygger.rezip({"manifest.json": b"{}"}))
    kryptert[kryptert.index(b"PK\x01\x02") + 8] |= 1
    assert refusal(bygger, NAVN, bygger.encrypt(bytes(kryptert))) is Funn.SKADET_PAKKE
    assert not recwarn.list


def test_limits_are_checked_before_anything_is_unpacked(bygger: Any) -> None:
    bombe = BytesIO()
    with zipfile.ZipFile(bombe, "w", zipfile.ZIP_DEFLATED) as arkiv:
        arkiv.writestr("11111111-1111-4111-8111-111111111111/dokument.pdf", bytes(21 << 20))
    assert len(bombe.getvalue()) < 100_000
    assert refusal(bygger, NAVN, bygger.encrypt(bombe.getvalue())) is Funn.FOR_STOR
    innhold = bygger.pakke(leveranse_id=LEVERANSE).pakke.fil.read_bytes()
    assert refusal(bygger, NAVN, innhold, Grenser(pakke=len(innhold) - 1)) is Funn.FOR_STOR
    assert refusal(bygger, NAVN, innhold, Grenser(filer=3)) is Funn.FOR_MANGE_FILER
    assert refusal(bygger, NAVN, innhold, Grenser(samlet=100)) is Funn.FOR_STOR


@given(st.binary(max_size=400))
@settings(max_examples=60, deadline=None)
def test_garbage_never_gets_further_than_the_door(bygger: Any, innhold: bytes) -> None:
    assert refusal(bygger, NAVN, innhold) is Funn.IKKE_KRYPTERT_FOR_OSS
    assert refusal(bygger, NAVN, bygger.encrypt(innhold)) is Funn.SKADET_PAKKE


@given(st.integers(1, 70), st.data())
def test_the_receivers_own_proof_check_agrees_with_the_senders_tree(antall: int, data: st.DataObject) -> None:
    """Two implementations: the receiver's is written from the RFC, not from the sender's code."""
    blader = [hashlib.sha256(bytes([n])).digest() for n in range(antall)]
    rot, stier = merkle.tree(blader)
    indeks = data.draw(st.integers(0, antall - 1))
    assert bevis._climb(blader[indeks], indeks, antall, stier[indeks]) == rot
    annen = data.draw(st.integers(0, antall - 1).filter(lambda n: n != indeks or antall == 1))
    if annen != indeks:
        assert bevis._climb(blader[indeks], annen, antall, stier[indeks]) != rot


def test_no_schemas_no_documents(bygger: Any, tmp_path: Path) -> None:
    assert load_skjemaer(tmp_path) == {}
    dokument, filer = only_document(bygger, bygger.dokument())
    assert check_document(dokument, filer, Sammenheng("TEST", "0315", {})) is Funn.UKJENT_DOKUMENTTYPE
