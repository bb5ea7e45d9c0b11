"""Retrouver le numéro qu'un service donne à ses lignes, en relisant l'export d'où elles viennent.

L'entrepôt ne garde que des pseudonymes, et l'endroit où chaque ligne a été lue. Une cellule n'est reconnue que
si la clé en refait le pseudonyme rangé : sans la clé ou sans l'export, rien ne remonte. Un état civil n'est
repris que pour une ligne que rien d'autre ne désigne.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from observatoire import modele
from observatoire.collecte import Tableau, lire_tableau
from observatoire.collecte.assemblage import assembler
from observatoire.collecte.correspondances import Alimentation, Correspondance, lire_correspondances, lire_options
from observatoire.collecte.tableau import LIGNE
from observatoire.entrepot import Entrepot
from observatoire.erreurs import ErreurFichier, ErreurObservatoire
from observatoire.espace import Espace
from observatoire.nettoyage.identifiants import nettoyer_identifiants
from observatoire.nettoyage.personnel import Genre, genre_d_en_tete
from observatoire.pseudonymes import ESPECES, LISIBLES, TEMOIN, Cle
from observatoire.qualite.suivi import lire_exports
from observatoire.rangement import FICHE
from observatoire.services import Service

IDENTIFIANTS = tuple(nom for nom in (*ESPECES, *LISIBLES) if nom != "id_service")
SEPARATEUR = " · "
_CIVIL = (Genre.NOM, Genre.PRENOM, Genre.NAISSANCE, Genre.NIR, Genre.ADRESSE, Genre.COURRIEL, Genre.TELEPHONE)
_ACCENTUES = {"menage": "ménage", "sejour": "séjour", "referent": "personne de référence"}
_LIEU = ["table", "_fichier", LIGNE]
_RELEVE = {
    "table": pl.String,
    "_fichier": pl.String,
    LIGNE: pl.Int64,
    "colonne": pl.String,
    "range": pl.String,
    "entete": pl.String,
    "local": pl.String,
    "civil": pl.Boolean,
    "feuille": pl.String,
}


@dataclass(frozen=True)
class Reperage:
    """Ce qui désigne des lignes pour le service.

    `lignes` : `identifiant`, `feuille` et `retrouve`, dans l'ordre demandé ; `empechement` : pourquoi des numéros
    locaux manquent et la commande qui les rend, vide si aucun ne manque.
    """

    lignes: pl.DataFrame
    empechement: str = ""


def reperer(
    espace: Espace,
    service: Service,
    entrepot: Entrepot,
    lignes: pl.DataFrame,
    exports: Path | Iterable[Path] | None = None,
    attendues: int | None = None,
) -> Reperage:
    """Les numéros locaux de `lignes`, tels que les exports les écrivent.

    Entrées : `lignes` porte `table`, la provenance (`_fichier`, `_ligne`) et les identifiants rangés ; `exports`,
    fichiers ou dossiers où relire en plus. Un export se relit là où l'import l'a lu, à défaut dans
    `data/depot/<service>` et `data/exemple/<service>`, et seulement s'il n'a pas changé. Si la clé ou un export
    manquent, le pseudonyme reste et `empechement` le dit, pour les `attendues` premières lignes (toutes par défaut) :
    une ligne résolue vient souvent d'un export remplacé depuis. Lève `ErreurFichier` si `exports` n'existe pas.
    """
    sources = _Sources(espace, service, entrepot, exports)
    identifiants = [c for c in IDENTIFIANTS if c in lignes.columns]
    longues = (
        lignes.select(*_LIEU, *identifiants)
        .with_row_index("rang")
        .unpivot(identifiants, index=["rang", *_LIEU], variable_name="colonne", value_name="range")
        .filter(pl.col("range").is_not_null())
    )
    releves = sources.relever(longues) if longues.height else pl.DataFrame(schema=_RELEVE)
    cles = [*_LIEU, "colonne", "range"]
    releves = releves.unique(cles, keep="first", maintain_order=True)
    lues = longues.join(releves, on=cles, how="left", maintain_order="left")
    rendues = (
        lignes.select(*_LIEU)
        .with_row_index("rang")
        .join(_reunir(lues), on="rang", how="left", maintain_order="left")
        .with_columns(pl.col("identifiant").fill_null(""), pl.col("retrouve").fill_null(False))
        .with_columns(feuille=pl.coalesce("feuille", sources.feuille()))
    )
    manquent = (
        rendues.head(rendues.height if attendues is None else attendues)
        .filter(pl.col(LIGNE).is_not_null() & ~pl.col("retrouve"))["_fichier"]
        .unique()
        .to_list()
    )
    return Reperage(rendues.select("identifiant", "feuille", "retrouve"), sources.expliquer(manquent))


def _reunir(lues: pl.DataFrame) -> pl.DataFrame:
    """Par ligne, ses numéros locaux bout à bout ; à défaut ses pseudonymes."""
    trouve = pl.col("local").is_not_null()
    numero, civil = trouve & ~pl.col("civil"), trouve & pl.col("civil")
    numeros = numero.any().over("rang")
    choisie = pl.when(numeros).then(numero).when(civil.any().over("rang")).then(civil).otherwise(pl.lit(True))
    ordre = {nom: rang for rang, nom in enumerate(IDENTIFIANTS)}
    propre = pl.col("colonne") == pl.format("id_{}", "table")
    libelle = pl.coalesce("entete", pl.col("colonne").str.strip_prefix("id_").replace(_ACCENTUES))
    texte = pl.format("{} {}", libelle, pl.coalesce("local", "range"))
    return (
        lues.filter(choisie.fill_null(False))
        .sort("rang", ~propre, pl.col("colonne").replace_strict(ordre), maintain_order=True)
        .with_columns(texte=texte)
        .unique(["rang", "texte"], keep="first", maintain_order=True)
        .group_by("rang", maintain_order=True)
        .agg(
            identifiant=pl.col("texte").str.join(SEPARATEUR),
            feuille=pl.col("feuille").drop_nulls().first(),
            retrouve=trouve.any(),
        )
    )


@dataclass(frozen=True)
class _Fichier:
    """Un fichier encore là : le dossier fouillé, le nom sous lequel l'import l'aurait affiché, son chemin."""

    dossier: Path
    nom: str
    chemin: Path


class _Sources:
    """Les exports encore là, reconnus à leur contenu, et la clé si cet ordinateur la détient."""

    def __init__(
        self, espace: Espace, service: Service, entrepot: Entrepot, exports: Path | Iterable[Path] | None
    ) -> None:
        self.espace, self.service = espace, service
        self._correspondances = lire_correspondances(service)
        self._fournis = lire_options(service).pseudonymes == "fournis"
        self._livres, self._feuilles = _livres(entrepot)
        self._donnes = list(_lister(_dossiers(exports)))
        self._retenus = _retenus(espace, service.id)
        habituels = {lieu: espace.donnees / lieu / service.id for lieu in ("depot", "exemple")}
        self._deposes = list(_lister([habituels["depot"]]))
        self._fichiers = [*self._retenus.values(), *self._donnes, *self._deposes, *_lister([habituels["exemple"]])]
        self._lus: dict[tuple[Path, str], Tableau] = {}
        self._sommes: dict[Path, str] = {}
        self._manques: dict[str, str] = {}
        self._cle, self._sans_cle = None, ""
        if not self._fournis:
            self._cle, self._sans_cle = _ouvrir_cle(espace)

    def expliquer(self, fichiers: Iterable[str | None]) -> str:
        """Pourquoi des lignes de ces fichiers gardent leur pseudonyme, et la commande qui leur rend leur numéro."""
        if self._sans_cle:
            return self._sans_cle if any(fichiers) else ""
        manques: dict[str, list[str]] = {}
        for fichier in sorted(f for f in fichiers if f in self._manques):
            manques.setdefault(self._manques[fichier], []).append(fichier)
        if not manques:
            return ""
        phrases = [raison.format(", ".join(noms)) for raison, noms in manques.items()]
        return " ".join(phrases) + (
            f" Pour les relire : observatoire verifier --service {self.service.id} --exports DOSSIER, où DOSSIER "
            "contient ces exports tels qu'ils ont été importés."
        )

    def feuille(self) -> pl.Expr:
        """La feuille d'où vient la table d'un fichier, quand il n'y en a qu'une ; sinon toutes."""
        nom = pl.concat_str("_fichier", "table", separator="\x1f")
        return nom.replace_strict(self._feuilles, default="", return_dtype=pl.String)

    def relever(self, longues: pl.DataFrame) -> pl.DataFrame:
        """Les cellules des exports qui désignent ces lignes : où, sous quel en-tête, écrites comment."""
        releves = [pl.DataFrame(schema=_RELEVE)]
        for (fichier, table), demandees in longues.group_by("_fichier", "table", maintain_order=True):
            if fichier is not None:
                releves += self._relever_fichier(str(fichier), str(table), demandees[LIGNE].unique())
        # Un identifiant rangé en clair n'a besoin ni de la clé ni de l'export.
        clairs = longues if self._fournis else longues.filter(pl.col("colonne").is_in(LISIBLES))
        releves.append(
            clairs.select(
                *_LIEU,
                "colonne",
                "range",
                entete=pl.lit(None, pl.String),
                local="range",
                civil=pl.lit(False),
                feuille=pl.lit(None, pl.String),
            )
        )
        return pl.concat(releves)

    def _relever_fichier(self, fichier: str, table: str, lignes: pl.Series) -> Iterator[pl.DataFrame]:
        exports = self._retrouver(fichier) if self._cle is not None or self._fournis else []
        for export in exports:
            yield from self._relever_export(fichier, table, export, lignes)

    def _relever_export(self, fichier: str, table: str, export: _Fichier, lignes: pl.Series) -> Iterator[pl.DataFrame]:
        for correspondance in self._lectures(fichier, table, export.chemin):
            try:
                tableau = self._lire(fichier, export, correspondance)
            except ErreurObservatoire:
                self._manques.setdefault(fichier, _ILLISIBLE)
                continue
            voulues = tableau.donnees.filter(pl.col(LIGNE).is_in(lignes.implode()))
            for alimentation in correspondance.alimentations:
                if alimentation.table == table:
                    yield from self._cellules(tableau, voulues, alimentation, fichier)

    def _retrouver(self, fichier: str) -> list[_Fichier]:
        """Les exports livrés sous ce nom qui sont encore là, tels qu'ils ont été importés."""
        retrouves = []
        for somme in sorted(self._livres.get(fichier, ())):
            retenu = self._retenus.get(somme)
            homonymes = (f for f in self._fichiers if f.chemin.name == Path(fichier).name)
            candidats = [*([retenu] if retenu else []), *homonymes]
            trouve = next((f for f in candidats if self._somme(f) == somme), None)
            if trouve is not None:
                retrouves.append(trouve)
                continue
            # Un fichier du même nom ailleurs, comme celui de l'exemple livré, ne dit rien de l'export importé.
            places = [*([retenu] if retenu else self._deposes), *self._donnes]
            change = any(f.chemin.is_file() and f.chemin.name == Path(fichier).name for f in places)
            self._manques[fichier] = _CHANGE if change else _ABSENT
        return retrouves

    def _somme(self, fichier: _Fichier) -> str:
        chemin = fichier.chemin
        if chemin not in self._sommes:
            try:
                self._sommes[chemin] = _sha256(chemin)
            except OSError:
                self._sommes[chemin] = ""
        return self._sommes[chemin]

    def _lectures(self, fichier: str, table: str, chemin: Path) -> list[Correspondance]:
        """Les correspondances que suit ce fichier ; à défaut, la lecture d'un fichier nommé comme une table."""
        suivies = [c for c in self._correspondances if c.convient(Path(fichier).name)]
        if suivies or Path(fichier).stem.casefold() != table:
            return [c for c in suivies if any(a.table == table for a in c.alimentations)]
        colonnes = modele.table(table).colonnes
        lu = lire_tableau(chemin, list(colonnes), nom=fichier)
        presentes = {c: trouvee for c in colonnes if (trouvee := lu.colonne(c)) is not None}
        return [Correspondance(fichier, "", "", (Alimentation(table, presentes),))]

    def _lire(self, fichier: str, export: _Fichier, correspondance: Correspondance) -> Tableau:
        lecture = (export.chemin, repr(correspondance))
        if lecture not in self._lus:
            tableau = lire_tableau(export.chemin, correspondance.sources, correspondance.feuille, fichier)
            voisins = (f for f in self._fichiers if f.dossier == export.dossier and f.chemin.is_file())
            envoi = list(dict.fromkeys((f.nom, f.chemin) for f in voisins))
            self._lus[lecture] = assembler(tableau, correspondance, envoi)
        return self._lus[lecture]

    def _cellules(
        self, tableau: Tableau, voulues: pl.DataFrame, alimentation: Alimentation, fichier: str
    ) -> Iterator[pl.DataFrame]:
        """Pour chaque identifiant de la table, ce que ses cellules écrivent et le pseudonyme qu'elles donnent."""
        compositions = {c.nom: c for c in alimentation.compositions}
        for colonne, entete in alimentation.colonnes.items():
            if colonne not in IDENTIFIANTS:
                continue
            exact = tableau.exiger(entete)
            propres = nettoyer_identifiants(voulues[exact])["valeur"]
            composition = compositions.get(entete)
            locales, nom = propres, exact
            if composition is not None:
                nom = " + ".join(composition.entetes)
                if composition.identite:
                    parts = [pl.col(tableau.exiger(e)).str.strip_chars() for e in composition.parts]
                    locales = voulues.select(pl.concat_str(parts, separator=" ").alias("local"))["local"]
            espece = ESPECES.get(colonne)
            range_ = self._cle.pseudonymiser(propres, espece) if self._cle is not None and espece else propres
            civil = any(genre_d_en_tete(e, tableau.colonnes) in _CIVIL for e in _parts(composition, exact))
            yield (
                pl.DataFrame({LIGNE: voulues[LIGNE], "range": range_, "local": locales})
                .select(
                    table=pl.lit(alimentation.table),
                    _fichier=pl.lit(fichier),
                    _ligne=LIGNE,
                    colonne=pl.lit(colonne),
                    range=pl.col("range").cast(pl.String),
                    entete=pl.lit(nom),
                    local=pl.col("local").cast(pl.String),
                    civil=pl.lit(civil),
                    feuille=pl.lit(tableau.feuille),
                )
                .filter(pl.col("range").is_not_null())
            )


