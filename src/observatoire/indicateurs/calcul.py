"""Calculer : des indicateurs et des ventilations vers la table ordonnée, avant protection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import polars as pl

from observatoire import regles
from observatoire.campagne.donnees_types import COLONNES_CONTRAT, SCHEMA_TABLE, Definition
from observatoire.erreurs import ErreurParametre, exiger_connu, suggestion
from observatoire.espace import Espace
from observatoire.indicateurs.formes import Citations, Effectif, Repartition, Serie
from observatoire.indicateurs.libelles import SUFFIXE_GROUPE, decrire, exiger_groupable
from observatoire.indicateurs.registre import Indicateur, applicables, en_vigueur, noms
from observatoire.modele import NON_RENSEIGNE
from observatoire.referentiels import communes
from observatoire.services import Parametres, Service, lire_service
from observatoire.univers import Contexte, trouver_univers

if TYPE_CHECKING:
    from observatoire.qualite import Verdict

EVOLUTION = "evolution_n_1"
DEFINITION_EVOLUTION = Definition(
    nom=EVOLUTION,
    libelle="Évolution par rapport à l'année précédente",
    famille="qualite",
    unite="%",
    univers="",
    description="Évolution de chaque effectif entre l'année précédente et l'année, à définition constante.",
    numerateur="valeur de l'année moins valeur de l'année précédente",
    denominateur="valeur de l'année précédente",
    source="catalogue de l'observatoire, « evolution_n_1 »",
    pieges="Pas de pourcentage sous 10 unités l'année précédente ; à une rupture, l'ancienne définition sert aux deux "
    "années.",
    version="1",
    forme="evolution",
)
TOUT, TERRITOIRE = "", "territoire"  # ce qu'une retenue touche : l'indicateur entier, ou le détail d'une variable
BASE_MINIMALE_EVOLUTION = 10  # pas de pourcentage d'évolution sur moins de dix unités
CHIFFRES_UTILES = 10  # efface le bruit des derniers bits : deux calculs rendent les mêmes octets

# Après les colonnes imprimées, ce que lit la protection : jamais exporté.
SCHEMA_CALCUL = {
    **SCHEMA_TABLE,
    "effectif": pl.Float64(),
    "personnel": pl.Boolean(),
    "montant": pl.Boolean(),
    "interne_seulement": pl.Boolean(),
    "forme": pl.String(),
    "epci": pl.String(),  # celle de la commune d'une ligne : un autre tableau en imprime peut-être le total
}
COMMUNES = ("commune", "commune_origine")
VALEURS = ("valeur", "numerateur", "denominateur", "base")


class Calculateur:
    """Calcule des indicateurs d'un service et d'une année ; chaque univers n'est construit qu'une fois."""

    def __init__(self, espace: Espace, service: Service, annee: int) -> None:
        self.espace, self.service, self.annee = espace, service, annee
        self.contexte = Contexte.ouvrir(espace, service, annee)
        self._populations: dict[str, pl.DataFrame] = {}

    def preparer(self, univers: Iterable[str]) -> None:
        """Construit ensemble les populations demandées, en un seul plan d'exécution."""
        manquants = [u for u in dict.fromkeys(univers) if u not in self._populations]
        plans = [trouver_univers(u).construire(self.contexte) for u in manquants]
        self._populations.update(zip(manquants, pl.collect_all(plans), strict=True))

    def population(self, univers: str) -> pl.DataFrame:
        self.preparer([univers])
        return self._populations[univers]

    def recu(self, indicateur: Indicateur) -> bool:
        """Faux si l'année est hors de celles que le service livre, purgée, ou sans aucune table de l'univers."""
        purgee = self.annee in self.contexte.entrepot.annees_purgees
        if purgee or not self.service.parametres.couvre(self.annee):
            return False
        univers = trouver_univers(indicateur.definition.univers)
        return any(self.contexte.entrepot.presente(t) for t in {c.split(".")[0] for c in univers.structure})

    def calculer(
        self,
        indicateur: Indicateur,
        ventilations: Sequence[str] = (),
        *,
        regrouper: bool = False,
        parts: Mapping[str, pl.Expr] | None = None,
    ) -> pl.DataFrame:
        """Les lignes d'un indicateur : cellules, marges et total, pour l'ensemble et chaque territoire déclaré.

        `parts` : d'autres parts de la population (nom → condition), à la place des territoires déclarés.
        """
        dimensions = _dimensions(indicateur, ventilations, regrouper)
        if not self.recu(indicateur):
            return self._finir(indicateur, _ligne_vide("non_recu"), dimensions, None)
        population = self._avec_groupes(indicateur, dimensions)
        blocs = [self._finir(indicateur, _agreger(indicateur, population, dimensions), dimensions, None)]
        if parts is None:
            declares = self.service.parametres.territoires if "territoire" in population.columns else ()
            parts = {territoire: pl.col("territoire") == territoire for territoire in declares}
        for nom, condition in parts.items():
            part = population.filter(condition)
            blocs.append(self._finir(indicateur, _agreger(indicateur, part, dimensions), dimensions, nom))
        return pl.concat(blocs)

    def _avec_groupes(self, indicateur: Indicateur, dimensions: Sequence[str]) -> pl.DataFrame:
        univers = trouver_univers(indicateur.definition.univers)
        population = self.population(univers.nom)
        for dimension in dimensions:
            colonne = dimension.removesuffix(SUFFIXE_GROUPE)
            # Seules les colonnes déclarées ventilent : un identifiant d'une personne ne sort jamais.
            if colonne not in univers.origines:
                permises = sorted(c for c in univers.origines if population.schema.get(c) == pl.String())
                raise ErreurParametre(
                    f"L'indicateur « {indicateur.nom} » ne se ventile pas par « {colonne} ».",
                    f"{suggestion(colonne, permises)} Ventilations possibles : {', '.join(permises)}.".strip(),
                )
            if dimension.endswith(SUFFIXE_GROUPE):
                groupes = exiger_groupable(self.espace, univers, dimension).regroupements
                population = population.with_columns(pl.col(colonne).replace(groupes).alias(dimension))
            if colonne.startswith("id_"):
                raise ErreurParametre(f"« {colonne} » est un identifiant : il ne ventile aucun indicateur.")
        return population

    def _finir(
        self, indicateur: Indicateur, lignes: pl.DataFrame, dimensions: Sequence[str], territoire: str | None
    ) -> pl.DataFrame:
        lignes = self._avec_modalites_declarees(indicateur, lignes, dimensions)
        definition = indicateur.definition
        univers = trouver_univers(definition.univers)
        for rang in ("1", "2"):
            descriptions: dict[tuple[str, str], tuple[str, int]] = {}
            couples = lignes.select(f"ventilation_{rang}", f"modalite_{rang}").unique().drop_nulls()
            for (ventilation,), groupe in couples.group_by(f"ventilation_{rang}"):
                decrites = decrire(
                    self.espace, self.service, univers, ventilation, groupe[f"modalite_{rang}"].sort().to_list()
                )
                descriptions.update({(ventilation, m): d for m, d in decrites.items()})
            cles = list(zip(lignes[f"ventilation_{rang}"], lignes[f"modalite_{rang}"], strict=True))
            lignes = lignes.with_columns(
                pl.Series(f"libelle_{rang}", [descriptions.get(c, (None, None))[0] for c in cles], pl.String()),
                pl.Series(f"ordre_{rang}", [descriptions.get(c, (None, None))[1] for c in cles], pl.Int64()),
            )
        lignes = lignes.with_columns(
            pl.lit(self.service.id).alias("service"),
            pl.lit(territoire, pl.String()).alias("territoire"),
            pl.lit(self.annee, pl.Int64()).alias("annee"),
            pl.lit(definition.nom).alias("indicateur"),
            pl.lit(definition.unite).alias("unite"),
            pl.lit(definition.version).alias("version_definition"),
            pl.lit(indicateur.personnel).alias("personnel"),
            pl.lit(indicateur.montant).alias("montant"),
            pl.lit(indicateur.interne_seulement).alias("interne_seulement"),
            pl.lit(definition.forme).alias("forme"),
            self._epci(lignes).alias("epci"),
            pl.col(*VALEURS, "effectif").round(CHIFFRES_UTILES),
        )
        return lignes.select(pl.col(c).cast(t) for c, t in SCHEMA_CALCUL.items()).sort(
            "ventilation_1", "ventilation_2", "ordre_1", "modalite_1", "ordre_2", "modalite_2", nulls_last=False
        )

    def _epci(self, lignes: pl.DataFrame) -> pl.Series:
        """L'intercommunalité de la commune qui fait une ligne à elle seule ; vide pour toute autre ligne."""
        seule = pl.col("ventilation_1").is_in(COMMUNES) & pl.col("ventilation_2").is_null()
        codes = lignes.select(pl.when(seule).then("modalite_1").cast(pl.String).alias("code"))
        if codes["code"].null_count() == codes.height:
            return codes["code"]
        lieux = communes(self.espace).select("code", "epci").collect()
        return codes.join(lieux, on="code", how="left", maintain_order="left")["epci"]

    def _avec_modalites_declarees(
        self, indicateur: Indicateur, lignes: pl.DataFrame, dimensions: Sequence[str]
    ) -> pl.DataFrame:
        """Écrit à 0 les modalités que le service déclare (tranches d'âge, mois, listes) et que rien n'a remplies."""
        ajouts = []
        total = lignes.filter(pl.col("ventilation_1").is_null())
        if total["etat"].to_list() != ["publie"]:
            return lignes
        for dimension in dimensions:
            declarees = self._declarees(indicateur, dimension)
            vues = set(lignes.filter(pl.col("ventilation_1") == dimension)["modalite_1"])
            for modalite in declarees:
                if modalite in vues:
                    continue
                # Zéro sur la base commune, pour la clé d'une répartition ; un taux sur personne n'existe pas.
                commune = dimension in indicateur.forme.dimensions or total["denominateur"].item() is None
                base = total["denominateur"].item() if commune else 0.0
                part = 0.0 if base is None or base > 0 else None
                ajouts.append(
                    {
                        "ventilation_1": dimension,
                        "modalite_1": modalite,
                        "valeur": part,
                        "numerateur": 0.0,
                        "denominateur": base,
                        "base": total["base"].item() if commune else 0.0,
                        "effectif": 0.0,
                        "etat": "publie" if part is not None else "sans_objet",
                    }
                )
        if not ajouts:
            return lignes
        return pl.concat([lignes, pl.DataFrame(ajouts, schema_overrides=_SCHEMA_AGREGATS)], how="diagonal_relaxed")

    def _declarees(self, indicateur: Indicateur, dimension: str) -> list[str]:
        if isinstance(indicateur.forme, Serie) and dimension == indicateur.forme.cle:
            return [mois for mois, _, _ in self.contexte.periode.mois()]
        if dimension == "age_tranche":
            return regles.tranches_age(self.service.parametres.bornes_age)
        if dimension == "ressources_tranche":
            return regles.tranches_montant(self.service.parametres.bornes_ressources)
        return self.service.parametres.modalites_declarees.get(dimension, [])


