"""D'un tableau lu aux lignes propres de chaque table qu'il nourrit, avec leurs rejets et corrections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from observatoire import modele
from observatoire.collecte.correspondances import Alimentation
from observatoire.collecte.tableau import LIGNE, Tableau
from observatoire.erreurs import ErreurDefinition
from observatoire.modele import NON_RENSEIGNE, Colonne, Type
from observatoire.nettoyage import REMEDES, Contexte, nettoyer_colonne
from observatoire.nettoyage.absences import vide
from observatoire.nettoyage.doublons import MASQUE, masque
from observatoire.nettoyage.resultat import Nettoyee
from observatoire.nettoyage.texte import normaliser
from observatoire.services import Service

REJET: dict[str, Any] = {
    "fichier": pl.String,
    "feuille": pl.String,
    "ligne": pl.Int64,
    "table": pl.String,
    "colonne": pl.String,
    "valeur": pl.String,
    "motif": pl.String,
    "remede": pl.String,
}
CORRECTION: dict[str, Any] = {
    "fichier": pl.String,
    "feuille": pl.String,
    "table": pl.String,
    "colonne": pl.String,
    "nature": pl.String,
    "avant": pl.String,
    "apres": pl.String,
    "lignes": pl.Int64,
}
CORRIGEE = "_corrigee"  # vrai si une écriture de la ligne a été corrigée
MOTIF_ABSENTE, MOTIF_SERVICE = "valeur obligatoire absente", "ligne du service {}, importée pour {}"
REMEDE_ABSENTE = "Complétez la cellule dans l'export, puis réimportez."
REMEDE_SERVICE = "Importez ces lignes avec --service et leur service."


@dataclass(frozen=True)
class Lot:
    """Les lignes qu'un fichier donne à une table, avant la réunion avec les autres fichiers.

    `lignes` : colonnes du modèle, `_fichier`, `_ligne`, `_masque`, `_corrigee`. `lues` = lignes concernées ;
    `hors_champ` = lignes que `si` et `si_renseigne` écartent ; `rejetees` = lignes refusées.
    """

    tableau: Tableau
    alimentation: Alimentation
    lues: int
    hors_champ: int
    rejetees: int
    lignes: pl.DataFrame
    rejets: pl.DataFrame
    corrections: pl.DataFrame

    @property
    def lieu(self) -> dict[str, str]:
        return {"fichier": self.tableau.fichier, "feuille": self.tableau.feuille, "table": self.alimentation.table}


@dataclass(frozen=True)
class _ColonneLue:
    """Une colonne de l'export, nettoyée pour une colonne du modèle."""

    colonne: Colonne
    entete: str
    bruts: pl.Series
    propre: Nettoyee
    motifs: pl.Series | None


def _tous(valeur: bool, hauteur: int) -> pl.Series:
    return pl.Series([valeur]).new_from_index(0, hauteur)