_CHANGE = "Exports changés depuis leur import : {}."
_ABSENT = "Exports introuvables là où ils ont été importés : {}."
_ILLISIBLE = "Exports qui ne se lisent plus avec le réglage actuel : {}."


def _parts(composition, exact: str) -> tuple[str, ...]:
    return (exact,) if composition is None else composition.entetes


def _ouvrir_cle(espace: Espace) -> tuple[Cle | None, str]:
    """La clé des pseudonymes si elle est là, sinon pourquoi pas ; n'en crée jamais une."""
    if not (espace.donnees / "entrepot" / TEMOIN).is_file():
        return None, "Aucune clé de pseudonymes n'a servi dans cet espace de travail."
    try:
        return Cle.ouvrir(espace), ""
    except ErreurObservatoire:
        return None, "La clé des pseudonymes n'est pas sur cet ordinateur."


def _livres(entrepot: Entrepot) -> tuple[dict[str, set[str]], dict[str, str]]:
    """Les sommes sous lesquelles chaque fichier a été importé, et « fichier, table » → feuille."""
    fiches = [entrepot.livraison]
    for inscription in entrepot.carnet.actives:
        fiche = entrepot.dossier / inscription.dossier / FICHE
        if fiche.is_file():
            fiches.append(json.loads(fiche.read_text(encoding="utf-8")))
    sommes: dict[str, set[str]] = {}
    feuilles: dict[str, dict[str, None]] = {}
    for nom, fichier in ((n, f) for fiche in fiches for n, f in fiche.get("fichiers", {}).items()):
        sommes.setdefault(nom, set()).add(fichier.get("sha256", ""))
        for lue in fichier.get("tables", ()):
            feuilles.setdefault(f"{nom}\x1f{lue['table']}", {})[lue.get("feuille") or ""] = None
    return sommes, {cle: " ou ".join(noms) for cle, noms in feuilles.items()}


