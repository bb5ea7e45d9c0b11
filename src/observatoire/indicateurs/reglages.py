"""Les réglages qui changent un chiffre, dits en une phrase sous le tableau."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from observatoire.campagne.donnees_types import Definition
from observatoire.entrepot import lire_entrepot
from observatoire.erreurs import ErreurParametre
from observatoire.espace import Espace
from observatoire.indicateurs.registre import Indicateur
from observatoire.nomenclatures import lire_nomenclature
from observatoire.periode import Periode
from observatoire.reperes import lire_repere
from observatoire.services import Parametres, Service, lire_service

REGLE_MOIS = {
    "mois_entame": "Un ménage compte dans un mois dès qu'il y a un jour de présence.",
    "dernier_jour": "Un ménage compte dans un mois s'il est présent le dernier jour du mois.",
    "prorata": "Les mois sont comptés au prorata des jours de présence.",
}
DEBUT = {
    "debut": "à la date de début",
    "notification": "à la notification",
    "premier_rdv": "au premier rendez-vous",
    "signature": "à la signature du contrat",
    "bail": "à la signature du bail",
}
MOMENT = {
    "demande": "de la demande",
    "entree": "de l'entrée (début de mesure ou de séjour)",
    "enquete": "de l'enquête",
    "sortie": "de la sortie",
}
POPULATION = {
    "referent": "de la personne de référence du ménage",
    "adultes": "des adultes",
    "tous": "de toutes les personnes",
}
COHORTE = {
    "origine": "Tous les suivis depuis l'origine dont l'échéance est passée.",
    "periode": "Les seuls suivis dont l'échéance tombe dans l'année.",
}
SORTIE = {"parcours": "par parcours", "episode": "par mesure ou séjour", "menage": "par ménage"}

PROFILS = {"menages_suivis", "profils", "profils_ressources", "ages"}
MESURES = {"mesures_exercees", "mesures_debutees", "mesures_terminees", "mois_menages", "admissions"}
PARCOURS = {"parcours_termines", "parcours_de_la_periode", "mouvements_mensuels", "sorties_et_relais"}
MAINTIENS = {"maintiens_logement", "maintiens_emploi"}
OBSERVES = MAINTIENS | {"survie_logement", "survie_emploi", "menages_depuis_origine", "personnes_entrees"}
ACCES_EMPLOI = ("acces_emploi", "taux_acces_emploi", "taux_acces_emploi_delai", "delai_acces_emploi_moyen")
# Univers dont le compte dépend du jour où commence une mesure.
DATEES = MESURES | PARCOURS | {"menages_suivis", "personnes_suivies", "parcours_suivis", "realisation_conventions"}
UNITE_PROFIL = {"menage": "Base : les ménages, par leur personne de référence.", "personne": "Base : les personnes."}
ATELIERS = ("ateliers_realises", "participants_ateliers", "participations")
DISPOSITIF = PARCOURS | {
    *("rotation", "heberges", "entrants", "sortants", "personnes_du_dispositif", "passages", "situations_de_sortie"),
}
_PERSONNES_PAR_AGE, _AGE_CONNU = "personnes par tranche d'âge", "personnes dont l'âge est connu"
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


def _services(espace: Espace, services: list[str]) -> str:
    """Les libellés de ces services ; un service dont rien n'est arrivé le dit : ses passages ne se voient pas."""
    recus = {s: not lire_entrepot(espace, s).vide for s in services}
    libelles = {s: lire_service(espace, s).libelle_court for s in services}
    return ", ".join(libelles[s] if recus[s] else f"{libelles[s]} (aucune donnée reçue)" for s in services)


def _en_minuscule(libelle: str) -> str:
    """Le libellé au fil d'une phrase : minuscule au début, sigles (CDI, CHRS) intacts."""
    sigle = libelle[:2].isalpha() and libelle[:2].isupper()
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


def compte_du_service(p: Parametres, univers: str) -> str:
    """Ce que le service compte à la place de la définition commune, en une phrase ; vide s'il la suit."""
    if p.unite_compte == "situation" and univers in PROFILS | {"personnes_suivies"}:
        return "Ménages suivis : ceux qui ont au moins un acte dans la période, avec ou sans mesure."
    return ""


def definition_du_service(definition: Definition, p: Parametres) -> Definition:
    """La définition, dans l'unité que le service compte : un âge lu sur la seule personne de référence compte des
    ménages."""
    referents = p.unite_profil == "menage" and p.population_age == "referent"
    if definition.univers != "ages" or not referents:
        return definition
    return replace(
        definition,
        numerateur=definition.numerateur.replace(_PERSONNES_PAR_AGE, "ménages par tranche d'âge du référent"),
        denominateur=definition.denominateur.replace(_AGE_CONNU, "ménages dont l'âge du référent est connu"),
    )


