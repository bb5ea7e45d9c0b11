"""La table d'un indicateur par département : totaux recomposés sur les sommes, jamais une moyenne de taux."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from observatoire.cahiers.apports import STRUCTURE, Mesure
from observatoire.cahiers.recus import DEPARTEMENT
from observatoire.erreurs import ErreurDefinition
from observatoire.indicateurs.calcul import SCHEMA_CALCUL
from observatoire.protection import proteger
from observatoire.services import Parametres

ADDITIONNABLES = ("effectif", "rapport", "moyenne")
# Ce qui reste à dire d'un territoire dont aucune cellule n'est publiée, du plus parlant au moins parlant.
ETATS_PAR_POIDS = ("retenu", "masque", "masque_secondaire", "non_renseigne", "sans_objet", "non_recu")
_OMBRES = (".n", ".reste")
_MASQUES = ("masque", "masque_secondaire")
_VALEURS = ("valeur", "numerateur", "denominateur", "base")


def exiger_additionnable(m: Mesure) -> None:
    """Refuse ce qui ne s'additionne pas d'une structure à l'autre : une médiane, un maximum."""
    if m.definition.forme not in ADDITIONNABLES:
        raise ErreurDefinition(
            f"« {m.nom} » ({m.definition.forme}) ne s'additionne pas d'une structure à l'autre.",
            "Choisissez un effectif, un taux ou une moyenne : leur total se recalcule sur les sommes.",
        )


def table_territoires(
    apports: pl.DataFrame, m: Mesure, service: str, annee: int, departements: dict[str, str]
) -> pl.DataFrame:
    """Total de la région, une ligne par département, une ligne par structure dans son département.

    `apports` : lignes d'une année (voir `Collecte.lignes`). Colonnes d'un calcul, avant protection. Un département dont
    rien n'est arrivé est écrit « non reçu ». Source : règles de lecture, total recomposé sur les sommes.
    """
    exiger_additionnable(m)
    totaux = apports.filter(pl.col("ventilation_1").is_null() & pl.col(DEPARTEMENT).is_not_null())
    regionaux = apports.filter(pl.col("ventilation_1").is_null() & pl.col(DEPARTEMENT).is_null())
    # Une source qui ne donne que la région y suffit ; sinon son total n'est qu'un contrôle.
    ensemble = _sommer(totaux if totaux.height else regionaux, m, [])
    par_departement = _sommer(totaux, m, [DEPARTEMENT])
    par_structure = _sommer(totaux.filter(pl.col(STRUCTURE).is_not_null()), m, [DEPARTEMENT, STRUCTURE])
    libelles = dict(totaux.select(STRUCTURE, "libelle_structure").drop_nulls().unique().iter_rows())
    manquants = [d for d in departements if d not in set(par_departement[DEPARTEMENT])]
    vides = pl.DataFrame({DEPARTEMENT: manquants, "etat": ["non_recu"] * len(manquants)}, schema_overrides=_TEXTES)
    table = pl.concat([ensemble, par_departement, par_structure, vides], how="diagonal")
    if not totaux.height and regionaux.height:
        table = table.filter(pl.col(DEPARTEMENT).is_null())
    return _finir(table, m, service, annee, departements, libelles)


_TEXTES = {DEPARTEMENT: pl.String(), "etat": pl.String()}


def _sommer(lignes: pl.DataFrame, m: Mesure, cles: Sequence[str]) -> pl.DataFrame:
    """Numérateurs et dénominateurs additionnés ; la valeur vient des sommes. Sans total possible : sans objet."""
    publie = pl.col("etat") == "publie"
    complet = pl.col("numerateur").filter(publie).null_count() == 0
    somme = {c: pl.col(c).filter(publie).sum() for c in ("numerateur", "denominateur", "effectif")}
    seule = publie.sum() == 1
    rang = {etat: n for n, etat in enumerate(ETATS_PAR_POIDS)}
    pire = pl.col("etat").filter(~publie).replace_strict(rang, default=len(rang), return_dtype=pl.Int64).min()
    agregats = [
        publie.sum().alias("publiees"),
        pl.when(complet).then(somme["numerateur"]).alias("numerateur"),
        somme["denominateur"].alias("denominateur"),
        somme["effectif"].alias("effectif"),
        pl.when(seule).then(pl.col("valeur").filter(publie).first()).alias("unique"),
        pire.alias("pire"),
    ]
    sommes = lignes.group_by(list(cles)).agg(agregats) if cles else lignes.select(agregats)
    if m.definition.forme == "effectif":
        valeur = pl.col("numerateur")
    else:
        recalculee = pl.when(pl.col("denominateur") > 0).then(pl.col("numerateur") / pl.col("denominateur") * m.facteur)
        valeur = pl.coalesce(recalculee, pl.when(pl.col("numerateur").is_null()).then("unique"))
    noms = {n: etat for etat, n in rang.items()}
    etat = pl.col("pire").replace_strict(noms, default="non_recu", return_dtype=pl.String)
    sommes = sommes.with_columns(pl.when(pl.col("publiees") > 0).then(valeur).alias("valeur"))
    return sommes.with_columns(
        pl.when(pl.col("valeur").is_not_null())
        .then(pl.lit("publie"))
        .when(pl.col("publiees") > 0)
        .then(pl.lit("sans_objet"))
        .otherwise(etat)
        .alias("etat")
    ).select(*cles, "valeur", "numerateur", "denominateur", "effectif", "etat")