def _retenus(espace: Espace, service: str) -> dict[str, _Fichier]:
    """Les exports là où l'import les a lus, par SHA-256 ; ils n'y sont peut-être plus."""
    retenus = lire_exports(espace, service).items()
    return {somme: _Fichier(Path(lieu), nom, Path(lieu) / nom) for somme, (lieu, nom) in retenus}


def _dossiers(exports: Path | Iterable[Path] | None) -> list[Path]:
    if exports is None:
        return []
    donnes = [Path(exports)] if isinstance(exports, str | Path) else [Path(e) for e in exports]
    for donne in donnes:
        if not donne.exists():
            raise ErreurFichier(f"« {donne} » n'existe pas.", "Donnez les exports importés, ou leur dossier.")
    return donnes


def _lister(dossiers: Iterable[Path]) -> Iterator[_Fichier]:
    for dossier in dossiers:
        if dossier.is_file():
            yield _Fichier(dossier.parent, dossier.name, dossier)
        for fichier in sorted(dossier.rglob("*")) if dossier.is_dir() else ():
            relatif = fichier.relative_to(dossier)
            if fichier.is_file() and not any(p.startswith((".", "~$")) for p in relatif.parts):
                yield _Fichier(dossier, relatif.as_posix(), fichier)


def _sha256(fichier: Path) -> str:
    with fichier.open("rb") as flux:
        return hashlib.file_digest(flux, "sha256").hexdigest()


def entetes(
    correspondances: Iterable[Correspondance], table: str, colonne: str, fichier: str, fixes: Mapping[str, str]
) -> tuple[str, ...]:
    """Les mots de l'export pour une colonne du modèle, dans un fichier ; vide si le réglage ne la nomme pas.

    `fixes` : ce que la ligne porte dans les colonnes que le réglage fixe ; « moment = sortie » choisit ainsi, de
    deux lectures de la même table, celle d'où vient la ligne.
    """
    lues = [
        a
        for c in correspondances
        if not fichier or c.convient(Path(fichier).name)
        for a in c.alimentations
        if a.table == table
    ]
    propres = [a for a in lues if all(str(v) == fixes.get(c, str(v)) for c, v in a.constantes.items())]
    return tuple(dict.fromkeys(a.colonnes[colonne] for a in propres or lues if colonne in a.colonnes))
