"""D'un tableau lu aux lignes propres de chaque table qu'il nourrit, avec leurs rejets et corrections."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, reduce

import polars as pl

from observatoire import modele, pseudonymes
from observatoire.collecte.correspondances import Alimentation
from observatoire.collecte.tableau import LIGNE, Tableau
from observatoire.erreurs import ErreurDefinition
from observatoire.modele import NON_RENSEIGNE, Colonne, Type
from observatoire.nettoyage import COLONNES_COMMUNE, Contexte, nettoyer_colonne
from observatoire.nettoyage.absences import vide
from observatoire.nettoyage.dates import NATURE_PROUVEE
from observatoire.nettoyage.doublons import MASQUE, masque
from observatoire.nettoyage.personnel import (
    LIBELLES,
    MASQUE_VALEUR,
    MOTIF_PERSONNEL,
    NATURE_PERSONNELLE,
    NATURE_TEXTE_LIBRE,
    Discretion,
    discretion,
    forme_personnelle,
    genre_d_en_tete,
    genres_de_noms,
    refuser_colonne_personnelle,
    toujours_masquee,
)
from observatoire.nettoyage.rejets import (
    CORRECTION,
    MOTIF_ABSENTE,
    MOTIF_SERVICE,
    NATURE_HORS_TABLEAU,
    REJET,
    regle,
    remede,
)
from observatoire.nettoyage.resultat import Nettoyee
from observatoire.nettoyage.texte import normaliser
from observatoire.services import Service

CORRIGEE = "_corrigee"  # vrai si une écriture de la ligne a été corrigée
_SANS_MYSTERE = r"(?i)^(?:sous.)?(?:total|totaux|somme|moyenne)?(?: g[ée]n[ée]ral)?[\s\d.,;:|%€-]*$"


class Source:
    """Les cellules utiles d'un tableau, pour recopier une ligne écartée sans ses données personnelles."""

    def __init__(self, tableau: Tableau, contexte: Contexte, entetes: list[str], masquees: set[str]) -> None:
        self._contexte, self._masquees = contexte, masquees
        self._entetes = list(dict.fromkeys(entetes))
        # Des colonnes mises côte à côte, jamais recopiées : « select » recopierait un tableau lu par morceaux.
        self._cellules = pl.DataFrame([tableau.donnees[e] for e in (*self._entetes, LIGNE)])
        # Des colonnes que rien ne réclame, seuls les noms servent : à les reconnaître ailleurs.
        self._genres = genres_de_noms(tableau.colonnes)
        self._noms = pl.DataFrame([tableau.donnees[e] for e in self._genres])

    @cached_property
    def discretion(self) -> Discretion:
        return discretion(self._noms, self._genres, self._contexte.mots_du_secteur)

    def masquer(self, valeurs: pl.Series, entete: str, *, commune: bool = False) -> pl.Series:
        """Les valeurs d'une colonne de l'export que l'on peut recopier."""
        return self.discretion.masquer(valeurs, toujours=entete in self._masquees, commune=commune)

    def recopier(self, lignes: pl.Series) -> pl.DataFrame:
        """Les cellules des lignes voulues : `_ligne`, et `cellules` en JSON « en-tête : écriture »."""
        voulues = self._cellules[self._cellules[LIGNE].is_in(lignes.implode()).arg_true()]
        if not self._entetes:
            return voulues.select(LIGNE, cellules=pl.lit("{}"))
        # Toutes les cellules en une seule colonne : les juger coûte surtout de préparer le jugement.
        libres = [e for e in self._entetes if e not in self._masquees]
        ensemble = pl.concat([voulues[e].alias("") for e in libres]) if libres else pl.Series([], dtype=pl.String)
        jugees = self.discretion.masquer(ensemble)
        montrees = {e: jugees.slice(rang * voulues.height, voulues.height) for rang, e in enumerate(libres)}
        cellules = pl.DataFrame(
            [montrees[e].alias(e) if e in montrees else self.masquer(voulues[e], e).alias(e) for e in self._entetes]
        )
        ecrites = cellules.select(pl.struct(pl.all()).struct.json_encode()).to_series()
        return pl.DataFrame({LIGNE: voulues[LIGNE], "cellules": ecrites})


