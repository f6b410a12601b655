"""The package: the same bytes for the same content, a manifest that proves each file, and nothing about a person."""

import hashlib
import io
import json
import uuid
import zipfile
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.loader import validator
from tiltaksflyt.delivery import PakkeFeil, build_package, merkle
from tiltaksflyt.delivery.package import Pakkekode

LEVERANSE = "5b1a3c52-2f60-4c56-9f0c-6f8a2f9f1a11"


def test_the_same_content_gives_the_same_container_under_another_key_each_time(bygger: Any) -> None:
    dokumenter = [bygger.dokument(t) for t in ("PLAN", "PERIODERAPPORT", "SLUTTRAPPORT")]
    en = bygger.pakke(*dokumenter, leveranse_id=LEVERANSE)
    to = bygger.pakke(*dokumenter, leveranse_id=LEVERANSE)
    assert bygger.container(en) == bygger.container(to)
    assert en.merkle_rot == to.merkle_rot
    assert en.pakke.sha256 != to.pakke.sha256
    assert en.antall == {"PERIODERAPPORT": 1, "PLAN": 1, "SLUTTRAPPORT": 1}
    assert en.pakke.filnavn == f"{LEVERANSE}.asice.p7m"


def test_the_entries_are_plain_and_depend_on_no_clock(bygger: Any) -> None:
    with zipfile.ZipFile(io.BytesIO(bygger.container(bygger.pakke()))) as arkiv:
        for oppforing in arkiv.infolist():
            assert oppforing.date_time == (1980, 1, 1, 0, 0, 0)
            assert oppforing.external_attr >> 16 == 0o100600
        assert arkiv.testzip() is None


def test_the_manifest_tells_what_is_there(bygger: Any) -> None:
    forrige = str(uuid.uuid4())
    plan = bygger.dokument("PLAN", versjon=2, erstatter=forrige)
    bygget = bygger.pakke(plan, leveranse_id=LEVERANSE)
    filer = bygger.files(bygget)
    manifest = json.loads(filer["manifest.json"])
    validator("manifest").validate(manifest)
    assert manifest["mottaker"] == {"navEnhet": "0315"}
    assert manifest["opprettet"] == "2026-03-02T06:00:00+00:00"
    (ett,) = manifest["dokumenter"]
    assert {k: v for k, v in ett.items() if k != "filer"} == {
        "meldingId": plan.melding_id,
        "dokumenttype": "PLAN",
        "versjon": 2,
        "erstatter": forrige,
        "frist": "2026-03-30",
        "tiltakskode": "ARBEIDSFORBEREDENDE_TRENING",
        "avsender": {"orgnr": "310000019"},
    }
    assert [f["navn"] for f in ett["filer"]] == [
        "arkivmelding.xml",
        "dokument.json",
        "dokument.pdf",
        "dokument.xml",
        "journalpost.json",
    ]
    for fil in ett["filer"]:
        innhold = filer[f"{plan.melding_id}/{fil['navn']}"]
        assert (fil["storrelse"], fil["sha256"]) == (len(innhold), hashlib.sha256(innhold).hexdigest())


def test_nothing_outside_the_documents_leads_to_a_person(bygger: Any) -> None:
    plan = bygger.dokument(deltakelseId="D-4711")
    filer = bygger.files(bygger.pakke(plan))
    utenfor = " ".join(filer).encode() + filer["manifest.json"]
    for spor in (bygger.ident(), "Kanari", "Syntetisk", "D-4711", "Vekst"):
        assert spor.encode() not in utenfor
        assert spor.encode() not in repr(plan).encode()
    assert bygger.ident().encode() in filer[f"{plan.melding_id}/dokument.json"]


def test_the_salt_hides_which_files_lay_under_the_root(bygger: Any) -> None:
    plan = bygger.dokument()
    en = bygger.pakke(plan, leveranse_id=LEVERANSE)
    assert en.merkle_rot != bygger.pakke(plan, leveranse_id=LEVERANSE, saltnokkel=bytes(32)).merkle_rot
    manifest = json.loads(bygger.files(en)["manifest.json"])
    salter = [fil["merkle"]["salt"] for d in manifest["dokumenter"] for fil in d["filer"]]
    assert len(set(salter)) == len(salter)
    assert manifest["merkle"]["rot"] == en.merkle_rot


