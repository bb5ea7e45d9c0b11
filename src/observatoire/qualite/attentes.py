"""Nos attentes Great Expectations, évaluées par polars.

Great Expectations n'a pas de moteur polars. Chaque attente est une vraie classe GX : elle accepte tout
lot pandas, en convertit les seules colonnes qu'elle lit (presque sans copie si elles sont en Arrow) et
confie le calcul à un contrôle de `controles`. Son résultat ne contient que des comptes, jamais une valeur.

Champs communs : `si` et `sauf` (colonne → valeurs) et `si_renseigne` restreignent les lignes examinées ;
`part_toleree` (0 à 1) est la part de lignes fautives admise, `effectif_minimum` le nombre de lignes
sous lequel on ne conclut pas. Ce module importe Great Expectations (plusieurs secondes) : ne l'importer
que pour valider.
"""

from __future__ import annotations

import os
from abc import ABC
from typing import Any, ClassVar

os.environ["GX_ANALYTICS_ENABLED"] = "false"  # avant l'import : rien ne part au-dehors

import polars as pl
from great_expectations.core import ExpectationValidationResult
from great_expectations.core.suite_parameters import SuiteParameterDict
from great_expectations.expectations.expectation import BatchExpectation

from observatoire.qualite import controles

_COMMUNS = ("si", "sauf", "si_renseigne", "part_toleree", "effectif_minimum")


class AttentePolars(BatchExpectation, ABC):
    """Base de nos attentes : un contrôle polars, une part tolérée, un effectif minimum."""

    si: dict[str, list[str | int]] | None = None
    sauf: dict[str, list[str | int]] | None = None
    si_renseigne: list[str] | None = None
    part_toleree: float | SuiteParameterDict = 0.0
    effectif_minimum: int | SuiteParameterDict = 0

    domain_keys: ClassVar[tuple[str, ...]] = ("batch_id",)
    metric_dependencies: ClassVar[tuple[str, ...]] = ()
    controle: ClassVar[controles.Controle]
    champs_colonne: ClassVar[tuple[str, ...]] = ("colonne",)  # champs qui nomment une colonne du lot
    colonnes_fixes: ClassVar[tuple[str, ...]] = ()  # colonnes lues quels que soient les champs

    def _colonnes_lues(self) -> list[str]:
        nommees = [*(self.si or {}), *(self.sauf or {}), *(self.si_renseigne or ()), *self.colonnes_fixes]
        for champ in self.champs_colonne:
            valeur = getattr(self, champ) or []
            nommees += [valeur] if isinstance(valeur, str) else valeur
        return list(dict.fromkeys(nommees))

    def _validate(self, metrics: dict, runtime_configuration: dict | None = None, execution_engine: Any = None) -> dict:
        propres = [c for c in self.success_keys if c not in ("part_toleree", "effectif_minimum")]
        reglages = {c: getattr(self, c) for c in propres if getattr(self, c) is not None}
        lot = execution_engine.get_domain_records(domain_kwargs={})
        examen = type(self).controle(controles.en_jours(pl.from_pandas(lot[self._colonnes_lues()])), **reglages)
        return {"success": examen.reussi(self.part_toleree, self.effectif_minimum), "result": comptes(examen)}

    def resultat(self, examen: controles.Examen, reussie: bool) -> ExpectationValidationResult:
        """Le résultat GX d'un examen fait ailleurs, `reussie` disant s'il tient dans ce que l'attente tolère."""
        return self._build_evr(raw_response={"success": reussie, "result": comptes(examen)})


def comptes(examen: controles.Examen) -> dict[str, int]:
    """Ce qu'un résultat GX dit d'un examen : deux comptes, jamais une valeur."""
    return {"element_count": examen.lignes, "unexpected_count": examen.echecs}


class AttendreTableRecue(AttentePolars):
    """La table n'est pas parmi les `manquantes`."""

    table: str
    manquantes: list[str] | SuiteParameterDict
    controle = staticmethod(controles.table_recue)
    champs_colonne = ()
    success_keys = ("table", "manquantes", "part_toleree", "effectif_minimum")


