"""Places offertes et occupées, séjours, personnes hébergées, groupes d'un même dispositif."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from observatoire import regles
from observatoire.modele import NON_RENSEIGNE
from observatoire.univers.contexte import Contexte, univers
from observatoire.univers.parcours import unites, unites_terminees
from observatoire.univers.passages import avec_passages, episodes_des_personnes

PLACE = {
    "commune": "place.commune",
    "typologie": "place.typologie",
    "regroupe_diffus": "place.regroupe_diffus",
    "type_place": "place.type_place",
    "modalite_gestion": "place.modalite_gestion",
}
SEJOURS = "sejour.id_menage sejour.date_entree sejour.date_sortie"
PARCOURS = f"mesure.id_menage mesure.date_debut mesure.date_fin {SEJOURS}"
IDENTITE = {"genre": "personne.genre", "age_tranche": "personne.naissance", "parcours_ase": "personne.parcours_ase"}
ATTENTE = "ATTENTE"  # vacance entre deux occupants, sans autre cause connue


@univers(
    unite="journées",
    structure="place.ouverture place.fermeture sejour.date_entree sejour.date_sortie",
    origines={
        "theoriques": "place.nb_places indisponibilite.debut indisponibilite.fin",
        "realisees": "sejour.id_place",
        "jours_periode": "",
        "commune": "place.commune",
        "typologie": "place.typologie",
    },
)
def journees(ctx: Contexte) -> pl.LazyFrame:
    """Journées offertes (une ligne par place) et journées réalisées (une par séjour, ou par logement occupé)."""
    p, reglages = ctx.periode, ctx.parametres
    par_logement = reglages.base_occupation == "logement"
    ouvertes = ctx.table("place").with_columns(
        pl.col("ouverture").alias("debut"),
        pl.col("fermeture").alias("fin"),
        (pl.lit(1, pl.Int64) if par_logement else pl.col("nb_places")).alias("places"),
    )
    offertes = ouvertes.with_columns(regles.jours_dans(p.debut, p.fin).alias("jours"))
    if reglages.indisponibilites_deduites:
        # Deux indisponibilités qui se recouvrent n'ôtent pas deux fois le même jour, ni hors ouverture.
        indisponibles = (
            regles.jours_distincts(ctx.table("indisponibilite"), "id_place")
            .join(ouvertes.select("id_place", "ouverture", "fermeture"), on="id_place", how="inner")
            .with_columns(
                pl.max_horizontal("debut", "ouverture").alias("debut"),
                pl.min_horizontal(
                    pl.col("fin").fill_null(regles.INFINI), pl.col("fermeture").fill_null(regles.INFINI)
                ).alias("fin"),
            )
            .with_columns(regles.jours_dans(p.debut, p.fin).alias("perdus"))
            .group_by("id_place")
            .agg(pl.col("perdus").sum())
        )
        offertes = offertes.join(indisponibles, on="id_place", how="left").with_columns(
            pl.col("jours") - pl.col("perdus").fill_null(0)
        )
    offertes = offertes.select(
        "id_place", "commune", "typologie", (pl.col("jours") * pl.col("places")).alias("theoriques")
    )
    occupes = ctx.table("sejour").with_columns(pl.col("date_entree").alias("debut"), pl.col("date_sortie").alias("fin"))
    if par_logement:
        occupes = regles.jours_distincts(occupes.filter(pl.col("id_place").is_not_null()), "id_place")
    realisees = occupes.join(ouvertes.select("id_place", "commune", "typologie"), on="id_place", how="left").select(
        "id_place",
        "commune",
        "typologie",
        regles.jours_dans(p.debut, p.fin, sortie_comptee=reglages.jour_sortie_compte).alias("realisees"),
    )
    return pl.concat([offertes, realisees], how="diagonal").with_columns(pl.lit(p.jours).alias("jours_periode"))


@univers(
    unite="séjours",
    structure="sejour.date_entree sejour.date_sortie",
    origines={"duree": "", "motif_fin": "sejour.motif_fin"},
)
def sejours_termines(ctx: Contexte) -> pl.LazyFrame:
    """Séjours dont la sortie tombe dans la période, avec leur durée complète en jours."""
    return ctx.episodes.filter(pl.col("id_sejour").is_not_null() & ctx.dans_periode("fin")).with_columns(
        regles.duree_jours().alias("duree")
    )


# --- Capacité -------------------------------------------------------------------------------------


def _indisponible_le(ctx: Contexte, jour) -> pl.LazyFrame:
    """Les places qu'une indisponibilité couvre ce jour-là."""
    return ctx.table("indisponibilite").filter(regles.present_le(jour)).select("id_place").unique()