def _finir(
    table: pl.DataFrame, m: Mesure, service: str, annee: int, departements: dict[str, str], libelles: dict[str, str]
) -> pl.DataFrame:
    for colonne in (DEPARTEMENT, STRUCTURE):
        if colonne not in table.columns:
            table = table.with_columns(pl.lit(None, pl.String).alias(colonne))
    departement, structure = pl.col(DEPARTEMENT), pl.col(STRUCTURE)
    rangs = {code: rang for rang, code in enumerate(departements)}
    base = pl.lit(None, pl.Float64) if m.definition.forme == "effectif" else pl.col("denominateur")
    publie = pl.col("etat") == "publie"
    return (
        table.with_columns(
            pl.lit(service).alias("service"),
            pl.lit(None, pl.String).alias("territoire"),
            pl.lit(annee, pl.Int64).alias("annee"),
            pl.lit(m.nom).alias("indicateur"),
            pl.when(departement.is_not_null()).then(pl.lit(DEPARTEMENT)).alias("ventilation_1"),
            departement.alias("modalite_1"),
            pl.when(structure.is_not_null()).then(pl.lit(STRUCTURE)).alias("ventilation_2"),
            structure.alias("modalite_2"),
            pl.when(publie).then("numerateur").alias("numerateur"),
            pl.when(publie).then(base).alias("denominateur"),
            pl.when(publie).then(base).alias("base"),
            pl.lit(m.definition.unite).alias("unite"),
            pl.lit(m.definition.version).alias("version_definition"),
            departement.replace_strict(departements, default=None, return_dtype=pl.String).alias("libelle_1"),
            structure.replace_strict(libelles, default=None, return_dtype=pl.String).alias("libelle_2"),
            departement.replace_strict(rangs, default=None, return_dtype=pl.Int64).alias("ordre_1"),
            pl.lit(None, pl.Int64).alias("ordre_2"),
            pl.lit(None, pl.Int64).alias("non_renseignes"),
            pl.lit(m.personnel).alias("personnel"),
            pl.lit(m.montant).alias("montant"),
            pl.lit(bool(m.declare and m.declare.interne_seulement)).alias("interne_seulement"),
            pl.lit(m.definition.forme).alias("forme"),
            pl.lit(None, pl.String).alias("epci"),
        )
        .select(pl.col(c).cast(t) for c, t in SCHEMA_CALCUL.items())
        .sort("ordre_1", "libelle_2", "modalite_2", nulls_last=False)
    )


def proteger_territoires(table: pl.DataFrame, diffusion: str, parametres: Parametres) -> pl.DataFrame:
    """Protège une table par département et par structure, effectifs n et N compris.

    Un taux publié avec son n et son N s'additionne : une seule cellule masquée se retrouverait par différence avec le
    total. Chaque taux passe donc la porte avec deux ombres, son n et ce qui lui manque pour faire N, masquées là où il
    l'est ; ce qu'elles masquent à leur tour l'est aussi, jusqu'à ce que rien ne bouge. Une cellule reçue masquée le
    reste. Lève `ErreurParametre` pour une diffusion inconnue.
    """
    # Une cellule masquée à la réception n'est dans aucune somme : elle n'aide à en retrouver aucune autre.
    deja_masquee = pl.col("etat").is_in(_MASQUES)
    muettes = proteger(table.filter(deja_masquee), "interne", parametres)
    table = table.filter(~deja_masquee)
    protegee = proteger(table, diffusion, parametres)
    derives = table.filter((pl.col("forme") != "effectif") & (pl.col("etat") == "publie"))
    while diffusion == "public" and derives.height:
        cachees = _masquees(protegee)
        ombres = pl.concat([_ombre(derives, suffixe, cachees) for suffixe in _OMBRES])
        nouvelles = _masquees(proteger(ombres, diffusion, parametres)).join(
            cachees, on=_ADRESSE, how="anti", nulls_equal=True
        )
        if nouvelles.is_empty():
            break
        protegee = _masquer(protegee, nouvelles)
    return pl.concat([protegee, muettes]).sort("ordre_1", "libelle_2", "modalite_2", nulls_last=False)