_SCHEMA_AGREGATS = {
    nom: SCHEMA_CALCUL[nom]
    for nom in (
        *("ventilation_1", "modalite_1", "ventilation_2", "modalite_2"),
        *("valeur", "numerateur", "denominateur", "base", "effectif", "non_renseignes", "etat"),
    )
}


def _ligne_vide(etat: str) -> pl.DataFrame:
    return pl.DataFrame([{"etat": etat}], schema=_SCHEMA_AGREGATS)


def _dimensions(indicateur: Indicateur, ventilations: Sequence[str], regrouper: bool) -> list[str]:
    propres = [f"{d}{SUFFIXE_GROUPE}" if regrouper else d for d in indicateur.forme.dimensions]
    dimensions = [*propres, *(v for v in ventilations if v not in propres)]
    if len(dimensions) > 2:
        raise ErreurParametre(
            f"L'indicateur « {indicateur.nom} » ne se croise pas par {', '.join(dimensions)}.",
            "Deux ventilations au plus, clés propres d'une répartition ou d'une matrice comprises : retirez-en une.",
        )
    return dimensions


def _agreger(indicateur: Indicateur, population: pl.DataFrame, dimensions: Sequence[str]) -> pl.DataFrame:
    """Cellules, marges et total : une agrégation par sous-ensemble de dimensions."""
    forme = indicateur.forme
    cle = dimensions[0] if isinstance(forme, (Repartition, Citations)) else None
    toutes = population.lazy()
    retenues = toutes.filter(forme.retenues())
    plans, sous_ensembles = [], []
    for taille in range(len(dimensions) + 1):
        for sous in combinations(dimensions, taille):
            plans.append(_plan(forme, cle, toutes, retenues, list(sous)))
            sous_ensembles.append(sous)
    blocs = []
    for sous, bloc in zip(sous_ensembles, pl.collect_all(plans), strict=True):
        colonnes = [
            pl.lit(None, pl.String).alias(n) for n in ("ventilation_1", "modalite_1", "ventilation_2", "modalite_2")
        ]
        for rang, dimension in enumerate(sous):
            colonnes[2 * rang] = pl.lit(dimension).alias(f"ventilation_{rang + 1}")
            colonnes[2 * rang + 1] = pl.col(dimension).alias(f"modalite_{rang + 1}")
        blocs.append(bloc.with_columns(colonnes).select(c for c in _SCHEMA_AGREGATS if c != "etat"))
    lignes = pl.concat(blocs, how="vertical_relaxed")
    if isinstance(forme, Effectif):
        # Une modalité que rien ne remplit ne s'écrit pas, sauf si le service la déclare ; le total, toujours.
        lignes = lignes.filter(pl.col("ventilation_1").is_null() | (pl.col("numerateur") != 0))
    vide = pl.col("valeur").is_null()
    if isinstance(forme, Citations):
        vide &= pl.col("base").fill_null(0) == 0
    muet = (pl.col("non_renseignes") > 0).fill_null(False)
    return lignes.with_columns(
        pl.when(~vide)
        .then(pl.lit("publie"))
        .when(muet)
        .then(pl.lit("non_renseigne"))
        .otherwise(pl.lit("sans_objet"))
        .alias("etat")
    )


