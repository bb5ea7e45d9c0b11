"""Ce que contient une colonne d'un export : part de dates, de communes, de nombres, de modalités connues."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from observatoire import modele
from observatoire.espace import Espace
from observatoire.modele import Colonne, Type
from observatoire.nettoyage import COLONNES_COMMUNE, Contexte
from observatoire.nettoyage.absences import marque, vide
from observatoire.nettoyage.modalites import Vocabulaire
from observatoire.nettoyage.texte import cle, compact, normaliser
from observatoire.proposition import personnel

VALEURS_EXAMINEES = 2000
_MOIS = "janv|fevr|fev|mars|avr|mai|juin|juil|aout|sept|oct|nov|dec"
_DATE = (
    r"^(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/. ]\d{1,2}[-/. ](?:\d{4}|\d{2})|(?:19|20)\d{2}[01]\d[0-3]\d)"
    r"(?:[T ]+\d{1,2}[:hH]\d{2}.*)?$"
)
_DATE_MOTS = rf"^(?:\p{{L}}+ )?\d{{1,2}}(?:er)?[ -]*(?:{_MOIS})\p{{L}}*\.?[ -]*\d{{2,4}}$"
_DATE_EXCEL = r"^(?:1\d|2\d|3\d|4\d|5\d)\d{3}(?:[.,]0+)?$"
_MOIS_SEUL = rf"^(?:\d{{4}}[-/.]\d{{1,2}}|\d{{1,2}}[-/. ]\d{{4}}|(?:{_MOIS})\p{{L}}*\.? \d{{2,4}})$"
_ENTIER = r"^[+-]?\d{1,3}(?:[ \x{a0}\x{202f}]?\d{3})*(?:[.,]0+)?$|^[+-]?\d+$"
_NOMBRE = r"^[+-]?(?:\d{1,3}(?:[ \x{a0}\x{202f}.]\d{3})+|\d+)(?:[.,]\d+)?\s*(?:€|%|euros?|eur|h|mois)?$"
_CODE_POSTAL = r"^(?:0[1-9]|[1-8]\d|9[0-8])\d{3}$"
_IDENTIFIANT = r"^[\p{L}\d][\p{L}\d/._-]{0,39}$"


@dataclass(frozen=True)
class Profil:
    """Une colonne d'un export et ce que ses valeurs montrent.

    `valeurs` : les écritures les plus fréquentes et leur nombre, marques d'absence retirées. Les parts vont
    de 0 à 1, sur les cellules remplies.
    """

    entete: str
    lignes: int
    remplies: int
    distinctes: int
    valeurs: pl.DataFrame
    ensemble: frozenset[str] = field(repr=False, default=frozenset())
    entete_personnel: str = ""  # pourquoi l'en-tête, ou le contenu, annonce une donnée à ne pas importer
    contenu_personnel: str = ""

    @property
    def vide(self) -> bool:
        return self.remplies == 0

    @property
    def unique(self) -> bool:
        """Vrai si chaque ligne a sa valeur."""
        return self.remplies == self.lignes and self.distinctes == self.lignes and self.lignes > 1

    @property
    def presque_unique(self) -> bool:
        """Vrai si presque chaque ligne a sa valeur : des doublons et des oublis de saisie sont possibles."""
        return self.lignes > 1 and (self.distinctes >= 0.9 * self.lignes or self.distinctes >= self.lignes - 1 > 3)

    def part(self, motif: str, colonne: str = "valeur") -> float:
        total = self.valeurs["n"].sum()
        trouves = self.valeurs.filter(pl.col(colonne).str.contains(motif))["n"].sum()
        return trouves / total if total else 0.0

    @cached_property
    def dates(self) -> float:
        directes = self.part(_DATE) + self.part(_DATE_MOTS, "cle")
        # Un numéro de jour d'Excel n'est une date que parmi d'autres dates.
        return directes + self.part(_DATE_EXCEL) if directes > 0.2 else directes

    @cached_property
    def jours_excel(self) -> float:
        return self.part(_DATE_EXCEL)

    @cached_property
    def mois(self) -> float:
        return self.part(_MOIS_SEUL) + self.part(_MOIS_SEUL, "cle") * (self.part(_MOIS_SEUL) == 0)

    @cached_property
    def entiers(self) -> float:
        return self.part(_ENTIER)

    @cached_property
    def nombres(self) -> float:
        return self.part(_NOMBRE)

    @cached_property
    def ressemble_identifiant(self) -> bool:
        """Vrai pour des numéros ou des codes sans espace, assez variés pour désigner quelque chose."""
        if self.vide or self.dates > 0.5 or self.part(_IDENTIFIANT) < 0.95 or self.part(r"\d") < 0.9:
            return False
        if self.part(r"^\d+[.,]\d+$") > 0.1:
            return False
        return self.distinctes > max(3, 0.05 * self.remplies)


def profiler(donnees: pl.DataFrame, entete: str) -> Profil:
    """Le profil d'une colonne."""
    brut = pl.col(entete)
    remplies = donnees.select(compact(brut).alias("valeur"), vide=vide(brut), absente=marque(brut).is_not_null())
    remplies = remplies.filter(~pl.col("vide") & ~pl.col("absente"))
    comptes = remplies.group_by("valeur").agg(n=pl.len()).sort(["n", "valeur"], descending=[True, False])
    valeurs = comptes.head(VALEURS_EXAMINEES)
    cles = pl.Series("cle", [normaliser(v) for v in valeurs["valeur"]], dtype=pl.String)
    return Profil(
        entete,
        donnees.height,
        remplies.height,
        comptes.height,
        valeurs.with_columns(cles),
        frozenset(comptes["valeur"].head(50_000).str.to_lowercase()),
        personnel.raison_par_entete(entete, donnees.columns),
        personnel.raison_par_contenu(valeurs),
    )


