"""Reconnaître une commune écrite de toutes les façons, et lui donner son code officiel géographique.

Sont lus : le code Insee, le code postal quand il ne désigne qu'une commune, le nom (casse, accents, articles,
abréviations, « cedex »), le nom avec son code postal ou son département, les anciennes communes. Ce qui est
inconnu ou désigne plusieurs communes est laissé vide et listé avec les communes possibles : rien n'est deviné.
Le code rendu est celui du millésime de `communes.parquet`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import product
from pathlib import Path

import polars as pl
from rapidfuzz import fuzz, process

from observatoire.espace import Espace
from observatoire.nettoyage import absences
from observatoire.nettoyage.texte import cle, compact, normaliser

NATURE_NOM, NATURE_INCONNUE = "commune reconnue par son nom", "commune inconnue, laissée vide"
NATURE_HOMONYME, NATURE_ZERO = "commune homonyme, laissée vide", "zéro de tête rétabli"
NATURE_POSTAL = "commune reconnue par son code postal"
NATURE_PLUSIEURS = "code postal de plusieurs communes, laissé vide"
NATURE_DEUX_CODES = "code Insee ou code postal ? laissé vide"
NATURE_ANCIENNE = "ancienne commune, rattachée à sa commune actuelle"
NATURE_CONTREDITE = "nom et code qui se contredisent, laissé vide"

CANDIDATES_MONTREES = 6
RESSEMBLANCE_MONTREE = 82  # sur 100, pour citer une commune proche d'un nom inconnu
_COMBINAISONS_MAXIMALES = 32
_ARTICLES = re.compile(r"^(?:l|la|le|les|aux|au) ")
_ARTICLE_FINAL = re.compile(r"^(.*) (l|la|le|les)$")
_ABREGES = {
    r"\b(?:cedex|cdx)(?: \d{1,2})?\b": " ",
    r"\b(?:commune|ville|mairie) d(?:e|u|es)? ": "",
    r"\bst\b": "saint",
    r"\bste\b": "sainte",
}
_A_ARRONDISSEMENTS = ("75056", "69123", "13055")  # Paris, Lyon, Marseille
_ARRONDISSEMENT = re.compile(r"\b(?:0?(\d{1,2})) ?(?:er|e|eme|ieme|nd)?(?: (?:arrondissement|arrdt|arr))?$")


@dataclass(frozen=True)
class Reconnue:
    """Une commune reconnue : son code (None sinon), la correction faite et, dans le doute, les codes possibles."""

    code: str | None
    nature: str | None = None
    candidates: tuple[str, ...] = ()


def cle_commune(nom: str) -> str:
    """Clé de comparaison d'un nom de commune : comme un texte, « st » et « ste » écrits en entier, sans « cedex »."""
    texte = normaliser(nom)
    for motif, remplacement in _ABREGES.items():
        texte = re.sub(motif, remplacement, texte)
    return " ".join(texte.split())


def _cles(noms: pl.Series) -> pl.Series:
    """La même clé pour tout un référentiel."""
    texte = cle(pl.col("nom"))
    for motif, remplacement in _ABREGES.items():
        texte = texte.str.replace_all(motif, remplacement)
    texte = texte.str.replace_all(" +", " ").str.strip_chars(" ")
    return pl.DataFrame({"nom": noms}, schema={"nom": pl.String}).select(texte).to_series()


def _sans_article(texte: str) -> str:
    """« le portel » et « portel le » donnent « portel »."""
    final = _ARTICLE_FINAL.match(texte)
    return _ARTICLES.sub("", final[1] if final else texte)