def _plan(forme, cle: str | None, toutes: pl.LazyFrame, retenues: pl.LazyFrame, sous: list[str]) -> pl.LazyFrame:
    agregats = [e.alias(n) for n, e in forme.agregats().items()]
    reste = [d for d in sous if d != cle]
    connues = [pl.col(d).fill_null(NON_RENSEIGNE) for d in reste]
    citee = isinstance(forme, Citations) and cle in sous
    cellules = retenues.with_columns(connues)
    if citee:
        cellules = cellules.filter(pl.col(cle).is_not_null())
    elif cle in sous:
        cellules = cellules.with_columns(pl.col(cle).fill_null(NON_RENSEIGNE))
    bloc = cellules.group_by(sous).agg(agregats) if sous else cellules.select(agregats)
    manques = forme.inconnues().cast(pl.Int64).alias("non_renseignes")
    tous = toutes.with_columns(connues)
    inconnus = tous.group_by(reste).agg(manques) if reste else tous.select(manques)
    bloc = bloc.join(inconnus, on=reste, how="left") if reste else bloc.join(inconnus, how="cross")
    if cle is not None:
        parent = retenues.with_columns(connues)
        base = (
            (pl.col("base").sum() if isinstance(forme, Citations) else forme.agregats()["numerateur"])
            .cast(pl.Float64)
            .alias("denominateur")
        )
        totaux = parent.group_by(reste).agg(base) if reste else parent.select(base)
        bloc = bloc.drop("denominateur")
        bloc = bloc.join(totaux, on=reste, how="left") if reste else bloc.join(totaux, how="cross")
        # Plusieurs réponses par unité : leur total est un compte, jamais une part.
        part = pl.col("denominateur") > 0 if citee or not isinstance(forme, Citations) else pl.lit(False)
        bloc = bloc.with_columns(
            pl.when(part).then(pl.col("numerateur") / pl.col("denominateur") * 100).alias("valeur"),
            pl.col("denominateur").alias("base"),
        )
    return bloc