def _places(ctx: Contexte) -> pl.LazyFrame:
    """Les places d'un service : leur nombre, ouvertes à la veille, pendant et à la fin de la période, disponibles."""
    p, par_logement = ctx.periode, ctx.parametres.base_occupation == "logement"
    indisponibles = _indisponible_le(ctx, p.dernier_jour).with_columns(pl.lit("non").alias("disponible"))
    ouvertes = (
        ctx.table("place")
        .with_columns(
            pl.col("ouverture").alias("debut"),
            pl.col("fermeture").alias("fin"),
            (pl.lit(1, pl.Int64) if par_logement else pl.col("nb_places")).alias("places"),
        )
        .join(indisponibles, on="id_place", how="left")
        .with_columns(pl.col("disponible").fill_null("oui"))
        .with_columns(
            regles.present_le(p.dernier_jour).alias("ouvert_fin"),
            regles.present_le(p.debut - timedelta(days=1)).alias("ouvert_veille"),
            ctx.dans_periode("debut").alias("ouvert_dans"),
            pl.lit(ctx.service.id).alias("groupe"),
        )
    )
    if ctx.parametres.indisponibilites_deduites:
        return ouvertes.with_columns(pl.col("ouvert_fin") & (pl.col("disponible") == "oui"))
    return ouvertes


@univers(
    unite="logements",
    structure="place.ouverture place.fermeture",
    origines={
        **PLACE,
        "places": "place.nb_places",
        "disponible": "indisponibilite.debut indisponibilite.fin",
        "groupe": "place.id_service",
        "propre": "",
        "ouvert_fin": "",
        "ouvert_veille": "",
        "ouvert_dans": "",
    },
)
def places(ctx: Contexte) -> pl.LazyFrame:
    """Logements du service et des services liés : places, ouverture la veille, pendant et au dernier jour de la
    période, disponibilité ce jour-là.

    `propre` : le logement est du service.
    """
    tous = [_places(c) for c in (ctx, *ctx.lies)]
    return pl.concat(tous).with_columns((pl.col("groupe") == ctx.service.id).alias("propre"))


@univers(
    unite="journées",
    structure=f"place.ouverture place.fermeture place.nb_places {SEJOURS}",
    origines={**PLACE, "motif": "indisponibilite.motif", "jours": "indisponibilite.debut indisponibilite.fin"},
)
def vacances(ctx: Contexte) -> pl.LazyFrame:
    """Journées offertes sans occupant : une ligne par logement et par cause d'indisponibilité, une pour le reste.

    Une indisponibilité compte ses jours d'ouverture, pour les places du logement restées vides : on peut habiter un
    logement en travaux. Deux qui se recouvrent ne comptent pas deux fois. La somme est journées théoriques (sans
    indisponibilité déduite) − journées réalisées, sauf logement où il y a plus de présents que de places.
    """
    p = ctx.periode
    offertes = ctx.table("place").with_columns(pl.col("ouverture").alias("debut"), pl.col("fermeture").alias("fin"))
    par_logement = ctx.parametres.base_occupation == "logement"
    unites_ = pl.lit(1, pl.Int64) if par_logement else pl.col("nb_places")
    offertes = offertes.with_columns((regles.jours_dans(p.debut, p.fin) * unites_).alias("_offertes"))
    causes = (
        regles.jours_distincts(ctx.table("indisponibilite"), "id_place")
        .join(offertes.select("id_place", "ouverture", "fermeture", "nb_places"), on="id_place", how="inner")
        .with_columns(
            pl.max_horizontal("debut", "ouverture").alias("debut"),
            pl.min_horizontal(
                pl.col("fin").fill_null(regles.INFINI), pl.col("fermeture").fill_null(regles.INFINI)
            ).alias("fin"),
        )
        .with_columns(
            pl.max_horizontal("debut", pl.lit(p.debut)).alias("debut"),
            pl.min_horizontal("fin", pl.lit(p.fin)).alias("fin"),
            (regles.jours_dans(p.debut, p.fin) * unites_).alias("jours"),
        )
        .with_row_index("_cause")
    )
    causes = (
        causes.join(_habitees(ctx, causes), on="_cause", how="left")
        .with_columns((pl.col("jours") - pl.col("_habites").fill_null(0)).clip(lower_bound=0))
        .select("id_place", pl.col("motif").fill_null(NON_RENSEIGNE), "jours")
    )
    occupees = journees(ctx).filter(pl.col("realisees").is_not_null())
    reste = (
        offertes.join(occupees.group_by("id_place").agg(pl.col("realisees").sum()), on="id_place", how="left")
        .join(causes.group_by("id_place").agg(pl.col("jours").sum().alias("_causes")), on="id_place", how="left")
        .select(
            "id_place",
            pl.lit(ATTENTE).alias("motif"),
            (pl.col("_offertes") - pl.col("realisees").fill_null(0) - pl.col("_causes").fill_null(0))
            .clip(lower_bound=0)
            .alias("jours"),
        )
    )
    fiches = ctx.table("place").select("id_place", *PLACE)
    return pl.concat([causes, reste]).filter(pl.col("jours") > 0).join(fiches, on="id_place", how="left")


