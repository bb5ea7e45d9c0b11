"""De petits cahiers écrits à la main : une région, quelques tables reçues, parfois un service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from observatoire.cahiers.contenu import DonneesCahier
from observatoire.cahiers.donnees import preparer_cahier
from observatoire.cahiers.fiches import RUBRIQUES
from observatoire.cahiers.parametres import controler_cahier
from observatoire.campagne.donnees_types import COLONNES_CONTRAT
from observatoire.espace import Espace

REGION = "52"
TAUX = "taux_sortie_emploi_chrs"
BLOC = '{ titre = "Sorties", genre = "departements", indicateurs = ["taux_sortie_emploi_chrs"], types = ["CHRS"] }'


def ligne(annee: int, indicateur: str = TAUX, **cellule: object) -> str:
    """Une ligne de table reçue ; ce qui n'est pas donné est vide, l'état est « publie »."""
    defauts = {"service": "chrs", "annee": annee, "indicateur": indicateur, "unite": "%", "etat": "publie"}
    valeurs = {**dict.fromkeys(COLONNES_CONTRAT, ""), **defauts, "version_definition": "1", **cellule}
    return ",".join(str(valeurs[c]) for c in COLONNES_CONTRAT)


def par_departement(annee: int, effectifs: Mapping[str, tuple[int, int]]) -> list[str]:
    """Les lignes d'une enquête : n et N par département."""
    return [
        ligne(annee, ventilation_1="departement", modalite_1=code, numerateur=n, denominateur=d, base=d)
        for code, (n, d) in effectifs.items()
    ]


def ecrire_recu(espace: Espace, nom: str, lignes: Sequence[str], entete: str = ",".join(COLONNES_CONTRAT)) -> Path:
    fichier = espace.donnees / "cahiers" / REGION / "recus" / nom
    fichier.parent.mkdir(parents=True, exist_ok=True)
    fichier.write_text("\n".join([entete, *lignes]) + "\n", encoding="utf-8")
    return fichier


def ecrire_fiche(espace: Espace, cle: str, **rubriques: str) -> Path:
    """Une fiche complète, ou dont une rubrique est changée (vide : elle est omise)."""
    fichier = espace.donnees / "cahiers" / REGION / "fiches" / f"{cle}.md"
    fichier.parent.mkdir(parents=True, exist_ok=True)
    textes = {r: rubriques.get(r.split()[0].lower(), f"Texte de la rubrique {r}.") for r in RUBRIQUES}
    corps = "\n\n".join(f"## {r}\n\n{t}" for r, t in textes.items() if t)
    fichier.write_text(f"# Action {cle}\n\n{corps}\n", encoding="utf-8")
    return fichier


def espace_cahier(dossier: Path, recus: Mapping[str, Sequence[str]], *, blocs: str = BLOC, suite: str = "") -> Espace:
    """Un espace dont le cahier de la région 52 a un thème, une section, ces blocs et ces tables reçues."""
    (dossier / "data" / "services").mkdir(parents=True, exist_ok=True)
    espace = Espace(dossier)
    declarations = "".join(
        f'[[recus]]\nfichier = "{nom}"\nsource = "Enquête {nom.split(".")[0]}"\nchamp = "sortants"\n'
        f'type_service = "CHRS"\n{_rattachement(nom)}\n'
        for nom in recus
    )
    cahier = espace.donnees / "cahiers" / REGION
    cahier.mkdir(parents=True, exist_ok=True)
    (cahier / "cahier.toml").write_text(
        f'titre = "Essai"\nfederation = "Fédération fictive"\n{declarations}\n'
        f'[[themes]]\nid = "essai"\ntitre = "Essai"\nannees = [2020]\n{suite}\n'
        f'[[themes.sections]]\ntitre = "Section"\nblocs = [{blocs}]\n',
        encoding="utf-8",
    )
    for nom, lignes in recus.items():
        ecrire_recu(espace, nom, lignes)
    return espace


def _rattachement(nom: str) -> str:
    """Une table nommée d'après un département (« d49.csv ») en est la table d'une structure."""
    return f'departement = "{nom[1:3]}"\nstructure = "Structure {nom[1:3]}"' if nom[0] == "d" else ""


def preparer(espace: Espace, diffusion: str = "interne", annee: int = 2020) -> DonneesCahier:
    demande = {"region": REGION, "annee": annee, "theme": "", "diffusion": diffusion}
    return preparer_cahier(espace, controler_cahier(espace, demande))


def cellules(donnees: DonneesCahier, colonne: str = "valeur", figure: int = 0) -> dict[str | None, object]:
    """Les cellules d'une figure, par modalité ; le total sous la clé `None`."""
    table = donnees.figures[figure].bloc.table
    return dict(zip(table["modalite_1"], table[colonne], strict=True))