def calculer(
    espace: Espace,
    service: str,
    annee: int,
    indicateurs: Sequence[str] | None = None,
    ventilations: Sequence[str] = (),
    *,
    regrouper: bool = False,
    verdict: Verdict | None = None,
) -> pl.DataFrame:
    """La table ordonnée d'un service et d'une année, AVANT protection.

    `indicateurs` : noms du catalogue, tous si `None` (ceux qui n'offrent pas une ventilation demandée sont alors
    laissés de côté). `ventilations` : une ou deux colonnes. `regrouper` : imprime les postes de regroupement des
    nomenclatures. Avec un `verdict`, les indicateurs qui lisent une colonne défaillante sont `retenu`.
    Colonnes : celles du contrat, puis libellés, ordre, non renseignés et les colonnes internes de protection.
    Lève `ErreurParametre` pour un nom inconnu ou une ventilation que l'indicateur n'offre pas.
    Source : règles de lecture, « Table ordonnée ».
    """
    fiche = lire_service(espace, service)
    calculateur = Calculateur(espace, fiche, annee)
    demandes = list(dict.fromkeys(indicateurs)) if indicateurs is not None else noms()
    for nom in demandes:
        exiger_connu(nom, [*noms(), EVOLUTION], "Indicateur")
    simples = [n for n in demandes if n != EVOLUTION]
    retenus = {n: applicables(n, annee) for n in simples}
    calculateur.preparer(v.definition.univers for variantes in retenus.values() for v in variantes)
    blocs = []
    for variantes in retenus.values():
        for variante in variantes:
            try:
                lignes = calculateur.calculer(variante, ventilations, regrouper=regrouper)
            except ErreurParametre:
                if indicateurs is None and ventilations:
                    continue
                raise
            blocs.append(retenir(lignes, variante, verdict, fiche.parametres))
    if (indicateurs is None and not ventilations) or EVOLUTION in demandes:
        blocs.append(evolutions(espace, fiche, annee, calculateur, verdict))
    return pl.concat(blocs) if blocs else pl.DataFrame(schema=SCHEMA_CALCUL)


