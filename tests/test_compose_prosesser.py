"""The compose file's own commands, addresses and secrets, run as processes on this machine: no container.

Only folders, hosts and ports are exchanged. Airflow's services on Celery are not among them (docs/produksjon.md).
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest
import yaml
from asyncssh import read_private_key
from botocore.config import Config
from botocore.exceptions import ClientError
from psycopg import sql

from deploy.hemmeligheter import BUCKET, IDENTITETER, make_secrets
from deploy.lokalt.pki import make_pki
from deploy.lokalt.postgres import Postgres, start_postgres
from deploy.lokalt.prosess import Prosess
from tiltaksflyt.ledger import Filnokkelvern, LedgerFeil, load_signing_key, open_key_store, open_ledger
from tiltaksflyt.storage import Storage

ROT = Path(__file__).parents[1]
TJENESTER: dict[str, Any] = yaml.safe_load((ROT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
EN, ANNEN = "310000019", "310000027"  # synthetic: Tenor's organisasjoner begin with 2 or 3
STI = os.pathsep.join((str(Path(sys.executable).parent), os.defpath))


@pytest.fixture(scope="module")
def hemmeligheter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The secret files, as /run/secrets would show them."""
    katalog = tmp_path_factory.mktemp("hemmeligheter")
    make_secrets(katalog, (EN, ANNEN))
    return katalog


def exchange(tekst: str, **bytte: object) -> str:
    for fra, til in bytte.items():
        assert fra in tekst, f"{fra} is not in {tekst}"
        tekst = tekst.replace(fra, str(til))
    return tekst


def free_ports(antall: int) -> list[int]:
    sokler = [socket.create_server(("127.0.0.1", 0)) for _ in range(antall)]
    porter = [sokkel.getsockname()[1] for sokkel in sokler]
    for sokkel in sokler:
        sokkel.close()
    return porter


def run_health_check(navn: str, fra: str, til: str) -> int:
    _, *kommando = TJENESTER[navn]["healthcheck"]["test"]
    return subprocess.run(
        [del_.replace(fra, til) for del_ in kommando], env={"PATH": STI}, capture_output=True, check=False
    ).returncode


def wait_for_health(navn: str, fra: str, til: str, prosess: Prosess) -> None:
    slutt = time.monotonic() + 60
    while run_health_check(navn, fra, til):
        assert prosess.kjorer(), prosess.logg.read_text()
        assert time.monotonic() < slutt, prosess.logg.read_text()
        time.sleep(0.2)


def test_airflow_reads_its_secrets_through_the_commands(hemmeligheter: Path, tmp_path: Path) -> None:
    miljo = {
        navn: str(verdi).replace("/run/secrets", str(hemmeligheter))
        for navn, verdi in TJENESTER["airflow-scheduler"]["environment"].items()
    }
    ventet = {
        "database sql_alchemy_conn": miljo["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_CMD"].split()[-1],
        "database sql_alchemy_conn_async": miljo["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC_CMD"].split()[-1],
        "celery broker_url": (hemmeligheter / "redis_url").read_text(),
        "core fernet_key": (hemmeligheter / "fernet_key").read_text(),
        "api secret_key": (hemmeligheter / "api_secret_key").read_text(),
        "api_auth jwt_secret": (hemmeligheter / "jwt_secret").read_text(),
    }
    program = "\n".join(
        (
            "import json, sys",
            "from airflow.configuration import conf",
            "sys.stdout.write('\\n' + json.dumps({v: conf.get(*v.split()) for v in json.loads(sys.argv[1])}))",
        )
    )
    svar = subprocess.run(
        [sys.executable, "-c", program, json.dumps(list(ventet))],
        env={"PATH": STI, "HOME": str(tmp_path), "AIRFLOW_HOME": str(tmp_path), **miljo},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(svar.stdout.splitlines()[-1]) == ventet


@pytest.fixture(scope="module")
def servere(hemmeligheter: Path) -> Iterator[dict[str, Postgres]]:
    """A PostgreSQL server for the ledger and one for the key store, with the compose file's user and password."""
    # Not under tmp_path: its folders are closed to the user that runs the server when the tests run as root.
    katalog = Path(tempfile.mkdtemp(prefix="tiltaksflyt-compose-"))
    katalog.chmod(0o711)
    navn = TJENESTER["postgres-ledger"]["environment"]["POSTGRES_USER"]
    assert TJENESTER["postgres-ledger"]["environment"]["POSTGRES_DB"] == navn
    try:
        with start_postgres(katalog / "ledger") as ledger, start_postgres(katalog / "nokkellager") as nokkellager:
            alle = {"ledger": ledger, "nokkellager": nokkellager}
            for server_navn, server in alle.items():
                passord = (hemmeligheter / f"passord_{server_navn}").read_text()
                server.create_database(navn)
                with psycopg.connect(server.url("postgres"), autocommit=True) as conn:
                    rolle = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(navn), passord)
                    conn.execute(rolle)
                    conn.execute(sql.SQL("ALTER DATABASE {0} OWNER TO {0}").format(sql.Identifier(navn)))
            yield alle
    finally:
        shutil.rmtree(katalog)