@dataclass(frozen=True)
class Lot:
    """Les lignes qu'un fichier donne à une table, avant la réunion avec les autres fichiers.

    `lignes` : colonnes du modèle, `_fichier`, `_ligne`, `_masque`, `_corrigee`. `lues` = lignes concernées ;
    `hors_champ` = lignes que `si` et `si_renseigne` écartent ; `hors_tableau` = lignes de total ou de note que
    la lecture a mises de côté ; `rejetees` = lignes refusées.
    """

    fichier: str
    feuille: str
    table: str
    lues: int
    hors_champ: int
    hors_tableau: int
    rejetees: int
    lignes: pl.DataFrame
    rejets: pl.DataFrame
    corrections: pl.DataFrame
    source: Source

    @property
    def lieu(self) -> dict[str, str]:
        return {"fichier": self.fichier, "feuille": self.feuille, "table": self.table}


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


def _ou(series: list[pl.Series], hauteur: int) -> pl.Series:
    """Vrai là où l'une des séries est vraie."""
    return reduce(lambda une, autre: une | autre, series) if series else _tous(False, hauteur)


class Preparation:
    """Nettoie les colonnes d'un tableau, une fois chacune, puis en tire les lignes de chaque table."""

    def __init__(
        self, tableau: Tableau, contexte: Contexte, service: Service, alimentations: tuple[Alimentation, ...]
    ) -> None:
        self.tableau, self.contexte, self.service = tableau, contexte, service
        autres = (s for s in contexte.espace.services() if s != service.id)
        self._autres_services = {normaliser(s): s for s in autres}
        self._propres: dict[tuple[str, ...], Nettoyee] = {}
        self._pseudonymes: dict[tuple[str, str], pl.Series] = {}
        self.source = self._source(alimentations)
        self._tout_lire(alimentations)

    def _tout_lire(self, alimentations: tuple[Alimentation, ...]) -> None:
        """Nettoie et pseudonymise d'avance toutes les colonnes, plusieurs à la fois : polars laisse la main."""
        colonnes = {
            (self.tableau.exiger(entete), *_lecture_commune(colonne), pseudonymes.ESPECES.get(nom, "")): colonne
            for alimentation in alimentations
            for nom, entete in alimentation.colonnes.items()
            for colonne in [modele.table(alimentation.table).colonnes[nom]]
        }
        with ThreadPoolExecutor(os.cpu_count()) as fils:
            faits = [fils.submit(self._propre, colonne, cle[0]) for cle, colonne in colonnes.items()]
            for fait in faits:
                fait.result()

    def _propre(self, colonne: Colonne, exact: str) -> Nettoyee:
        """Une colonne de l'export nettoyée pour une colonne du modèle, puis protégée ; rien ne se fait deux fois."""
        lecture, protegee = (exact, *_lecture_commune(colonne)), (exact, colonne.nom, str(colonne.obligatoire))
        if protegee not in self._propres:
            if lecture not in self._propres:
                bruts = self.tableau.donnees[exact]
                self._propres[lecture] = nettoyer_colonne(bruts, colonne, self.contexte, exact)
            self._propres[protegee] = self._proteger(self._propres[lecture], colonne, exact)
        return self._propres[protegee]

    def _source(self, alimentations: tuple[Alimentation, ...]) -> Source:
        """Les colonnes utiles du tableau, et celles dont rien ne se recopie jamais.

        Lève `ErreurDefinition` si une colonne personnelle de l'export serait rangée en clair.
        """
        entetes: list[str] = []
        masquees: set[str] = set()
        for alimentation in alimentations:
            composees = {c.nom for c in alimentation.compositions}
            entetes += [self.tableau.exiger(e) for e in alimentation.entetes if e not in composees]
            for composition in alimentation.compositions:
                if composition.identite:
                    masquees.update(self.tableau.exiger(e) for e in composition.parts)
            for nom, entete in alimentation.colonnes.items():
                colonne, exact = modele.table(alimentation.table).colonnes[nom], self.tableau.exiger(entete)
                refuser_colonne_personnelle(self.tableau.lieu, exact, colonne, self.tableau.colonnes)
                if toujours_masquee(colonne):
                    masquees.add(exact)
        masquees.update(e for e in entetes if genre_d_en_tete(e, self.tableau.colonnes))
        return Source(self.tableau, self.contexte, entetes, masquees)

    def lot(self, alimentation: Alimentation) -> Lot:
        """Les lignes propres, les rejets et les corrections que le tableau donne à une table.

        Lève `ErreurFichier` si une colonne attendue manque, `ErreurDefinition` si une constante est illisible.
        """
        table = modele.table(alimentation.table)
        garde = self._concernees(alimentation)
        source = self.tableau.donnees if garde is None else self.tableau.donnees.filter(garde)
        lues = [
            self._lire(colonne, alimentation.colonnes[colonne.nom], source, garde)
            for colonne in table.colonnes.values()
            if colonne.nom in alimentation.colonnes
        ]
        refusee = _ou([lue.motifs.is_not_null() for lue in lues if lue.motifs is not None], source.height)
        corrigee = _ou(
            [lue.propre.natures.ne(NATURE_PROUVEE).fill_null(False) for lue in lues if lue.propre.natures is not None],
            source.height,
        )
        rejetees = int(refusee.sum())
        lignes = self._lignes(table, alimentation, source, lues, corrigee)
        return Lot(
            self.tableau.fichier,
            self.tableau.feuille,
            alimentation.table,
            source.height,
            self.tableau.donnees.height - source.height,
            self.tableau.hors_tableau.height,
            rejetees,
            lignes.filter(~refusee) if rejetees else lignes,
            self._rejets(source, lues, alimentation.table, refusee),
            self._corrections(source, lues, refusee, alimentation.table),
            self.source,
        )

    def _concernees(self, alimentation: Alimentation) -> pl.Series | None:
        """Vrai pour les lignes que `si` et `si_renseigne` laissent à cette table ; None si elles y sont toutes."""
        if not alimentation.si_renseigne and not alimentation.si:
            return None
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

    def _lire(self, colonne: Colonne, entete: str, source: pl.DataFrame, garde: pl.Series | None) -> _ColonneLue:
        """Nettoie une colonne (une seule fois par tableau) et la réduit aux lignes concernées."""
        exact = self.tableau.exiger(entete)
        propre = self._propre(colonne, exact)
        if garde is not None:
            propre = propre.filtrer(garde)
        if colonne.nom == "id_service":
            propre = self._regler_service(propre)
        return _ColonneLue(colonne, exact, source[exact], propre, _motifs(propre, colonne))

    def _proteger(self, propre: Nettoyee, colonne: Colonne, exact: str) -> Nettoyee:
        """Pseudonymise un identifiant ; écarte d'un texte ce qui est personnel."""
        espece = pseudonymes.ESPECES.get(colonne.nom)
        if espece and self.contexte.cle is not None:
            cle = (exact, espece)
            if cle not in self._pseudonymes:
                self._pseudonymes[cle] = self.contexte.cle.pseudonymiser(propre.valeurs, espece)
            return propre.avec_valeurs(self._pseudonymes[cle])
        if espece or (colonne.nom in pseudonymes.LISIBLES and colonne.nom != "id_service"):
            ecartees = _formes(propre.valeurs)
        elif colonne.variable.type is Type.TEXTE and colonne.nom not in ("liste", "code"):
            ecartees = self.source.discretion.texte_a_ecarter(propre.valeurs, libelle=colonne.nom in LIBELLES)
        else:
            return propre
        return propre if ecartees is None else _ecarter(propre, ecartees, obligatoire=colonne.obligatoire)

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
        propre = self._proteger(propre, colonne, f"constante « {brut} »")
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

    def _rejets(self, source: pl.DataFrame, lues: list[_ColonneLue], table: str, refusee: pl.Series) -> pl.DataFrame:
        """Un rejet par cellule fautive : où, quelle règle, quel remède, et les cellules de la ligne."""
        fautes = [lue for lue in lues if lue.motifs is not None and lue.motifs.null_count() < lue.motifs.len()]
        if not fautes:
            return pl.DataFrame(schema=REJET)
        cellules = self.source.recopier(source[LIGNE].filter(refusee)).rename({LIGNE: "ligne"})
        rejets = []
        for lue in fautes:
            fautive = lue.motifs.is_not_null()
            cadre = pl.DataFrame(
                {
                    "ligne": source[LIGNE].filter(fautive),
                    "valeur": self.source.masquer(
                        lue.bruts.filter(fautive), lue.entete, commune=lue.colonne.nom in COLONNES_COMMUNE
                    ),
                    "motif": lue.motifs.filter(fautive),
                    "proposition": _ou_vide(lue.propre.propositions, lue.bruts.len()).filter(fautive),
                }
            )
            rejets.append(
                cadre.with_columns(
                    fichier=pl.lit(self.tableau.fichier),
                    feuille=pl.lit(self.tableau.feuille),
                    table=pl.lit(table),
                    colonne=pl.lit(lue.entete),
                    regle=regle(pl.col("motif")),
                )
                .with_columns(remede=remede(pl.col("regle"), pl.col("proposition"), lue.colonne.variable.type))
                .join(cellules, on="ligne", how="left", maintain_order="left")
                .select(list(REJET))
            )
        return pl.concat(rejets)

    def _corrections(
        self, source: pl.DataFrame, lues: list[_ColonneLue], refusee: pl.Series, table: str
    ) -> pl.DataFrame:
        """Les corrections des lignes non refusées, réunies par écriture."""
        listes = [pl.DataFrame(schema=CORRECTION)]
        for lue in lues:
            natures = lue.propre.natures
            if natures is None:
                continue
            garde = natures.is_not_null() & ~refusee
            cadre = pl.DataFrame(
                {
                    "nature": natures.filter(garde),
                    "avant": lue.bruts.filter(garde),
                    "apres": lue.propre.valeurs.filter(garde),
                    "proposition": _ou_vide(lue.propre.propositions, natures.len()).filter(garde),
                    "premiere_ligne": source[LIGNE].filter(garde),
                }
            )
            listes.append(
                self._reunir_corrections(cadre, lue)
                .with_columns(
                    fichier=pl.lit(self.tableau.fichier),
                    feuille=pl.lit(self.tableau.feuille),
                    table=pl.lit(table),
                    colonne=pl.lit(lue.colonne.nom),
                )
                .select(list(CORRECTION))
            )
        return pl.concat(listes)

    def _reunir_corrections(self, cadre: pl.DataFrame, lue: _ColonneLue) -> pl.DataFrame:
        """Une ligne par écriture corrigée ; une donnée personnelle n'y est pas recopiée."""
        # La nature et la valeur ne dépendent que de l'écriture : une seule clé à regrouper.
        premieres = ("nature", "apres", "proposition", "premiere_ligne")
        reunies = cadre.group_by("avant", maintain_order=True).agg(
            pl.col(premieres).first(), lignes=pl.len().cast(pl.Int64)
        )
        reunies = reunies.with_columns(pl.col("apres").cast(pl.String))
        if toujours_masquee(lue.colonne) or genre_d_en_tete(lue.entete, self.tableau.colonnes):
            cachee = pl.when(pl.col("apres").is_not_null()).then(pl.lit(MASQUE_VALEUR))
            reunies = reunies.with_columns(avant=pl.lit(MASQUE_VALEUR), apres=cachee)
        ecartee = pl.col("nature").is_in([NATURE_PERSONNELLE, NATURE_TEXTE_LIBRE])
        commune = lue.colonne.nom in COLONNES_COMMUNE
        reunies = reunies.with_columns(avant=self.source.masquer(reunies["avant"], lue.entete, commune=commune))
        reunies = reunies.with_columns(avant=pl.when(ecartee).then(pl.lit(MASQUE_VALEUR)).otherwise("avant"))
        if lue.colonne.variable.type is Type.TEXTE:
            reunies = reunies.with_columns(apres=self.source.masquer(reunies["apres"], lue.entete))
        return reunies.group_by("avant", "nature", "apres", maintain_order=True).agg(
            pl.col("proposition", "premiere_ligne").first(), pl.col("lignes").sum()
        )


