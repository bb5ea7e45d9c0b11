"""Le modèle de données commun : tables, colonnes, types et vocabulaires, déclarés une seule fois.

Une variable (un nom de colonne) est décrite une fois dans `VARIABLES` et reprise par toutes les
tables qui la portent. Le dictionnaire des données (`docs/dictionnaire.md`), les contrôles de
l'import et les suites de qualité en dérivent. Source : modèle commun de l'observatoire, §§ 1, 2 et 5.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from functools import cache

import polars as pl

from observatoire.erreurs import ErreurParametre, suggestion


class Type(Enum):
    """Type d'une colonne, tel qu'il est rangé dans l'entrepôt."""

    IDENTIFIANT = "identifiant"
    TEXTE = "texte"
    CODE = "code"  # modalité d'une nomenclature
    CODES = "codes"  # plusieurs modalités, séparées par « | »
    ENTIER = "entier"
    DECIMAL = "décimal"
    MONTANT = "montant"  # euros, exact au centime
    DATE = "date"
    MOIS = "mois"  # AAAA-MM

    @property
    def polars(self) -> pl.DataType:
        """Type polars correspondant : les montants sont décimaux pour rester exacts au centime."""
        return {
            Type.ENTIER: pl.Int64(),
            Type.DECIMAL: pl.Float64(),
            Type.MONTANT: pl.Decimal(14, 2),
            Type.DATE: pl.Date(),
        }.get(self, pl.String())


@dataclass(frozen=True)
class Variable:
    """Une variable du modèle : son type, sa nomenclature éventuelle et ce qu'elle veut dire."""

    nom: str
    type: Type
    description: str
    nomenclature: str = ""
    unite: str = ""


@dataclass(frozen=True)
class Colonne:
    """Une variable dans une table : obligatoire ou non, et la table qu'elle désigne."""

    variable: Variable
    obligatoire: bool = False
    reference: str = ""  # « table.colonne » désignée

    @property
    def nom(self) -> str:
        return self.variable.nom


@dataclass(frozen=True)
class Table:
    """Une table du modèle : une ligne = un fait, une clé, des colonnes."""

    nom: str
    description: str
    cle: tuple[str, ...]
    colonnes: dict[str, Colonne] = field(default_factory=dict)

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """Schéma polars de la table dans l'entrepôt."""
        return {c.nom: c.variable.type.polars for c in self.colonnes.values()}


VARIABLES: dict[str, Variable] = {}


def _v(nom: str, type_: Type, description: str, nomenclature: str = "", unite: str = "") -> None:
    VARIABLES[nom] = Variable(nom, type_, description, nomenclature, unite)


_ID, _TXT, _COD = Type.IDENTIFIANT, Type.TEXTE, Type.CODE
_ENT, _DEC, _EUR, _DAT, _MOI = Type.ENTIER, Type.DECIMAL, Type.MONTANT, Type.DATE, Type.MOIS