class AttendreSansContradiction(AttentePolars):
    """L'import n'a écarté aucune ligne de la table pour cause de clé contredite (`contradictions` : table → compte)."""

    table: str
    contradictions: dict[str, int] | SuiteParameterDict
    controle = staticmethod(controles.sans_contradiction)
    champs_colonne = ()
    success_keys = ("table", "contradictions", "part_toleree", "effectif_minimum")


class AttendreRenseigne(AttentePolars):
    """Les colonnes ne sont ni vides ni marquées d'une des `marques` d'absence."""

    colonnes: list[str]
    marques: list[str] | None = None
    controle = staticmethod(controles.renseigne)
    champs_colonne = ("colonnes",)
    success_keys = ("colonnes", "marques", *_COMMUNS)


class AttendreCleUnique(AttentePolars):
    """Deux lignes n'ont jamais les mêmes valeurs dans `colonnes`."""

    colonnes: list[str]
    controle = staticmethod(controles.cle_unique)
    champs_colonne = ("colonnes",)
    success_keys = ("colonnes", *_COMMUNS)


class AttendreReference(AttentePolars):
    """Chaque identifiant de `colonne` existe dans la table visée (à donner par `tables_liees`)."""

    colonne: str
    table_visee: str
    colonne_visee: str
    controle = staticmethod(controles.reference)
    success_keys = ("colonne", "table_visee", "colonne_visee", *_COMMUNS)


class AttendreModalites(AttentePolars):
    """Chaque valeur de `colonne` est un des `codes`, ou NR, SO, REF ; `separateur` pour les listes."""

    colonne: str
    codes: list[str] | SuiteParameterDict
    separateur: str = ""
    controle = staticmethod(controles.modalites)
    success_keys = ("colonne", "codes", "separateur", *_COMMUNS)


class AttendreDatesOrdonnees(AttentePolars):
    """La date `avant` ne dépasse jamais la date `apres`."""

    avant: str
    apres: str
    controle = staticmethod(controles.dates_ordonnees)
    champs_colonne = ("avant", "apres")
    success_keys = ("avant", "apres", *_COMMUNS)


class AttendreDatePassee(AttentePolars):
    """La date n'est pas postérieure à `jour` (AAAA-MM-JJ)."""

    colonne: str
    jour: str | SuiteParameterDict
    controle = staticmethod(controles.date_passee)
    success_keys = ("colonne", "jour", *_COMMUNS)


class AttendreValeursEntre(AttentePolars):
    """Le nombre est compris entre `minimum` et `maximum`, bornes comprises."""

    colonne: str
    minimum: float | SuiteParameterDict | None = None
    maximum: float | SuiteParameterDict | None = None
    controle = staticmethod(controles.valeurs_entre)
    success_keys = ("colonne", "minimum", "maximum", *_COMMUNS)


class AttendreAgePlausible(AttentePolars):
    """L'âge au jour `au` (AAAA-MM-JJ), tiré du mois de naissance `colonne`, est entre les bornes."""

    colonne: str
    au: str | SuiteParameterDict
    minimum: int | SuiteParameterDict = 0
    maximum: int | SuiteParameterDict = 110
    controle = staticmethod(controles.age_plausible)
    success_keys = ("colonne", "au", "minimum", "maximum", *_COMMUNS)


class AttendrePhotoProfil(AttentePolars):
    """Chaque ménage a une photo `moment` datée d'avant `avant` (table situation par `tables_liees`)."""

    moment: str | SuiteParameterDict
    avant: str | SuiteParameterDict
    controle = staticmethod(controles.photo_profil)
    champs_colonne = ()
    colonnes_fixes = ("id_menage",)
    success_keys = ("moment", "avant", *_COMMUNS)


class AttendrePhotoEpisode(AttentePolars):
    """Chaque épisode a une photo `moment` au jour `date_episode` (table situation par `tables_liees`).

    `lien` : l'identifiant de l'épisode, que la photo porte peut-être (id_mesure ou id_sejour).
    """

    date_episode: str
    moment: str
    lien: str = "id_mesure"
    ecart: int | SuiteParameterDict = controles.ECART_PHOTO_MAX
    controle = staticmethod(controles.photo_episode)
    champs_colonne = ("date_episode", "lien")
    colonnes_fixes = ("id_menage",)
    success_keys = ("date_episode", "moment", "lien", "ecart", *_COMMUNS)


