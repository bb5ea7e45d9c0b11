"""Reconnaître les données personnelles : ce qui ne doit être ni rangé, ni recopié dans un rejet.

Deux indices : l'en-tête d'une colonne (« Nom », « Date de naissance », « Tél. ») et la forme d'une valeur
(courriel, téléphone, numéro de sécurité sociale, adresse, « Mme D… »). Les mots des colonnes de noms d'un
fichier servent aussi à retrouver ces noms ailleurs dans le même fichier. Une reconnaissance peut se tromper :
dans le doute, une valeur est masquée, et sa ligne reste nommée.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

import polars as pl

from observatoire import pseudonymes
from observatoire.erreurs import ErreurDefinition
from observatoire.modele import Colonne, Type
from observatoire.nettoyage.texte import cle, normaliser

MASQUE_VALEUR = "(valeur masquée)"
NATURE_PERSONNELLE = "donnée personnelle reconnue, non gardée"
NATURE_TEXTE_LIBRE = "texte libre, non gardé"
MOTIF_PERSONNEL = "donnée personnelle dans une colonne rangée en clair"
# Au-delà, une cellule d'une colonne de libellés n'est plus un libellé mais un récit.
LIBELLE_MAXIMAL = 120
MOTS_D_UN_LIBELLE = 6


class Genre(Enum):
    """Ce que l'en-tête d'une colonne annonce."""

    NOM = "le nom d'une personne"
    PRENOM = "un prénom"
    NAISSANCE = "une date de naissance"
    ADRESSE = "une adresse"
    TELEPHONE = "un numéro de téléphone"
    COURRIEL = "une adresse électronique"
    NIR = "un numéro de sécurité sociale"
    TEXTE_LIBRE = "un texte libre"


_PERSONNES = (
    r"naissance|famille|usage|usuel|marital|jeune|fille|demandeuse?|demandeur|personne|usagere?|beneficiaire|menage"
    r"|conjointe?|enfant|referente?|locataire|residente?|cliente?|mere|pere|salariee?|candidate?|intervenante?"
    r"|travailleur|travailleuse"
)
_EN_TETES: tuple[tuple[Genre, str], ...] = (
    (Genre.COURRIEL, r"\b(?:e ?mails?|mails?|courriels?|mel|adresse electronique)\b"),
    (Genre.TELEPHONE, r"\b(?:telephones?|tel|portable|mobile|gsm|telephonique)\b"),
    (Genre.NIR, r"\b(?:nir|nss|securite sociale|n ?secu|num secu|numero secu)\b"),
    (Genre.ADRESSE, r"\b(?:adresses?|rue|voie|n voie|numero de voie|complement d adresse)\b"),
    (Genre.PRENOM, r"\bprenoms?\b"),
    (Genre.NOM, rf"\bnoms?\b.*\b(?:{_PERSONNES})\b|\bpatronyme\b|^noms? et prenoms?$"),
    (Genre.NAISSANCE, r"\b(?:naissance|naiss|ddn|ne e? ?(?:le|en)|nee? (?:le|en))\b"),
    (
        Genre.TEXTE_LIBRE,
        r"\b(?:commentaires?|observations?|remarques?|notes?|compte rendu|synthese|bilan social|historique|recit"
        r"|anamnese|texte libre)\b",
    ),
)
_NOM_SEUL = re.compile(r"^(?:le )?noms?$")


def genre_d_en_tete(entete: str, voisins: Iterable[str] = ()) -> Genre | None:
    """Ce qu'un en-tête annonce de personnel, None sinon.

    « Nom » tout seul n'est celui d'une personne que si une colonne voisine donne un prénom.
    """
    texte = normaliser(entete)
    lieu_de_naissance = re.search(r"\b(?:lieu|commune|pays|ville|departement) de naissance\b", texte)
    for genre, motif in _EN_TETES:
        if re.search(motif, texte) and not (genre is Genre.NAISSANCE and lieu_de_naissance):
            return genre
    if _NOM_SEUL.match(texte) and any(re.search(r"\bprenoms?\b", normaliser(v)) for v in voisins):
        return Genre.NOM
    return None


def refuser_colonne_personnelle(lieu: str, entete: str, colonne: Colonne, voisins: Iterable[str]) -> None:
    """Lève `ErreurDefinition` si une colonne personnelle de l'export nourrit une colonne rangée en clair."""
    en_clair = colonne.variable.type in (Type.TEXTE, Type.DATE) or colonne.nom in pseudonymes.LISIBLES
    genre = genre_d_en_tete(entete, voisins)
    if genre is None or not en_clair:
        return
    if colonne.variable.type is Type.DATE and genre is not Genre.NAISSANCE:
        return
    if colonne.variable.type is Type.TEXTE and colonne.nom not in LIBELLES and genre is Genre.TEXTE_LIBRE:
        return
    raise ErreurDefinition(
        f"{lieu} : la colonne « {entete} » ({genre.value}) ne peut pas nourrir {colonne.nom}, rangée en clair.",
        f"Retirez {colonne.nom} de [import], ou donnez-lui une autre colonne de l'export.",
    )


