"""Les éditions d'un document : ce qu'il publiait avant, cellule par cellule, et ce qui a changé depuis.

    reports/editions/<diffusion>/<annee>/<nom>.json

Une édition est un état des données et la table protégée qui en a été publiée ; rendre deux fois la même n'en fait pas
une nouvelle. Les deux dernières gardent leur table, les autres seulement leur date et leur origine. Il n'y a là que
des cellules déjà passées par le secret, rangées par diffusion : une édition interne n'éclaire jamais une publique.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, time
from io import StringIO
from pathlib import Path
from typing import Any

import polars as pl

from observatoire.campagne.donnees_types import COLONNES_CONTRAT, SCHEMA_TABLE
from observatoire.ecriture import verrou
from observatoire.espace import Espace
from observatoire.restitution import locale
from observatoire.restitution.gabarit import ecrire_atomique

DOSSIER, VERSION = "editions", 1
TABLES_GARDEES = 2  # la dernière édition et celle qu'elle remplace
DONNEES, DEFINITIONS, REGLAGES, LOGICIEL = "donnees", "definitions", "reglages", "logiciel"
DEROGATIONS = "derogations"
CAUSES = (DONNEES, DEROGATIONS, DEFINITIONS, REGLAGES, LOGICIEL)

CLES = ("service", "territoire", "annee", "indicateur", "ventilation_1", "modalite_1", "ventilation_2", "modalite_2")
VALEURS = ("valeur", "numerateur", "denominateur", "base")
_MESURES = (*VALEURS, "etat", "version_definition")
REVISE, PUBLIE, MASQUE, RETENU, NOUVEAU, RETIRE, AUTRE = (
    *("revise", "publie", "masque", "retenu", "nouveau", "retire", "autre"),
)


@dataclass(frozen=True)
class Edition:
    """Une édition publiée d'un document.

    `date` : jour de sa première publication ; `empreinte` : de ses données ; `livraisons` : par service lu, celles
    qui étaient actives ; `definitions` : version de chaque indicateur ; `table` : sa table protégée en CSV, ou rien si
    elle est trop ancienne pour avoir été gardée ; `heure` : celle de la publication ; `derogations` : celles qui
    valaient alors, inconnues d'une édition d'avant qu'on les garde ; `oubliees` : service → années purgées depuis,
    dont la table n'a plus les cellules.
    """

    numero: int
    date: date
    empreinte: str
    sha256_table: str
    code: str = ""
    definitions: dict[str, str] = field(default_factory=dict)
    livraisons: dict[str, list[str]] = field(default_factory=dict)
    reglages: dict[str, str] = field(default_factory=dict)
    table: str | None = None
    heure: str = ""
    derogations: dict[str, str] | None = None
    oubliees: dict[str, list[int]] = field(default_factory=dict)

    def identique(self, empreinte: str, sha256_table: str) -> bool:
        """Vrai si ces données et cette table sont les siennes."""
        return (self.empreinte, self.sha256_table) == (empreinte, sha256_table)

    def dater(self, autres: Iterable[date]) -> str:
        """« 12 janvier 2026 », et l'heure si une des `autres` éditions est du même jour."""
        dit = locale.jour(self.date)
        if self.heure and self.date in autres:
            return f"{dit} à {locale.heure(time.fromisoformat(self.heure))}"
        return dit


def edition_de(fiche: Mapping[str, Any], table: str | None, numero: int = 0, jour: date | None = None) -> Edition:
    """L'édition que décrit la fiche d'un document qui vient d'être calculé ; `jour` : maintenant, s'il manque."""
    versions, quand = fiche.get("versions") or {}, jour or datetime.now().astimezone()
    a_l_heure = isinstance(quand, datetime)
    return Edition(
        numero=numero,
        date=quand.date() if a_l_heure else quand,
        heure=quand.strftime("%H:%M") if a_l_heure else "",
        empreinte=fiche["empreinte"],
        sha256_table=fiche["sha256_table"],
        code=versions.get("code", ""),
        definitions=dict(versions.get("definitions") or {}),
        livraisons={s: list(ids) for s, ids in (fiche.get("livraisons") or {}).items()},
        reglages=dict(fiche.get("reglages") or {}),
        table=table,
        derogations=dict(fiche.get("derogations") or {}),
    )


def fichier_editions(espace: Espace, diffusion: str, annee: int, nom: str) -> Path:
    """Le fichier des éditions d'un document."""
    return espace.rapports / DOSSIER / diffusion / str(annee) / f"{nom}.json"


def lire_editions(espace: Espace, diffusion: str, annee: int, nom: str) -> tuple[Edition, ...]:
    """Les éditions d'un document, de la plus ancienne à la plus récente ; aucune si le fichier manque ou est abîmé."""
    try:
        lu = json.loads(fichier_editions(espace, diffusion, annee, nom).read_text(encoding="utf-8"))
        return tuple(Edition(**{**e, "date": date.fromisoformat(e["date"])}) for e in lu["editions"])
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def precedente(editions: Sequence[Edition], empreinte: str, sha256_table: str) -> Edition | None:
    """L'édition à laquelle comparer celle-ci : la dernière, ou l'avant-dernière si la dernière est celle-ci même.

    Rendre de nouveau un rapport inchangé dit donc toujours la même chose.
    """
    rang = 2 if editions and editions[-1].identique(empreinte, sha256_table) else 1
    choisie = editions[-rang] if len(editions) >= rang else None
    return choisie if choisie is not None and choisie.table is not None else None


