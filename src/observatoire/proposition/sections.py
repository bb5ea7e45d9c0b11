"""Les sections d'un premier rapport : les tableaux que les colonnes reçues permettent de remplir."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class BlocType:
    """Un bloc possible : ses indicateurs et les « table.colonne » sans lesquelles il serait vide."""

    indicateurs: tuple[str, ...]
    requis: tuple[str, ...]
    titre: str = ""
    reglage: dict[str, Any] = field(default_factory=dict)


ANNEES_DE_SERIE = 5
_EPISODE = "mesure.date_debut|sejour.date_entree"
_TUILES = {"graphique": "tuiles"}


def _ventile(*colonnes: str, **reglage: Any) -> dict[str, Any]:
    return {"ventilations": list(colonnes), **reglage}


# « a|b » : l'une ou l'autre suffit.
SECTIONS: tuple[tuple[str, tuple[BlocType, ...]], ...] = (
    (
        "Demandes reçues",
        (
            BlocType(("demandes_recues",), ("demande.date_demande",), "Demandes de l'année", _TUILES),
            BlocType(("taux_refus",), ("demande.suite", "demande.date_decision"), "Refus", _TUILES),
            BlocType(
                ("delai_admission", "delai_admission_median"), ("demande.suite", _EPISODE), "Délai d'admission", _TUILES
            ),
            BlocType(("suites_demandes",), ("demande.suite",)),
            BlocType(("prescripteurs",), ("demande.prescripteur",)),
            BlocType(("motifs_demande",), ("demande.motif",)),
            BlocType(("problematiques_annexes",), ("demande.motifs_annexes",)),
            BlocType(("origine_geographique",), ("demande.commune_origine",)),
            BlocType(("part_qpv",), ("demande.qpv",), "Quartiers prioritaires", _TUILES),
        ),
    ),
    (
        "Ménages accompagnés",
        (
            BlocType(
                ("menages_accompagnes", "entrees", "sorties", "presents_31_12"),
                (_EPISODE,),
                "Activité de l'année",
                _TUILES,
            ),
            BlocType(
                ("premieres_mesures", "renouvellements"), ("mesure.date_debut", "mesure.rang"), "Mesures", _TUILES
            ),
            BlocType(
                ("menages_accompagnes",),
                ("mesure.type_mesure",),
                "Ménages accompagnés, par type de mesure",
                _ventile("type_mesure"),
            ),
            BlocType(("file_active_mensuelle", "entrees_mensuelles", "sorties_mensuelles"), (_EPISODE,)),
        ),
    ),
    (
        "Occupation",
        (
            BlocType(
                ("journees_theoriques", "journees_realisees", "taux_occupation_annuel"),
                ("place.nb_places", "place.ouverture", "sejour.date_entree"),
                "Occupation de l'année",
                _TUILES,
            ),
        ),
    ),
    (
        "Public accompagné",
        (
            BlocType(("composition_familiale",), ("situation.composition", _EPISODE)),
            BlocType(("repartition_genre",), ("personne.genre", f"{_EPISODE}|situation.date")),
            BlocType(("age_moyen",), ("personne.naissance", "situation.date"), "Âge moyen", _TUILES),
            BlocType(("age_tranches",), ("personne.naissance", "situation.date")),
            BlocType(("situation_logement_entree",), ("situation.logement",)),
            BlocType(("situation_emploi_entree",), ("situation.emploi",)),
            BlocType(("ressource_principale",), ("situation.ressource_principale",)),
            BlocType(
                ("ressources_moyennes_tous", "part_sans_ressource"), ("situation.ressources",), "Ressources", _TUILES
            ),
            BlocType(("parcours_ase",), ("personne.parcours_ase",), "Aide sociale à l'enfance", _TUILES),
        ),
    ),
    (
        "Accompagnement",
        (
            BlocType(
                ("entretiens_realises", "visites_domicile"),
                ("acte.type_acte", "acte.date"),
                "Entretiens et visites",
                _TUILES,
            ),
            BlocType(
                ("entretiens_realises",), ("acte.lieu", "acte.type_acte"), "Entretiens, par lieu", _ventile("lieu")
            ),
            BlocType(("ateliers_realises",), ("acte.date",), "Ateliers", _TUILES),
            BlocType(
                ("participants_ateliers", "participations"),
                ("participation.id_acte",),
                "Participants aux ateliers",
                _TUILES,
            ),
            BlocType(("themes_travailles",), ("acte.theme", "acte.id_mesure")),
            BlocType(("partenaires_sollicites",), ("acte.partenaire", "acte.id_mesure")),
            BlocType(("dossiers_constitues",), ("acte.type_dossier",), "Dossiers constitués", _ventile("type_dossier")),
            BlocType(("orientations_preconisees",), ("acte.dispositif",), "Orientations", _ventile("dispositif")),
        ),
    ),
    (
        "Relogements",
        (
            BlocType(("relogements",), ("relogement.date",), "Relogements de l'année", _TUILES),
            BlocType(("relogements",), ("relogement.parc",), "Relogements, par parc", _ventile("parc")),
            BlocType(("relogements_par_bailleur",), ("relogement.bailleur", "relogement.contingent")),
        ),
    ),
    (
        "Sorties",
        (
            BlocType(("motifs_fin",), ("mesure.motif_fin|sejour.motif_fin",)),
            BlocType(("taux_sortie_logement",), ("situation/sortie.logement",), "Sorties vers le logement", _TUILES),
            BlocType(("matrice_parcours",), ("situation/entree.logement", "situation/sortie.logement")),
            BlocType(("taux_objectifs_atteints",), ("mesure.objectif_atteint",), "Objectifs atteints", _TUILES),
            BlocType(
                ("duree_moyenne_accompagnement", "duree_mediane_accompagnement"),
                ("mesure.date_fin",),
                "Durée des accompagnements terminés",
                _TUILES,
            ),
            BlocType(("duree_accompagnement_tranches",), ("mesure.date_fin",)),
            BlocType(
                ("duree_moyenne_sejour_sortants", "duree_mediane_sejour_sortants"),
                ("sejour.date_sortie",),
                "Durée de séjour des sortants",
                _TUILES,
            ),
        ),
    ),
    (
        "Redevances",
        (
            BlocType(
                ("part_menages_impaye", "mois_impayes_moyens"), ("dette_mois.impaye", _EPISODE), "Impayés", _TUILES
            ),
            BlocType(("part_en_dette_31_12",), ("dette_mois.solde", _EPISODE), "Dettes en fin de période", _TUILES),
        ),
    ),
    (
        "Moyens",
        (
            BlocType(("financements_repartition",), ("convention.montant", "convention.financeur")),
            BlocType(("etp_accompagnement",), ("convention.etp",), "Équivalents temps plein", _TUILES),
        ),
    ),
)
CHIFFRES_CLES: tuple[tuple[str, str], ...] = (
    ("demandes_recues", "demande.date_demande"),
    ("menages_accompagnes", _EPISODE),
    ("entrees", _EPISODE),
    ("sorties", _EPISODE),
    ("taux_occupation_annuel", "place.nb_places"),
    ("relogements", "relogement.date"),
    ("entretiens_realises", "acte.type_acte"),
    ("financements_repartition", "convention.montant"),
)


def sections_possibles(recues: set[str], series: Iterable[str] = ()) -> list[tuple[str, list[BlocType]]]:
    """Les sections que les « table.colonne » reçues permettent ; `series` : indicateurs reçus déjà agrégés."""
    retenues = [(titre, [b for b in blocs if all(_suffit(r, recues) for r in b.requis)]) for titre, blocs in SECTIONS]
    historiques = [
        BlocType((nom,), (), reglage={"graphique": "historique", "annees": ANNEES_DE_SERIE}) for nom in series
    ]
    return [(titre, blocs) for titre, blocs in (*retenues, ("Chiffres reçus", historiques)) if blocs]


def chiffres_cles(recues: set[str]) -> list[str]:
    """Les chiffres clés possibles, quatre au plus."""
    return [nom for nom, requis in CHIFFRES_CLES if _suffit(requis, recues) and nom != "financements_repartition"][:4]


def _suffit(requis: str, recues: set[str]) -> bool:
    return any(r in recues for r in requis.split("|"))