_ADRESSE = ["modalite_1", "modalite_2"]


def _masquees(table: pl.DataFrame) -> pl.DataFrame:
    """Les adresses des cellules masquées, une fois chacune."""
    return table.filter(pl.col("etat").is_in(_MASQUES)).select(_ADRESSE).unique()


def _masquer(protegee: pl.DataFrame, adresses: pl.DataFrame) -> pl.DataFrame:
    jointes = protegee.join(
        adresses.with_columns(pl.lit(True).alias("a_cacher")),
        on=_ADRESSE,
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    cacher = pl.col("a_cacher").fill_null(False) & (pl.col("etat") == "publie")
    return jointes.with_columns(
        *(pl.when(~cacher).then(pl.col(c)).alias(c) for c in (*_VALEURS, "non_renseignes")),
        pl.when(cacher).then(pl.lit("masque_secondaire")).otherwise("etat").alias("etat"),
    ).select(protegee.columns)


def _ombre(derives: pl.DataFrame, suffixe: str, cachees: pl.DataFrame) -> pl.DataFrame:
    """Le n d'un taux, ou son complément, comme un effectif qui s'additionne ; la moyenne n'a que son nombre."""
    moyenne = pl.col("forme") == "moyenne"
    compte = pl.when(moyenne).then("denominateur").otherwise("numerateur")
    if suffixe == _OMBRES[1]:
        compte = pl.when(~moyenne).then(pl.col("denominateur") - pl.col("numerateur")).otherwise("denominateur")
    marquees = derives.filter(compte.is_not_null()).join(
        cachees.with_columns(pl.lit(True).alias("cachee")), on=_ADRESSE, how="left", nulls_equal=True
    )
    return marquees.with_columns(
        (pl.col("indicateur") + suffixe).alias("indicateur"),
        compte.alias("valeur"),
        compte.alias("effectif"),
        compte.alias("numerateur"),
        *(pl.lit(None, pl.Float64).alias(c) for c in ("denominateur", "base")),
        pl.lit("effectif").alias("forme"),
        pl.when(pl.col("cachee")).then(pl.lit("masque")).otherwise("etat").alias("etat"),
    ).select(derives.columns)


def structures_de(table: pl.DataFrame) -> pl.DataFrame:
    """Les lignes des structures d'une table protégée, remises en tableau simple, et le total de la région."""
    vide = pl.lit(None, pl.String)
    total = table.filter(pl.col("ventilation_1").is_null())
    structures = table.filter(pl.col("ventilation_2") == STRUCTURE).with_columns(
        pl.lit(STRUCTURE).alias("ventilation_1"),
        pl.col("modalite_2").alias("modalite_1"),
        pl.format("{} ({})", "libelle_2", "modalite_1").alias("libelle_1"),
        *(vide.alias(c) for c in ("ventilation_2", "modalite_2", "libelle_2")),
    )
    return pl.concat([total, structures])


def departements_de(table: pl.DataFrame) -> pl.DataFrame:
    """Le total et les départements d'une table protégée, sans le détail des structures."""
    return table.filter(pl.col("ventilation_2").is_null())


def aligner(table: pl.DataFrame, autre: pl.DataFrame) -> pl.DataFrame:
    """La table et, « non reçues », les lignes que seule l'autre année porte : une absence n'est pas un zéro."""
    if table.is_empty():
        return table
    vides = [pl.lit(None, table.schema[c]).alias(c) for c in (*_VALEURS, "non_renseignes")]
    absentes = autre.join(table, on=["ventilation_1", "modalite_1"], how="anti", nulls_equal=True).with_columns(
        *vides, pl.lit("non_recu").alias("etat"), pl.lit(table["annee"].max(), pl.Int64).alias("annee")
    )
    return pl.concat([table, absentes])
