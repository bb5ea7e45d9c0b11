"""Le travail des personnes accompagnées : contrats, heures, contacts avec un employeur, accès à l'emploi."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from observatoire import regles
from observatoire.erreurs import ErreurDefinition
from observatoire.univers.contexte import Contexte, univers
from observatoire.univers.parcours import EMPLOI_SORTIE, LOGEMENT_SORTIE, unites_terminees

CONTRATS = "contrat_travail.id_personne contrat_travail.date_debut contrat_travail.date_fin"
EPISODES = "mesure.id_menage mesure.date_debut mesure.date_fin sejour.id_menage sejour.date_entree sejour.date_sortie"
PERSONNES = "membre.id_menage membre.id_personne membre.role menage.id_referent"
FICHE = {
    "type_contrat": "contrat_travail.type_contrat",
    "employeur_type": "contrat_travail.employeur_type",
    "durable": "contrat_travail.durable contrat_travail.type_contrat",
    "genre": "personne.genre",
    "territoire": "mesure.territoire",
}


def fin_observation(ctx: Contexte) -> date:
    """Premier jour que l'on n'a pas observé : la fin de la période, ou le lendemain de `date_observation`.

    Lève `ErreurDefinition` si ce réglage du service n'est pas un jour AAAA-MM-JJ.
    """
    connue = ctx.parametres.date_observation
    if connue is None:
        return ctx.periode.fin
    try:
        return min(ctx.periode.fin, date.fromisoformat(connue) + timedelta(days=1))
    except ValueError as erreur:
        raise ErreurDefinition(
            f"{ctx.service.fichier} : date_observation = « {connue} » n'est pas un jour.",
            "Écrivez AAAA-MM-JJ, par exemple 2022-09-30 : le dernier jour que couvrent vos exports.",
        ) from erreur


def horizon_observe(ctx: Contexte, horizon: pl.Expr) -> pl.Expr:
    """Vrai si le jour `horizon` est observé, et s'il tombe dans la période quand la cohorte est celle de la période."""
    observe = horizon < fin_observation(ctx)
    if ctx.parametres.cohorte_suivi == "periode":
        observe = observe & (horizon >= ctx.periode.debut)
    return observe.fill_null(False)


def contrats(ctx: Contexte) -> pl.LazyFrame:
    """Tous les contrats de travail du service : intervalle [debut, fin[, et `durable` oui ou non.

    Est durable ce que l'export dit tel ; à défaut un CDI, ou un CDD d'au moins `duree_emploi_durable` mois.
    """
    seuil = pl.col("debut").dt.offset_by(f"{ctx.parametres.duree_emploi_durable}mo")
    long_cdd = (pl.col("type_contrat") == "CDD") & (pl.col("fin") >= seuil)
    deduit = ((pl.col("type_contrat") == "CDI") | long_cdd).fill_null(False)
    deduit = pl.when(deduit).then(pl.lit("oui")).otherwise(pl.lit("non"))
    return (
        ctx.table("contrat_travail")
        .with_columns(pl.col("date_debut").alias("debut"), pl.col("date_fin").alias("fin"))
        .with_columns(pl.when(regles.renseigne("durable")).then(pl.col("durable")).otherwise(deduit).alias("durable"))
    )


def emplois(ctx: Contexte) -> pl.LazyFrame:
    """Les contrats qui comptent comme un emploi (réglage `contrats_emploi`)."""
    return contrats(ctx).filter(pl.col("type_contrat").is_in(ctx.parametres.contrats_emploi))


def personnes(ctx: Contexte) -> pl.LazyFrame:
    """Les personnes que l'on accompagne vers l'emploi, avec leur ménage : tous les membres, sauf les enfants."""
    membres = ctx.table("membre").filter(pl.col("role").ne_missing("enfant")).select("id_menage", "id_personne")
    referents = ctx.table("menage").select("id_menage", pl.col("id_referent").alias("id_personne"))
    heberges = ctx.table("sejour").select("id_menage", "id_personne")
    return pl.concat([membres, referents, heberges]).filter(pl.col("id_personne").is_not_null()).unique()


def parcours_suivis(ctx: Contexte) -> pl.LazyFrame:
    """Les parcours commencés avant la fin de l'observation : entrée, sortie (vide si en cours), territoire."""
    en_cours = pl.col("fin").is_null().any()
    return (
        ctx.episodes.filter(pl.col("debut") < fin_observation(ctx))
        .sort("id_menage", "debut", "id_episode")
        .group_by("id_menage", "id_parcours", maintain_order=True)
        .agg(
            pl.col("debut").min().alias("entree"),
            pl.when(en_cours).then(None).otherwise(pl.col("fin").max()).alias("sortie"),
            pl.col("territoire").drop_nulls().last(),
        )
    )


def _identites(ctx: Contexte) -> pl.LazyFrame:
    return ctx.table("personne").select("id_personne", "genre")