def retenir(
    lignes: pl.DataFrame, indicateur: Indicateur, verdict: Verdict | None, parametres: Parametres | None = None
) -> pl.DataFrame:
    """Vide les cellules qui lisent une colonne que le contrôle qualité retient, dans un service ainsi réglé.

    Tout l'indicateur s'il la lit lui-même ou si un défaut de structure bloque l'année ; ses seules cellules ventilées
    (ou de territoire) si elle ne fait que le ventiler. Ce qui n'a pas été reçu le reste : il n'y a rien à retenir.
    """
    ventilations = {*lignes["ventilation_1"], *lignes["ventilation_2"]} - {None}
    if lignes["territoire"].null_count() < lignes.height:
        ventilations.add(TERRITOIRE)
    atteintes = motifs_de_retenue(indicateur, verdict, sorted(ventilations), parametres)
    if not atteintes:
        return lignes
    dans_le_detail = pl.any_horizontal(
        pl.col("ventilation_1").is_in(list(atteintes)),
        pl.col("ventilation_2").is_in(list(atteintes)),
        pl.lit(TERRITOIRE in atteintes) & pl.col("territoire").is_not_null(),
    ).fill_null(False)
    return vider(lignes, pl.lit(TOUT in atteintes) | dans_le_detail)


def vider(lignes: pl.DataFrame, condition: pl.Expr) -> pl.DataFrame:
    """Passe à l'état « retenu », sans valeur, les cellules que dit une condition ; ce qui n'a pas été reçu le reste."""
    touchee = condition & (pl.col("etat") != "non_recu")
    return lignes.with_columns(
        *(pl.when(~touchee).then(pl.col(c)).alias(c) for c in (*VALEURS, "non_renseignes")),
        pl.when(touchee).then(pl.lit("retenu")).otherwise(pl.col("etat")).alias("etat"),
    )


def motifs_de_retenue(
    indicateur: Indicateur,
    verdict: Verdict | None,
    ventilations: Iterable[str] = (),
    parametres: Parametres | None = None,
) -> dict[str, tuple[str, ...]]:
    """Pourquoi la qualité retient un indicateur, dans un service ainsi réglé ; vide si rien n'est retenu.

    Sous `TOUT`, les explications des contrôles qui touchent une colonne que l'indicateur lit, ou qui bloquent
    l'année ; sinon, sous chaque ventilation (ou `TERRITOIRE`), celles des colonnes dont son seul détail dépend.
    """
    if verdict is None:
        return {}
    if bloquants := verdict.bloquants:
        return {TOUT: tuple(dict.fromkeys(r.explication for r in bloquants))}
    lues = indicateur.colonnes_modele(parametres)
    if propres := verdict.retenues(lues):
        return {TOUT: _explications(propres)}
    details = {v: verdict.retenues(lues | indicateur.colonnes_du_detail(v)) for v in ventilations}
    return {v: _explications(retenues) for v, retenues in details.items() if retenues}