# Les textes courts du modèle : noms de structures, de lieux, de dispositifs. Les autres textes (commentaire,
# plan d'action) sont écrits pour être publiés.
LIBELLES = ("organisme", "lieu", "bailleur", "dispositif", "financeur", "territoire", "libelle")

_VOIE = (
    r"rue|avenue|av|bd|boulevard|place|pl|chemin|impasse|imp|all[ée]e|route|rte|square|quai|cours|r[ée]sidence|lotissement"
    r"|passage|cit[ée]|faubourg|fbg|hameau|ruelle|sentier|esplanade|promenade|villa"
)
FORMES: dict[str, str] = {
    "courriel": r"[\w.+-]+@[\w-]+\.\w",
    "téléphone": r"(?:^|[^\d])(?:(?:\+|00)\s?33[\s.-]?(?:\(0\)\s?)?|0)[1-9](?:[\s./-]?\d{2}){4}(?:[^\d]|$)",
    "sécurité sociale": r"(?:^|\D)[12]\s?\d{2}\s?(?:0[1-9]|1[0-2]|[2-9]\d)\s?(?:\d{2}|2[AB])\s?\d{3}\s?\d{3}"
    r"(?:\s?\d{2})?(?:\D|$)",
    "adresse": rf"(?i)(?:^|\s)\d{{1,4}}\s?(?:bis|ter|quater|[abc])?\s?,?\s(?:{_VOIE})\b"
    r"|^(?:rue|avenue|boulevard|impasse|chemin|all[ée]e)\s+(?:de |du |des |d['’]|la |le |les |l['’])",
    "personne": r"(?:^|[\s(])(?:M|Mr|MM|Mme|Mmes|Mlle|Melle|Monsieur|Madame|Mademoiselle)\b\.?\s+\p{Lu}",
    "naissance": r"(?i)\bn[ée](?:\(?e\)?)?\s+(?:le|en)\s+\d",
}
_FORTES = "|".join(f"(?:{motif})" for motif in FORMES.values())
# Deux à quatre mots en lettres, chacun avec une capitale : « Prénom Nom », « NOM Prénom », « Prénom de Nom ».
_FORME_DE_NOM = r"^\p{Lu}[\p{L}'’-]+(?:\s+(?:(?:d[eu]|des|la|le|ben|el|van|von)\s+|d['’])*\p{Lu}[\p{L}'’-]+){1,3}$"


def forme_personnelle(texte: pl.Expr) -> pl.Expr:
    """Vrai si le texte contient un courriel, un téléphone, un NIR, une adresse ou une personne nommée."""
    return texte.str.contains(_FORTES)


