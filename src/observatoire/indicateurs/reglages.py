"""Les réglages qui changent un chiffre, dits en une phrase sous le tableau."""

from __future__ import annotations

from collections.abc import Callable

from observatoire.erreurs import ErreurParametre
from observatoire.espace import Espace
from observatoire.indicateurs.registre import Indicateur
from observatoire.nomenclatures import lire_nomenclature
from observatoire.reperes import lire_repere
from observatoire.services import Parametres, Service

REGLE_MOIS = {
    "mois_entame": "Un ménage compte dans un mois dès qu'il y a un jour de présence.",
    "dernier_jour": "Un ménage compte dans un mois s'il est présent le dernier jour du mois.",
    "prorata": "Les mois sont comptés au prorata des jours de présence.",
}
DEBUT = {
    "debut": "la date de début",
    "notification": "la notification",
    "premier_rdv": "le premier rendez-vous",
    "signature": "la signature du contrat",
    "bail": "la signature du bail",
}
MOMENT = {
    "demande": "de la demande",
    "entree": "du début de mesure",
    "enquete": "de l'enquête",
    "sortie": "de la sortie",
}
POPULATION = {
    "referent": "de la personne de référence du ménage",
    "adultes": "des adultes",
    "tous": "de toutes les personnes",
}
SORTIE = {"parcours": "par parcours", "episode": "par mesure ou séjour", "menage": "par ménage"}

PROFILS = {"menages_suivis", "profils", "ages"}
MESURES = {"mesures_exercees", "mesures_debutees", "mesures_terminees", "mois_menages", "admissions"}
PARCOURS = {"parcours_termines", "parcours_de_la_periode"}
SANS_PHOTO = {
    "menages_accompagnes",
    "presents_31_12",
    "part_menages_impaye",
    "mois_impayes_moyens",
    "part_en_dette_31_12",
}


def _liste(espace: Espace, nomenclature: str, codes: list[str]) -> str:
    libelles = lire_nomenclature(espace, nomenclature).libelles
    return ", ".join(_en_minuscule(libelles.get(c, c)) for c in codes) or "aucune"


def _en_minuscule(libelle: str) -> str:
    """Le libellé au fil d'une phrase : minuscule au début, sigles (CDI, CHRS) intacts."""
    sigle = libelle[:2].isupper()
    return libelle if sigle else libelle[:1].lower() + libelle[1:]


def _seuil_pauvrete(espace: Espace, annee: int) -> str:
    valeur, millesime = lire_repere(espace, "seuil_pauvrete_60_uc", annee)
    texte = f"{valeur:,.0f}".replace(",", "\u202f")
    return f"Seuil de pauvreté retenu : {texte} € par mois et unité de consommation (Insee, {millesime})."


def notes(espace: Espace, service: Service, indicateurs: list[Indicateur], annee: int) -> tuple[str, ...]:
    """Les phrases à imprimer sous un tableau : une par réglage qui change l'un de ses chiffres.

    Source : règles de lecture (« un choix marqué paramètre s'imprime sous le tableau »).
    """
    p = service.parametres
    phrases: dict[str, None] = {}
    for indicateur in indicateurs:
        for phrase in _phrases(espace, p, indicateur, annee):
            phrases[phrase] = None
    return tuple(phrases)


def _phrases(espace: Espace, p: Parametres, indicateur: Indicateur, annee: int) -> list[str]:
    nom, univers = indicateur.nom, indicateur.definition.univers
    regles: list[tuple[bool, Callable[[], str]]] = [
        (univers == "mois_menages", lambda: REGLE_MOIS[p.regle_mois]),
        (
            univers in MESURES | PARCOURS and p.date_debut_retenue != "debut",
            lambda: f"Une mesure commence à {DEBUT[p.date_debut_retenue]}.",
        ),
        (univers in PROFILS and nom not in SANS_PHOTO, lambda: f"Situation au moment {MOMENT[p.moment_profil]}."),
        (univers == "ages", lambda: f"Âge en années pleines {POPULATION[p.population_age]}."),
        (
            univers in PARCOURS,
            lambda: (
                f"Sorties comptées {SORTIE[p.base_sorties]} ; deux mesures séparées de moins "
                f"de {p.delai_parcours} jours font un seul parcours."
            ),
        ),
        (
            nom == "taux_sortie_logement",
            lambda: f"Situations comptées comme logement : {_liste(espace, 'logement', p.sorties_logement)}.",
        ),
        (
            nom == "taux_sortie_positive",
            lambda: f"Situations comptées comme positives : {_liste(espace, 'logement', p.sorties_positives)}.",
        ),
        (
            nom in ("taux_sortie_logement", "taux_sortie_positive"),
            lambda: (
                "Base : toutes les sorties, issue inconnue comprise."
                if p.denominateur_sortie == "toutes"
                else "Base : les seules sorties dont l'issue est connue."
            ),
        ),
        (nom == "part_ressources_faibles", lambda: f"Seuil du service : {p.seuil_ressources_faibles:g} € par mois."),
        (nom == "part_sous_seuil_pauvrete", lambda: _seuil_pauvrete(espace, annee)),
        (
            nom == "part_logement_difficile",
            lambda: f"Situations comptées comme difficiles : {_liste(espace, 'logement', p.logements_difficiles)}.",
        ),
        (
            nom == "aio_action_logement",
            lambda: f"Emplois retenus : {_liste(espace, 'emploi', p.emplois_action_logement)}.",
        ),
        (nom == "financements_previsionnels", lambda: f"Montants prévus pour {annee + 1}."),
        (
            univers == "journees",
            lambda: (
                f"Base : {p.base_occupation} ; indisponibilités "
                f"{'déduites' if p.indisponibilites_deduites else 'non déduites'} ; jour de sortie "
                f"{'compté' if p.jour_sortie_compte else 'non compté'}."
            ),
        ),
        (
            nom in ("mesures_ponderees", "taux_realisation_convention"),
            lambda: (
                "Mesures pondérées par leur durée dans la période."
                if p.ponderation == "duree"
                else "Mesures pondérées sans tenir compte de leur durée."
            ),
        ),
    ]
    phrases = []
    for concernee, phrase in regles:
        if concernee:
            try:
                phrases.append(phrase())
            except ErreurParametre as erreur:
                phrases.append(str(erreur))
    return phrases
