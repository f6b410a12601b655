"""How long a package takes on its way: ours beside the plain tools that carry the same bytes, in one run.

    .venv/bin/python bench/bench_delivery.py [--antall 1000] [--runder 3]

Documents are rendered before the clock starts (`make bench-documents` measures that). Then, by turns, round after
round: the package alone (packed, signed, encrypted) beside a plain ZIP of the same files; and for each channel the
package made, stored and sent, beside the tool that only carries the finished package: Debian's `sftp`, and for S3 the
library that `aws s3 cp` is made of. Server and store are real and on this machine, so the figures hold no network.
"""

import argparse
import os
import platform
import secrets
import statistics
import subprocess
import sys
import time
import uuid
import zipfile
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import boto3
from dokumentmater import documents

from deploy.lokalt.openssh import LokalOpenssh
from deploy.lokalt.pki import make_pki
from deploy.lokalt.seaweedfs import LokalSeaweedFS
from tiltaksflyt.delivery import Forsegling, Pakke, Pakkedokument, build_package, load_certificate, load_own
from tiltaksflyt.delivery.bucket import BucketChannel
from tiltaksflyt.delivery.sftp import SftpChannel, read_oppsett
from tiltaksflyt.storage import Storage
from transforms.arkivmelding import render_arkivmelding
from transforms.dokument_formater import render

MAL = 0.70
_RENDRET = 24
Mate = Callable[[], float]


