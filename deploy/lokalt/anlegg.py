"""A whole deployment on one machine, in one folder: the bucket, the reference receiver, the set-up, keys and ledger.

For the demo, the tests and the benchmark. Everything is real and on loopback; only Airflow is started apart.
"""

import shlex
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import boto3
import yaml

from deploy.lokalt.pki import Pki, make_pki
from deploy.lokalt.seaweedfs import LokalSeaweedFS, avsenderrettigheter
from deploy.lokalt.sftp import LokaltMottak
from schemas.loader import read_yaml
from schemas.oppsett import load_oppsett
from tiltaksflyt.pipeline.omgivelser import Omgivelser, open_omgivelser
from tiltaksflyt.storage import HVILETID

BUCKET = "tiltaksflyt"


class LokaltAnlegg:
    """Everything that a pipeline step needs, in `katalog`; `oppsett` is a set-up to copy and complete.

    The copy gets the receiver's real port, keys and certificate. A second start on the same folder goes on where the
    first stopped. `weed` is a store that runs already and goes on running; `mottak` makes another receiver; `databaser`
    are the URLs of the ledger and the key store where they are not files here.
    """

    def __init__(
        self,
        katalog: Path,
        oppsett: Path,
        *,
        weed: LokalSeaweedFS | None = None,
        mottak: Callable[[Path, Sequence[str], Pki], LokaltMottak] = LokaltMottak,
        databaser: tuple[str, str] | None = None,
    ) -> None:
        self.katalog = katalog.resolve()
        self._mal = oppsett
        self._databaser = databaser or (
            f"sqlite:///{self.katalog / 'ledger' / 'ledger.db'}",
            f"sqlite:///{self.katalog / 'nokkellager' / 'nokler.db'}",
        )
        self._stabel = ExitStack()
        lest = load_oppsett(oppsett)
        self._eget_lager = weed is None
        self.weed = weed or LokalSeaweedFS(
            self.katalog / "s3",
            bucket=BUCKET,
            rettigheter={orgnr: avsenderrettigheter(BUCKET, orgnr) for orgnr in lest.avsendere},
        )
        self.pki = Pki(self.katalog / "pki")
        enheter = sorted({m.nav_enhet for m in lest.mottakere.values()})
        self.mottak = mottak(self.katalog / "mottaker", enheter, self.pki)

    def __enter__(self) -> Self:
        """Start the bucket and the receiver, and write the set-up."""
        self.katalog.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_pki(self.pki.katalog)
        try:
            if self._eget_lager:
                self._stabel.enter_context(self.weed)
            self._stabel.enter_context(self.mottak)
            self._write_oppsett()
        except BaseException:
            self._stabel.close()
            raise
        return self

    def __exit__(
        self, type_: type[BaseException] | None, feil: BaseException | None, spor: TracebackType | None
    ) -> None:
        """Stop both, whatever happened."""
        self._stabel.close()

    @property
    def oppsett(self) -> Path:
        """The completed set-up."""
        return self.katalog / "oppsett"

    @property
    def mottakerkatalog(self) -> Path:
        """The receiver's own folder: Nav's copy, which our deletion does not reach."""
        return self.mottak.katalog

    def unanswered(self) -> list[Path]:
        """The packages that the receiver has got and not answered: it takes each away when it has."""
        return list((self.mottakerkatalog / "brukere").glob("*/inn/*.p7m"))

    @property
    def lagre(self) -> tuple[Path, ...]:
        """Every folder in which this deployment keeps anything of a person, for the sweep."""
        return tuple(self.katalog / navn for navn in ("ledger", "nokkellager", "s3", "airflow", "oppsett"))

    @property
    def kanarier(self) -> Path:
        """The identities that the sweep looks for. Not in a store: it names what must be gone."""
        return self.katalog / "kanarier.tsv"

    @property
    def miljo(self) -> dict[str, str]:
        """The environment of every step."""
        ledger, nokkellager = self._databaser
        vask = [sys.executable, "-m", "deploy.lokalt.seaweedfs", "glem", str(self.weed.katalog)]
        return {
            "TILTAKSFLYT_MODUS": "TEST",
            "TILTAKSFLYT_OPPSETT": str(self.oppsett),
            "TILTAKSFLYT_LEDGER_URL": ledger,
            "TILTAKSFLYT_NOKKELLAGER_URL": nokkellager,
            "TILTAKSFLYT_NOKKELVERN": str(self.katalog / "hemmeligheter" / "nokkelvern"),
            "TILTAKSFLYT_SIGNERINGSNOKKEL": str(self.katalog / "hemmeligheter" / "signering.key"),
            "TILTAKSFLYT_VIRKSOMHETSNOKKEL": str(self.pki.virksomhetsnokkel),
            "TILTAKSFLYT_VIRKSOMHETSSERTIFIKAT": str(self.pki.virksomhet),
            "TILTAKSFLYT_FORANKRING": str(self.katalog / "forankring"),
            "TILTAKSFLYT_S3_ENDEPUNKT": self.weed.endepunkt,
            "TILTAKSFLYT_S3_BUCKET": BUCKET,
            "TILTAKSFLYT_S3_NOKKELFIL": str(self.weed.nokkelfil),
            "TILTAKSFLYT_OBJEKTVASK": shlex.join(vask),
            "TILTAKSFLYT_LAGRE": ":".join(str(lager) for lager in self.lagre),
            "TILTAKSFLYT_KANARIER": str(self.kanarier),
            "TILTAKSFLYT_VARSLER": str(self.katalog / "varsler.jsonl"),
        }

    @contextmanager
    def omgivelser(self) -> Iterator[Omgivelser]:
        """The surroundings of a step, opened in this process."""
        with open_omgivelser(self.miljo) as omgivelser:
            yield omgivelser

    def drop(self, orgnr: str, navn: str, innhold: bytes) -> None:
        """Drop a file as the sender does: with its own key, by an ordinary S3 client."""
        self.sender_client(orgnr).put_object(Bucket=BUCKET, Key=f"innboks/{orgnr}/{navn}", Body=innhold)

    def sender_client(self, orgnr: str) -> Any:  # noqa: ANN401  boto3 makes its client classes at run time
        """An S3 client with one sender's own key."""
        tilgang = self.weed.tilganger[orgnr]
        return boto3.client(
            "s3",
            endpoint_url=self.weed.endepunkt,
            region_name="us-east-1",
            aws_access_key_id=tilgang.tilgangsnokkel,
            aws_secret_access_key=tilgang.hemmelig,
        )

    def let_rest(self) -> None:
        """Wait until what was just dropped has been still for as long as the door wants."""
        time.sleep(HVILETID.total_seconds() + 1.0)

    def _write_oppsett(self) -> None:
        for navn in ("ledger", "nokkellager", "hemmeligheter", "airflow"):
            (self.katalog / navn).mkdir(mode=0o700, exist_ok=True)
        (self.oppsett / "avsendere").mkdir(parents=True, exist_ok=True)
        for fil in (self._mal / "avsendere").glob("*.yaml"):
            (self.oppsett / "avsendere" / fil.name).write_bytes(fil.read_bytes())
        for mappe in ("profiler", "regelverk"):
            if (self._mal / mappe).is_dir():
                shutil.copytree(self._mal / mappe, self.oppsett / mappe, dirs_exist_ok=True)
        innhold = read_yaml(self._mal / "mottakere.yaml")
        for mottaker in innhold["mottakere"]:
            sertifikat = self.oppsett / mottaker["sertifikat"]
            sertifikat.parent.mkdir(parents=True, exist_ok=True)
            sertifikat.write_bytes(self.pki.mottaker.read_bytes())
            if "sftp" in mottaker["kanal"]:
                mottaker["kanal"]["sftp"] = dict(self.mottak.innstillinger)
        (self.oppsett / "mottakere.yaml").write_text(yaml.safe_dump(innhold, allow_unicode=True), encoding="utf-8")

    def write_environment(self, fil: Path) -> None:
        """Write `miljo` as lines that a shell can read with `source`."""
        linjer = [f"export {navn}={shlex.quote(verdi)}\n" for navn, verdi in self.miljo.items()]
        fil.write_text("".join(linjer), encoding="utf-8")
        fil.chmod(0o600)
