"""Abîmer le témoin : un mutateur par type d'attente casse le sujet d'une règle, et rien d'autre.

Un mutateur lit les réglages de la règle et les lignes qu'elle examine dans le témoin ; il rend des mutants, les
mêmes tables où juste assez de lignes sont fautives pour que la règle échoue : une de moins, elle passerait.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

import polars as pl

from observatoire.espace import Espace, racine_gabarit
from observatoire.modele import ABSENCES, TABLES, VARIABLES
from observatoire.nomenclatures import lire_nomenclature
from observatoire.qualite.moteur import VERDICT_SEULEMENT, Examinee
from observatoire.qualite.perimetre import TOUTE_LA_TABLE
from observatoire.qualite.suites import Regle
from tests.qualite.temoin import ANNEES, Tables, tables_temoin

ANNEE = ANNEES[1]  # l'année abîmée : une autre la précède, une autre la suit
INCONNU = "INCONNU_DU_TEMOIN"
ENTETE_REJETS = "fichier;feuille;ligne;table;colonne;valeur;regle;motif;remede;cellules"
UN_JOUR = timedelta(days=1)


@dataclass(frozen=True)
class Mutant:
    """Les tables abîmées d'une façon, qui a un nom ; et les lignes que l'import aurait écartées."""

    nom: str
    tables: Tables
    rejets: str = ""


@dataclass(frozen=True)
class Sujet:
    """Une règle, ce qu'elle voit dans le témoin l'année abîmée et la précédente, et les règles des suites."""

    examinee: Examinee
    avant: Examinee
    regles: tuple[Regle, ...]

    @property
    def table(self) -> str:
        return self.examinee.regle.table

    def reglage(self, nom: str, defaut: Any = None) -> Any:
        return self.examinee.reglages.get(nom, defaut)

    @property
    def nombre(self) -> int:
        """Combien de lignes fautives font échouer la règle, sans une de trop."""
        vues = self.examinee.examen.lignes
        assert vues, "la règle ne regarde aucune ligne du témoin"
        assert vues >= self.reglage("effectif_minimum", 0), "le témoin a trop peu de lignes"
        return int(self.reglage("part_toleree", 0.0) * vues) + 1

    @property
    def vues(self) -> pl.DataFrame:
        """Les lignes examinées, les moins reliées d'abord ; pour une année, celles que la précédente ne compte pas."""
        return self.rangees(self.examinee.lot.filter(self.examinee.examen.examinees))

    def rangees(self, lignes: pl.DataFrame) -> pl.DataFrame:
        if self.examinee.regle.perimetre != TOUTE_LA_TABLE:
            nouvelles = lignes.join(self.avant.lot, on=["_fichier", "_ligne"], how="anti", maintain_order="left")
            lignes = nouvelles if nouvelles.height >= self.nombre else lignes
        return lignes.join(_liens(self.table), on="_ligne", maintain_order="left").sort("_liens", maintain_order=True)

    @property
    def choisies(self) -> pl.DataFrame:
        return self.choisir(self.nombre)

    def choisir(self, nombre: int, lignes: pl.DataFrame | None = None) -> pl.DataFrame:
        """`nombre` lignes à abîmer : parmi les moins reliées, réparties dans l'ordre de la table."""
        rangees = self.vues if lignes is None else self.rangees(lignes)
        parmi = rangees.filter(pl.col("_liens") <= rangees["_liens"][nombre - 1]).sort("_ligne")
        return parmi[[rang * parmi.height // nombre for rang in range(nombre)]].drop("_liens")

    def remplacer(self, lignes: pl.DataFrame) -> Tables:
        """Le témoin, ces lignes-là changées (elles se reconnaissent à leur provenance)."""
        tables = tables_temoin()
        saine = tables[self.table]
        changee = saine.update(lignes.select(saine.columns), on=["_fichier", "_ligne"], include_nulls=True)
        return {**tables, self.table: changee}

    def ajouter(self, lignes: pl.DataFrame, tables: Tables | None = None) -> Tables:
        """Le témoin (ou ces `tables`), et ces lignes en plus à la fin de la table."""
        tables = tables_temoin() if tables is None else tables
        saine = tables[self.table]
        suivantes = pl.int_range(pl.len(), dtype=pl.Int64) + saine["_ligne"].max() + 1
        ajoutees = lignes.select(saine.columns).with_columns(suivantes.alias("_ligne"))
        return {**tables, self.table: pl.concat([saine, ajoutees])}

    def poser(self, **valeurs: pl.Expr) -> Tables:
        """Le témoin, les lignes choisies portant ces valeurs."""
        return self.remplacer(self.choisies.with_columns(**valeurs))

    def dater(self, lignes: pl.DataFrame, colonne: str, jour: pl.Expr, juge: tuple[str, str] | None = None) -> Tables:
        """Le témoin, `colonne` de ces lignes portée à `jour` ; les autres dates que cela désordonne sont vidées."""
        lignes = lignes.with_columns(jour.alias(colonne))
        for avant, apres in self._ordres():
            autre = apres if avant == colonne else avant
            if colonne in (avant, apres) and (avant, apres) != juge:
                desordre = pl.col(avant) > pl.col(apres)
                lignes = lignes.with_columns(pl.when(desordre).then(None).otherwise(autre).alias(autre))
        return self.remplacer(lignes)

    def _ordres(self) -> set[tuple[str, str]]:
        """Les couples de dates que des règles de la même table ordonnent."""
        kwargs = [r.attente["kwargs"] for r in self.regles if r.table == self.table and _type(r) == "dates_ordonnees"]
        return {(k["avant"], k["apres"]) for k in kwargs}


def _type(regle: Regle) -> str:
    return regle.attente["type"].removeprefix("attendre_")


@cache
def _citations(table: str, cle: str) -> pl.DataFrame:
    """Valeur de `table.cle` → nombre de tables qui la citent, dans le témoin."""
    temoin = tables_temoin()
    citees = [
        temoin[nom].select(pl.col(colonne.nom).alias("_valeur")).drop_nulls().unique()
        for nom, autre in TABLES.items()
        for colonne in autre.colonnes.values()
        if colonne.reference == f"{table}.{cle}"
    ]
    return pl.concat(citees).group_by("_valeur").agg(pl.len().cast(pl.Int64).alias("_nombre"))


@cache
def _liens(table: str) -> pl.DataFrame:
    """Par ligne du témoin, combien de tables citent sa clé, ou citent ce qu'elle cite : la moins reliée gêne peu."""
    lignes, cle = tables_temoin()[table], TABLES[table].cle[0]
    colonnes = {c.nom: c.reference for c in TABLES[table].colonnes.values() if c.reference}
    if any(c.reference == f"{table}.{cle}" for autre in TABLES.values() for c in autre.colonnes.values()):
        colonnes[cle] = f"{table}.{cle}"
    comptes = [
        lignes.select(pl.col(colonne).alias("_valeur"))
        .join(_citations(*reference.split(".")), on="_valeur", how="left", maintain_order="left")["_nombre"]
        .fill_null(0)
        for colonne, reference in colonnes.items()
    ]
    return lignes.select("_ligne", sum(comptes, pl.zeros(lignes.height, dtype=pl.Int64, eager=True)).alias("_liens"))


# --- Réception, clés, références, listes ----------------------------------------------------------


def _absente(sujet: Sujet) -> Iterator[Mutant]:
    tables = tables_temoin()
    yield Mutant("fichier absent", {**tables, sujet.table: tables[sujet.table].clear()})


def _contredite(sujet: Sujet) -> Iterator[Mutant]:
    ligne = f"export.csv;;7;{sujet.table};;;cle_contradictoire;même clé, autres valeurs;;"
    yield Mutant("ligne contredite", tables_temoin(), f"{ENTETE_REJETS}\n{ligne}\n")


def _vide(marques: Sequence[str]) -> pl.Expr:
    """Un vide ; ou, si des marques d'absence en sont aussi, une marque une ligne sur deux."""
    if not marques:
        return pl.lit(None)
    return pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit(marques[0])).otherwise(None)


def _videe(sujet: Sujet) -> Iterator[Mutant]:
    for colonne in sujet.reglage("colonnes"):
        yield Mutant(f"{colonne} vide", sujet.poser(**{colonne: _vide(sujet.reglage("marques") or ())}))


def _doublee(sujet: Sujet) -> Iterator[Mutant]:
    """Deux lignes de même clé : la seconde prend celle de la première, ou la répète tout entière."""
    colonnes, vues = sujet.reglage("colonnes"), sujet.vues
    if len(colonnes) == 1 and vues.height > 1:
        reprise = vues.slice(1, 1).with_columns(pl.lit(vues.item(0, colonnes[0])).alias(colonnes[0]))
        yield Mutant("clé reprise", sujet.remplacer(reprise))
    else:
        yield Mutant("ligne répétée", sujet.ajouter(vues.head(1)))


def _perdue(sujet: Sujet) -> Iterator[Mutant]:
    colonne, parmi = sujet.reglage("colonne"), sujet.vues
    if sujet.table == "situation" and colonne == "id_mesure":
        parmi = parmi.filter(pl.col("moment") == "entree")  # sans lien, une photo de sortie manquerait à sa mesure
    inconnus = pl.format(INCONNU + "_{}", "_ligne").alias(colonne)
    yield Mutant("identifiant inconnu", sujet.remplacer(sujet.choisir(sujet.nombre, parmi).with_columns(inconnus)))


def _hors_liste(sujet: Sujet) -> Iterator[Mutant]:
    colonne, separateur = sujet.reglage("colonne"), sujet.reglage("separateur")
    code = pl.format(f"{{}} {separateur} {INCONNU}", colonne) if separateur else pl.lit(INCONNU)
    yield Mutant("code inconnu", sujet.poser(**{colonne: code}))


def _citant(sujet: Sujet, ligne: pl.DataFrame) -> str:
    """La clé d'une ligne de la table visée qui ne va pas avec celle-ci : la plus ancienne des moins reliées."""
    table, cle, colonne = (sujet.reglage(n) for n in ("table_visee", "cle_visee", "colonne_visee"))
    autres = tables_temoin()[table].filter(pl.col(colonne).is_not_null() & (pl.col(colonne) != ligne.item(0, colonne)))
    return autres.join(_liens(table), on="_ligne").sort("_liens", "_ligne").item(0, cle)


def _autre_ligne_visee(sujet: Sujet) -> Iterator[Mutant]:
    """La ligne désigne celle de quelqu'un d'autre."""
    ligne = sujet.choisies
    autre = pl.lit(_citant(sujet, ligne)).alias(sujet.reglage("cle"))
    yield Mutant("ligne d'un autre", sujet.remplacer(ligne.with_columns(autre)))


# --- Dates ----------------------------------------------------------------------------------------


def _inversees(sujet: Sujet) -> Iterator[Mutant]:
    avant, apres = sujet.reglage("avant"), sujet.reglage("apres")
    pas = UN_JOUR if sujet.examinee.lot.schema[avant] == pl.Date else 1
    yield Mutant(f"{apres} la veille", sujet.dater(sujet.choisies, apres, pl.col(avant) - pas, (avant, apres)))


def _avant_la_liee(sujet: Sujet) -> Iterator[Mutant]:
    """La veille de la date de la ligne désignée."""
    visees = tables_temoin()[sujet.reglage("table_visee")].select(
        pl.col(sujet.reglage("cle_visee")).alias("_cle"), pl.col(sujet.reglage("colonne_visee")).alias("_visee")
    )
    parmi = sujet.vues.filter(pl.col("rang") == 1) if sujet.table == "mesure" else sujet.vues
    choisies = sujet.choisir(sujet.nombre, parmi)
    lignes = choisies.join(visees, left_on=sujet.reglage("cle"), right_on="_cle", maintain_order="left")
    yield Mutant("la veille", sujet.dater(lignes, sujet.reglage("colonne"), pl.col("_visee") - UN_JOUR))


def _a_venir(sujet: Sujet) -> Iterator[Mutant]:
    """La ligne entière glisse jusqu'à ce que la date soit demain ; ce qui suivrait n'a pas encore eu lieu."""
    colonne, jour = sujet.reglage("colonne"), date.fromisoformat(sujet.reglage("jour"))
    # Glisser un épisode ne doit pas lui faire perdre sa photo de sortie : on en prend un que sa photo nomme.
    lien, photos = f"id_{sujet.table}", tables_temoin()["situation"]
    nommees = pl.col(lien).is_in(photos[lien].drop_nulls().implode()) if sujet.table in ("mesure", "sejour") else True
    lignes = sujet.choisir(sujet.nombre, sujet.vues.filter(nommees))
    if lignes.schema[colonne] == pl.String:
        yield Mutant("le mois prochain", sujet.poser(**{colonne: pl.lit(f"{jour + timedelta(days=31):%Y-%m}")}))
        return
    exigees = {c.nom for c in TABLES[sujet.table].colonnes.values() if c.obligatoire}
    dates = [c for c, type_ in lignes.schema.items() if type_ == pl.Date and c != colonne]
    ecart = pl.lit(jour + UN_JOUR) - pl.col(colonne)
    glissees = [
        pl.when((pl.col(c) < pl.col(colonne)) | pl.lit(c in exigees)).then(pl.col(c) + ecart).otherwise(None).alias(c)
        for c in dates
    ]
    yield Mutant("demain", sujet.remplacer(lignes.with_columns(*glissees, pl.lit(jour + UN_JOUR).alias(colonne))))


def _trop_longue(sujet: Sujet) -> Iterator[Mutant]:
    fin = pl.col(sujet.reglage("debut")).dt.offset_by(f"{int(sujet.reglage('mois'))}mo") + UN_JOUR
    yield Mutant("un jour de trop", sujet.dater(sujet.choisies, sujet.reglage("fin"), fin))


def _hors_ouverture(sujet: Sujet) -> Iterator[Mutant]:
    """Une place ouverte le lendemain de l'entrée, puis une place fermée la veille de la sortie."""
    tables = tables_temoin()
    sejour = sujet.choisies.row(0, named=True)
    pour = pl.col("id_place") == sejour["id_place"]
    for nom, colonne, jour in (
        ("ouverte trop tard", "ouverture", sejour["date_entree"] + UN_JOUR),
        ("fermée trop tôt", "fermeture", sejour["date_sortie"] - UN_JOUR),
    ):
        places = tables["place"].with_columns(pl.when(pour).then(pl.lit(jour)).otherwise(colonne).alias(colonne))
        yield Mutant(nom, {**tables, "place": places})


# --- Valeurs --------------------------------------------------------------------------------------


def _hors_bornes(sujet: Sujet) -> Iterator[Mutant]:
    """La plus petite valeur passe sous le minimum, la plus grande au-dessus du maximum."""
    colonne = sujet.reglage("colonne")
    for nom, pas in (("minimum", -1), ("maximum", 1)):
        borne = sujet.reglage(nom)
        if borne is not None:
            lignes = sujet.vues.sort(pas * pl.col(colonne).cast(pl.Float64), descending=True, maintain_order=True)
            valeur = pl.lit(borne + pas).cast(lignes.schema[colonne])
            yield Mutant(f"au-delà du {nom}", sujet.dater(lignes.head(sujet.nombre), colonne, valeur))


def _age_impossible(sujet: Sujet) -> Iterator[Mutant]:
    """Un an de trop, puis pas encore né au jour où l'âge se compte."""
    colonne, au = sujet.reglage("colonne"), date.fromisoformat(sujet.reglage("au"))
    for nom, age in (
        ("trop vieux", sujet.reglage("maximum", 110) + 1),
        ("trop jeune", sujet.reglage("minimum", 0) - 1),
    ):
        yield Mutant(nom, sujet.poser(**{colonne: pl.lit(f"{au.year - int(age)}-{au.month:02}")}))


def _trop_d_heures(sujet: Sujet) -> Iterator[Mutant]:
    jours = (pl.col("date_fin") - pl.col("date_debut")).dt.total_days()
    yield Mutant("une heure de trop", sujet.poser(heures=sujet.reglage("par_jour") * jours + 1.0))


# --- Photos et composition ------------------------------------------------------------------------


def _sans_photo(sujet: Sujet, lien: str, parmi: pl.DataFrame) -> Iterator[Mutant]:
    tables = tables_temoin()
    perdus = sujet.choisir(sujet.nombre, parmi)[lien].implode()
    visee = (pl.col("moment") == sujet.reglage("moment")) & pl.col(lien).is_in(perdus).fill_null(False)
    yield Mutant("photo perdue", {**tables, "situation": tables["situation"].filter(~visee)})


def _profil_perdu(sujet: Sujet) -> Iterator[Mutant]:
    yield from _sans_photo(sujet, "id_menage", sujet.vues)


def _photo_perdue(sujet: Sujet) -> Iterator[Mutant]:
    lien = sujet.reglage("lien", "id_mesure")
    liees = tables_temoin()["situation"][lien].drop_nulls().implode()
    yield from _sans_photo(sujet, lien, sujet.vues.filter(pl.col(lien).is_in(liees)))


def _nombres_faux(sujet: Sujet) -> Iterator[Mutant]:
    """Une personne seule avec un adulte de trop, puis avec un enfant."""
    seule = sujet.vues.filter(pl.col("composition").is_in(["HS", "FS"])).head(1)
    deux = [pl.col(c) + 1 for c in ("nb_adultes", "nb_14_et_plus")]
    yield Mutant("un adulte de trop", sujet.remplacer(seule.with_columns(*deux)))
    yield Mutant("un enfant de trop", sujet.remplacer(seule.with_columns(pl.col("nb_moins_14") + 1)))


def _membres_contraires(sujet: Sujet) -> Iterator[Mutant]:
    """Une personne seule dite en couple, puis un couple dit d'une personne seule."""
    for nom, codes, code, adultes in (
        ("conjoint introuvable", ["HS", "FS"], "CSE", 2),
        ("conjoint oublié", ["CSE"], None, 1),
    ):
        ligne = sujet.vues.filter(pl.col("composition").is_in(codes)).head(1)
        nombre = pl.lit(adultes, dtype=pl.Int64)
        photo = {"composition": pl.lit(code or _seul(ligne)), "nb_adultes": nombre, "nb_14_et_plus": nombre}
        yield Mutant(nom, sujet.remplacer(ligne.with_columns(**photo)))


def _seul(photo: pl.DataFrame) -> str:
    """« HS » ou « FS », selon le genre du référent du ménage photographié."""
    tables = tables_temoin()
    menage = tables["menage"].filter(pl.col("id_menage") == photo.item(0, "id_menage"))
    return tables["personne"].filter(pl.col("id_personne") == menage.item(0, "id_referent")).item(0, "genre") + "S"


def _genre_contraire(sujet: Sujet) -> Iterator[Mutant]:
    autre = pl.col("composition").replace({"HS": "FS", "FS": "HS", "HSE": "FSE", "FSE": "HSE"})
    yield Mutant("autre genre", sujet.poser(composition=autre))


# --- Cohérence des épisodes -----------------------------------------------------------------------


def _chevauchante(sujet: Sujet) -> Iterator[Mutant]:
    """Une ligne prend la place d'une autre, commencée avant elle et pas encore finie."""
    par, debut, fin = (sujet.reglage(n) for n in ("par", "debut", "fin"))
    occupants = tables_temoin()[sujet.table].select(pl.col(c).alias(f"_{c}") for c in (par, debut, fin))
    couples = sujet.vues.join(occupants, how="cross").filter(
        (pl.col(f"_{par}") != pl.col(par)) & (pl.col(f"_{debut}") < pl.col(debut)) & (pl.col(debut) < pl.col(f"_{fin}"))
    )
    yield Mutant("place déjà prise", sujet.remplacer(couples.head(1).with_columns(pl.col(f"_{par}").alias(par))))


def _trop_occupees(sujet: Sujet) -> Iterator[Mutant]:
    """Les places vides ferment, chaque séjour dure jusqu'à la fin de l'année, et d'autres s'ajoutent sur les places."""
    tables = tables_temoin()
    sejours = tables["sejour"].filter(pl.col("date_entree").dt.year() == ANNEE)
    prolonges = sejours.with_columns(date_sortie=date(ANNEE, 12, 31))
    utiles = pl.col("id_place").is_in(tables["sejour"]["id_place"].implode())
    fermee = pl.when(utiles).then("fermeture").otherwise(pl.col("ouverture") + UN_JOUR)
    offertes = tables["sejour"]["id_place"].n_unique()
    de_trop = int(sujet.reglage("maximum") * offertes) + 2 - sejours.height
    ajoutes = prolonges.head(de_trop).with_columns(pl.format("0{}", "id_sejour").alias("id_sejour"))
    pleines = {**sujet.remplacer(prolonges), "place": tables["place"].with_columns(fermee.alias("fermeture"))}
    yield Mutant("plus de séjours que de places", sujet.ajouter(ajoutes, pleines))


def _rang_deux_en_premier(sujet: Sujet) -> Iterator[Mutant]:
    suites = sujet.rangees(sujet.examinee.lot.filter(pl.col("rang") == 2))
    yield Mutant("renouvellement de rang 1", sujet.remplacer(suites.head(1).with_columns(rang=1)))


def _rang_deux_sans_un(sujet: Sujet) -> Iterator[Mutant]:
    seules = sujet.rangees(sujet.examinee.lot.filter(pl.col("id_menage").is_unique()))
    yield Mutant("première de rang 2", sujet.remplacer(seules.head(1).with_columns(rang=2)))


def _deux_parcours(sujet: Sujet) -> Iterator[Mutant]:
    """Un ménage suivi deux fois en même temps, dans deux parcours, au dernier jour de l'année."""
    cle, fin = TABLES[sujet.table].cle[0], sujet.reglage("fin")
    ligne = sujet.vues.head(1).with_columns(pl.lit(date(ANNEE + 1, 1, 10)).alias(fin))
    double = ligne.with_columns(pl.format("{}-bis", cle).alias(cle), id_parcours=pl.lit("un autre"))
    if sujet.table == "sejour":
        double = double.with_columns(id_place=pl.lit(None))
    yield Mutant("deux parcours à la fois", sujet.ajouter(double, sujet.dater(ligne, fin, pl.col(fin))))


# --- D'une année à l'autre ------------------------------------------------------------------------


def _effectif_en_hausse(sujet: Sujet) -> Iterator[Mutant]:
    """Assez de lignes recopiées, sous un autre identifiant qui se range avant le leur, pour que l'effectif saute."""
    cle, lot = sujet.reglage("colonne"), sujet.examinee.lot
    avant = sujet.avant.lot.height
    nombre = int(sujet.reglage("variation") * avant) + 1 + avant - lot.height
    copies = sujet.choisir(nombre, lot).with_columns(pl.format("0{}", cle).alias(cle))
    if "id_place" in copies.columns:
        vides = [nom for nom in tables_temoin()["place"]["id_place"] if nom.startswith("L-")]
        copies = copies.with_columns(pl.Series("id_place", vides[: copies.height]))
    yield Mutant("effectif en hausse", sujet.ajouter(copies))


def _comparees(sujet: Sujet, part: float) -> pl.DataFrame:
    """Juste assez de lignes renseignées pour dépasser cette part de celles que la règle compare."""
    conditions = [pl.col(c).is_in(v) for c, v in (sujet.reglage("si") or {}).items()]
    conditions += [pl.col(c).is_not_null() for c in sujet.reglage("si_renseigne") or ()]
    lignes = sujet.examinee.lot.filter(pl.lit(True), *conditions, pl.col(sujet.reglage("colonne")).is_not_null())
    nombre = int(part * lignes.height) + 1
    lignes = lignes.join(sujet.avant.lot, on=["_fichier", "_ligne"], how="anti", maintain_order="left")
    return lignes[[rang * lignes.height // nombre for rang in range(nombre)]]


def _vides_en_hausse(sujet: Sujet) -> Iterator[Mutant]:
    lignes = _comparees(sujet, sujet.reglage("hausse"))
    vide = _vide(sujet.reglage("marques") or ()).alias(sujet.reglage("colonne"))
    yield Mutant("plus de vides", sujet.remplacer(lignes.with_columns(vide)))


def _autre_repartition(sujet: Sujet) -> Iterator[Mutant]:
    """Une modalité que personne n'avait, donnée à deux fois plus de lignes qu'il n'en faut (le hasard compte aussi)."""
    colonne = sujet.reglage("colonne")
    liste = lire_nomenclature(Espace(racine_gabarit()), VARIABLES[colonne].nomenclature).codes
    connus = {*tables_temoin()[sujet.table][colonne], *ABSENCES}
    neuf = next(code for code in reversed(liste) if code not in connus)
    lignes = _comparees(sujet, 2 * sujet.reglage("ecart"))
    yield Mutant("modalité nouvelle", sujet.remplacer(lignes.with_columns(pl.lit(neuf).alias(colonne))))


MUTATEURS: dict[str, Callable[[Sujet], Iterator[Mutant]]] = {
    "attendre_table_recue": _absente,
    "attendre_sans_contradiction": _contredite,
    "attendre_renseigne": _videe,
    "attendre_cle_unique": _doublee,
    "attendre_reference": _perdue,
    "attendre_modalites": _hors_liste,
    "attendre_dates_ordonnees": _inversees,
    "attendre_date_passee": _a_venir,
    "attendre_valeurs_entre": _hors_bornes,
    "attendre_age_plausible": _age_impossible,
    "attendre_photo_profil": _profil_perdu,
    "attendre_photo_episode": _photo_perdue,
    "attendre_sejour_ouvert": _hors_ouverture,
    "attendre_heures_plausibles": _trop_d_heures,
    "attendre_date_apres_liee": _avant_la_liee,
    "attendre_meme_valeur_liee": _autre_ligne_visee,
    "attendre_duree_tenable": _trop_longue,
    "attendre_sans_chevauchement": _chevauchante,
    "attendre_occupation_tenable": _trop_occupees,
    "attendre_premiere_sans_precedente": _rang_deux_en_premier,
    "attendre_renouvellement_precede": _rang_deux_sans_un,
    "attendre_flux_equilibres": _deux_parcours,
    "attendre_composition_chiffree": _nombres_faux,
    "attendre_composition_et_membres": _membres_contraires,
    "attendre_composition_et_genre": _genre_contraire,
    "attendre_effectif_stable": _effectif_en_hausse,
    "attendre_remplissage_stable": _vides_en_hausse,
    "attendre_repartition_stable": _autre_repartition,
}


def dependantes(nom: str, examens: Mapping[str, Examinee]) -> set[str]:
    """Les autres règles qu'un défaut de cette règle déclenche aussi, à bon droit.

    Deux sources : `meta.entraine` de la règle, et la convention des suites. Des règles qui jugent la même chose à
    plusieurs seuils vont ensemble : la plus tolérante entraîne les plus exigeantes, jamais l'inverse. La hausse
    des vides d'une colonne et son remplissage jugent la même chose : l'année d'avant du témoin n'a aucun vide.
    """
    examinee = examens[nom]
    sujet, seuil = _sujet(examinee), _seuil(examinee)
    memes = [a for a, e in examens.items() if e.regle.table == examinee.regle.table and _seuil(e) < seuil]
    exigeantes = {autre for autre in memes if _sujet(examens[autre]) == sujet}
    return exigeantes | set(examinee.regle.attente["meta"].get("entraine", ()))


SEUILS = ("hausse", *VERDICT_SEULEMENT)


def _seuil(examinee: Examinee) -> float:
    """La part de lignes fautives que la règle admet."""
    return examinee.reglages.get("hausse", examinee.reglages.get("part_toleree", 0.0))


def _sujet(examinee: Examinee) -> tuple[str, str, str, str]:
    """Ce que juge une règle : son type, sa table, ses lignes et ses réglages, les seuils mis à part."""
    regle, type_ = examinee.regle, _type(examinee.regle)
    reglages = {c: v for c, v in examinee.reglages.items() if c not in SEUILS}
    if type_ == "remplissage_stable":
        type_, colonne = "renseigne", reglages.pop("colonne")
        reglages = {**reglages, "colonnes": [colonne]}
        reglages = {c: v for c, v in reglages.items() if c not in ("table", "effectif_comparable")}
    return type_, regle.table, regle.perimetre, repr(sorted(reglages.items()))