class AttendreSejourOuvert(AttentePolars):
    """Chaque séjour tient dans l'ouverture de sa place (table place par `tables_liees`)."""

    controle = staticmethod(controles.sejour_ouvert)
    champs_colonne = ()
    colonnes_fixes = ("id_place", "date_entree", "date_sortie")
    success_keys = (*_COMMUNS,)


class AttendreHeuresPlausibles(AttentePolars):
    """Les heures d'un contrat ne dépassent pas `par_jour` heures par jour, fin ouverte comptée jusqu'à `jour`."""

    par_jour: float | SuiteParameterDict
    jour: str | SuiteParameterDict
    controle = staticmethod(controles.heures_plausibles)
    champs_colonne = ()
    colonnes_fixes = ("heures", "date_debut", "date_fin")
    success_keys = ("par_jour", "jour", *_COMMUNS)


class _AttendreLiee(AttentePolars, ABC):
    """Base des attentes qui comparent une colonne à celle de la ligne désignée dans une autre table."""

    colonne: str
    cle: str
    table_visee: str
    cle_visee: str
    colonne_visee: str
    champs_colonne = ("colonne", "cle")
    success_keys = ("colonne", "cle", "table_visee", "cle_visee", "colonne_visee", *_COMMUNS)


class AttendreDateApresLiee(_AttendreLiee):
    """La date `colonne` n'est jamais antérieure à `colonne_visee` de la ligne que `cle` désigne (`tables_liees`)."""

    controle = staticmethod(controles.date_apres_liee)


class AttendreMemeValeurLiee(_AttendreLiee):
    """La valeur de `colonne` est celle de `colonne_visee` dans la ligne que `cle` désigne (`tables_liees`)."""

    controle = staticmethod(controles.meme_valeur_liee)


class AttendreDureeTenable(AttentePolars):
    """De `debut` à `fin` (à `jour` au plus tard), pas plus de `mois` mois."""

    debut: str
    fin: str
    mois: int | SuiteParameterDict
    jour: str | SuiteParameterDict
    controle = staticmethod(controles.duree_tenable)
    champs_colonne = ("debut", "fin")
    success_keys = ("debut", "fin", "mois", "jour", *_COMMUNS)


class AttendreSansChevauchement(AttentePolars):
    """Pas plus de lignes ouvertes à la fois par place que sa capacité (table et capacité par `tables_liees`)."""

    table: str
    cle: list[str]
    par: str
    debut: str
    fin: str
    table_capacite: str = ""
    colonne_capacite: str = ""
    controle = staticmethod(controles.sans_chevauchement)
    champs_colonne = ("cle", "par", "debut", "fin")
    success_keys = ("table", "cle", "par", "debut", "fin", "table_capacite", "colonne_capacite", *_COMMUNS)


class AttendreOccupationTenable(AttentePolars):
    """Chaque mois, les journées réalisées ne dépassent pas `maximum` × les journées offertes (table place liée)."""

    debut_periode: str | SuiteParameterDict
    fin_periode: str | SuiteParameterDict
    base: str | SuiteParameterDict
    maximum: float | SuiteParameterDict
    controle = staticmethod(controles.occupation_tenable)
    champs_colonne = ()
    colonnes_fixes = ("id_place", "date_entree", "date_sortie")
    success_keys = ("debut_periode", "fin_periode", "base", "maximum", *_COMMUNS)


class AttendrePremiereSansPrecedente(AttentePolars):
    """Une mesure de rang 1 ne suit pas une autre mesure du même parcours (table mesure par `tables_liees`)."""

    delai: int | SuiteParameterDict
    controle = staticmethod(controles.premiere_sans_precedente)
    champs_colonne = ()
    colonnes_fixes = ("id_mesure", "rang")
    success_keys = ("delai", *_COMMUNS)