def address(hemmeligheter: Path, servere: dict[str, Postgres], navn: str, passfil: Path) -> str:
    """The worker's own URL, with the server that runs here and a passfile that names it."""
    vert, her = f"postgres-{navn}", f"127.0.0.1:{servere[navn].port}"
    innhold = (hemmeligheter / f"passfil_{navn}").read_text()
    passfil.write_text(exchange(innhold, **{f"{vert}:5432": her}))
    passfil.chmod(0o600)
    url = TJENESTER["airflow-worker"]["environment"][f"TILTAKSFLYT_{navn.upper()}_URL"]
    return exchange(url, **{f"@{vert}/": f"@{her}/", f"/run/secrets/passfil_{navn}": passfil})


def test_ledger_and_key_store_are_opened_with_the_passwords_in_the_passfiles(
    hemmeligheter: Path, servere: dict[str, Postgres], tmp_path: Path
) -> None:
    ledger_url = address(hemmeligheter, servere, "ledger", tmp_path / "ledger")
    nokkellager_url = address(hemmeligheter, servere, "nokkellager", tmp_path / "nokkellager")
    nokler = open_key_store(nokkellager_url, Filnokkelvern(tmp_path / "nokkelvern"), create=True)
    with closing(open_ledger(ledger_url, nokler, create=True)) as ledger:
        assert ledger.bevis.head().antall == 0


def test_the_password_comes_from_nowhere_else(
    hemmeligheter: Path, servere: dict[str, Postgres], tmp_path: Path
) -> None:
    passfil = tmp_path / "passfil"
    url = address(hemmeligheter, servere, "nokkellager", passfil)
    passfil.write_text("")
    with pytest.raises(LedgerFeil):
        open_key_store(url, Filnokkelvern(tmp_path / "nokkelvern"), create=True)


def test_the_keys_that_the_code_reads_itself(hemmeligheter: Path) -> None:
    load_signing_key(hemmeligheter / "signeringsnokkel")
    assert read_private_key(hemmeligheter / "sftp_nokkel").algorithm == b"ssh-ed25519"