@dataclass(frozen=True)
class Communes:
    """Le référentiel : communes en vigueur, anciennes communes, codes postaux et abréviations."""

    libelles: dict[str, str]
    par_nom: dict[str, tuple[str, ...]] = field(default_factory=dict)
    anciennes: dict[str, str] = field(default_factory=dict)
    noms_anciens: dict[str, tuple[str, ...]] = field(default_factory=dict)
    postaux: dict[str, tuple[str, ...]] = field(default_factory=dict)
    abreviations: dict[str, tuple[str, ...]] = field(default_factory=dict)
    millesime: int = 0

    @classmethod
    def de(
        cls,
        referentiel: pl.DataFrame,
        anciennes: pl.DataFrame | None = None,
        postaux: pl.DataFrame | None = None,
        abreviations: Mapping[str, Iterable[str]] | None = None,
    ) -> Communes:
        """Lit un référentiel à colonnes `code` et `libelle` (et `millesime`), et ceux qui le complètent.

        `anciennes` : `ancien_code`, `ancien_libelle`, `nature`, `commune`. `postaux` : `code_postal`, `commune`.
        """
        noms = _ranger(_cles(referentiel["libelle"]), referentiel["code"])
        noms_anciens: dict[str, tuple[str, ...]] = {}
        codes_anciens: dict[str, str] = {}
        if anciennes is not None:
            codes_anciens = dict(anciennes.unique("ancien_code", keep="first").select("ancien_code", "commune").rows())
            nommees = anciennes.drop_nulls("ancien_libelle")
            noms_anciens = _ranger(_cles(nommees["ancien_libelle"]), nommees["commune"])
        millesime = referentiel["millesime"].max() if "millesime" in referentiel.columns else 0
        return cls(
            dict(referentiel.select("code", "libelle").iter_rows()),
            noms,
            codes_anciens,
            noms_anciens,
            {} if postaux is None else _ranger(postaux["code_postal"], postaux["commune"]),
            {a: tuple(m) for a, m in (abreviations or {}).items()},
            int(millesime or 0),
        )

    @cached_property
    def codes(self) -> frozenset[str]:
        return frozenset(self.libelles)

    @cached_property
    def _par_nom_court(self) -> dict[str, tuple[str, ...]]:
        """Les codes de chaque nom privé de son article."""
        couples = [(_sans_article(nom), code) for nom, codes in self.par_nom.items() for code in codes]
        return _ranger(pl.Series([c[0] for c in couples], dtype=pl.String), pl.Series([c[1] for c in couples]))

    def decrire(self, codes: Iterable[str]) -> str:
        """« Saint-Denis (11339) | Saint-Denis (93066) » : des communes à proposer."""
        liste = list(codes)
        montrees = " | ".join(f"{self.libelles.get(c, c)} ({c})" for c in liste[:CANDIDATES_MONTREES])
        return f"{montrees} | …" if len(liste) > CANDIDATES_MONTREES else montrees

    def reconnaitre(self, texte: str, sens_du_code: str = "") -> Reconnue:
        """La commune d'une écriture non vide.

        `sens_du_code` tranche un nombre qui est à la fois le code Insee d'une commune et le code postal
        d'une autre : « insee », « postal », ou rien si on ne sait pas.
        """
        haut = texte.upper().replace(" ", "")
        if re.fullmatch(r"\d{4}", haut) and (trouvee := self._par_code(f"0{haut}", sens_du_code)):
            return Reconnue(trouvee.code, NATURE_ZERO if trouvee.code else trouvee.nature, trouvee.candidates)
        if re.fullmatch(r"\d{5}|2[AB]\d{3}", haut):
            return self._par_code(haut, sens_du_code) or Reconnue(None, NATURE_INCONNUE)
        nom, indice = _separer(texte)
        trouves = self._par_nom(nom)
        if len(trouves) > 1 and indice:
            trouves = tuple(c for c in trouves if self._repond(c, indice)) or trouves
        elif len(trouves) == 1 and indice and not self._repond(trouves[0], indice):
            # Le nom et le code se contredisent : les deux communes possibles se montrent.
            return Reconnue(None, NATURE_CONTREDITE, (*trouves, *self._de_l_indice(indice)))
        if len(trouves) == 1:
            return Reconnue(trouves[0], NATURE_NOM)
        if trouves:
            return Reconnue(None, NATURE_HOMONYME, trouves)
        return self._par_ancien_nom(nom, indice)

    def _par_code(self, code: str, sens: str) -> Reconnue | None:
        """Un nombre de cinq chiffres : code Insee, code postal, ou code d'une ancienne commune."""
        postales = self.postaux.get(code, ())
        en_vigueur = code in self.libelles
        if en_vigueur and (sens != "postal" or not postales) and (sens == "insee" or postales in ((), (code,))):
            return Reconnue(code)
        if en_vigueur and sens != "postal":
            return Reconnue(None, NATURE_DEUX_CODES, tuple(dict.fromkeys((code, *postales))))
        if postales and not (sens == "insee" and code in self.anciennes):
            if len(postales) == 1:
                return Reconnue(postales[0], NATURE_POSTAL)
            return Reconnue(None, NATURE_PLUSIEURS, postales)
        if code in self.anciennes:
            return Reconnue(self.anciennes[code], NATURE_ANCIENNE)
        return None

    def _par_nom(self, nom: str) -> tuple[str, ...]:
        """Les communes en vigueur de ce nom : tel quel, sans article, sans arrondissement, puis sans abréviation."""
        if trouves := self.par_nom.get(nom) or self._par_nom_court.get(_sans_article(nom)):
            return trouves
        sans_arrondissement = self.par_nom.get(_ARRONDISSEMENT.sub("", nom).strip(), ())
        if set(sans_arrondissement) & set(_A_ARRONDISSEMENTS):
            return sans_arrondissement
        return self._par_abreviations(nom)

    def _par_abreviations(self, nom: str) -> tuple[str, ...]:
        """Les communes dont le nom s'écrit ainsi une fois les abréviations développées."""
        choix = [(mot, *self.abreviations.get(mot, ())) for mot in nom.split()]
        combien = 1
        for mots in choix:
            combien *= len(mots)
        if combien == 1 or combien > _COMBINAISONS_MAXIMALES:
            return ()
        trouves: dict[str, None] = {}
        for essai in map(" ".join, product(*choix)):
            trouves.update(dict.fromkeys(self.par_nom.get(essai) or self._par_nom_court.get(_sans_article(essai), ())))
        return tuple(sorted(trouves))

    def _par_ancien_nom(self, nom: str, indice: str) -> Reconnue:
        """Une ancienne commune de ce nom, sinon les communes qui lui ressemblent, sans en choisir."""
        anciennes = self.noms_anciens.get(nom, ())
        if indice:
            anciennes = tuple(c for c in anciennes if self._repond(c, indice))
        if len(anciennes) == 1:
            return Reconnue(anciennes[0], NATURE_ANCIENNE)
        if anciennes:
            return Reconnue(None, NATURE_HOMONYME, anciennes)
        return Reconnue(None, NATURE_INCONNUE, self._ressemblantes(nom, indice))

    def _ressemblantes(self, nom: str, indice: str) -> tuple[str, ...]:
        """Les communes à proposer pour un nom inconnu ; celles du code postal ou du département d'abord."""
        if not nom:
            return self._de_l_indice(indice)
        noms = process.extract(nom, self.par_nom.keys(), scorer=fuzz.ratio, score_cutoff=RESSEMBLANCE_MONTREE, limit=4)
        codes = [c for trouve, _, _ in noms for c in self.par_nom[trouve]]
        return tuple(dict.fromkeys(sorted(codes, key=lambda c: bool(indice) and not self._repond(c, indice))))

    def _repond(self, code: str, indice: str) -> bool:
        """Vrai si la commune est de ce code postal ou de ce département."""
        if len(indice) == 5:
            return indice == code or code in self.postaux.get(indice, ())
        return code.startswith(indice)

    def _de_l_indice(self, indice: str) -> tuple[str, ...]:
        return self.postaux.get(indice, ()) if len(indice) == 5 else ()

    def sens_des_codes(self, ecritures: Iterable[str]) -> str:
        """« insee » ou « postal » si les codes d'une colonne le prouvent tous, rien sinon."""
        prouves = set()
        for ecriture in ecritures:
            code = ecriture.strip().upper()
            code = f"0{code}" if re.fullmatch(r"\d{4}", code) else code
            if (code in self.libelles) != (code in self.postaux):
                prouves.add("insee" if code in self.libelles else "postal")
        return prouves.pop() if len(prouves) == 1 else ""


