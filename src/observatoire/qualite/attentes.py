"""Nos attentes Great Expectations, évaluées par polars.

Great Expectations n'a pas de moteur polars. Chaque attente est une vraie classe GX : elle accepte tout
lot pandas, en convertit les seules colonnes qu'elle lit (presque sans copie si elles sont en Arrow) et
confie le calcul à un contrôle de `controles`. Son résultat ne contient que des comptes, jamais une valeur.

Champs communs : `si` (colonne → valeurs) et `si_renseigne` restreignent les lignes examinées ;
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

_COMMUNS = ("si", "si_renseigne", "part_toleree", "effectif_minimum")


class AttentePolars(BatchExpectation, ABC):
    """Base de nos attentes : un contrôle polars, une part tolérée, un effectif minimum."""

    si: dict[str, list[str | int]] | None = None
    si_renseigne: list[str] | None = None
    part_toleree: float | SuiteParameterDict = 0.0
    effectif_minimum: int | SuiteParameterDict = 0

    domain_keys: ClassVar[tuple[str, ...]] = ("batch_id",)
    metric_dependencies: ClassVar[tuple[str, ...]] = ()
    controle: ClassVar[controles.Controle]
    champs_colonne: ClassVar[tuple[str, ...]] = ("colonne",)  # champs qui nomment une colonne du lot
    colonnes_fixes: ClassVar[tuple[str, ...]] = ()  # colonnes lues quels que soient les champs

    def _colonnes_lues(self) -> list[str]:
        nommees = [*(self.si or {}), *(self.si_renseigne or ()), *self.colonnes_fixes]
        for champ in self.champs_colonne:
            valeur = getattr(self, champ)
            nommees += [valeur] if isinstance(valeur, str) else valeur
        return list(dict.fromkeys(nommees))

    def _validate(self, metrics: dict, runtime_configuration: dict | None = None, execution_engine: Any = None) -> dict:
        propres = [c for c in self.success_keys if c not in ("part_toleree", "effectif_minimum")]
        reglages = {c: getattr(self, c) for c in propres if getattr(self, c) is not None}
        lot = execution_engine.get_domain_records(domain_kwargs={})
        examen = type(self).controle(pl.from_pandas(lot[self._colonnes_lues()]), **reglages)
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
    """Chaque mesure a une photo `moment` au jour `date_episode` (table situation par `tables_liees`)."""

    date_episode: str
    moment: str
    ecart: int | SuiteParameterDict = controles.ECART_PHOTO_MAX
    controle = staticmethod(controles.photo_episode)
    champs_colonne = ("date_episode",)
    colonnes_fixes = ("id_mesure", "id_menage")
    success_keys = ("date_episode", "moment", "ecart", *_COMMUNS)


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