class Lecteur:
    """Compare des profils aux vocabulaires et aux communes de l'espace."""

    def __init__(self, espace: Espace) -> None:
        self.contexte = Contexte(espace)
        self._parts: dict[tuple[int, str], float] = {}
        self._parts_communes: dict[int, float] = {}

    def vocabulaire(self, colonne: Colonne) -> Vocabulaire:
        return self.contexte.vocabulaire(colonne)

    def part_connue(self, profil: Profil, colonne: Colonne) -> float:
        """Part des cellules que le vocabulaire de `colonne` reconnaît sans aide."""
        nom = colonne.variable.nomenclature
        cle = (id(profil), nom)
        if cle not in self._parts:
            vocabulaire = self.vocabulaire(colonne)
            connus = [
                n if all(m in vocabulaire.cles for m in _morceaux(valeur, cle_, vocabulaire)) else 0
                for valeur, cle_, n in profil.valeurs.select("valeur", "cle", "n").iter_rows()
            ]
            total = profil.valeurs["n"].sum()
            self._parts[cle] = sum(connus) / total if total else 0.0
        return self._parts[cle]

    def codes_connus(self, profil: Profil, colonne: Colonne) -> int:
        """Nombre de codes différents que les valeurs désignent."""
        vocabulaire = self.vocabulaire(colonne)
        return len({vocabulaire.cles[c] for c in profil.valeurs["cle"] if c in vocabulaire.cles})

    @cached_property
    def _communes(self) -> frozenset[str]:
        """Les noms (sans accent ni casse) et les codes des communes en vigueur."""
        fichier = self.contexte.espace.ressource("data/referentiels/communes.parquet")
        if not fichier.is_file():
            return frozenset()
        referentiel = pl.read_parquet(fichier, columns=["code", "libelle"])
        noms = referentiel.select(cle_commune(pl.col("libelle"))).to_series()
        return frozenset(noms) | frozenset(referentiel["code"].str.to_lowercase())

    def part_communes(self, profil: Profil) -> float:
        """Part des cellules qui sont le nom ou le code d'une commune, ou un code postal."""
        if id(profil) not in self._parts_communes:
            cles = profil.valeurs.select("n", "valeur", cle=cle_commune(pl.col("valeur")))
            connues = cles.filter(
                pl.col("cle").is_in(list(self._communes)) | pl.col("valeur").str.contains(_CODE_POSTAL)
            )["n"].sum()
            total = cles["n"].sum()
            self._parts_communes[id(profil)] = connues / total if total else 0.0
        return self._parts_communes[id(profil)]

    def contenu(self, profil: Profil, colonne: Colonne) -> tuple[float | None, str]:
        """(part des cellules lisibles comme `colonne`, ce qu'on y a vu) ; None si le contenu ne dit rien."""
        if profil.vide:
            return None, "colonne vide"
        type_ = colonne.variable.type
        if colonne.nom in COLONNES_COMMUNE:
            return _dire(self.part_communes(profil), "communes")
        if type_ is Type.DATE:
            return _dire(max(profil.dates, profil.jours_excel * 0.9), "dates")
        if type_ is Type.MOIS:
            return _dire(max(profil.dates, profil.mois), "mois ou dates")
        if type_ is Type.ENTIER:
            return _dire(profil.entiers, "nombres entiers")
        if type_ in (Type.DECIMAL, Type.MONTANT):
            return _dire(profil.nombres, "montants" if type_ is Type.MONTANT else "nombres")
        if type_ in (Type.CODE, Type.CODES):
            return _dire(self.part_connue(profil, colonne), f"modalités de « {colonne.variable.nomenclature} »")
        if type_ is Type.IDENTIFIANT:
            return (1.0, "numéros") if profil.ressemble_identifiant else (0.4, "valeurs variées")
        return (0.3, "nombres ou dates") if max(profil.dates, profil.nombres) > 0.8 else (0.8, "textes")


def cle_commune(nom: pl.Expr) -> pl.Expr:
    """La clé d'un nom de commune : comme un texte, « st » et « ste » en entier, sans « cedex » ni arrondissement."""
    texte = cle(nom).str.replace(r"^\d{5} ", "").str.replace(r" cedex( \d+)?$", "")
    return texte.str.replace_all(r"\bst\b", "saint").str.replace_all(r"\bste\b", "sainte")


def _dire(part: float, quoi: str) -> tuple[float, str]:
    return min(part, 1.0), f"{quoi} : {min(part, 1.0):.0%}".replace("%", " %")


def _morceaux(valeur: str, cle: str, vocabulaire: Vocabulaire) -> list[str]:
    """Les modalités d'une cellule, une seule si elle se reconnaît entière."""
    if cle in vocabulaire.cles or not any(s in valeur for s in "|;,\n"):
        return [cle]
    for separateur in ("|", ";", "\n", ","):
        valeur = valeur.replace(separateur, "|")
    return [normaliser(m) for m in valeur.split("|") if normaliser(m)]


def colonnes_codees() -> list[Colonne]:
    """Une colonne du modèle par nomenclature."""
    vues: dict[str, Colonne] = {}
    for table in modele.TABLES.values():
        for colonne in table.colonnes.values():
            if colonne.variable.nomenclature:
                vues.setdefault(colonne.variable.nomenclature, colonne)
    return list(vues.values())
