"""Des blocs de toutes les formes pour chaque indicateur du catalogue, remplis au hasard : la matière des phrases."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
from hypothesis import strategies as st

from observatoire.campagne.donnees_types import Bloc, Definition
from observatoire.indicateurs.registre import REGISTRE
from tests.restitution import fabrique

MODALITES = ("Homme seul", "Couple avec enfant(s)", "Accès à un logement", "Non renseigné", "CA d'Hénin-Carvin")
CODES = ("HS", "CAE", "ACCES", "NR", "246200364")
MOIS = tuple(f"{annee}-{mois:02d}" for annee in (2022,) for mois in range(1, 13))
ETATS = ("publie", "publie", "publie", "publie", "masque", "masque_secondaire", "non_renseigne", "retenu", "sans_objet")
MOYENNES = ("moyenne", "mediane", "maximum", "minimum")


def definitions() -> list[Definition]:
    """Toutes les définitions du catalogue, « unités » dit comme le service le dit."""
    return [
        replace(v.definition, denominateur=v.definition.denominateur.replace("unités", "ménages"))
        for variantes in REGISTRE.values()
        for v in variantes
    ]


def formes(definition: Definition) -> tuple[str, ...]:
    """Les graphiques que le rapport donne à cette forme d'indicateur."""
    if definition.forme == "matrice":
        return ("matrice", "tableau")
    if definition.forme == "serie":
        return ("serie", "historique", "tuiles")
    if definition.forme in ("repartition", "citations", "survie"):
        return ("barres", "tableau")
    return ("tuiles", "historique", "barres", "tableau", "comparaison", "territoires")


@st.composite
def cellule(tirer, definition: Definition, base: int, somme: int | None = None) -> dict:
    """Une cellule de l'indicateur : son état, et sa valeur dans son unité si elle est publiée."""
    etat = tirer(st.sampled_from(ETATS))
    if etat != "publie":
        return {"etat": etat, "valeur": None, "numerateur": None, "base": None}
    if definition.unite == "%":
        effectif = base if somme is None else min(somme, base)
        return {"valeur": 100 * effectif / base if base else 0.0, "numerateur": effectif, "base": base}
    if definition.forme in (*MOYENNES, "rapport"):
        valeur = tirer(st.sampled_from([0.0, 1.0, 1.5, 2.0, 7.4, 30.0, 93.4, 400.0, 1352.83]))
        return {"valeur": valeur, "base": base, "numerateur": None}
    valeur = base if somme is None else somme
    return {"valeur": float(valeur), "numerateur": valeur, "base": base}


def _ligne(definition: Definition, champs: dict, **autres) -> dict:
    return fabrique.ligne(definition.nom, **{**champs, "unite": definition.unite, **autres})


@st.composite
def tables(tirer, definition: Definition, graphique: str, annee: int) -> pl.DataFrame:
    """Les cellules d'une année : un total, et le détail que la forme demande."""
    base = tirer(st.sampled_from([0, 1, 2, 4, 7, 14, 25, 40, 120, 2500]))
    lignes = [
        _ligne(definition, tirer(cellule(definition, base)), annee=annee, non_renseignes=tirer(st.integers(0, 9)))
    ]
    if graphique == "historique":
        for an in range(annee - 3, annee):
            n = tirer(st.integers(0, 200))
            lignes.append(_ligne(definition, tirer(cellule(definition, n or 1, n // 2)), annee=an))
    elif graphique == "serie":
        for mois in MOIS:
            code = mois.replace("2022", str(annee))
            n = tirer(st.integers(0, 30))
            lignes.append(_ligne(definition, tirer(cellule(definition, n, n)), v1="mois", m1=code, annee=annee))
    elif graphique in ("matrice",) or (graphique == "tableau" and definition.forme == "matrice"):
        for a, ca in zip(MODALITES[:3], CODES[:3], strict=True):
            for b, cb in zip(MODALITES[2:4], CODES[2:4], strict=True):
                n = tirer(st.integers(0, max(base, 1)))
                croise = dict(v1="logement_entree", m1=ca, libelle_1=a, v2="logement_sortie", m2=cb, libelle_2=b)
                lignes.append(_ligne(definition, tirer(cellule(definition, base, n)), annee=annee, **croise))
    elif graphique != "tuiles":
        reste = base
        for rang, (libelle, code) in enumerate(zip(MODALITES, CODES, strict=True)):
            n = tirer(st.integers(0, reste))
            reste -= n
            detail = dict(v1="composition", m1=code, libelle_1=libelle, ordre_1=rang, annee=annee)
            lignes.append(_ligne(definition, tirer(cellule(definition, base, n)), **detail))
    return fabrique.table(lignes)


@st.composite
def blocs(tirer, definition: Definition) -> Bloc:
    """Un bloc de cet indicateur, avec ou sans année précédente."""
    graphique = tirer(st.sampled_from(formes(definition)))
    courante = tirer(tables(definition, graphique, 2022))
    sans_avant = graphique in ("historique", "territoires")
    avant = (
        courante.clear()
        if sans_avant
        else tirer(st.one_of(st.just(courante.clear()), tables(definition, graphique, 2021)))
    )
    bloc = fabrique.bloc("essai", graphique, [definition.nom], courante, avant)
    bloc = replace(bloc, titre=definition.libelle, definitions=(definition,))
    return _a_deux(bloc, graphique) if graphique in ("comparaison", "territoires") else bloc


def _a_deux(bloc: Bloc, graphique: str) -> Bloc:
    """Le même bloc, ses cellules sous deux colonnes : deux indicateurs, ou deux territoires et leur ensemble."""
    (definition,) = bloc.definitions
    noms = {"comparaison": ("Premier", "Second"), "territoires": ("CALL", "CAHC", "Ensemble")}[graphique]
    colonnes = tuple(replace(definition, nom=f"{definition.nom}_{rang}", libelle=n) for rang, n in enumerate(noms))

    def doubler(table: pl.DataFrame) -> pl.DataFrame:
        return pl.concat([table.with_columns(pl.lit(c.nom).alias("indicateur")) for c in colonnes])

    return replace(bloc, definitions=colonnes, table=doubler(bloc.table), precedente=doubler(bloc.precedente))