# Identifiants
_v("id_personne", _ID, "Identifiant pseudonyme d'une personne, le même dans tous les services.")
_v("id_menage", _ID, "Identifiant pseudonyme d'un ménage suivi.")
_v("id_referent", _ID, "Personne de référence du ménage.")
_v("id_service", _ID, "Identifiant du service (nom de son fichier de réglage).")
_v("id_convention", _ID, "Identifiant d'une convention de financement.")
_v("id_demande", _ID, "Identifiant d'une demande ou prescription.")
_v("id_mesure", _ID, "Identifiant d'une mesure d'accompagnement.")
_v("id_parcours", _ID, "Identifiant d'un parcours ; s'il est fourni, il l'emporte sur le calcul.")
_v("id_place", _ID, "Identifiant d'un logement ou d'une chambre.")
_v("id_sejour", _ID, "Identifiant d'un séjour.")
_v("id_acte", _ID, "Identifiant d'un acte.")
_v("id_relogement", _ID, "Identifiant d'un accès au logement.")
_v("id_contrat", _ID, "Identifiant d'un contrat de travail.")
_v("id_action", _ID, "Identifiant d'une action d'un plan.")
# Personnes et ménages
_v("naissance", _MOI, "Mois de naissance (AAAA-MM) ; vaut le premier du mois pour l'âge.")
_v("genre", _COD, "Genre déclaré.", "genre")
_v("parcours_ase", _COD, "Prise en charge passée par l'aide sociale à l'enfance.", "oui_non")
_v("prise_en_charge", _COD, "Mode de la prise en charge antérieure à l'aide sociale à l'enfance.", "prise_en_charge")
_v("role", _COD, "Place de la personne dans le ménage.", "role")
_v("garde", _COD, "Mode de garde de l'enfant.", "garde")
_v("debut", _DAT, "Premier jour de la période.")
_v("fin", _DAT, "Premier jour qui n'est plus dans la période ; vide = en cours.")
# Services et conventions
_v("type_service", _COD, "Type de service.", "type_service")
_v("libelle", _TXT, "Libellé imprimé.")
_v("unite_compte", _COD, "Unité principale imprimée.", "unite_compte")
_v("financeur", _TXT, "Organisme qui finance.")
_v("dispositif", _TXT, "Dispositif financé, ou dispositif vers lequel on oriente.")
_v("territoire", _TXT, "Territoire d'intervention ou de comparaison.")
_v("montant", _EUR, "Montant en euros.", unite="€")
_v("unite_objectif", _COD, "Unité de l'objectif conventionné.", "unite_objectif")
_v("objectif", _DEC, "Objectif conventionné, dans son unité.")
_v("nature", _COD, "Réalisé ou prévisionnel (conventions) ; nature du texte ou du montant.", "nature")
_v("etp", _DEC, "Équivalents temps plein financés.", unite="ETP")
# Demandes
_v("date_demande", _DAT, "Jour de réception de la demande.")
_v("prescripteur", _COD, "Catégorie de la structure à l'origine de la demande.", "prescripteur")
_v("organisme", _TXT, "Structure prescriptrice (jamais une personne).")
_v("motif", _COD, "Motif principal de la demande, ou motif de l'indisponibilité.", "motif")
_v("motifs_annexes", Type.CODES, "Autres difficultés citées, séparées par « | ».", "motif")
_v("commune_origine", _ID, "Commune d'origine, code Insee.")
_v("qpv", _COD, "Adresse en quartier prioritaire de la politique de la ville.", "oui_non")
_v("date_decision", _DAT, "Jour de la décision sur la demande.")
_v("suite", _COD, "Suite donnée à la demande.", "suite")
_v("motif_suite", _COD, "Motif de la suite.", "motif_suite")
_v("volet", _COD, "Volet du dispositif dont relève la demande ou la mesure.", "volet")
# Mesures
_v("rang", _ENT, "1 = première mesure ; 2 et plus = renouvellement.")
_v("type_mesure", _COD, "Type de mesure.", "type_mesure")
_v("intensite", _COD, "Intensité de la mesure.", "intensite")
_v("coefficient", _DEC, "Poids de la mesure dans la convention.")
_v("date_notification", _DAT, "Jour de la notification de la mesure.")
_v("date_debut", _DAT, "Jour de début retenu ; vide = mesure jamais démarrée.")
_v("date_premier_rdv", _DAT, "Jour du premier rendez-vous.")
_v("date_signature", _DAT, "Jour de signature du contrat d'accompagnement.")
_v("date_bail", _DAT, "Jour de signature du bail.")
_v("date_fin_prevue", _DAT, "Jour de fin prévu.")
_v("date_fin", _DAT, "Premier jour sans mesure ; vide = en cours.")
_v("motif_fin", _COD, "Motif de fin de la mesure ou du séjour.", "motif_fin")
_v("objectif_atteint", _COD, "Objectif jugé atteint par le référent.", "objectif_atteint")
_v("objectifs", Type.CODES, "Objectifs fixés au début de la mesure, séparés par « | ».", "theme")
_v("prolongation_exceptionnelle", _COD, "Prolongation au-delà de la durée maximale.", "oui_non")
# Places et séjours
_v("nb_places", _ENT, "Nombre de places du logement.", unite="places")
_v("typologie", _COD, "Type de logement (T1, T2…).", "typologie")
_v("bailleur", _TXT, "Organisme bailleur.")
_v("commune", _ID, "Commune, code Insee (COG).")
_v("regroupe_diffus", _COD, "Places regroupées ou diffuses.", "regroupe_diffus")
_v("type_place", _COD, "Type de place autorisée (urgence, stabilisation, insertion…).", "type_place")
_v("modalite_gestion", _COD, "Modalité de gestion d'un logement loué à des tiers.", "modalite_gestion")
_v("date_captation", _DAT, "Jour où le logement a été capté (accord du propriétaire ou du bailleur).")
_v("ouverture", _DAT, "Premier jour d'ouverture de la place.")
_v("fermeture", _DAT, "Premier jour où la place n'est plus ouverte ; vide = ouverte.")
_v("date_entree", _DAT, "Jour d'entrée dans la place.")
_v("date_sortie", _DAT, "Jour de sortie (non compté) ; vide = présent.")
# Situations
_v("moment", _COD, "Moment de la photo.", "moment")
_v("date", _DAT, "Jour du fait.")
_v("composition", _COD, "Composition familiale.", "composition")
_v("nb_adultes", _ENT, "Nombre d'adultes du ménage.", unite="personnes")
_v("nb_14_et_plus", _ENT, "Personnes de 14 ans et plus, premier adulte compris.", unite="personnes")
_v("nb_moins_14", _ENT, "Enfants de moins de 14 ans.", unite="personnes")
_v("logement", _COD, "Situation de logement.", "logement")
_v("emploi", _COD, "Situation d'emploi.", "emploi")
_v("ressource_principale", _COD, "Nature de la ressource principale, hors aides au logement.", "ressource_principale")
_v("ressources", _EUR, "Ressources mensuelles ; vide n'est pas zéro.", unite="€ par mois")
_v("charges", _EUR, "Charges mensuelles retenues.", unite="€ par mois")
_v("mobilite", _COD, "Moyen de déplacement principal.", "mobilite")
_v("permis", _COD, "Où en est la personne du permis de conduire.", "permis")
_v("protection", _COD, "Mesure de protection juridique ou d'accompagnement budgétaire de la personne.", "protection")
# Actes
_v("type_acte", _COD, "Type d'acte.", "type_acte")
_v("lieu", _TXT, "Lieu de l'acte (équipement, jamais une adresse).")
_v("mode", _COD, "Mode de l'échange.", "mode")
_v("theme", _COD, "Thème travaillé.", "theme")
_v("partenaire", _COD, "Partenaire sollicité.", "partenaire")
_v("type_dossier", _COD, "Type de dossier constitué.", "type_dossier")
_v("etat_dossier", _COD, "État du dossier.", "etat_dossier")
_v("presence", _COD, "Présence de la personne ; vide : l'acte compte.", "presence")
_v("effectif_anonyme", _ENT, "Participants comptés sans identité.", unite="personnes")
_v("nombre", _ENT, "Nombre d'actes semblables que la ligne résume (relevé périodique) ; vide = 1.", unite="actes")
# Relogements et dettes
_v("parc", _COD, "Parc du logement obtenu.", "parc")
_v("contingent", _COD, "Contingent mobilisé.", "contingent")
_v("date_connaissance", _DAT, "Jour où l'issue a été connue (enquête).")
_v("mois", _MOI, "Mois civil (AAAA-MM).")
_v("impaye", _COD, "Mois de redevance impayé.", "oui_non")
_v("solde", _EUR, "Solde dû à la fin du mois.", unite="€")
# Textes et tables d'appui
_v("annee", _ENT, "Année de fin de la période.")
_v("bloc", _TXT, "Indicateur ou tableau commenté.")
_v("texte", _TXT, "Texte du commentaire.")
_v("fonction_auteur", _TXT, "Fonction de l'auteur (jamais un nom).")
_v("etat", _COD, "État du texte ou de l'action.", "etat")
_v("liste", _TXT, "Nom de la nomenclature.")
_v("code", _TXT, "Code de la modalité.")
_v("ordre", _ENT, "Rang d'impression.")
_v("regroupement", _TXT, "Poste d'impression qui réunit plusieurs modalités.")
_v("sortie_logement", _COD, "Modalité comptée comme sortie vers le logement par défaut.", "oui_non")
_v("sortie_positive", _COD, "Modalité comptée comme sortie positive par défaut.", "oui_non")
_v("valable_du", _DAT, "Premier jour de validité.")
_v("valable_au", _DAT, "Dernier jour de validité ; vide = en vigueur.")
_v("epci", _ID, "Code SIREN de l'intercommunalité.")
_v("departement", _ID, "Code du département.")
_v("region", _ID, "Code de la région.")
_v("millesime", _ENT, "Millésime du code officiel géographique.")
_v("source", _TXT, "Document ou organisme d'où vient le chiffre.")
_v("indicateur", _TXT, "Nom de l'indicateur au catalogue.")
_v("numerateur", _DEC, "Numérateur reçu.")
_v("denominateur", _DEC, "Dénominateur reçu.")
_v("valeur", _DEC, "Valeur reçue.")
_v("rupture", _COD, "La définition change cette année-là.", "oui_non")
# Programmes et plans d'action
_v("type_contrat", _COD, "Type de contrat de travail.", "type_contrat")
_v("employeur_type", _COD, "Type d'employeur.", "employeur_type")
_v("heures", _DEC, "Heures travaillées.", unite="heures")
_v("durable", _COD, "Emploi durable : CDI, ou CDD de 6 mois et plus.", "oui_non")
_v("plan", _TXT, "Plan ou schéma auquel l'action appartient.")
_v("enjeu", _TXT, "Enjeu du plan.")
_v("responsable_fonction", _TXT, "Fonction responsable (jamais un nom).")
_v("echeance_debut", _DAT, "Début prévu.")
_v("echeance_fin", _DAT, "Fin prévue.")
_v("date_etat", _DAT, "Jour où l'état a été constaté.")
_v("mode_evaluation", _TXT, "Comment l'action est évaluée.")
_v("participation_usagers", _TXT, "Place des personnes accompagnées dans l'action.")
_v("partenaires", _TXT, "Partenaires de l'action.")
_v("cible", _DEC, "Cible de l'indicateur.")
_v("budget_annonce", _EUR, "Budget total que la fiche annonce pour l'action.", unite="€")
_v("poste", _TXT, "Ce que paie le montant.")
_v("annee_fin", _ENT, "Dernière année que couvre le montant ; vide = une seule année.")
_v("cout_unitaire", _EUR, "Coût annoncé d'une unité, à chaque versement.", unite="€")
_v("cout_unitaire_max", _EUR, "Coût unitaire le plus haut, quand la fiche donne une fourchette.", unite="€")
_v("quantite", _DEC, "Nombre d'unités financées (personnes, prêts, postes).")
_v("versements_par_an", _ENT, "Versements par an ; vide = un seul versement.")
_v("premier_versement", _DAT, "Jour du premier versement ; vide = dès la première année.")
_v("part", _DEC, "Part du coût à la charge du financeur.", unite="%")
_v("public", _TXT, "Population que vise l'indicateur.")
_v("unite", _TXT, "Unité de la cible et de la valeur.")