def _explications(retenues: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texte for textes in retenues.values() for texte in textes))


def evolutions(
    espace: Espace,
    service: Service,
    annee: int,
    calculateur: Calculateur,
    verdict: Verdict | None = None,
    *,
    precedent: Calculateur | None = None,
    seulement: Sequence[str] | None = None,
    verdict_precedent: Verdict | None = None,
) -> pl.DataFrame:
    """`evolution_n_1` de chaque effectif : % (valeur), écart (numérateur), valeur N-1 (dénominateur).

    À définition constante : si la définition a changé entre les deux années, l'ancienne sert aux deux. Pas de
    pourcentage quand N-1 est inférieur à 10. `precedent` : les calculs de N-1, s'ils sont déjà faits ; `seulement` :
    les indicateurs voulus, tous par défaut. Une évolution est retenue dès que l'une des deux années l'est (`verdict`,
    `verdict_precedent`). Source : catalogue de l'observatoire, « evolution_n_1 ».
    """
    precedent = precedent or Calculateur(espace, service, annee - 1)
    demandes = noms() if seulement is None else seulement
    comptes = [n for n in demandes if isinstance(en_vigueur(n, annee).forme, Effectif)]
    variantes = [en_vigueur(n, annee - 1) for n in comptes]
    for c in (calculateur, precedent):
        c.preparer(v.definition.univers for v in variantes if c.recu(v))
    lignes = []
    for variante in variantes:
        if not (calculateur.recu(variante) and precedent.recu(variante)):
            continue
        maintenant, avant = (
            _agreger(variante, c.population(variante.definition.univers), []).row(0, named=True)
            for c in (calculateur, precedent)
        )
        if maintenant["valeur"] is None or avant["valeur"] is None:
            continue  # sans objet pour ce service : rien à comparer
        calculable = avant["valeur"] >= BASE_MINIMALE_EVOLUTION
        ecart = maintenant["valeur"] - avant["valeur"]
        personnes = [x["effectif"] for x in (maintenant, avant) if x["effectif"]]
        juges = (verdict, verdict_precedent)
        retenue = any(motifs_de_retenue(variante, juge, (), service.parametres) for juge in juges)
        etat = "retenu" if retenue else "publie" if calculable else "sans_objet"
        calculable = calculable and not retenue
        lignes.append(
            {
                "service": service.id,
                "annee": annee,
                "indicateur": EVOLUTION,
                "ventilation_1": "indicateur",
                "modalite_1": variante.nom,
                "libelle_1": variante.definition.libelle,
                "ordre_1": len(lignes),
                "valeur": ecart / avant["valeur"] * 100 if calculable else None,
                "numerateur": ecart if calculable else None,
                "denominateur": avant["valeur"] if calculable else None,
                "base": avant["valeur"] if calculable else None,
                "unite": "%",
                "etat": etat,
                "version_definition": variante.definition.version,
                "effectif": min(personnes, default=0.0),
                "personnel": variante.personnel,
                "montant": False,
                "interne_seulement": False,
                "forme": "evolution",
            }
        )
    return pl.DataFrame(lignes, schema=SCHEMA_CALCUL).with_columns(pl.col(*VALEURS).round(CHIFFRES_UTILES))


def table_contrat(table: pl.DataFrame, *, libelles: bool = False) -> pl.DataFrame:
    """Réduit une table aux colonnes du contrat, dans l'ordre ; avec `libelles`, les modalités en français."""
    if libelles:
        table = table.with_columns(
            pl.coalesce("libelle_1", "modalite_1").alias("modalite_1"),
            pl.coalesce("libelle_2", "modalite_2").alias("modalite_2"),
        )
    return table.select(COLONNES_CONTRAT)