def _habitees(ctx: Contexte, causes: pl.LazyFrame) -> pl.LazyFrame:
    """Les journées réalisées pendant chaque indisponibilité (`_cause`, bornée à la période)."""
    sortie = pl.col("date_sortie")
    if ctx.parametres.jour_sortie_compte:
        sortie = sortie + timedelta(days=1)
    sejours = ctx.table("sejour").select(
        "id_place", pl.col("date_entree").alias("debut"), sortie.fill_null(regles.INFINI).alias("fin")
    )
    if ctx.parametres.base_occupation == "logement":
        sejours = regles.jours_distincts(sejours.filter(pl.col("id_place").is_not_null()), "id_place")
    communs = pl.min_horizontal("fin", "fin_sejour") - pl.max_horizontal("debut", "debut_sejour")
    return (
        causes.select("_cause", "id_place", "debut", "fin")
        .join(sejours.rename({"debut": "debut_sejour", "fin": "fin_sejour"}), on="id_place", how="inner")
        .group_by("_cause")
        .agg(communs.dt.total_days().clip(lower_bound=0).sum().alias("_habites"))
    )


@univers(
    unite="places et personnes",
    structure=f"place.ouverture place.fermeture {SEJOURS}",
    origines={**PLACE, "places": "place.nb_places", "presents": "sejour.id_place sejour.id_personne"},
)
def stock_final(ctx: Contexte) -> pl.LazyFrame:
    """Places ouvertes et présents au dernier jour : une ligne par logement ouvert, une par présent.

    En base logement, une ligne par logement occupé, quel que soit le nombre d'occupants.
    """
    ouvertes = _places(ctx).filter(pl.col("ouvert_fin")).select("places", *PLACE)
    sejours = ctx.table("sejour").with_columns(pl.col("date_entree").alias("debut"), pl.col("date_sortie").alias("fin"))
    presents = sejours.filter(regles.present_le(ctx.periode.dernier_jour))
    cle = "id_place" if ctx.parametres.base_occupation == "logement" else "_qui"
    qui = pl.coalesce("id_personne", "id_menage").alias("_qui")
    presents = presents.with_columns(qui).filter(pl.col(cle).is_not_null()).unique(cle, keep="first")
    fiches = ctx.table("place").select("id_place", *PLACE)
    lignes = presents.join(fiches, on="id_place", how="left").select(pl.lit(1, pl.Int64).alias("presents"), *PLACE)
    return pl.concat([ouvertes, lignes], how="diagonal")


@univers(
    unite="mouvements",
    structure=f"place.ouverture place.fermeture {PARCOURS}",
    origines={"theoriques": "place.nb_places", "mouvements": "", "jours_periode": ""},
)
def rotation(ctx: Contexte) -> pl.LazyFrame:
    """Journées offertes (une ligne par logement) et mouvements : une entrée ou une sortie compte un demi."""
    mouvements = avec_passages(ctx, unites(ctx)).select(
        (
            (ctx.dans_periode("debut") & pl.col("vient_de").is_null()).cast(pl.Float64)
            + (ctx.dans_periode("fin") & pl.col("passe_a").is_null()).cast(pl.Float64)
        ).alias("_mouvements")
    )
    lignes = [
        journees(ctx).filter(pl.col("theoriques").is_not_null()).select("theoriques"),
        mouvements.filter(pl.col("_mouvements") > 0).select((pl.col("_mouvements") / 2).alias("mouvements")),
    ]
    return pl.concat(lignes, how="diagonal").with_columns(pl.lit(ctx.periode.jours).alias("jours_periode"))


# --- Personnes hébergées --------------------------------------------------------------------------