def hors_tableau(tableau: Tableau) -> pl.DataFrame:
    """Les lignes que la lecture a mises de côté, écrites comme des corrections ; un texte n'y est pas recopié."""
    contenu = pl.col("contenu").str.strip_chars()
    return tableau.hors_tableau.select(
        fichier=pl.lit(tableau.fichier),
        feuille=pl.lit(tableau.feuille),
        table=pl.lit("", pl.String),
        colonne=pl.lit("", pl.String),
        nature=pl.format("{} : {}", pl.lit(NATURE_HORS_TABLEAU), "nature"),
        avant=pl.when(contenu.str.contains(_SANS_MYSTERE)).then("contenu").otherwise(pl.lit(MASQUE_VALEUR)),
        apres=pl.lit(None, pl.String),
        proposition=pl.lit(None, pl.String),
        lignes=pl.lit(1, pl.Int64),
        premiere_ligne="ligne",
    )


def _lecture_commune(colonne: Colonne) -> tuple[str, ...]:
    """Deux colonnes du modèle qui rendent la même chose se nettoient de la même façon."""
    type_ = colonne.variable.type
    if type_ in (Type.DATE, Type.MONTANT, Type.ENTIER, Type.DECIMAL, Type.TEXTE):
        return (type_.value,)
    if type_ is Type.IDENTIFIANT and (colonne.nom not in COLONNES_COMMUNE or colonne.obligatoire):
        return (type_.value,)
    return (type_.value, colonne.nom)