class AttendreRenouvellementPrecede(AttentePolars):
    """Une mesure de rang 2 ou plus suit une mesure du même ménage (table mesure par `tables_liees`).

    Elle n'est jugée que si elle commence `mois` mois au moins après la plus ancienne mesure reçue.
    """

    mois: int | SuiteParameterDict
    controle = staticmethod(controles.renouvellement_precede)
    champs_colonne = ()
    colonnes_fixes = ("id_menage", "rang", "date_debut")
    success_keys = ("mois", *_COMMUNS)


class AttendreFluxEquilibres(AttentePolars):
    """Par ménage, présent au début + parcours commencés − terminés = présent à la fin (`table` par `tables_liees`)."""

    table: str
    debut: str
    fin: str
    debut_periode: str | SuiteParameterDict
    fin_periode: str | SuiteParameterDict
    delai: int | SuiteParameterDict
    controle = staticmethod(controles.flux_equilibres)
    champs_colonne = ("debut", "fin")
    colonnes_fixes = ("id_menage",)
    success_keys = ("table", "debut", "fin", "debut_periode", "fin_periode", "delai", *_COMMUNS)

    def _colonnes_lues(self) -> list[str]:
        return [*super()._colonnes_lues(), *(["id_personne"] if self.table == "sejour" else [])]


class AttendreCompositionChiffree(AttentePolars):
    """Les nombres de personnes vont avec la composition ; `adultes`, `enfants` : code → [minimum, maximum]."""

    adultes: dict[str, list[int]]
    enfants: dict[str, list[int]]
    controle = staticmethod(controles.composition_chiffree)
    champs_colonne = ()
    colonnes_fixes = ("composition", "id_personne", "nb_adultes", "nb_14_et_plus", "nb_moins_14")
    success_keys = ("adultes", "enfants", *_COMMUNS)


class AttendreCompositionEtMembres(AttentePolars):
    """La composition va avec les membres présents au jour de la photo (table membre par `tables_liees`).

    `avec`, `sans` : rôle → compositions qui l'exigent, ou l'excluent ; `gardes_partielles` : enfants non comptés.
    """

    avec: dict[str, list[str]]
    sans: dict[str, list[str]]
    gardes_partielles: list[str] | None = None
    controle = staticmethod(controles.composition_et_membres)
    champs_colonne = ()
    colonnes_fixes = ("id_menage", "date", "composition")
    success_keys = ("avec", "sans", "gardes_partielles", *_COMMUNS)


class AttendreCompositionEtGenre(AttentePolars):
    """La composition va avec le genre du référent (tables menage et personne par `tables_liees`)."""

    genres: dict[str, str]
    controle = staticmethod(controles.composition_et_genre)
    champs_colonne = ()
    colonnes_fixes = ("id_menage", "composition")
    success_keys = ("genres", *_COMMUNS)


class AttendreEffectifStable(AttentePolars):
    """Le nombre de lignes varie de `variation` au plus d'une année à l'autre (par `annee_precedente`)."""

    table: str
    colonne: str
    variation: float | SuiteParameterDict
    effectif_comparable: int | SuiteParameterDict
    controle = staticmethod(controles.effectif_stable)
    success_keys = ("table", "colonne", "variation", "effectif_comparable", *_COMMUNS)


class AttendreRemplissageStable(AttentePolars):
    """La part de vides de `colonne` monte de `hausse` au plus d'une année à l'autre (par `annee_precedente`)."""

    table: str
    colonne: str
    hausse: float | SuiteParameterDict
    effectif_comparable: int | SuiteParameterDict
    marques: list[str] | None = None
    controle = staticmethod(controles.remplissage_stable)
    success_keys = ("table", "colonne", "hausse", "effectif_comparable", "marques", *_COMMUNS)


class AttendreRepartitionStable(AttentePolars):
    """La répartition de `colonne` s'écarte de `ecart` au plus de celle de l'année d'avant (par `annee_precedente`)."""

    table: str
    colonne: str
    ecart: float | SuiteParameterDict
    effectif_comparable: int | SuiteParameterDict
    controle = staticmethod(controles.repartition_stable)
    success_keys = ("table", "colonne", "ecart", "effectif_comparable", *_COMMUNS)