def _avec_identite(ctx: Contexte, lignes: pl.LazyFrame) -> pl.LazyFrame:
    """Ajoute genre, parcours ASE et tranche d'âge au jour `debut`, par `id_personne`."""
    personnes = ctx.table("personne").select("id_personne", "naissance", "genre", "parcours_ase")
    return (
        lignes.join(personnes, on="id_personne", how="left")
        .with_columns(regles.age("naissance", "debut").alias("_age"))
        .with_columns(regles.tranche_age("_age", ctx.parametres.bornes_age).alias("age_tranche"))
    )


def _avec_referent(ctx: Contexte, lignes: pl.LazyFrame) -> pl.LazyFrame:
    referents = ctx.table("menage").select("id_menage", pl.col("id_referent").alias("id_personne"))
    return _avec_identite(ctx, lignes.join(referents, on="id_menage", how="left"))


@univers(
    unite="personnes",
    structure=f"{SEJOURS} sejour.id_personne membre.id_menage membre.id_personne",
    origines={
        **IDENTITE,
        "motif_fin": "sejour.motif_fin",
        "devenir": "",
        "present_fin": "",
        "prescripteur": "demande.prescripteur",
    },
)
def heberges(ctx: Contexte) -> pl.LazyFrame:
    """Personnes ayant un jour de séjour dans la période : celle du séjour, sinon tous les membres du ménage.

    `devenir` : présente au dernier jour, passée dans un service lié ou sortie ; l'âge est celui du jour d'entrée.
    """
    sejours = ctx.presents.filter(pl.col("id_sejour").is_not_null())
    seules = sejours.filter(pl.col("id_personne").is_not_null()).select("id_menage", "id_personne")
    menages = sejours.filter(pl.col("id_personne").is_null()).select("id_menage").unique()
    personnes = pl.concat([seules, ctx.membres.join(menages, on="id_menage", how="semi")]).unique()
    present = regles.present_le(ctx.periode.dernier_jour)
    parcours = (
        avec_passages(ctx, unites(ctx))
        .filter(regles.present(ctx.periode.debut, ctx.periode.fin))
        .sort("id_menage", "debut")
        .group_by("id_menage", maintain_order=True)
        .last()
        .with_columns(
            present.alias("present_fin"),
            pl.when(present)
            .then(pl.lit("present"))
            .when(pl.col("passe_a").is_not_null())
            .then(pl.lit("passage"))
            .otherwise(pl.lit("sorti"))
            .alias("devenir"),
        )
        .select("id_menage", "debut", "motif_fin", "present_fin", "devenir")
    )
    lignes = (
        personnes.join(parcours, on="id_menage", how="left")
        .sort("id_personne", "debut", nulls_last=True)
        .unique("id_personne", keep="last", maintain_order=True)
        .join(_orienteurs(ctx), on="id_personne", how="left")
    )
    return _avec_identite(ctx, lignes)


def _orienteurs(ctx: Contexte) -> pl.LazyFrame:
    """Qui a orienté chaque personne de référence : sa demande au service, sinon à un service lié."""
    par_service = [
        c.demandes_menage.join(c.table("menage"), on="id_menage", how="inner").select(
            pl.col("id_referent").alias("id_personne"), "prescripteur"
        )
        for c in (ctx, *ctx.lies)
    ]
    connues = pl.concat(par_service).filter(regles.renseigne("prescripteur") & pl.col("id_personne").is_not_null())
    return connues.unique("id_personne", keep="first", maintain_order=True)


@univers(
    unite="parcours",
    structure=PARCOURS,
    origines={
        **IDENTITE,
        "ressource_principale": "situation.ressource_principale",
        "logement_entree": "situation.logement",
        "emploi": "situation.emploi",
        "prescripteur": "demande.prescripteur",
        "motif": "demande.motif",
    },
)
def entrants(ctx: Contexte) -> pl.LazyFrame:
    """Parcours commencés dans la période, avec la personne de référence et sa situation à l'entrée.

    Qui vient d'un service lié n'est pas un entrant ; l'âge est celui du jour d'entrée.
    """
    lignes = avec_passages(ctx, unites(ctx)).filter(ctx.dans_periode("debut") & pl.col("vient_de").is_null())
    for variable in ("logement", "emploi", "ressource_principale"):
        photo = ctx.photo_episode("entree", "debut", variable).rename({"id_episode": "premier_episode"})
        lignes = lignes.join(photo, on="premier_episode", how="left")
    demandes = ctx.demandes_menage.select("id_menage", "prescripteur", "motif")
    lignes = lignes.rename({"logement": "logement_entree"}).join(demandes, on="id_menage", how="left")
    return _avec_referent(ctx, lignes)