@pytest.fixture(scope="module")
def lager(hemmeligheter: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The object store: the compose file's command, healthy by its health check, with bucket-init's bucket."""
    katalog = tmp_path_factory.mktemp("seaweedfs")
    (katalog / "lager").mkdir()
    (katalog / ".seaweedfs").mkdir()
    shutil.copy(hemmeligheter / "seaweedfs_security", katalog / ".seaweedfs" / "security.toml")
    tjeneste = TJENESTER["seaweedfs"]
    s3, *andre = free_ports(10)
    bytte = {
        "-dir=/lager": f"-dir={katalog / 'lager'}",
        "-ip=seaweedfs": "-ip=127.0.0.1",
        "-s3.port=8333": f"-s3.port={s3}",
    }
    bytte |= {"-ip.bind=0.0.0.0": "-ip.bind=127.0.0.1"}
    bytte |= {"-s3.config=/run/secrets/s3_identiteter": f"-s3.config={hemmeligheter / 's3_identiteter'}"}
    assert bytte.keys() <= set(tjeneste["command"])
    navn = ("master.port", "master.port.grpc", "filer.port", "filer.port.grpc", "volume.port", "volume.port.grpc")
    porter = dict(zip((*navn, "admin.port", "admin.port.grpc", "s3.port.grpc"), andre, strict=True))
    steder = [f"-{flagg}={port}" for flagg, port in porter.items()]
    steder += [f"-{del_}.localSocket={katalog / del_}.sock" for del_ in ("s3", "filer")]
    kommando = [*tjeneste["entrypoint"], *(bytte.get(del_, del_) for del_ in tjeneste["command"]), *steder]
    kommando[0] = shutil.which(kommando[0], path=STI) or kommando[0]
    prosess = Prosess(
        "seaweedfs", kommando, {"PATH": STI, "HOME": str(katalog), "TMPDIR": str(katalog)}, katalog / "logg"
    )
    prosess.start()
    try:
        wait_for_health("seaweedfs", "127.0.0.1:8333", f"127.0.0.1:{s3}", prosess)
        oppsett = TJENESTER["bucket-init"]["environment"] | {
            "TILTAKSFLYT_S3_ENDEPUNKT": f"http://127.0.0.1:{s3}",
            "TILTAKSFLYT_S3_NOKKELFIL": str(hemmeligheter / "s3_drift"),
        }
        bucket_init = TJENESTER["bucket-init"]["command"]
        subprocess.run([sys.executable, *bucket_init[1:]], env={"PATH": STI, **oppsett}, check=True)
        yield {"oppsett": oppsett, "data": katalog / "lager", "porter": porter}
    finally:
        prosess.stop()
        for del_ in ("master", "volume", "filer", "s3", "admin"):
            Path(f"/tmp/seaweedfs-{del_}-grpc-{porter[f'{del_}.port.grpc']}.sock").unlink(missing_ok=True)  # noqa: S108


def test_the_store_encrypts_with_the_key_of_the_secret_file(lager: dict[str, Any]) -> None:
    with Storage.from_environment(lager["oppsett"]) as storage:
        storage.check_encryption()
    # Not given one, `weed mini` makes one and lays it beside the data.
    assert not (lager["data"] / ".mini_sse_kek").exists()


def test_a_sender_reaches_its_own_inbox_and_no_other(hemmeligheter: Path, lager: dict[str, Any]) -> None:
    (nokkel,) = json.loads((hemmeligheter / IDENTITETER / f"{EN}.json").read_text())["credentials"]
    klient = boto3.client(
        "s3",
        endpoint_url=lager["oppsett"]["TILTAKSFLYT_S3_ENDEPUNKT"],
        region_name="us-east-1",
        aws_access_key_id=nokkel["accessKey"],
        aws_secret_access_key=nokkel["secretKey"],
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
    )
    with closing(klient):
        klient.put_object(Bucket=BUCKET, Key=f"innboks/{EN}/fil", Body=b"x")
        with pytest.raises(ClientError, match="AccessDenied"):
            klient.put_object(Bucket=BUCKET, Key=f"innboks/{ANNEN}/fil", Body=b"x")


def test_the_wash_makes_the_store_let_go_of_deleted_bytes(lager: dict[str, Any]) -> None:
    def stored() -> int:
        return sum(fil.stat().st_size for fil in lager["data"].rglob(f"{BUCKET}_*.dat"))

    with Storage.from_environment(lager["oppsett"]) as storage:
        foran = stored()
        storage.put_once("vask/fil", os.urandom(300_000), "application/octet-stream")
        storage.delete_prefix("vask/")
    assert stored() > foran + 300_000
    _, skript, *steder = TJENESTER["airflow-worker"]["environment"]["TILTAKSFLYT_OBJEKTVASK"].split()
    assert steder == ["seaweedfs:9333", "seaweedfs:8888"]
    her = [f"127.0.0.1:{lager['porter'][f'{d}.port']}.{lager['porter'][f'{d}.port.grpc']}" for d in ("master", "filer")]
    skript = exchange(skript, **{"/opt/tiltaksflyt": ROT})
    svar = subprocess.run(["sh", skript, *her], env={"PATH": STI}, capture_output=True, text=True, check=False)
    assert svar.returncode == 0, svar.stderr
    assert stored() < foran + 1000


def test_the_reference_receiver_is_healthy_by_its_health_check(hemmeligheter: Path, tmp_path: Path) -> None:
    (tmp_path / "nokler").mkdir()
    offentlig = read_private_key(hemmeligheter / "sftp_nokkel").export_public_key()
    (tmp_path / "nokler" / "tiltaksflyt.pub").write_bytes(offentlig)
    pki = make_pki(tmp_path / "nokler")
    (port,) = free_ports(1)
    bytte = {
        "/mottak": str(tmp_path / "mottak"),
        "/nokler": str(tmp_path / "nokler"),
        **{f"/nokler/{fil.name}": str(fil) for fil in (pki.mottakernokkel, pki.mottaker, pki.utsteder)},
        "0.0.0.0": "127.0.0.1",  # noqa: S104
        "2222": str(port),
        "${REFERANSEMOTTAK_ENHETER:-}": "0315",
    }
    kommando = TJENESTER["referansemottak"]["command"]
    assert bytte.keys() <= set(kommando)
    prosess = Prosess(
        "referansemottak",
        [sys.executable, *(bytte.get(del_, del_) for del_ in kommando[1:])],
        {"PATH": STI, "HOME": str(tmp_path)},
        tmp_path / "logg",
    )
    assert run_health_check("referansemottak", "2222", str(port)) != 0
    prosess.start()
    try:
        wait_for_health("referansemottak", "2222", str(port), prosess)
    finally:
        prosess.stop()