TABLES: dict[str, Table] = {}


def _t(nom: str, description: str, cle: str, colonnes: str) -> None:
    """Déclare une table : `*` marque une colonne obligatoire, `>table.colonne` une référence."""
    declarees: dict[str, Colonne] = {}
    for mot in colonnes.split():
        mot, _, reference = mot.partition(">")
        nom_colonne = mot.rstrip("*")
        declarees[nom_colonne] = Colonne(VARIABLES[nom_colonne], mot.endswith("*"), reference)
    TABLES[nom] = Table(nom, description, tuple(cle.split()), declarees)


_t("personne", "Un individu pseudonymisé.", "id_personne", "id_personne* naissance genre parcours_ase prise_en_charge")
_t("menage", "Un foyer suivi.", "id_menage", "id_menage* id_referent>personne.id_personne")
_t(
    "membre",
    "Une appartenance datée d'une personne à un ménage.",
    "id_menage id_personne debut",
    "id_menage*>menage.id_menage id_personne*>personne.id_personne role debut fin garde",
)
_t("service", "Un service d'une association.", "id_service", "id_service* type_service libelle unite_compte")
_t(
    "convention",
    "Un financement ou un objectif.",
    "id_convention",
    "id_convention* id_service* financeur dispositif territoire debut* fin montant unite_objectif objectif nature etp",
)
_t(
    "demande",
    "Une demande reçue.",
    "id_demande",
    "id_demande* id_service* id_menage>menage.id_menage date_demande* prescripteur organisme motif "
    "motifs_annexes commune_origine qpv territoire date_decision suite motif_suite volet",
)
_t(
    "mesure",
    "Une période d'accompagnement notifiée.",
    "id_mesure",
    "id_mesure* id_parcours rang id_service* id_menage*>menage.id_menage id_demande>demande.id_demande "
    "type_mesure intensite coefficient territoire date_notification date_debut date_premier_rdv "
    "date_signature date_bail date_fin_prevue date_fin motif_fin objectif_atteint objectifs "
    "prolongation_exceptionnelle volet",
)
_t(
    "place",
    "Un logement ou une chambre.",
    "id_place",
    "id_place* id_service* nb_places* typologie bailleur commune regroupe_diffus ouverture* fermeture "
    "type_place modalite_gestion parc date_captation",
)
_t(
    "indisponibilite",
    "Une période sans offre sur une place.",
    "id_place debut",
    "id_place*>place.id_place debut* fin motif",
)
_t(
    "sejour",
    "Une présence sur une place.",
    "id_sejour",
    "id_sejour* id_parcours id_service* id_place>place.id_place id_menage*>menage.id_menage "
    "id_personne>personne.id_personne date_entree* date_sortie motif_fin",
)
_t(
    "situation",
    "Une photo datée d'un ménage ou d'une personne.",
    "id_menage id_personne id_service moment date",
    "id_menage*>menage.id_menage id_personne>personne.id_personne id_service* moment* date* "
    "id_mesure>mesure.id_mesure id_sejour>sejour.id_sejour composition nb_adultes nb_14_et_plus "
    "nb_moins_14 logement emploi ressource_principale ressources charges commune mobilite permis protection",
)
_t(
    "acte",
    "Une action datée.",
    "id_acte",
    "id_acte* id_service* type_acte* date* lieu mode id_menage>menage.id_menage "
    "id_mesure>mesure.id_mesure theme partenaire type_dossier etat_dossier dispositif qpv presence "
    "effectif_anonyme nombre",
)
_t(
    "participation",
    "La présence d'une personne à un acte collectif.",
    "id_acte id_personne",
    "id_acte*>acte.id_acte id_personne*>personne.id_personne",
)
_t(
    "relogement",
    "Un accès au logement.",
    "id_relogement",
    "id_relogement* id_service id_menage*>menage.id_menage id_mesure>mesure.id_mesure date* parc bailleur "
    "contingent commune date_connaissance",
)
_t(
    "dette_mois",
    "Un mois de redevance d'un ménage.",
    "id_menage id_service mois",
    "id_menage*>menage.id_menage id_service* mois* impaye solde",
)
_t(
    "commentaire",
    "Un texte à côté d'un chiffre.",
    "id_service annee bloc nature",
    "id_service* annee* bloc* nature texte fonction_auteur etat",
)
_t(
    "nomenclature",
    "Une modalité d'une liste.",
    "liste code",
    "liste* code* libelle* ordre regroupement sortie_logement sortie_positive valable_du valable_au",
)
_t(
    "territoire",
    "Une commune à un millésime du COG.",
    "commune millesime",
    "commune* libelle* epci departement region millesime*",
)
_t(
    "serie_agregee",
    "Un chiffre reçu déjà agrégé.",
    "source annee territoire indicateur",
    "source* annee* territoire indicateur* numerateur denominateur valeur rupture",
)
_t(
    "contrat_travail",
    "Une période de travail d'une personne.",
    "id_contrat",
    "id_contrat* id_personne*>personne.id_personne id_menage>menage.id_menage id_service* type_contrat "
    "employeur_type date_debut* date_fin heures durable",
)
_t(
    "contact_employeur",
    "Un premier contact ou une mise en relation avec un employeur.",
    "id_personne id_service date nature",
    "id_personne*>personne.id_personne id_service* date* nature",
)
_t(
    "action",
    "Une action d'un plan.",
    "id_action",
    "id_action* plan enjeu libelle* responsable_fonction echeance_debut echeance_fin etat date_etat "
    "mode_evaluation participation_usagers partenaires budget_annonce",
)
_t(
    "jalon",
    "Une étape datée d'une action.",
    "id_action libelle",
    "id_action*>action.id_action libelle* echeance_debut echeance_fin* etat date_etat",
)
_t(
    "budget_action",
    "Un montant d'une action.",
    "id_action annee nature poste financeur",
    "id_action*>action.id_action annee* annee_fin nature* poste financeur montant cout_unitaire cout_unitaire_max "
    "quantite versements_par_an premier_versement part",
)
_t(
    "indicateur_action",
    "Une cible d'une action.",
    "id_action indicateur public date",
    "id_action*>action.id_action indicateur* public nature cible valeur unite date",
)

# Marques d'absence : trois modalités distinctes, jamais confondues avec un vide ou un zéro.
NON_RENSEIGNE, SANS_OBJET, REFUS = "NR", "SO", "REF"
ABSENCES: tuple[str, ...] = (NON_RENSEIGNE, SANS_OBJET, REFUS)

# Colonnes de provenance que l'entrepôt ajoute à chaque ligne : le fichier et la ligne de l'export.
PROVENANCE: dict[str, pl.DataType] = {"_fichier": pl.String(), "_ligne": pl.Int64()}


@cache
def table(nom: str) -> Table:
    """La table `nom` du modèle ; lève `ErreurParametre` avec une suggestion si elle n'existe pas."""
    if nom not in TABLES:
        raise ErreurParametre(f"Table « {nom} » inconnue du modèle.", suggestion(nom, TABLES))
    return TABLES[nom]


def table_vide(nom: str) -> pl.DataFrame:
    """Une table du modèle sans ligne, avec ses colonnes de provenance."""
    return pl.DataFrame(schema={**table(nom).schema, **PROVENANCE})