@univers(
    unite="parcours",
    structure=PARCOURS,
    origines={
        "ressource_sortie": "situation.ressource_principale situation.moment",
        "revenu_centimes": "situation.ressources situation.moment",
        "motif_fin": "mesure.motif_fin sejour.motif_fin",
        "genre": "personne.genre",
    },
)
def sortants(ctx: Contexte) -> pl.LazyFrame:
    """Parcours terminés dans la période, avec la ressource et le revenu lus dans leur photo de sortie."""
    lignes = unites_terminees(ctx)
    for variable, nom in (("ressource_principale", "ressource_sortie"), ("ressources", "_revenu")):
        photo = ctx.photo_episode("sortie", "fin", variable).rename({"id_episode": "dernier_episode", variable: nom})
        lignes = lignes.join(photo, on="dernier_episode", how="left")
    lignes = lignes.with_columns(
        regles.ou_non_renseigne("ressource_sortie"),
        regles.ou_non_renseigne("motif_fin"),
        (pl.col("_revenu") * 100).cast(pl.Int64).alias("revenu_centimes"),
    )
    return _avec_referent(ctx, lignes)


@univers(
    unite="parcours",
    structure=PARCOURS,
    origines={"anciennete": "", "genre": "personne.genre"},
)
def presents_fin(ctx: Contexte) -> pl.LazyFrame:
    """Parcours ouverts au dernier jour de la période, et leur ancienneté en jours ce jour-là."""
    jour = ctx.periode.dernier_jour
    ouverts = unites(ctx).filter(regles.present_le(jour))
    return _avec_referent(
        ctx, ouverts.with_columns((pl.lit(jour) - pl.col("debut")).dt.total_days().alias("anciennete"))
    )


@univers(
    unite="séjours",
    structure=SEJOURS,
    origines={"long": "", "motif_fin": "sejour.motif_fin"},
)
def durees_de_sejour(ctx: Contexte) -> pl.LazyFrame:
    """Séjours ayant un jour dans la période, et si leur durée, à leur sortie ou au dernier jour de la période, dépasse
    la durée maximale du service.

    `long` : ce dépassement de `duree_max` mois ; vide si le service n'a pas de durée maximale.
    """
    p, maximum = ctx.periode, ctx.parametres.duree_max
    arret = pl.min_horizontal(pl.col("fin").fill_null(p.fin), pl.lit(p.fin))
    depasse = arret > pl.col("debut").dt.offset_by(f"{maximum or 0}mo")
    return ctx.presents.filter(pl.col("id_sejour").is_not_null()).with_columns(
        (pl.lit(None, pl.Boolean) if maximum is None else depasse).alias("long")
    )


# --- Groupes d'un même dispositif -----------------------------------------------------------------


@univers(
    unite="personnes",
    structure=f"{PARCOURS} sejour.id_personne menage.id_referent",
    origines={"id_personne": "", "groupe": "sejour.id_service"},
)
def personnes_du_dispositif(ctx: Contexte) -> pl.LazyFrame:
    """Personnes présentes dans la période, une ligne par groupe où elles le sont : le service et ses services liés."""
    groupes = [
        episodes_des_personnes(c).filter(regles.present(ctx.periode.debut, ctx.periode.fin)) for c in (ctx, *ctx.lies)
    ]
    return pl.concat(groupes).select("id_personne", "groupe").unique().sort("id_personne", "groupe")


@univers(
    unite="passages",
    structure=f"{PARCOURS} menage.id_referent",
    origines={"sens": "", "groupe": "sejour.id_service"},
)
def passages(ctx: Contexte) -> pl.LazyFrame:
    """Passages de la période entre le service et un service lié : arrivées et départs, et l'autre groupe."""
    lignes = avec_passages(ctx, unites(ctx))
    sens = (("arrivee", "debut", "vient_de"), ("depart", "fin", "passe_a"))
    return pl.concat(
        lignes.filter(ctx.dans_periode(jour) & pl.col(autre).is_not_null()).select(
            pl.lit(nom).alias("sens"), pl.col(autre).alias("groupe")
        )
        for nom, jour, autre in sens
    )


@univers(
    unite="personnes",
    structure=PARCOURS,
    origines={"mobilite": "situation.mobilite", "permis": "situation.permis"},
)
def deplacements(ctx: Contexte) -> pl.LazyFrame:
    """Personnes de référence des ménages présents : moyen de déplacement et permis, à la photo de profil."""
    photos = ctx.photo_profil("id_menage").select("id_menage", "mobilite", "permis")
    return ctx.presents.select("id_menage").unique().join(photos, on="id_menage", how="left")