def _ou_vide(serie: pl.Series | None, hauteur: int) -> pl.Series:
    return pl.Series([None], dtype=pl.String).new_from_index(0, hauteur) if serie is None else serie


def _formes(valeurs: pl.Series) -> pl.Series | None:
    """Nature « donnée personnelle » pour les identifiants qui ont la forme d'un courriel, d'un téléphone…"""
    cadre = pl.DataFrame({"v": valeurs}).select(
        n=pl.when(forme_personnelle(pl.col("v"))).then(pl.lit(NATURE_PERSONNELLE))
    )
    return cadre["n"] if cadre["n"].null_count() < cadre.height else None


def _ecarter(propre: Nettoyee, ecartees: pl.Series, *, obligatoire: bool) -> Nettoyee:
    """Vide les valeurs écartées : la ligne est refusée si la colonne est obligatoire, sinon corrigée."""
    cadre = pl.DataFrame(
        {"v": propre.valeurs, "e": ecartees, "m": _ou_vide(propre.motifs, ecartees.len()),
         "n": _ou_vide(propre.natures, ecartees.len())}
    )  # fmt: skip
    touchee = pl.col("e").is_not_null()
    cadre = cadre.select(
        v=pl.when(~touchee).then("v"),
        m=pl.when(touchee & pl.lit(obligatoire)).then(pl.lit(MOTIF_PERSONNEL)).otherwise("m"),
        n=pl.coalesce("e", "n"),
    )
    return Nettoyee(cadre["v"], cadre["m"] if obligatoire else propre.motifs, cadre["n"], propre.propositions)


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