class Preparation:
    """Nettoie les colonnes d'un tableau, une fois chacune, puis en tire les lignes de chaque table."""

    def __init__(self, tableau: Tableau, contexte: Contexte, service: Service) -> None:
        self.tableau, self.contexte, self.service = tableau, contexte, service
        autres = (s for s in contexte.espace.services() if s != service.id)
        self._autres_services = {normaliser(s): s for s in autres}
        self._propres: dict[tuple[str, str, bool], Nettoyee] = {}

    def lot(self, alimentation: Alimentation) -> Lot:
        """Les lignes propres, les rejets et les corrections que le tableau donne à une table.

        Lève `ErreurFichier` si une colonne attendue manque, `ErreurDefinition` si une constante est illisible.
        """
        table = modele.table(alimentation.table)
        garde = self._concernees(alimentation)
        source = self.tableau.donnees.filter(garde)
        lues = [
            self._lire(colonne, alimentation.colonnes[colonne.nom], source, garde)
            for colonne in table.colonnes.values()
            if colonne.nom in alimentation.colonnes
        ]
        refusee = _tous(False, source.height)
        corrigee = _tous(False, source.height)
        for lue in lues:
            if lue.motifs is not None:
                refusee = refusee | lue.motifs.is_not_null()
            if lue.propre.natures is not None:
                corrigee = corrigee | lue.propre.natures.is_not_null()
        return Lot(
            self.tableau,
            alimentation,
            source.height,
            self.tableau.donnees.height - source.height,
            int(refusee.sum()),
            self._lignes(table, alimentation, source, lues, corrigee).filter(~refusee),
            self._rejets(source, lues, alimentation.table),
            self._corrections(lues, refusee, alimentation.table),
        )

    def _concernees(self, alimentation: Alimentation) -> pl.Series:
        """Vrai pour les lignes que `si` et `si_renseigne` laissent à cette table."""
        donnees = self.tableau.donnees
        garde = _tous(True, donnees.height)
        for entete in alimentation.si_renseigne:
            garde = garde & ~donnees.select(vide(pl.col(self.tableau.exiger(entete)))).to_series()
        for entete, permises in alimentation.si.items():
            brut = donnees[self.tableau.exiger(entete)]
            cles = {normaliser(p) for p in permises}
            acceptees = pl.Series([v for v in brut.drop_nulls().unique() if normaliser(v) in cles], dtype=pl.String)
            garde = garde & brut.is_in(acceptees.implode()).fill_null(False)
        return garde

    def _lire(self, colonne: Colonne, entete: str, source: pl.DataFrame, garde: pl.Series) -> _ColonneLue:
        """Nettoie une colonne (une seule fois par tableau) et la réduit aux lignes concernées."""
        exact = self.tableau.exiger(entete)
        cle = (exact, colonne.nom, colonne.obligatoire)
        if cle not in self._propres:
            self._propres[cle] = nettoyer_colonne(self.tableau.donnees[exact], colonne, self.contexte)
        propre = self._propres[cle].filtrer(garde)
        if colonne.nom == "id_service":
            propre = self._regler_service(propre)
        return _ColonneLue(colonne, exact, source[exact], propre, _motifs(propre, colonne))

    def _lignes(
        self,
        table: modele.Table,
        alimentation: Alimentation,
        source: pl.DataFrame,
        lues: list[_ColonneLue],
        corrigee: pl.Series,
    ) -> pl.DataFrame:
        """Les colonnes du modèle, lues ou fixes, avec leur provenance et leur masque."""
        valeurs = {lue.colonne.nom: lue.propre.valeurs for lue in lues}
        for colonne in table.colonnes.values():
            if colonne.nom not in valeurs:
                valeurs[colonne.nom] = self._fixe(colonne, alimentation, source.height)
        declarees = [c for c in table.schema if c in {*alimentation.colonnes, *alimentation.constantes, "id_service"}]
        return pl.DataFrame(
            {
                **{nom: valeurs[nom] for nom in table.schema},
                "_fichier": pl.Series([self.tableau.fichier]).new_from_index(0, source.height),
                LIGNE: source[LIGNE],
                MASQUE: pl.Series([masque(list(table.schema), declarees)]).new_from_index(0, source.height),
                CORRIGEE: corrigee,
            }
        )

    def _fixe(self, colonne: Colonne, alimentation: Alimentation, hauteur: int) -> pl.Series:
        """La valeur d'une colonne que l'export ne donne pas : constante, service, ou rien."""
        par_defaut = self.service.id if colonne.nom == "id_service" else None
        brut = alimentation.constantes.get(colonne.nom, par_defaut)
        if brut is None:
            return pl.Series([None], dtype=colonne.variable.type.polars).new_from_index(0, hauteur)
        propre = nettoyer_colonne(pl.Series([str(brut)], dtype=pl.String), colonne, self.contexte)
        if propre.valeurs[0] is None:
            motif = propre.motifs[0] if propre.motifs is not None else "valeur vide"
            lieu = f"{self.contexte.origine}, table « {alimentation.table} »"
            raise ErreurDefinition(f"{lieu} : constante {colonne.nom} = « {brut} » refusée ({motif}).")
        return propre.valeurs.new_from_index(0, hauteur)

    def _regler_service(self, propre: Nettoyee) -> Nettoyee:
        """Remplit le service absent ; refuse les lignes d'un autre service déclaré."""
        motifs = {
            ecrit: MOTIF_SERVICE.format(self._autres_services[normaliser(ecrit)], self.service.id)
            for ecrit in propre.valeurs.drop_nulls().unique()
            if normaliser(ecrit) in self._autres_services
        }
        ecrit = pl.col("v")
        cadre = pl.DataFrame({"v": propre.valeurs}).select(
            valeur=pl.lit(self.service.id),
            motif=ecrit.replace_strict(motifs, default=None, return_dtype=pl.String) if motifs else None,
            nature=pl.when(ecrit != self.service.id).then(pl.lit("service écrit autrement")),
        )
        return Nettoyee(cadre["valeur"], cadre["motif"] if motifs else None, cadre["nature"])

    def _rejets(self, source: pl.DataFrame, lues: list[_ColonneLue], table: str) -> pl.DataFrame:
        """Un rejet par cellule fautive : la ligne de la source, l'écriture, le motif et le remède."""
        rejets = [pl.DataFrame(schema=REJET)]
        for lue in lues:
            if lue.motifs is None:
                continue
            remede = REMEDES.get(lue.colonne.variable.type, REMEDE_ABSENTE)
            if lue.colonne.nom == "id_service":
                remede = REMEDE_SERVICE
            fautives = pl.DataFrame({"ligne": source[LIGNE], "valeur": lue.bruts, "motif": lue.motifs}).filter(
                pl.col("motif").is_not_null()
            )
            absente = pl.col("motif") == MOTIF_ABSENTE
            rejets.append(
                fautives.with_columns(
                    fichier=pl.lit(self.tableau.fichier),
                    feuille=pl.lit(self.tableau.feuille),
                    table=pl.lit(table),
                    colonne=pl.lit(lue.entete),
                    remede=pl.when(absente).then(pl.lit(REMEDE_ABSENTE)).otherwise(pl.lit(remede)),
                ).select(list(REJET))
            )
        return pl.concat(rejets)

    def _corrections(self, lues: list[_ColonneLue], refusee: pl.Series, table: str) -> pl.DataFrame:
        """Les corrections des lignes non refusées, réunies par écriture."""
        listes = [pl.DataFrame(schema=CORRECTION)]
        for lue in lues:
            if lue.propre.natures is None:
                continue
            apres = lue.propre.valeurs.cast(pl.String)
            cadre = pl.DataFrame({"nature": lue.propre.natures, "avant": lue.bruts, "apres": apres})
            listes.append(
                cadre.filter(~refusee & lue.propre.natures.is_not_null())
                .group_by("nature", "avant", "apres", maintain_order=True)
                .agg(pl.len().cast(pl.Int64).alias("lignes"))
                .with_columns(
                    fichier=pl.lit(self.tableau.fichier),
                    feuille=pl.lit(self.tableau.feuille),
                    table=pl.lit(table),
                    colonne=pl.lit(lue.colonne.nom),
                )
                .select(list(CORRECTION))
            )
        return pl.concat(listes)


def _motifs(propre: Nettoyee, colonne: Colonne) -> pl.Series | None:
    """Motif de refus de chaque ligne : valeur illisible, ou absente d'une colonne obligatoire."""
    if not colonne.obligatoire:
        return propre.motifs
    absente = propre.valeurs.is_null()
    if colonne.variable.type is Type.CODE:
        absente = absente | (propre.valeurs == NON_RENSEIGNE).fill_null(False)
    if not absente.any():
        return propre.motifs
    motif = pl.when("absente").then(pl.lit(MOTIF_ABSENTE))
    if propre.motifs is not None:
        motif = pl.coalesce("motif", motif)
    return pl.DataFrame({"absente": absente, "motif": propre.motifs}).select(motif.alias("motif")).to_series()