def garder(
    espace: Espace, identite: Mapping[str, Any], fiche: Mapping[str, Any], table: str, jour: date | None = None
) -> dict[str, Any]:
    """Range l'édition qui vient d'être publiée et rend ce que le manifeste en dit.

    `identite` : service (ou nom du document), année et diffusion ; `table` : sa table protégée en CSV ; `jour` :
    aujourd'hui, s'il n'est pas donné. Une édition déjà gardée ne l'est pas deux fois, et garde sa date.
    """
    qui = (identite["diffusion"], identite["annee"], identite["service"])
    fichier = fichier_editions(espace, *qui)
    with verrou(fichier.with_name(f".{fichier.stem}.verrou")):
        editions = list(lire_editions(espace, *qui))
        if not (editions and editions[-1].identique(fiche["empreinte"], fiche["sha256_table"])):
            numero = editions[-1].numero + 1 if editions else 1
            editions.append(edition_de(fiche, table, numero, jour))
            anciennes = [replace(e, table=None) for e in editions[:-TABLES_GARDEES]]
            editions = [*anciennes, *editions[-TABLES_GARDEES:]]
            _ecrire_editions(fichier, editions)
    return resume(editions)


def _ecrire_editions(fichier: Path, editions: Sequence[Edition]) -> None:
    contenu = {"version": VERSION, "editions": [{**asdict(e), "date": e.date.isoformat()} for e in editions]}
    ecrire_atomique(fichier, json.dumps(contenu, ensure_ascii=False, indent=1, sort_keys=True) + "\n")


def resume(editions: Sequence[Edition]) -> dict[str, Any]:
    """Ce que le manifeste dit de la dernière édition : son rang, sa date, et l'ampleur de ce qu'elle a changé."""
    derniere = editions[-1]
    dit = {"numero": derniere.numero, "date": derniere.date.isoformat()}
    if derniere.heure:
        dit["heure"] = derniere.heure
    avant = precedente(editions, derniere.empreinte, derniere.sha256_table)
    if avant is None:
        return dit
    if avant.heure:
        dit["precedente_heure"] = avant.heure
    ecarts = ecarts_depuis(avant, lire_table(derniere.table or ""))
    return {
        **dit,
        "precedente": avant.date.isoformat(),
        "cellules": ecarts.height,
        "indicateurs": sorted(set(ecarts["indicateur"])),
        "causes": list(causes(avant, derniere)),
    }


def causes(avant: Edition, apres: Edition) -> tuple[str, ...]:
    """Ce qui distingue l'origine de deux éditions, dans l'ordre de `CAUSES`."""
    communs = avant.definitions.keys() & apres.definitions.keys()
    differe = {
        DONNEES: avant.empreinte != apres.empreinte,
        DEROGATIONS: avant.derogations is not None and avant.derogations != (apres.derogations or {}),
        DEFINITIONS: any(avant.definitions[nom] != apres.definitions[nom] for nom in communs),
        REGLAGES: avant.reglages != apres.reglages,
        LOGICIEL: avant.code != apres.code,
    }
    return tuple(cause for cause in CAUSES if differe[cause])


def oublier(espace: Espace, service: str, annees: Iterable[int]) -> int:
    """Ôte des éditions internes gardées les cellules d'un service pour des années purgées ; rend combien en avaient.

    Ces cellules ne sont pas masquées : une fois les ménages partis, rien ne doit plus redire leurs petits nombres. Le
    reste de la table est gardé, et la comparaison suivante ignore ce qui manque.
    """
    purgees = sorted(set(annees))
    touchees = 0
    for fichier in sorted((espace.rapports / DOSSIER / "interne").glob("*/*.json")) if purgees else ():
        with verrou(fichier.with_name(f".{fichier.stem}.verrou")):
            lues = lire_editions(espace, "interne", int(fichier.parent.name), fichier.stem)
            neuves = [_sans_annees(e, service, purgees) for e in lues]
            changees = sum(a.table != b.table for a, b in zip(lues, neuves, strict=True))
            if changees:
                _ecrire_editions(fichier, neuves)
            touchees += changees
    return touchees


def _sans_annees(edition: Edition, service: str, purgees: Sequence[int]) -> Edition:
    if edition.table is None:
        return edition
    lue = pl.read_csv(StringIO(edition.table), infer_schema=False)
    imprimes = set(lue["service"])
    if service not in imprimes | set(edition.livraisons):
        return edition
    partent = pl.col("annee").is_in([str(a) for a in purgees])
    # Un total de plusieurs services, ou le rapport d'un autre qui lit celui-ci, n'en porte pas le nom.
    voisins = [s for s in edition.livraisons if s != service] if service in imprimes else []
    reste = lue.filter(~partent | pl.col("service").is_in(voisins))
    if reste.height == lue.height:
        return edition
    oubliees = {**edition.oubliees, service: sorted({*edition.oubliees.get(service, ()), *purgees})}
    return replace(edition, table=reste.write_csv() if reste.height else None, oubliees=oubliees)