def _ranger(noms: pl.Series, codes: pl.Series) -> dict[str, tuple[str, ...]]:
    """Les codes de chaque nom, triés."""
    cadre = pl.DataFrame({"nom": noms, "code": codes}, schema={"nom": pl.String, "code": pl.String}).unique()
    rangee = cadre.sort("nom", "code").group_by("nom", maintain_order=True).agg("code")
    return {nom: tuple(liste) for nom, liste in rangee.iter_rows()}


def _separer(texte: str) -> tuple[str, str]:
    """(nom normalisé, code postal ou département) d'une écriture comme « 62110 Hénin-Beaumont » ou « Lens (62) »."""
    nom = cle_commune(texte)
    if code := re.search(r"\b(\d{5})\b", nom):
        # Avant le code, une rue : la commune est ce qui suit, s'il y a quelque chose.
        avant, apres = nom[: code.start()].strip(), nom[code.end() :].strip()
        return apres or re.sub(r"^.*\d ", "", avant), code[1]
    if departement := re.search(r"\(\s*(2[AB]|\d{2,3})\s*\)", texte.upper()):
        return " ".join(re.sub(rf"\b{departement[1].lower()}\b", " ", nom).split()), departement[1]
    return nom, ""


@lru_cache(maxsize=8)
def _lire(fichiers: tuple[Path | None, ...], _modifies: tuple[int, ...]) -> Communes:
    referentiel, anciennes, postaux, abreviations = fichiers
    if referentiel is None:
        return Communes({})
    abreges = {}
    if abreviations is not None:
        lus = pl.read_csv(abreviations, infer_schema=False).iter_rows()
        abreges = {abrege: mots.split("|") for abrege, mots in lus}
    autres = (None if f is None else pl.read_parquet(f) for f in (anciennes, postaux))
    return Communes.de(pl.read_parquet(referentiel), *autres, abreges)


