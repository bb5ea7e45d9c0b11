"""Les formes d'indicateur : chacune dit comment agréger un univers, pour n'importe quelle ventilation.

Une forme rend, pour un groupe de lignes de l'univers, les expressions `numerateur`, `denominateur`,
`valeur`, `base` et `effectif` (le nombre d'unités derrière la cellule, que lit la protection).
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from observatoire import regles

VIDE = pl.lit(None, pl.Float64)


def _decimal(expression: pl.Expr) -> pl.Expr:
    return expression.cast(pl.Float64)


@dataclass(frozen=True)
class Forme:
    """Base commune : dimensions propres, agrégats d'un groupe, colonnes de l'univers lues."""

    @property
    def nom(self) -> str:
        return type(self).__name__.lower()

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Colonnes qui ventilent d'elles-mêmes l'indicateur (la clé d'une répartition, les deux d'une matrice)."""
        return ()

    def retenues(self) -> pl.Expr:
        """Lignes de l'univers qui entrent dans la base."""
        return pl.lit(True)

    def agregats(self) -> dict[str, pl.Expr]:
        raise NotImplementedError

    def inconnues(self) -> pl.Expr:
        """Nombre d'unités laissées hors de la base faute de réponse."""
        return pl.lit(0, pl.Int64)

    def expressions(self) -> list[pl.Expr]:
        agregats = [*self.agregats().values(), self.retenues(), self.inconnues()]
        return [*agregats, *(pl.col(d) for d in self.dimensions)]

    def colonnes_lues(self) -> set[str]:
        """Colonnes de l'univers que lit l'indicateur, tirées de ses expressions."""
        return {nom for expression in self.expressions() for nom in expression.meta.root_names()}


@dataclass(frozen=True)
class Effectif(Forme):
    """Un compte ou une somme. `unites` : nombre de personnes derrière, si ce n'est pas la valeur elle-même.

    `inconnus` : nombre de réponses qui manquent à ce que l'on compte ; s'il y en a, le compte est un plancher.
    """

    compte: pl.Expr
    unites: pl.Expr | None = None
    inconnus: pl.Expr | None = None

    def inconnues(self) -> pl.Expr:
        return super().inconnues() if self.inconnus is None else self.inconnus

    def agregats(self) -> dict[str, pl.Expr]:
        compte = _decimal(self.compte)
        unites = compte if self.unites is None else _decimal(self.unites)
        return {"numerateur": compte, "denominateur": VIDE, "valeur": compte, "base": VIDE, "effectif": unites}


@dataclass(frozen=True)
class Rapport(Forme):
    """Un numérateur sur un dénominateur du même univers, en % (facteur 100) ou en moyenne (facteur 1)."""

    numerateur: pl.Expr
    denominateur: pl.Expr
    facteur: float = 100.0
    inconnus: pl.Expr | None = None

    def inconnues(self) -> pl.Expr:
        return super().inconnues() if self.inconnus is None else self.inconnus

    def agregats(self) -> dict[str, pl.Expr]:
        haut, bas = _decimal(self.numerateur), _decimal(self.denominateur)
        valeur = pl.when(bas != 0).then(haut / bas * self.facteur)
        return {"numerateur": haut, "denominateur": bas, "valeur": valeur, "base": bas, "effectif": haut}


@dataclass(frozen=True)
class Moyenne(Forme):
    """Moyenne d'une grandeur entière sur les unités où elle est connue, divisée par `diviseur` (100 : centimes)."""

    grandeur: pl.Expr
    diviseur: float = 1.0

    def inconnues(self) -> pl.Expr:
        return self.grandeur.is_null().sum()

    def agregats(self) -> dict[str, pl.Expr]:
        somme = _decimal(self.grandeur.sum()) / self.diviseur
        nombre = _decimal(self.grandeur.count())
        return {
            "numerateur": somme,
            "denominateur": nombre,
            "valeur": pl.when(nombre > 0).then(somme / nombre),
            "base": nombre,
            "effectif": nombre,
        }


@dataclass(frozen=True)
class Mediane(Forme):
    """Médiane d'une grandeur ; ni numérateur, ni minimum, ni maximum."""

    grandeur: pl.Expr
    diviseur: float = 1.0

    def inconnues(self) -> pl.Expr:
        return self.grandeur.is_null().sum()

    def agregats(self) -> dict[str, pl.Expr]:
        nombre = _decimal(self.grandeur.count())
        return {
            "numerateur": VIDE,
            "denominateur": nombre,
            "valeur": _decimal(self.grandeur.median()) / self.diviseur,
            "base": nombre,
            "effectif": nombre,
        }


@dataclass(frozen=True)
class Maximum(Forme):
    """Plus grande valeur observée : elle désigne une personne, donc jamais en diffusion publique."""

    grandeur: pl.Expr
    diviseur: float = 1.0

    def agregats(self) -> dict[str, pl.Expr]:
        nombre = _decimal(self.grandeur.count())
        return {
            "numerateur": VIDE,
            "denominateur": nombre,
            "valeur": _decimal(self.grandeur.max()) / self.diviseur,
            "base": nombre,
            "effectif": pl.when(nombre > 0).then(1.0).otherwise(0.0),
        }