def _comptes(espace: Espace, p: Parametres, nom: str, univers: str, annee: int) -> list[tuple[bool, Callable[[], str]]]:
    """Ce que l'on compte et sur quelle période : unité, base, année décalée, coefficients, durée maximale."""
    ponderes = nom in ("mesures_ponderees", "taux_realisation_convention")
    return [
        (
            p.periode_debut != "01-01",
            lambda: f"Période retenue : {Periode.de_l_annee(annee, p.periode_debut)}.",
        ),
        (bool(compte_du_service(p, univers)), lambda: compte_du_service(p, univers)),
        (univers == "profils", lambda: UNITE_PROFIL[p.unite_profil]),
        (univers == "profils_ressources", lambda: _base_ressources(p)),
        (
            nom in ATELIERS,
            lambda: f"Actes collectifs comptés : {_liste(espace, 'type_acte', p.types_atelier)}.",
        ),
        (
            nom.endswith("accompagnements_prolonges"),
            lambda: (
                f"Durée maximale d'un accompagnement : {p.duree_max} mois."
                if p.duree_max is not None
                else "Le service n'a pas de durée maximale."
            ),
        ),
        (
            ponderes and bool(p.coefficients),
            lambda: f"Coefficients, sauf celui que porte la mesure : {_coefficients(espace, p.coefficients)}.",
        ),
        (
            nom == "taux_realisation_convention" and p.objectif is not None,
            lambda: (
                f"Objectif de la période, faute de convention datée : {_nombre(p.objectif)} "
                f"{_liste(espace, 'unite_objectif', [p.unite_objectif])}."
            ),
        ),
    ]


def _base_ressources(p: Parametres) -> str:
    if p.unite_profil != "personne":
        return UNITE_PROFIL[p.unite_profil]
    return f"Base : les personnes, sauf les moins de {p.age_adulte} ans à qui aucune ressource n'est saisie."


def _coefficients(espace: Espace, coefficients: dict[str, float]) -> str:
    libelles = lire_nomenclature(espace, "intensite").libelles
    return ", ".join(f"{_en_minuscule(libelles.get(c, c))} {_nombre(v)}" for c, v in coefficients.items())


def _nombre(valeur: float) -> str:
    return f"{valeur:g}".replace(".", ",")