def lire_communes(espace: Espace) -> Communes:
    """Le référentiel des communes de l'espace, sinon celui livré ; vide s'il n'y est pas."""
    noms = ("communes.parquet", "communes_anciennes.parquet", "codes_postaux.parquet", "abreviations_communes.csv")
    chemins = [espace.ressource(f"data/referentiels/{nom}") for nom in noms]
    presents = tuple(c if c.is_file() else None for c in chemins)
    return _lire(presents, tuple(0 if c is None else c.stat().st_mtime_ns for c in presents))


def _sens_declare(entete: str) -> str:
    """Ce que l'en-tête dit des codes de sa colonne."""
    mots = set(normaliser(entete).split())
    if mots & {"postal", "postaux", "cp"}:
        return "postal"
    return "insee" if mots & {"insee", "cog"} else ""


def nettoyer_communes(bruts: pl.Series, communes: Communes, entete: str = "", insee: bool = False) -> pl.DataFrame:
    """Traduit des communes en codes Insee ; rend `brut, valeur, motif (toujours null), nature, proposition`.

    Entrées : toutes les écritures d'une colonne, et son `entete` ; `insee` si la colonne ne porte que des codes
    Insee ou des noms (format du modèle). Une commune inconnue ou homonyme est laissée vide et signalée, avec
    les communes possibles : la ligne reste.
    """
    cadre = pl.DataFrame({"brut": bruts}).with_columns(
        _t=compact(pl.col("brut")), _marque=absences.marque(pl.col("brut"))
    )
    sens = "insee" if insee else _sens_declare(entete) or communes.sens_des_codes(cadre["_t"].drop_nulls())
    lignes = []
    for brut, texte, marque in cadre.iter_rows():
        if texte == "":
            reconnue = Reconnue(None)
        elif marque is not None:
            reconnue = Reconnue(None, absences.NATURE)
        else:
            reconnue = communes.reconnaitre(texte, sens)
        proposition = communes.decrire(reconnue.candidates) or None
        lignes.append((brut, reconnue.code, None, reconnue.nature, proposition))
    schema = dict.fromkeys(("brut", "valeur", "motif", "nature", "proposition"), pl.String)
    return pl.DataFrame(lignes, schema=schema, orient="row")


def deriver_territoires(espace: Espace, communes: pl.Series) -> pl.DataFrame:
    """EPCI, département, région et millésime de codes Insee, ligne à ligne ; vides pour un code inconnu.

    Source : `communes.parquet` (code officiel géographique et intercommunalités au 1er janvier du millésime).
    """
    referentiel = pl.read_parquet(espace.ressource("data/referentiels/communes.parquet")).rename({"code": "commune"})
    voulues = ["commune", "libelle", "epci", "departement", "region", "millesime"]
    return pl.DataFrame({"commune": communes}, schema={"commune": pl.String}).join(
        referentiel.select(voulues), on="commune", how="left", maintain_order="left"
    )