@dataclass(frozen=True)
class Discretion:
    """Ce qui permet de juger une valeur d'un fichier : ses noms de personnes, et les mots du secteur.

    `noms` et `prenoms` : mots normalisés des colonnes de noms du fichier. `secteur` : mots des vocabulaires,
    qui ne sont pas des noms de personnes.
    """

    noms: frozenset[str] = frozenset()
    prenoms: frozenset[str] = frozenset()
    secteur: frozenset[str] = frozenset()

    @cached_property
    def _lexique(self) -> dict[str, pl.Series]:
        return {nom: pl.Series(sorted(getattr(self, nom)), dtype=pl.String) for nom in ("noms", "prenoms", "secteur")}

    def _compter_les_mots(self, textes: pl.Series) -> pl.DataFrame:
        """Par texte : nombre de `mots`, et combien sont des `noms`, des `prenoms`, des `connus` ou du `secteur`."""
        mots = (
            pl.DataFrame({"v": textes}, schema={"v": pl.String})
            .with_row_index("rang")
            .select("rang", mot=cle(pl.col("v")).str.split(" "))
            .explode("mot")
        )
        dedans = {nom: pl.col("mot").is_in(mots_connus.implode()) for nom, mots_connus in self._lexique.items()}
        dedans = {nom: juge & (pl.col("mot").str.len_chars() > 2) for nom, juge in dedans.items()}
        dits = mots.with_columns(**dedans).with_columns(connus=pl.col("noms") | pl.col("prenoms"))
        return (
            dits.group_by("rang")
            .agg(
                pl.col("noms", "prenoms", "secteur").sum(),
                mots=pl.len(),
                longs=(pl.col("mot").str.len_chars() > 2).sum(),
                connus=pl.col("connus").sum(),
                differents=pl.col("mot").filter(pl.col("connus")).n_unique(),
            )
            .sort("rang")
            .drop("rang")
        )

    def masquer(self, valeurs: pl.Series, *, toujours: bool = False, commune: bool = False) -> pl.Series:
        """Les valeurs que l'on peut recopier ; les autres deviennent « (valeur masquée) », les vides restent.

        `toujours` : colonne d'identifiant ou de naissance. `commune` : la forme « Deux Mots » y est normale.
        """
        distinctes = valeurs.cast(pl.String).drop_nulls().unique()
        if toujours:
            a_cacher = distinctes.filter(distinctes.str.strip_chars() != "")
        else:
            a_cacher = self._personnelles(distinctes, commune)
        if a_cacher.is_empty():
            return valeurs.cast(pl.String)
        cachee = valeurs.is_in(a_cacher.implode())
        return pl.select(pl.when(cachee).then(pl.lit(MASQUE_VALEUR)).otherwise(valeurs)).to_series()

    def _personnelles(self, distinctes: pl.Series, commune: bool) -> pl.Series:
        """Celles de ces valeurs que l'on ne recopie pas."""
        v, nombre = pl.col("v"), pl.col
        cadre = pl.DataFrame({"v": distinctes}, schema={"v": pl.String}).hstack(self._compter_les_mots(distinctes))
        recit = (nombre("mots") > MOTS_D_UN_LIBELLE) & (nombre("secteur") < nombre("mots") / 2)
        recit = recit | (v.str.len_chars() > LIBELLE_MAXIMAL)
        if commune:
            # Une commune inconnue se montre : elle n'est masquée que si tous ses mots sont des noms du fichier.
            suspecte = (nombre("connus") > 1) & (nombre("connus") == nombre("longs"))
        else:
            forme = v.str.strip_chars().str.contains(_FORME_DE_NOM) & (nombre("secteur") == 0)
            suspecte = (nombre("connus") > 0) | forme
        return cadre.filter(forme_personnelle(v) | recit | suspecte)["v"]

    def texte_a_ecarter(self, valeurs: pl.Series, *, libelle: bool) -> pl.Series | None:
        """Pour chaque texte à ranger, pourquoi ne pas le ranger (null = rien) ; None si tous se rangent."""
        distinctes = valeurs.drop_nulls().unique()
        # Un nom et un prénom du fichier, réunis dans un texte.
        nomme = (pl.col("noms") > 0) & (pl.col("prenoms") > 0) & (pl.col("differents") > 1)
        cadre = pl.DataFrame({"v": distinctes}, schema={"v": pl.String}).hstack(self._compter_les_mots(distinctes))
        cadre = cadre.select(
            "v",
            nature=pl.when(forme_personnelle(pl.col("v")) | nomme)
            .then(pl.lit(NATURE_PERSONNELLE))
            .when(pl.lit(libelle) & (pl.col("v").str.len_chars() > LIBELLE_MAXIMAL))
            .then(pl.lit(NATURE_TEXTE_LIBRE)),
        )
        ecartes = cadre.filter(pl.col("nature").is_not_null())
        if ecartes.is_empty():
            return None
        return valeurs.replace_strict(ecartes["v"], ecartes["nature"], default=None, return_dtype=pl.String)


def genres_de_noms(entetes: Collection[str]) -> dict[str, frozenset[Genre]]:
    """Les colonnes de noms ou de prénoms d'un tableau, et ce que chacune porte."""
    trouves = {}
    for entete in entetes:
        genre = genre_d_en_tete(entete, entetes)
        if genre in (Genre.NOM, Genre.PRENOM):
            entier = re.search(r"\bnoms?\b", normaliser(entete)) and genre is Genre.PRENOM
            trouves[entete] = frozenset((Genre.NOM, Genre.PRENOM) if entier else (genre,))
    return trouves


def discretion(donnees: pl.DataFrame, genres: dict[str, frozenset[Genre]], secteur: frozenset[str]) -> Discretion:
    """Relève les mots des colonnes de noms et de prénoms d'un tableau, ceux du secteur mis à part."""
    mots = {genre: _mots(donnees, [e for e, g in genres.items() if genre in g]) for genre in (Genre.NOM, Genre.PRENOM)}
    return Discretion(mots[Genre.NOM] - secteur, mots[Genre.PRENOM] - secteur, secteur)


def _mots(donnees: pl.DataFrame, colonnes: list[str]) -> frozenset[str]:
    """Les mots d'au moins trois lettres de ces colonnes, normalisés."""
    trouves: set[str] = set()
    for colonne in colonnes:
        distinctes = pl.DataFrame({"v": donnees[colonne].drop_nulls().unique()}, schema={"v": pl.String})
        mots = distinctes.select(cle(pl.col("v")).str.split(" ").alias("m")).explode("m")["m"].unique()
        trouves.update(mots.filter(mots.str.len_chars() > 2).to_list())
    return frozenset(trouves)


def toujours_masquee(colonne: Colonne) -> bool:
    """Vrai pour une colonne dont les valeurs brutes ne se recopient jamais : pseudonymisée, ou naissance."""
    return colonne.nom in pseudonymes.ESPECES or colonne.nom == "naissance"