def _phrases(espace: Espace, p: Parametres, indicateur: Indicateur, annee: int) -> list[str]:
    nom, univers = indicateur.nom, indicateur.definition.univers
    regles: list[tuple[bool, Callable[[], str]]] = [
        (univers == "mois_menages", lambda: REGLE_MOIS[p.regle_mois]),
        *_comptes(espace, p, nom, univers, annee),
        (
            univers in DATEES and p.date_debut_retenue != "debut",
            lambda: f"Une mesure commence {DEBUT[p.date_debut_retenue]}.",
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
        (
            nom == "taux_sortie_emploi_chrs",
            lambda: f"Situations comptées en emploi : {_liste(espace, 'emploi', p.emplois_en_activite)}.",
        ),
        (
            nom in ("part_emploi_entree", "part_emploi_enquete", "evolution_emploi_entree_enquete"),
            lambda: f"Situations comptées comme insérées : {_liste(espace, 'emploi', p.emplois_insertion)}.",
        ),
        (
            univers in ("adultes_sortis", "adultes_a_l_enquete"),
            lambda: f"Adulte : {p.age_adulte} ans et plus.",
        ),
        (
            nom == "taux_sortie_emploi_chrs",
            lambda: (
                "Base : toutes les sorties, issue inconnue comprise."
                if p.denominateur_sortie == "toutes"
                else "Base : les seules sorties dont l'issue est connue."
            ),
        ),
        (
            univers == "sorties_insertion",
            lambda: (
                f"Durable : {_liste(espace, 'emploi', p.sorties_durables)}. Transition : "
                f"{_liste(espace, 'emploi', p.sorties_transition)}. Positive : "
                f"{_liste(espace, 'emploi', p.sorties_positives_iae)}."
            ),
        ),
        (
            univers in ("sorties_insertion", "sorties_retirees_du_calcul"),
            lambda: (
                f"Hors du calcul : les parcours de moins de {p.duree_minimale_sortie} mois et les fins pour "
                f"{_liste(espace, 'motif_fin', p.sorties_retirees)}."
            ),
        ),
        (
            nom == "etp_insertion",
            lambda: f"Un équivalent temps plein : {p.heures_etp} heures par an.",
        ),
        (
            nom == "taux_frein_logement_leve",
            lambda: f"Situations comptées comme difficiles : {_liste(espace, 'logement', p.logements_difficiles)}.",
        ),
        (
            univers in MESURES | PARCOURS and bool(p.types_hors_mesures),
            lambda: f"Hors des mesures comptées : {_liste(espace, 'type_mesure', p.types_hors_mesures)}.",
        ),
        (
            nom == "taux_reponse_positive_siao",
            lambda: f"Réponse positive : {_liste(espace, 'suite', p.suites_positives)}.",
        ),
        (
            nom in ("anciennete_demandes_en_attente", "anciennete_mediane_en_attente", "attente_par_anciennete"),
            lambda: (
                "L'ancienneté court depuis la demande en attente."
                if p.anciennete_remise_a_zero
                else "L'ancienneté court depuis la première demande du ménage restée sans admission."
            ),
        ),
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
            nom.startswith(ACCES_EMPLOI) or univers in ("maintiens_emploi", "survie_emploi"),
            lambda: f"Contrats comptés comme un emploi : {_liste(espace, 'type_contrat', p.contrats_emploi)}.",
        ),
        (
            nom in ("acces_emploi_durable", "taux_acces_emploi_durable"),
            lambda: f"Emploi durable : CDI, ou CDD de {p.duree_emploi_durable} mois et plus.",
        ),
        (
            univers in ("maintiens_emploi", "survie_emploi"),
            lambda: f"Des contrats séparés de moins de {p.interruption_emploi} jours font un seul emploi.",
        ),
        (
            univers in ("maintiens_logement", "survie_logement", "menages_depuis_origine")
            and nom != "menages_suivis_origine",
            lambda: f"Situations comptées comme logement : {_liste(espace, 'logement', p.sorties_logement)}.",
        ),
        (
            univers in ("survie_logement", "survie_emploi"),
            lambda: (
                "Un suivi arrêté sans perte connue compte jusqu'à son dernier jour ; les taux à 3, 6 et 12 mois, eux, "
                "ne portent que sur les suivis observés jusqu'à l'échéance : les deux peuvent différer."
            ),
        ),
        (nom == "taux_premier_contact", lambda: f"Délai : {p.delai_premier_contact} jours après l'entrée."),
        (nom == "taux_acces_emploi_delai", lambda: f"Délai : {p.delai_acces_emploi} mois après l'entrée."),
        (
            univers in MAINTIENS or nom in ("taux_premier_contact", "taux_acces_emploi_delai"),
            lambda: COHORTE[p.cohorte_suivi],
        ),
        (
            univers in MAINTIENS,
            lambda: (
                "Base : tous, suivi interrompu compris."
                if p.denominateur_sortie == "toutes"
                else "Base : les seuls suivis dont l'issue est connue."
            ),
        ),
        (
            p.date_observation is not None and univers in OBSERVES,
            lambda: f"Faits connus jusqu'au {date.fromisoformat(p.date_observation):%d/%m/%Y}.",
        ),
        (
            univers in DISPOSITIF and bool(p.services_lies),
            lambda: (
                f"Groupes d'un même dispositif : {_services(espace, p.services_lies)} ; un passage de l'un à "
                f"l'autre, à moins de {p.delai_parcours} jours, n'est ni une entrée ni une sortie."
            ),
        ),
        (
            nom == "part_sejours_longs",
            lambda: (
                f"Durée maximale d'un séjour : {p.duree_max} mois."
                if p.duree_max is not None
                else "Le service n'a pas de durée maximale."
            ),
        ),
        (
            univers == "places" and not nom.startswith("logements"),
            lambda: (
                f"Capacité comptée en {p.base_occupation}s ; un logement indisponible "
                f"{'en est retiré' if p.indisponibilites_deduites else 'y reste compté'}."
            ),
        ),
        (univers in ("stock_final", "vacances"), lambda: f"Compté par {p.base_occupation}."),
        (univers == "deplacements", lambda: f"Situation au moment {MOMENT[p.moment_profil]}."),
        (
            nom == "taux_occupation_logements",
            lambda: (
                "Un logement est occupé dès le premier occupant ; jour de sortie "
                f"{'compté' if p.jour_sortie_compte else 'non compté'}."
            ),
        ),
        (
            univers == "journees",
            lambda: (
                f"Journées comptées par {p.base_occupation} ; indisponibilités "
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
