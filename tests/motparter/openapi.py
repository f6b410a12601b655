"""Whether a call and its answer are as an OpenAPI 3.1 description says. OpenAPI 3.1 is JSON Schema 2020-12 within."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from tests.motparter.motpart import Kall, Svar


class Beskrivelse:
    """One description."""

    def __init__(self, fil: Path) -> None:
        self.innhold: dict[str, Any] = yaml.safe_load(fil.read_text(encoding="utf-8"))

    def operation(self, metode: str, mal: str) -> Mapping[str, Any]:
        """The operation, with the parameters of its path."""
        sti = self.innhold["paths"][mal]
        operasjon = dict(sti[metode.lower()])
        operasjon["parameters"] = [
            self.resolve(p) for p in (*sti.get("parameters", ()), *operasjon.get("parameters", ()))
        ]
        return operasjon

    def resolve(self, noe: Any) -> Any:
        """The same with what its references lead to in their place. None of them leads back to itself."""
        if isinstance(noe, list):
            return [self.resolve(ett) for ett in noe]
        if not isinstance(noe, dict):
            return noe
        if "$ref" not in noe:
            return {navn: self.resolve(verdi) for navn, verdi in noe.items()}
        sted = self.innhold
        for ledd in noe["$ref"].removeprefix("#/").split("/"):
            sted = sted[ledd]
        return self.resolve(sted)

    def faults(self, kall: Kall, mal: str, svar: Svar) -> list[str]:
        """What of a call and its answer is not as described."""
        operasjon = self.operation(kall.metode, mal)
        return [*self._faults_of_call(operasjon, kall), *self._faults_of_answer(operasjon, svar)]

    def _faults_of_call(self, operasjon: Mapping[str, Any], kall: Kall) -> list[str]:
        sporring = {navn: verdier[0] for navn, verdier in kall.sporring.items()}
        verdier: dict[str, Mapping[str, str]] = {"query": sporring, "header": kall.hode, "path": {}}
        stier = [p["name"] for p in operasjon["parameters"] if p["in"] == "path"]
        verdier["path"] = dict(zip(stier, kall.sti, strict=True))
        feil = []
        for parameter in operasjon["parameters"]:
            navn = parameter["name"].lower() if parameter["in"] == "header" else parameter["name"]
            verdi = verdier[parameter["in"]].get(navn)
            if verdi is None:
                feil += [f"{navn} is lacking"] if parameter.get("required") else []
            else:
                feil += [f"{navn}: {f.message}" for f in self._schema(parameter["schema"]).iter_errors(verdi)]
        ukjente = sporring.keys() - {p["name"] for p in operasjon["parameters"] if p["in"] == "query"}
        feil += [f"{navn} is not described" for navn in ukjente]
        if "requestBody" in operasjon and kall.hode.get("content-type") not in operasjon["requestBody"]["content"]:
            feil.append("the type of the body is not described")
        return feil

    def _faults_of_answer(self, operasjon: Mapping[str, Any], svar: Svar) -> list[str]:
        if str(svar.status) not in operasjon["responses"]:
            return [f"{svar.status} is not described"]
        beskrevet = self.resolve(operasjon["responses"][str(svar.status)]).get("content")
        if beskrevet is None:
            return [f"{svar.status} has a body"] if svar.innhold else []
        skjema = beskrevet["application/json"]["schema"]
        return [f"{svar.status}: {f.message}" for f in self._schema(skjema).iter_errors(json.loads(svar.innhold))]

    def _schema(self, skjema: Mapping[str, Any]) -> Draft202012Validator:
        helt = self.resolve(skjema)
        Draft202012Validator.check_schema(helt)
        return Draft202012Validator(helt, format_checker=Draft202012Validator.FORMAT_CHECKER)