@pytest.mark.parametrize(
    ("endret", "kode"),
    [
        ({"opprettet": datetime(2026, 3, 2)}, Pakkekode.TID_UTEN_SONE),  # noqa: DTZ001
        ({"saltnokkel": b"kort"}, Pakkekode.KORT_SALT),
        ({"leveranse_id": "../../etc/passwd"}, Pakkekode.UGYLDIG_MANIFEST),
        ({"leveranse_id": "01817012345"}, Pakkekode.UGYLDIG_MANIFEST),
        ({"nav_enhet": "Nav Eksempel"}, Pakkekode.UGYLDIG_MANIFEST),
        ({"modus": "KONTROLL"}, Pakkekode.UGYLDIG_MANIFEST),
    ],
)
def test_a_package_that_could_not_be_read_is_not_built(bygger: Any, endret: dict[str, Any], kode: Pakkekode) -> None:
    with pytest.raises(PakkeFeil) as feil:
        bygger.pakke(**endret)
    assert feil.value.kode is kode
    assert "passwd" not in str(feil.value)


def test_documents_that_cannot_travel_together(bygger: Any) -> None:
    plan = bygger.dokument()
    for dokumenter, kode in [
        ([plan, plan], Pakkekode.DOBBEL_MELDING),
        ([replace(plan, dokumenttype="BREV")], Pakkekode.UKJENT_DOKUMENTTYPE),
        ([replace(plan, filer={"Kari.pdf": b"x"})], Pakkekode.UGYLDIG_MANIFEST),
        ([replace(plan, filer={})], Pakkekode.INGEN_DOKUMENTER),
        ([replace(plan, filer={"dokument.pdf": b""})], Pakkekode.UGYLDIG_MANIFEST),
        ([replace(plan, melding_id="../x")], Pakkekode.UGYLDIG_MANIFEST),
    ]:
        with pytest.raises(PakkeFeil) as feil:
            bygger.pakke(*dokumenter)
        assert feil.value.kode is kode
        assert "Kari" not in str(feil.value)


def test_documents_come_in_the_order_of_the_manifest(bygger: Any) -> None:
    forst, sist = sorted((bygger.dokument(), bygger.dokument()), key=lambda d: d.melding_id)
    with pytest.raises(PakkeFeil) as feil:
        build_package(
            [sist, forst],
            bygger.new_file(),
            leveranse_id=LEVERANSE,
            nav_enhet="0315",
            modus="TEST",
            opprettet=bygger.LAGET,
            saltnokkel=bygger.SALT,
            forsegling=bygger.forsegling(),
        )
    assert feil.value.kode is Pakkekode.FEIL_REKKEFOLGE


# --- the tree ---


def test_the_tree_is_the_one_of_rfc_6962() -> None:
    """Leaves and roots of the test tree that Certificate Transparency publishes (leaf input is hashed with 0x00)."""
    innhold = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    blader = [hashlib.sha256(b"\x00" + bytes.fromhex(i)).digest() for i in innhold]
    for antall, rot in [
        (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        (4, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
        (5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
        (6, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
        (7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
        (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ]:
        assert merkle.tree(blader[:antall])[0].hex() == rot


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40, unique=True), st.data())
def test_one_changed_leaf_changes_the_root(blader: list[bytes], data: st.DataObject) -> None:
    rot, bevis = merkle.tree(blader)
    assert len(bevis) == len(blader)
    indeks = data.draw(st.integers(0, len(blader) - 1))
    endret = [*blader[:indeks], bytes(32), *blader[indeks + 1 :]]
    assert endret == blader or merkle.tree(endret)[0] != rot


def test_an_empty_tree_has_no_root() -> None:
    with pytest.raises(ValueError, match="at least one leaf"):
        merkle.tree([])
