"""L'espace de travail : où sont les réglages, les données et les rapports."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from observatoire.erreurs import ErreurParametre, exiger_connu

SUFFIXE_BROUILLON = ".brouillon.toml"  # un réglage proposé, pas encore relu : ce n'est pas un service
VARIABLE_ESPACE = "OBSERVATOIRE_ESPACE"

# Ce que `init` recopie : les réglages, l'échantillon, les carnets et les suites. Ni données, ni rapports.
GABARIT = (
    "notebooks",
    "expectations",
    "data/exemple",
    "data/services",
    "data/nomenclatures",
    "data/referentiels",
    "data/publie",
    "data/commentaires",
    "data/cahiers",
    "data/derogations.toml",
)


def racine_gabarit() -> Path:
    """Dossier des fichiers livrés avec la bibliothèque (dépôt en développement, paquet installé sinon)."""
    emballe = Path(__file__).parent / "_gabarit"
    return emballe if emballe.is_dir() else Path(__file__).parents[2]


@dataclass(frozen=True)
class Espace:
    """Un espace de travail : un dossier qui a `data/services/`.

    Tous les chemins du produit passent par ici. Les vocabulaires et référentiels livrés servent de
    recours quand l'espace ne redéfinit pas les siens.
    """

    racine: Path

    @classmethod
    def ouvrir(cls, dossier: str | Path | None = None) -> Espace:
        """Ouvre `dossier`, sinon `OBSERVATOIRE_ESPACE`, sinon le dossier courant ou le premier au-dessus qui convient.

        Lève `ErreurParametre` si ce n'est pas un espace de travail.
        """
        donne = dossier or os.environ.get(VARIABLE_ESPACE)
        racine = Path(donne or Path.cwd()).resolve()
        espace = cls(racine)
        if not donne:  # un carnet s'exécute depuis notebooks/
            espace = next((e for e in map(cls, (racine, *racine.parents)) if e.dossier_services.is_dir()), espace)
        if not espace.dossier_services.is_dir():
            raise ErreurParametre(
                f"« {racine} » n'est pas un espace de travail : il n'a pas de dossier data/services.",
                "Créez-en un avec « observatoire init DOSSIER », ou indiquez-le avec --espace.",
            )
        return espace

    @property
    def donnees(self) -> Path:
        return self.racine / "data"

    @property
    def dossier_services(self) -> Path:
        return self.donnees / "services"

    @property
    def notebooks(self) -> Path:
        return self.racine / "notebooks"

    @property
    def rapports(self) -> Path:
        return self.racine / "reports"

    def ressource(self, chemin: str) -> Path:
        """Un fichier ou dossier de l'espace, ou celui livré avec la bibliothèque s'il n'y est pas."""
        local = self.racine / chemin
        return local if local.exists() else racine_gabarit() / chemin

    def services(self) -> list[str]:
        """Identifiants des services déclarés, triés ; un brouillon n'en est pas un."""
        fichiers = self.dossier_services.glob("*.toml")
        return sorted(f.stem for f in fichiers if not f.name.endswith(SUFFIXE_BROUILLON))

    def entrepot(self, service: str) -> Path:
        """Dossier des données propres d'un service déclaré ; lève `ErreurParametre` s'il ne l'est pas."""
        exiger_connu(service, self.services(), "Service")
        return self.donnees / "entrepot" / service

    def dossier_rapports(self, diffusion: str, annee: int) -> Path:
        return self.rapports / diffusion / str(annee)


def creer_espace(dossier: str | Path) -> Espace:
    """Crée un espace de travail neuf avec l'échantillon, les réglages, les carnets et les suites.

    Lève `ErreurParametre` si le dossier existe et n'est pas vide : rien n'est jamais écrasé.
    """
    racine = Path(dossier).resolve()
    if racine.exists() and (not racine.is_dir() or any(racine.iterdir())):
        raise ErreurParametre(f"« {racine} » existe et n'est pas vide.", "Choisissez un dossier neuf.")
    for chemin in GABARIT:
        origine = racine_gabarit() / chemin
        if origine.is_dir():
            shutil.copytree(
                origine,
                racine / chemin,
                ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"),
            )
        elif origine.is_file():
            (racine / chemin).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(origine, racine / chemin)
    for chemin in ("data/depot", "data/entrepot", "reports"):
        (racine / chemin).mkdir(parents=True, exist_ok=True)
    (racine / ".gitignore").write_text(
        "# Les données de personnes et les rapports ne se versent jamais.\ndata/depot/\ndata/entrepot/\nreports/\n",
        encoding="utf-8",
    )
    return Espace(racine)