def _territoires(ctx: Contexte) -> pl.LazyFrame:
    """Le territoire de chaque personne : celui du dernier parcours de son ménage."""
    return (
        personnes(ctx)
        .join(parcours_suivis(ctx).select("id_menage", "entree", "territoire"), on="id_menage")
        .sort("id_personne", "entree", "id_menage")
        .group_by("id_personne", maintain_order=True)
        .agg(pl.col("territoire").drop_nulls().last())
    )


def _avec_personne(ctx: Contexte, lignes: pl.LazyFrame) -> pl.LazyFrame:
    return lignes.join(_identites(ctx), on="id_personne", how="left").join(
        _territoires(ctx), on="id_personne", how="left"
    )


@univers(
    unite="contrats",
    structure=CONTRATS,
    origines={
        **FICHE,
        "id_personne": "",
        "debute": "",
        "heures_periode": "contrat_travail.heures",
        "duree_terminee": "",
        "heures_terminees": "contrat_travail.heures",
    },
)
def contrats_de_la_periode(ctx: Contexte) -> pl.LazyFrame:
    """Contrats ayant au moins un jour dans la période, et leurs heures ramenées aux jours de la période.

    Les heures d'un contrat se répartissent sur ses jours ; celles d'un contrat en cours, jusqu'au dernier jour
    que les contrats du service font connaître.
    """
    p = ctx.periode
    finis = ctx.dans_periode("fin")
    presents = _avec_heures(ctx).filter(regles.present(p.debut, p.fin))
    return _avec_personne(ctx, presents).with_columns(
        ctx.dans_periode("debut").alias("debute"),
        _heures_entre(p.debut, p.fin).alias("heures_periode"),
        pl.when(finis).then(regles.duree_jours()).alias("duree_terminee"),
        pl.when(finis).then(pl.col("heures")).alias("heures_terminees"),
    )


def _avec_heures(ctx: Contexte) -> pl.LazyFrame:
    """Les contrats avec `fin_heures`, le jour où leurs heures cessent de se répartir."""
    connu = pl.max_horizontal(pl.col("debut").max() + timedelta(days=1), pl.col("fin").max())
    fin = pl.coalesce("fin", connu)
    return contrats(ctx).with_columns(pl.max_horizontal(fin, pl.col("debut") + timedelta(days=1)).alias("fin_heures"))


def _heures_entre(debut: date, fin: date) -> pl.Expr:
    """La part des heures d'un contrat qui tombe dans [debut, fin[, au prorata de ses jours."""
    premier = pl.max_horizontal("debut", pl.lit(debut))
    dernier = pl.min_horizontal("fin_heures", pl.lit(fin))
    jours = (dernier - premier).dt.total_days().clip(lower_bound=0)
    return pl.col("heures") * jours / (pl.col("fin_heures") - pl.col("debut")).dt.total_days()


@univers(
    unite="contrats-mois",
    structure=CONTRATS,
    origines={**FICHE, "mois": "", "id_personne": "", "heures_mois": "contrat_travail.heures"},
)
def mois_travailles(ctx: Contexte) -> pl.LazyFrame:
    """Une ligne par contrat et par mois où il a un jour : les heures qui tombent dans le mois."""
    lignes = [
        _avec_heures(ctx)
        .filter(regles.present(debut, fin))
        .with_columns(pl.lit(mois).alias("mois"), _heures_entre(debut, fin).alias("heures_mois"))
        for mois, debut, fin in ctx.periode.mois()
    ]
    return _avec_personne(ctx, pl.concat(lignes))