@dataclass(frozen=True)
class Minimum(Forme):
    """Plus petite valeur observée : elle désigne une personne, donc jamais en diffusion publique."""

    grandeur: pl.Expr
    diviseur: float = 1.0

    def agregats(self) -> dict[str, pl.Expr]:
        nombre = _decimal(self.grandeur.count())
        return {
            "numerateur": VIDE,
            "denominateur": nombre,
            "valeur": _decimal(self.grandeur.min()) / self.diviseur,
            "base": nombre,
            "effectif": pl.when(nombre > 0).then(1.0).otherwise(0.0),
        }


@dataclass(frozen=True)
class Repartition(Forme):
    """Part de chaque modalité d'une clé.

    Tableau de profil (`inconnus=False`) : base = renseignés. Tableau de résultat (`inconnus=True`) : NR
    reste une modalité et la base est tout. `poids` : somme d'une colonne au lieu d'un compte de lignes.
    """

    cle: str
    inconnus: bool = False
    poids: pl.Expr | None = None
    facteur_poids: float = 1.0

    @property
    def dimensions(self) -> tuple[str, ...]:
        return (self.cle,)

    def retenues(self) -> pl.Expr:
        return pl.lit(True) if self.inconnus else regles.renseigne(self.cle)

    def inconnues(self) -> pl.Expr:
        return super().inconnues() if self.inconnus else (~regles.renseigne(self.cle)).sum()

    def agregats(self) -> dict[str, pl.Expr]:
        compte = pl.len() if self.poids is None else self.poids.sum()
        haut = _decimal(compte) / self.facteur_poids
        # Le dénominateur (la base sans la clé) est posé au calcul : il dépend du groupe parent.
        return {"numerateur": haut, "denominateur": haut, "valeur": VIDE, "base": haut, "effectif": haut}


@dataclass(frozen=True)
class Citations(Forme):
    """Réponses multiples : part des unités qui citent chaque modalité ; le total est un nombre de citations, sans part.

    L'univers a une ligne par citation (`base` faux) et une par unité interrogée (`base` vrai).
    """

    cle: str

    @property
    def dimensions(self) -> tuple[str, ...]:
        return (self.cle,)

    def agregats(self) -> dict[str, pl.Expr]:
        citations = _decimal((~pl.col("base")).sum())
        unites = _decimal(pl.col("base").sum())
        return {"numerateur": citations, "denominateur": unites, "valeur": VIDE, "base": unites, "effectif": citations}


@dataclass(frozen=True)
class Matrice(Forme):
    """Effectifs croisés de deux clés ; l'inconnu reste une modalité."""

    ligne: str
    colonne: str

    @property
    def dimensions(self) -> tuple[str, ...]:
        return (self.ligne, self.colonne)

    def agregats(self) -> dict[str, pl.Expr]:
        compte = _decimal(pl.len())
        return {"numerateur": compte, "denominateur": VIDE, "valeur": compte, "base": VIDE, "effectif": compte}


@dataclass(frozen=True)
class Survie(Forme):
    """Courbe de survie de Kaplan-Meier : part de ceux qui n'ont pas encore perdu, échéance par échéance, en %.

    `duree` : durée observée de chaque suivi ; `perdu` : elle finit par une perte, sinon elle est censurée ;
    `limite` : l'échéance, la même pour toutes les lignes d'une modalité de `cle`. Le total est la dernière échéance.
    Source : estimateur produit-limite, une perte le même jour qu'une censure passant avant elle.
    """

    cle: str
    duree: str
    perdu: str
    limite: str

    @property
    def dimensions(self) -> tuple[str, ...]:
        return (self.cle,)

    def agregats(self) -> dict[str, pl.Expr]:
        derniere = pl.col(self.limite) == pl.col(self.limite).max()
        rangs = [pl.col(self.duree), ~pl.col(self.perdu)]
        duree, perdu, limite = (
            pl.col(c).sort_by(rangs).filter(derniere.sort_by(rangs)) for c in (self.duree, self.perdu, self.limite)
        )
        nombre = derniere.sum().cast(pl.Float64)
        # Ranger les pertes d'un même jour l'une après l'autre donne le même produit que les compter ensemble.
        facteurs = 1 - 1 / (nombre - pl.int_range(derniere.sum()))
        survie = pl.when(perdu & (duree <= limite)).then(facteurs).otherwise(1.0).product()
        return {
            "numerateur": VIDE,
            "denominateur": nombre,
            "valeur": pl.when(nombre > 0).then(survie * 100),
            "base": nombre,
            "effectif": (perdu & (duree <= limite)).sum().cast(pl.Float64),  # les pertes que dit l'échéance
        }


@dataclass(frozen=True)
class Serie(Forme):
    """Une valeur par mois de la période, tous les mois écrits ; le total est leur somme."""

    compte: pl.Expr
    cle: str = "mois"

    @property
    def dimensions(self) -> tuple[str, ...]:
        return (self.cle,)

    def agregats(self) -> dict[str, pl.Expr]:
        compte = _decimal(self.compte)
        return {"numerateur": compte, "denominateur": VIDE, "valeur": compte, "base": VIDE, "effectif": compte}