class Bane:
    """What is measured: documents in, a package at the recipient. Each way answers the seconds it took."""

    def __init__(
        self, katalog: Path, antall: int, openssh: LokalOpenssh, lager: LokalSeaweedFS, storage: Storage
    ) -> None:
        self.katalog = katalog
        self._openssh = openssh
        self._lager = lager
        self._storage = storage
        pki = make_pki(katalog / "pki")
        self._forsegling = Forsegling(load_own(pki.virksomhetsnokkel, pki.virksomhet), load_certificate(pki.mottaker))
        self._dokumenter = list(_packable(antall))
        self.ferdig = self._build()
        (katalog / "kjent").write_text(f"[127.0.0.1]:{openssh.port} {openssh.innstillinger['vertsnokkel']}\n")

    def ways(self) -> dict[str, Mate]:
        """Each way with its name, those that are held against each other after one another."""
        return {
            "pakken: pakket, signert, kryptert": lambda: _timed(self._build),
            "de samme filene som ZIP": lambda: _timed(self._zip),
            "SFTP, vårt: pakken laget, lagret, sendt": lambda: _timed(self._send_sftp),
            "sftp (OpenSSH): de ferdige bytene": lambda: _timed(self._openssh_put),
            "bucket, vårt: pakken laget, lagret, sendt": lambda: _timed(self._send_bucket),
            "s3transfer (aws s3 cp): de ferdige bytene": lambda: _timed(self._s3_put),
            "SFTP, vårt: en lagret pakke sendt om igjen": lambda: self._resend(self._sftp()),
            "bucket, vårt: en lagret pakke sendt om igjen": lambda: self._resend(self._bucket()),
        }

    def _build(self) -> Pakke:
        leveranse_id = str(uuid.uuid4())
        return build_package(
            self._dokumenter,
            self.katalog / leveranse_id,
            leveranse_id=leveranse_id,
            nav_enhet="0315",
            modus="TEST",
            opprettet=datetime.now(UTC),
            saltnokkel=secrets.token_bytes(32),
            forsegling=self._forsegling,
        ).pakke

    def _zip(self) -> None:
        with zipfile.ZipFile(self.katalog / f"{uuid.uuid4()}.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=6) as arkiv:
            for dokument in self._dokumenter:
                for navn, innhold in dokument.filer.items():
                    arkiv.writestr(f"{dokument.melding_id}/{navn}", innhold)

    def _sftp(self) -> SftpChannel:
        return SftpChannel(read_oppsett(self._openssh.innstillinger, self.katalog))

    def _bucket(self) -> BucketChannel:
        return BucketChannel(self._storage, "mottakere/0315/inn", "mottakere/0315/kvitteringer")

    def _send_sftp(self) -> None:
        self._send(self._sftp(), self._stored())

    def _send_bucket(self) -> None:
        self._send(self._bucket(), self._stored())

    def _stored(self) -> Pakke:
        pakke = self._build()
        self._storage.put_package(pakke.leveranse_id, pakke.fil)
        return pakke

    def _resend(self, kanal: SftpChannel | BucketChannel) -> float:
        lagret = self._stored()

        def fetch_and_send() -> None:
            fil = self.katalog / f"{uuid.uuid4()}"
            self._storage.fetch_package(lagret.leveranse_id, fil)
            self._send(kanal, Pakke.of(lagret.leveranse_id, fil))

        return _timed(fetch_and_send)

    def _send(self, kanal: SftpChannel | BucketChannel, pakke: Pakke) -> None:
        if not kanal.send(pakke, bind=_unnamed).er_sendt:
            raise SystemExit("the package did not arrive")

    def _openssh_put(self) -> None:
        oppsett = self._openssh.innstillinger
        valg = ["-q", "-b", "-", "-F", "none", "-P", str(oppsett["port"]), "-i", oppsett["nokkelfil"]]
        valg += ["-o", f"UserKnownHostsFile={self.katalog / 'kjent'}", "-o", "IdentitiesOnly=yes"]
        ordre = f"put {self.ferdig.fil} inn/{uuid.uuid4()}.p7m\n"
        subprocess.run(  # noqa: S603  our own options
            ["/usr/bin/sftp", *valg, f"{oppsett['bruker']}@127.0.0.1"], input=ordre, text=True, check=True, stdout=-3
        )

    def _s3_put(self) -> None:
        oppsett = self._lager.oppsett
        klient = boto3.client(
            "s3",
            endpoint_url=oppsett.endepunkt,
            region_name=oppsett.region,
            aws_access_key_id=oppsett.tilgangsnokkel,
            aws_secret_access_key=oppsett.hemmelig,
        )
        klient.upload_file(str(self.ferdig.fil), oppsett.bucket, f"mottakere/0315/inn/{uuid.uuid4()}")


def _packable(antall: int) -> list[Pakkedokument]:
    """So many documents of the golden kinds, each with an id of its own; a few are rendered and stand for all."""
    filer = []
    for innhold in documents(_RENDRET, 1):
        egne = {f"dokument.{format_}": render(innhold, format_) for format_ in ("json", "pdf", "xml")}
        filer.append(egne | {"arkivmelding.xml": render_arkivmelding(innhold, egne), "journalpost.json": b"{}"})
    ider = sorted(str(uuid.uuid4()) for _ in range(antall))
    return [
        Pakkedokument(melding_id, "PLAN", 1, "ARBEIDSFORBEREDENDE_TRENING", "310000019", filer[nummer % len(filer)])
        for nummer, melding_id in enumerate(ider)
    ]


def _unnamed(kanal_ref: str) -> None:
    raise AssertionError(kanal_ref)


def _timed(gjor: Callable[[], object]) -> float:
    fra = time.perf_counter()
    gjor()
    return time.perf_counter() - fra


def _print(malt: dict[str, list[float]], antall: int, storrelse: int) -> None:
    minst = {navn: min(tider) for navn, tider in malt.items()}
    print("| måte | sekunder, minst | median | dokumenter/s | MB/s |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for navn, tider in malt.items():
        print(f"| {navn} | {minst[navn]:.2f} | {statistics.median(tider):.2f} | {antall / minst[navn]:,.0f} | "
              f"{storrelse / 1e6 / minst[navn]:.0f} |")  # fmt: skip
    pakke, som_zip, sftp, sftp_gulv, bucket, s3_gulv, sftp_igjen, bucket_igjen = minst.values()
    print(f"\nAv gulvet (mål {MAL:.0%}): pakken {som_zip / pakke:.0%} av ZIP.")
    for navn, vart, gulv, igjen in (("SFTP", sftp, sftp_gulv, sftp_igjen), ("Bucket", bucket, s3_gulv, bucket_igjen)):
        print(f"{navn}: {gulv / vart:.0%} med pakken, {gulv / igjen:.0%} uten; {(som_zip + gulv) / vart:.0%} av ZIP "
              "fulgt av verktøyet.")  # fmt: skip


def main() -> None:
    """Run the bench, and print the table."""
    leser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    leser.add_argument("--antall", type=int, default=1000, help="documents in the package")
    leser.add_argument("--runder", type=int, default=3)
    valg = leser.parse_args()
    with ExitStack() as stabel:
        katalog = Path(stabel.enter_context(TemporaryDirectory(prefix="tiltaksflyt-bench-")))
        openssh = stabel.enter_context(LokalOpenssh(katalog / "openssh"))
        lager = stabel.enter_context(LokalSeaweedFS(katalog / "s3"))
        storage = stabel.enter_context(Storage(lager.oppsett))
        storage.ensure_bucket()
        bane = Bane(katalog, valg.antall, openssh, lager, storage)
        storrelse = bane.ferdig.storrelse
        print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} kjerner, last {os.getloadavg()[0]:.1f}; "
              f"{valg.antall} dokumenter, {storrelse / 1e6:.0f} MB, {valg.runder} runder\n")  # fmt: skip
        malt: dict[str, list[float]] = {navn: [] for navn in bane.ways()}
        for _ in range(valg.runder):
            for navn, mate in bane.ways().items():
                malt[navn].append(mate())
        _print(malt, valg.antall, storrelse)


if __name__ == "__main__":
    sys.exit(main())
