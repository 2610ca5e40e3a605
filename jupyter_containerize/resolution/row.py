"""One distribution while the evidence for it is gathered."""

from __future__ import annotations

from jupyter_containerize.domain.environment import Distribution, Evidence
from jupyter_containerize.domain.notebook import ImportSite
from jupyter_containerize.domain.serving import Dependency, DependencyKind
from jupyter_containerize.resolution.versions import Chosen

_RANK = list(DependencyKind)


class Row:
    """``kind`` is the strongest so far; ``modules`` are the dotted names that are imported of it."""

    def __init__(self, name: str, kind: DependencyKind) -> None:
        self.name = name
        self.kind = kind
        self.import_names: set[str] = set()
        self.modules: set[str] = set()
        self.evidence: list[Evidence] = []
        self.alternatives: set[str] = set()
        self.extras: set[str] = set()
        self.proof = ""

    def because(self, site: ImportSite, evidence: Evidence, *, proof: str) -> None:
        """Add an import."""
        self.import_names.add(site.name)
        if not site.guarded and not site.instead_of:
            # An import that the code can do without says nothing of the version.
            self.modules.update([site.module, *(f"{site.module}.{name}" for name in site.names)])
        self.evidence.append(evidence)
        self.proof = self.proof or proof

    def raise_to(self, kind: DependencyKind) -> None:
        """Keep the stronger kind."""
        self.kind = min(self.kind, kind, key=_RANK.index)

    def finished(self, chosen: Chosen, installed: Distribution | None) -> Dependency:
        """Return the row as a value."""
        return Dependency(
            distribution=self.name,
            version=chosen.version,
            source=chosen.source,
            import_names=tuple(sorted(self.import_names)),
            evidence=tuple(dict.fromkeys(self.evidence)),
            kind=self.kind,
            proof=self.proof,
            specifier=chosen.specifier,
            extras=tuple(sorted({*chosen.extras, *self.extras})),
            url=chosen.url,
            alternatives=tuple(sorted(self.alternatives - {self.name})),
            license="" if installed is None else installed.license,
            size_bytes=None if installed is None else installed.size_bytes,
        )
