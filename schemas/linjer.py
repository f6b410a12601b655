"""Where in a YAML or JSON file a place stands, so that a fault can be told by its line."""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import yaml

Sti = Sequence[str | int]
_INDEKS = re.compile(r"^\[(\d+)\]")
_I_HAKER = re.compile(r"^\[(['\"])(.*?)\1\]")


class Linjekart:
    """The lines of one document. Every line is 1-based; None where the place cannot be found."""

    def __init__(self, tekst: str) -> None:
        self._tekst = tekst

    @cached_property
    def _rot(self) -> yaml.Node | None:
        try:
            return yaml.compose(self._tekst, Loader=yaml.SafeLoader)
        except (yaml.YAMLError, ValueError):
            return None

    def line_of(self, sti: Sti) -> int | None:
        """The line of the key or list item that a path names, or of the nearest one above that is there."""
        node, linje = self._rot, None
        for ledd in sti:
            funnet = _child(node, ledd)
            if funnet is None:
                break
            nokkel, node = funnet
            linje = nokkel.start_mark.line + 1
        return linje

    def line_of_text(self, sted: str) -> int | None:
        """The same for a place as text (`$.a.b[0]`, `a.b`), else the last place where a value says just that."""
        linje = self.line_of(list(self._steps(sted)))
        return linje or self._last_scalar(sted.split(".", 1)[0].split(",", 1)[0])

    def _steps(self, sted: str) -> Iterator[str | int]:
        """A place as text, split by the keys that the document really has: a key may hold blanks and full stops."""
        node, rest = self._rot, sted.removeprefix("$")
        while rest := rest.removeprefix("."):
            ledd, rest = _split_first(node, rest)
            funnet = _child(node, ledd)
            if funnet is None:
                return
            node = funnet[1]
            yield ledd

    def _last_scalar(self, verdi: str) -> int | None:
        linjer = [node.start_mark.line + 1 for node in _scalars(self._rot) if verdi and node.value == verdi]
        return linjer[-1] if linjer else None

    def duplicates(self) -> Iterator[tuple[str, int]]:
        """Every key that occurs again in its mapping, and the line where it does."""
        for node in _nodes(self._rot):
            sett: set[str] = set()
            for nokkel in _keys(node):
                if nokkel.value in sett:
                    yield nokkel.value, nokkel.start_mark.line + 1
                sett.add(nokkel.value)


def read_linjekart(fil: Path) -> Linjekart:
    """The lines of a file; of nothing when it cannot be read or is neither YAML nor JSON."""
    try:
        return Linjekart(fil.read_text(encoding="utf-8") if fil.suffix in (".yaml", ".yml", ".json") else "")
    except (OSError, ValueError):
        return Linjekart("")


def _split_first(node: yaml.Node | None, rest: str) -> tuple[str | int, str]:
    if treff := _INDEKS.match(rest):
        return int(treff[1]), rest[treff.end() :]
    if treff := _I_HAKER.match(rest):
        return treff[2], rest[treff.end() :]
    passer = [n.value for n in _keys(node) if rest == n.value or rest.startswith((f"{n.value}.", f"{n.value}["))]
    ledd = max(passer, key=len, default=re.split(r"[.\[,]", rest, maxsplit=1)[0])
    return ledd, rest[len(ledd) :]


def _child(node: yaml.Node | None, ledd: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """The node that shows where the step stands, and the node it leads to."""
    if isinstance(node, yaml.SequenceNode):
        if isinstance(ledd, int) and ledd < len(node.value):
            return node.value[ledd], node.value[ledd]
    elif isinstance(node, yaml.MappingNode):
        # The last one: of a key that occurs twice, the second is at fault.
        return next((par for par in reversed(node.value) if par[0].value == str(ledd)), None)
    return None


def _keys(node: yaml.Node | None) -> list[yaml.ScalarNode]:
    par = node.value if isinstance(node, yaml.MappingNode) else []
    return [nokkel for nokkel, _ in par if isinstance(nokkel, yaml.ScalarNode)]


def _nodes(node: yaml.Node | None) -> Iterator[yaml.Node]:
    """Every node, each once: an alias leads to a node that was met before."""
    venter, mott = [node] if node else [], set[int]()
    while venter:
        neste = venter.pop()
        if id(neste) in mott:
            continue
        mott.add(id(neste))
        yield neste
        if isinstance(neste, yaml.MappingNode):
            venter += [del_ for par in reversed(neste.value) for del_ in (par[1], par[0])]
        elif isinstance(neste, yaml.SequenceNode):
            venter += reversed(neste.value)


def _scalars(node: yaml.Node | None) -> Iterator[yaml.ScalarNode]:
    return (ett for ett in _nodes(node) if isinstance(ett, yaml.ScalarNode))