# --- Cellule par cellule ------------------------------------------------------------------------------------


def lire_table(texte: str) -> pl.DataFrame:
    """Une table protégée relue de son CSV, aux types du contrat ; les réels arrondis à neuf décimales."""
    if not texte.strip():
        return pl.DataFrame(schema={c: SCHEMA_TABLE[c] for c in COLONNES_CONTRAT})
    types = {c: SCHEMA_TABLE[c] for c in COLONNES_CONTRAT}
    return pl.read_csv(StringIO(texte), schema=types).with_columns(pl.col(VALEURS).round(9))


def ecarts_depuis(avant: Edition, apres: pl.DataFrame) -> pl.DataFrame:
    """Les cellules d'une table qui diffèrent d'une édition gardée (voir `comparer`).

    Les années que cette édition a oubliées depuis ne se comparent pas.
    """
    oubliees = {a for annees in avant.oubliees.values() for a in annees}
    return comparer(lire_table(avant.table or ""), apres).filter(~pl.col("annee").is_in(list(oubliees)))


def comparer(avant: pl.DataFrame, apres: pl.DataFrame) -> pl.DataFrame:
    """Les cellules qui diffèrent entre deux tables protégées, une ligne par cellule.

    Colonnes : `CLES`, puis chaque mesure dans les deux éditions (`valeur_avant`, `valeur_apres`…), puis `nature` ∈
    revise, publie, masque, retenu, nouveau, retire, autre. Une cellule se retrouve d'abord à la même version de sa
    définition, puis à une autre.
    """
    identite = [*CLES, *_MESURES]
    anciennes, nouvelles = (
        a.join(b, on=identite, how="anti", nulls_equal=True).select(identite)
        for a, b in ((avant, apres), (apres, avant))
    )
    paires = []
    for cles in ([*CLES, "version_definition"], list(CLES)):
        anciennes, nouvelles = (_numeroter(t, cles) for t in (anciennes, nouvelles))
        liens = [*cles, "_rang"]
        paires.append(_cote_a_cote(nouvelles, anciennes, liens, "inner"))
        restes = ((anciennes, nouvelles), (nouvelles, anciennes))
        anciennes, nouvelles = (a.join(b, on=liens, how="anti", nulls_equal=True) for a, b in restes)
    paires.append(_seules(nouvelles, "apres"))
    paires.append(_seules(anciennes, "avant"))
    reunies = pl.concat([p.select(_COLONNES_ECART) for p in paires], how="vertical_relaxed")
    return reunies.with_columns(_nature().alias("nature")).sort(CLES, nulls_last=False, maintain_order=True)


_COLONNES_ECART = [*CLES, *(f"{m}_{cote}" for m in _MESURES for cote in ("avant", "apres"))]


def _numeroter(table: pl.DataFrame, cles: Sequence[str]) -> pl.DataFrame:
    """Deux tableaux d'un rapport peuvent imprimer la même cellule réglée autrement : le rang les distingue."""
    triee = table.drop("_rang", strict=False).sort([*cles, *_MESURES], nulls_last=False, maintain_order=True)
    return triee.with_columns(pl.int_range(pl.len()).over(cles).alias("_rang"))


def _cote_a_cote(nouvelles: pl.DataFrame, anciennes: pl.DataFrame, liens: Sequence[str], sens: str) -> pl.DataFrame:
    gauche = nouvelles.with_columns(pl.col(m).alias(f"{m}_apres") for m in _MESURES)
    droite = anciennes.select(*liens, *(pl.col(m).alias(f"{m}_avant") for m in _MESURES))
    return gauche.join(droite, on=list(liens), how=sens, nulls_equal=True)


def _seules(table: pl.DataFrame, cote: str) -> pl.DataFrame:
    autre = "avant" if cote == "apres" else "apres"
    return table.with_columns(
        *(pl.col(m).alias(f"{m}_{cote}") for m in _MESURES),
        *(pl.lit(None, SCHEMA_TABLE[m]).alias(f"{m}_{autre}") for m in _MESURES),
    )


def _nature() -> pl.Expr:
    avant, apres = pl.col("etat_avant"), pl.col("etat_apres")
    return (
        pl.when(avant.is_null())
        .then(pl.lit(NOUVEAU))
        .when(apres.is_null())
        .then(pl.lit(RETIRE))
        .when((apres == "publie") & (avant == "publie"))
        .then(pl.lit(REVISE))
        .when(apres == "publie")
        .then(pl.lit(PUBLIE))
        .when(apres.str.starts_with("masque") & ~avant.str.starts_with("masque"))
        .then(pl.lit(MASQUE))
        .when(apres == "retenu")
        .then(pl.lit(RETENU))
        .otherwise(pl.lit(AUTRE))
    )