@univers(
    unite="personnes",
    structure=f"{EPISODES} {PERSONNES}",
    origines={
        "present": "",
        "base_acces": CONTRATS,
        "acces": f"{CONTRATS} contrat_travail.type_contrat",
        "acces_durable": f"{CONTRATS} contrat_travail.durable contrat_travail.type_contrat",
        "acces_periode": f"{CONTRATS} contrat_travail.type_contrat",
        "acces_durable_periode": f"{CONTRATS} contrat_travail.durable contrat_travail.type_contrat",
        "horizon_emploi": "",
        "acces_dans_delai": f"{CONTRATS} contrat_travail.type_contrat",
        "delai_acces": f"{CONTRATS} contrat_travail.type_contrat",
        "horizon_contact": "",
        "contact_dans_delai": "contact_employeur.id_personne contact_employeur.date",
        "delai_contact": "contact_employeur.id_personne contact_employeur.date",
        "id_personne": "",
        "genre": "personne.genre",
        "prescripteur": "demande.prescripteur",
        "territoire": "mesure.territoire",
    },
)
def personnes_entrees(ctx: Contexte) -> pl.LazyFrame:
    """Une ligne par personne (hors enfants) et par parcours commencé : son premier contact, son premier emploi.

    Un emploi ou un contact revient au parcours commencé le dernier avant lui. Une personne déjà en emploi le jour
    de son entrée (`base_acces` faux) n'a pas à y accéder.
    """
    fin, p = fin_observation(ctx), ctx.parametres
    entrees = parcours_suivis(ctx).join(personnes(ctx), on="id_menage")
    cle = ["id_personne", "id_parcours"]
    emplois_vus = emplois(ctx).filter(pl.col("debut") < fin)
    premiers = (
        _du_parcours(entrees, emplois_vus.select("id_personne", "durable", pl.col("debut").alias("_jour")))
        .group_by(cle)
        .agg(
            pl.col("_jour").min().alias("_emploi"),
            pl.col("_jour").filter(pl.col("durable") == "oui").min().alias("_durable"),
        )
    )
    vus = ctx.table("contact_employeur").filter(pl.col("date") < fin)
    contacts = (
        _du_parcours(entrees, vus.select("id_personne", pl.col("date").alias("_jour")))
        .group_by(cle)
        .agg(pl.col("_jour").min().alias("_contact"))
    )
    deja = (
        entrees.select(*cle, "entree")
        .join(emplois(ctx).select("id_personne", "debut", "fin"), on="id_personne")
        .filter((pl.col("debut") < pl.col("entree")) & (pl.col("fin").fill_null(regles.INFINI) > pl.col("entree")))
        .select(cle)
        .unique()
        .with_columns(pl.lit(True).alias("_deja"))
    )
    horizon_emploi = pl.col("entree").dt.offset_by(f"{p.delai_acces_emploi}mo")
    horizon_contact = pl.col("entree") + timedelta(days=p.delai_premier_contact)
    present = (pl.col("sortie").fill_null(regles.INFINI) > ctx.periode.debut) | (
        (pl.col("sortie") == pl.col("entree")) & ctx.dans_periode("entree")
    )
    return (
        entrees.join(premiers, on=cle, how="left")
        .join(contacts, on=cle, how="left")
        .join(deja, on=cle, how="left")
        .join(_identites(ctx), on="id_personne", how="left")
        .join(ctx.demandes_menage.select("id_menage", "prescripteur"), on="id_menage", how="left")
        .with_columns(
            present.fill_null(False).alias("present"),
            pl.col("_deja").is_null().alias("base_acces"),
            pl.col("_emploi").is_not_null().alias("acces"),
            pl.col("_durable").is_not_null().alias("acces_durable"),
            ctx.dans_periode("_emploi").alias("acces_periode"),
            ctx.dans_periode("_durable").alias("acces_durable_periode"),
            horizon_observe(ctx, horizon_emploi).alias("horizon_emploi"),
            (pl.col("_emploi") <= horizon_emploi).fill_null(False).alias("acces_dans_delai"),
            horizon_observe(ctx, horizon_contact).alias("horizon_contact"),
            (pl.col("_contact") <= horizon_contact).fill_null(False).alias("contact_dans_delai"),
            pl.when(ctx.dans_periode("_emploi"))
            .then((pl.col("_emploi") - pl.col("entree")).dt.total_days())
            .alias("delai_acces"),
            pl.when(ctx.dans_periode("_contact"))
            .then((pl.col("_contact") - pl.col("entree")).dt.total_days())
            .alias("delai_contact"),
        )
    )


def _du_parcours(entrees: pl.LazyFrame, faits: pl.LazyFrame) -> pl.LazyFrame:
    """Chaque fait daté (`_jour`) d'une personne, rattaché au parcours commencé le dernier avant lui."""
    return (
        faits.with_row_index("_fait")
        .join(entrees.select("id_personne", "id_parcours", "entree"), on="id_personne")
        .filter(pl.col("entree") <= pl.col("_jour"))
        .sort("_fait", "entree", "id_parcours")
        .group_by("_fait", maintain_order=True)
        .last()
    )


@univers(
    unite="contacts",
    structure="contact_employeur.id_personne contact_employeur.date",
    origines={"nature": "contact_employeur.nature", "id_personne": "", "genre": "personne.genre"},
)
def contacts_de_la_periode(ctx: Contexte) -> pl.LazyFrame:
    """Contacts et mises en relation avec un employeur, datés dans la période."""
    return (
        ctx.table("contact_employeur")
        .filter(ctx.dans_periode("date"))
        .join(_identites(ctx), on="id_personne", how="left")
    )


@univers(
    unite="parcours",
    structure=EPISODES,
    origines={
        "emploi_sortie": EMPLOI_SORTIE,
        "logement_sortie": LOGEMENT_SORTIE,
        "territoire": "mesure.territoire",
    },
)
def situations_de_sortie(ctx: Contexte) -> pl.LazyFrame:
    """Parcours terminés dans la période, avec l'emploi et le logement lus dans leur photo de sortie."""
    sorties = unites_terminees(ctx)
    for variable in ("emploi", "logement"):
        photo = ctx.photo_episode("sortie", "fin", variable).rename(
            {"id_episode": "dernier_episode", variable: f"{variable}_sortie"}
        )
        sorties = sorties.join(photo, on="dernier_episode", how="left")
    return sorties.with_columns(regles.ou_non_renseigne("emploi_sortie"), regles.ou_non_renseigne("logement_sortie"))
