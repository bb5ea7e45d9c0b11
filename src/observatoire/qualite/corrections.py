"""Ce qu'un service doit reprendre dans ses données : une ligne fautive et une règle, une correction.

`lister_corrections` dit quoi reprendre, dans l'ordre de ce que cela débloque, et ce qui a changé depuis la
livraison d'avant ; elle ne montre aucun identifiant. `ecrire_corrections` en fait le classeur du service, où
chaque ligne porte le numéro que le service lui donne : un fichier interne, jamais publié.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from observatoire import modele
from observatoire.collecte.correspondances import Correspondance, lire_correspondances
from observatoire.entrepot import Entrepot, lire_entrepot
from observatoire.espace import Espace
from observatoire.qualite.consignes import (
    BLOQUE,
    GRAVITES,
    RETIENT,
    TYPE_CHEVAUCHEMENT,
    chiffres_imprimes,
    constat,
    en_mots,
    gravite_de,
    lecteurs,
    mots_de_l_export,
    ou_regarder,
    sujet,
)
from observatoire.qualite.controles import Examen
from observatoire.qualite.derogations import Derogation, lire_derogations
from observatoire.qualite.ecartees import EFFACEE, lire_ecartees
from observatoire.qualite.identifiants import IDENTIFIANTS, reperer
from observatoire.qualite.moteur import ANNEES_MAX, Examinee, Passe
from observatoire.qualite.perimetre import TOUTE_LA_TABLE, annees_d_activite
from observatoire.qualite.suites import TYPE_RECEPTION, Regle
from observatoire.qualite.suivi import Trace, fichier_corrections, lire_suivi, ranger_suivi
from observatoire.services import Service, lire_service

NOUVELLE, TOUJOURS_LA, LEVEE = "nouvelle", "toujours là", "levée par dérogation"
CORRIGEE, TOLEREE, RETIREE = "corrigée", "assez rare pour être admise", "la ligne n'est plus livrée"
CADUQUE = "la règle ne s'applique plus"
REJET = "rejet"  # préfixe des règles d'import dans le suivi

LIGNES: dict[str, Any] = {
    "empreinte": pl.String,
    "etat": pl.String,
    "gravite": pl.String,
    "regle": pl.String,
    "table": pl.String,
    "_fichier": pl.String,
    "_ligne": pl.Int64,
    **dict.fromkeys(IDENTIFIANTS, pl.String),
    "ensemble": pl.String,
    "annees": pl.List(pl.Int64),
    "colonnes": pl.String,
    "explication": pl.String,
    "constat": pl.String,
    "remede": pl.String,
    "debloques": pl.Int64,
    "concernes": pl.List(pl.String),
    "derogation": pl.String,
}
RESOLUES: dict[str, Any] = {
    "issue": pl.String,
    "regle": pl.String,
    "table": pl.String,
    "_fichier": pl.String,
    "_ligne": pl.Int64,
    **dict.fromkeys(IDENTIFIANTS, pl.String),
    "explication": pl.String,
}
_CADRE: dict[str, Any] = {
    "sujet": pl.String,
    "cle": pl.String,
    "regle": pl.String,
    "table": pl.String,
    "_fichier": pl.String,
    "_ligne": pl.Int64,
    **dict.fromkeys(IDENTIFIANTS, pl.String),
    "fixes": pl.String,
    "rang_gravite": pl.Int64,
    "annees": pl.List(pl.Int64),
    "derogation": pl.String,
    "precision": pl.String,
}
_ENTRE = "\x1f"
EN_FACE = 3  # au-delà, les autres lignes d'un chevauchement ne sont plus nommées


@dataclass(frozen=True)
class Corrections:
    """Ce qu'un service doit reprendre, au jour dit.

    `lignes` : une par ligne fautive et par sujet, la plus utile d'abord ; une règle qui ne désigne pas de ligne y est
    sans fichier ni ligne, et `ensemble` dit où regarder ; `explication` est la phrase de la règle, `constat` celle de
    la ligne. `resolues` : ce qui était à reprendre à la livraison d'avant et ne l'est plus. `ecartees` : les lignes et
    les valeurs que l'import n'a pas gardées (`sort`), avec leur état. `livraison` : la dernière reçue ; `empreinte` :
    celle des données.
    """

    service: Service
    annees: tuple[int, ...]
    livraison: str
    date_livraison: str
    empreinte: str
    lignes: pl.DataFrame
    resolues: pl.DataFrame
    ecartees: pl.DataFrame

    def priorites(self, nombre: int = 10) -> pl.DataFrame:
        """Les règles à traiter d'abord : texte, remède et comptes ; ni ligne, ni identifiant, ni valeur.

        Colonnes : `regle`, `table`, `gravite`, `explication`, `remede`, `lignes`, `nouvelles`, `debloques`,
        `concernes` (libellés des chiffres), `annees`. Une règle levée par dérogation n'y est pas.
        """
        actives = self.lignes.filter(pl.col("etat") != LEVEE)
        return actives.group_by("regle", maintain_order=True).agg(
            pl.col("table", "gravite", "explication", "remede").first(),
            lignes=pl.len(),
            nouvelles=(pl.col("etat") == NOUVELLE).sum(),
            debloques=pl.col("debloques").max(),
            concernes=pl.col("concernes").first(),
            annees=pl.col("annees").list.explode(keep_nulls=False, empty_as_null=False).unique().sort(),
        ).head(nombre)  # fmt: skip


def lister_corrections(
    espace: Espace, service: str, annees: Iterable[int] | None = None, au: date | None = None
) -> Corrections:
    """Ce que le service doit reprendre, sans rien écrire et sans aucun identifiant local.

    Entrées : `annees` à montrer (par défaut celles que le verdict juge) ; `au`, le jour qui fait expirer les
    dérogations (par défaut aujourd'hui). Lève `ErreurParametre` si le service n'existe pas, `ErreurDefinition` si
    une suite, un réglage ou une dérogation se contredit.
    """
    return _Releve(espace, service, tuple(annees or ()), au or date.today()).corrections()


def ecrire_corrections(
    espace: Espace,
    service: str,
    annees: Iterable[int] | None = None,
    exports: Path | Iterable[Path] | None = None,
    au: date | None = None,
    prevenir: Callable[[str], None] | None = None,
) -> Path:
    """Écrit `reports/corrections/<service>.xlsx`, et retient ce qui reste à reprendre pour la fois d'après.

    Entrées : `annees` à montrer ; `exports`, fichiers ou dossiers où relire les numéros du service, en plus de là où
    l'import les a lus ; `prevenir` reçoit, s'il manque des numéros, pourquoi et la commande qui les rend. Un
    identifiant n'y remonte qu'avec la clé des pseudonymes et l'export d'où vient la ligne. Lève les mêmes erreurs que
    `lister_corrections`, et `ErreurFichier` si `exports` n'existe pas ou si le classeur est ouvert ailleurs.
    """
    from observatoire.qualite.classeur import ecrire_classeur, montrer

    jour = au or date.today()
    releve = _Releve(espace, service, tuple(annees or ()), jour)
    corrections = releve.corrections()
    a_faire = montrer(corrections.lignes)
    montrees = pl.concat([a_faire, montrer(corrections.resolues)], how="diagonal")
    reperees = reperer(espace, releve.service, releve.entrepot, montrees, exports, a_faire.height)
    fichier = fichier_corrections(espace, service)
    ecrire_classeur(fichier, corrections, reperees, jour)
    ranger_suivi(espace, service, releve.suivi)
    if prevenir is not None and reperees.empechement:
        prevenir(f"{releve.service.libelle_court} : des lignes gardent leur pseudonyme. {reperees.empechement}")
    return fichier


class _Releve:
    """Une passe des contrôles, et ce qu'elle donne à corriger."""

    def __init__(self, espace: Espace, service: str, annees: tuple[int, ...], au: date) -> None:
        self.espace, self.service = espace, lire_service(espace, service)
        self.entrepot = lire_entrepot(espace, service)
        self.passe = Passe(espace, self.service, self.entrepot)
        self.suivies = _annees_suivies(self.service, self.entrepot, self.passe)
        self.jugees = tuple(sorted({*annees, *self.suivies}))
        self.voulues = annees or self.suivies
        self._derogations = [d for d in lire_derogations(espace) if d.en_vigueur(au)]
        self._correspondances = lire_correspondances(self.service)
        self._chiffres = chiffres_imprimes(self.service, max(self.jugees))
        self._regles = {r.regle: r for r in self.passe.regles}
        self._constats: dict[str, str] = {}
        self._examiner()

    def _examiner(self) -> None:
        """Les lignes en défaut de chaque règle et de chaque année, et celles qu'une règle respectée tolère."""
        fautes, tolerees = [pl.DataFrame(schema=_CADRE)], [pl.DataFrame(schema=_CADRE)]
        for rang, annee in enumerate(self.jugees):
            for examinee in self._rien_recu() if self.entrepot.vide else self.passe.examiner(annee):
                de_table = examinee.regle.perimetre == TOUTE_LA_TABLE
                if examinee.examen.echecs and not (de_table and rang):
                    annees = self.jugees if de_table else (annee,)
                    liste = tolerees if examinee.reussie else fautes
                    liste.append(self._cadre(examinee, annees))
        self._fautes = _reunir(pl.concat(fautes))
        self._tolerees = set(_empreintes(pl.concat(tolerees))["empreinte"])
        self._ecartees = lire_ecartees(self.espace, self.entrepot, self._correspondances)
        # Une année demandée en plus ne compte pas : elle paraîtrait résolue la fois d'après.
        suivies = self._fautes.filter(_d_une_annee(self.suivies))
        self.suivi = lire_suivi(self.espace, self.service.id).suivant(
            _contenu(self.entrepot), {**_traces(suivies), **_traces_des_rejets(self._ecartees)}
        )

    def _rien_recu(self) -> list[Examinee]:
        """Quand rien n'est arrivé : les fichiers que le service déclare, tous s'il n'en déclare aucun."""
        attendues = {a.table for c in self._correspondances for a in c.alimentations}
        receptions = [r for r in self._regles.values() if r.attente["type"] == TYPE_RECEPTION]
        manque = pl.Series([True])
        return [
            Examinee(r, self.passe.tables[r.table], Examen(manque, manque), {})
            for r in receptions
            if r.table in attendues or not attendues
        ]

    def _cadre(self, examinee: Examinee, annees: Sequence[int]) -> pl.DataFrame:
        """Les lignes fautives d'une règle ; une ligne sans provenance si elle ne juge qu'un ensemble."""
        regle, lignes = examinee.regle, examinee.fautives
        self._constats.setdefault(regle.regle, constat(regle, examinee.reglages))
        levee = _levee(self._derogations, regle, self.service.id, annees)
        commun = {
            "sujet": pl.lit(sujet(regle)),
            "regle": pl.lit(regle.regle),
            "table": pl.lit(regle.table),
            "rang_gravite": pl.lit(GRAVITES[gravite_de(regle)], pl.Int64),
            "annees": pl.lit(list(annees), dtype=pl.List(pl.Int64)),
            "derogation": pl.lit(levee),
        }
        if lignes.is_empty():
            ou = "" if regle.perimetre == TOUTE_LA_TABLE else str(annees[0])
            cadre = pl.DataFrame({"cle": [ou]}).with_columns(**commun)
        else:
            cadre = lignes.select(
                cle=_cle(regle.table),
                _fichier="_fichier",
                _ligne="_ligne",
                fixes=_fixes(self._correspondances, regle.table),
                precision=self._precision(regle, lignes),
                **{c: pl.col(c) for c in IDENTIFIANTS if c in lignes.columns},
                **commun,
            )
        return pl.concat([pl.DataFrame(schema=_CADRE), cadre], how="diagonal")

    def _precision(self, regle: Regle, lignes: pl.DataFrame) -> pl.Series:
        """Par ligne fautive, ce que la règle sait de plus : pour un chevauchement, où est l'autre ligne."""
        if regle.attente["type"] != TYPE_CHEVAUCHEMENT:
            return pl.Series([None], dtype=pl.String).new_from_index(0, lignes.height)
        reglages = regle.attente["kwargs"]
        return _lignes_en_face(lignes, self.passe.tables[regle.table], *(reglages[c] for c in ("par", "debut", "fin")))

    def corrections(self) -> Corrections:
        derniere = self.entrepot.carnet.actives[-1] if self.entrepot.carnet.actives else None
        return Corrections(
            service=self.service,
            annees=tuple(sorted(self.voulues)),
            livraison=derniere.id if derniere else "",
            date_livraison=derniere.date if derniere else "",
            empreinte=self.entrepot.empreinte,
            lignes=self._lignes(),
            resolues=self._resolues(),
            ecartees=self._ecartees.with_columns(etat=self._etat()),
        )

    def _etat(self) -> pl.Expr:
        connue = pl.col("empreinte").is_in(list(self.suivi.connues))
        return pl.when(connue).then(pl.lit(TOUJOURS_LA)).otherwise(pl.lit(NOUVELLE))

    def _lignes(self) -> pl.DataFrame:
        """Les corrections des années voulues, dites en clair et mises en ordre."""
        voulues = pl.col("annees").list.set_intersection(list(self.voulues)).list.sort()
        fautes = self._fautes.filter(_d_une_annee(self.voulues)).with_columns(annees=voulues)
        dites = [self._dire(nom) for nom in fautes["regle"].unique(maintain_order=True)]
        textes = pl.DataFrame(dites, schema=_TEXTES)
        levee = pl.col("derogation") != ""
        lignes = (
            fautes.join(textes, on="regle", how="left", maintain_order="left")
            .join(self._mots(fautes), on=["regle", "_fichier", "fixes"], how="left", nulls_equal=True)
            .with_columns(
                etat=pl.when(levee).then(pl.lit(LEVEE)).otherwise(self._etat()),
                debloques=pl.when(levee).then(0).otherwise("debloques"),
                derogation=pl.concat_str("derogation", self._alerte(), ignore_nulls=True),
                constat=pl.when(pl.col("_ligne").is_null())
                .then("explication")
                .otherwise(pl.concat_str("constat", "precision", separator=" ", ignore_nulls=True)),
            )
        )
        rang = pl.col("gravite").replace_strict(GRAVITES, return_dtype=pl.Int64)
        remedes = {
            regles: " ".join(dict.fromkeys(en_mots(self._regles[r].remede) for r in regles.split(_ENTRE)))
            for regles in lignes["regles"].unique()
        }
        return (
            lignes.with_columns(remede=pl.col("regles").replace_strict(remedes, return_dtype=pl.String))
            .sort(
                pl.col("etat") == LEVEE,
                -pl.col("debloques"),
                rang,
                -pl.col("concernes").list.len().cast(pl.Int64),
                "table",
                "regle",
                "_fichier",
                "_ligne",
                "empreinte",
                nulls_last=True,
            )
            .select(pl.col(c).cast(t) for c, t in LIGNES.items())
        )

    def _alerte(self) -> pl.Expr:
        """Ce que l'alerte du même sujet dit encore d'une faute dont la règle la plus grave est levée."""
        suites = {n: f" L'alerte reste : {en_mots(r.explication)}" for n, r in self._regles.items()}
        return pl.col("alerte").replace_strict(suites, default=None, return_dtype=pl.String)

    def _dire(self, nom: str) -> dict[str, Any]:
        """Ce qu'une règle dit au lecteur, et les chiffres qu'elle touche."""
        regle = self._regles[nom]
        gravite = gravite_de(regle)
        touches = list(self._chiffres) if gravite == BLOQUE else lecteurs(self._chiffres, regle)
        return {
            "regle": nom,
            "gravite": gravite,
            "ensemble": ou_regarder(regle),
            "explication": en_mots(regle.explication),
            "constat": self._constats[nom],
            "debloques": len(touches) if gravite in (BLOQUE, RETIENT) else 0,
            "concernes": touches,
        }

    def _mots(self, fautes: pl.DataFrame) -> pl.DataFrame:
        """Par règle et par fichier, les colonnes à reprendre dans les mots de l'export."""
        cles = fautes.select("regle", "_fichier", "fixes").unique(maintain_order=True)
        dits = [
            mots_de_l_export(self._correspondances, self._regles[nom], fichier or "", json.loads(fixes or "{}"))
            for nom, fichier, fixes in cles.iter_rows()
        ]
        return cles.with_columns(colonnes=pl.Series(dits, dtype=pl.String))

    def _resolues(self) -> pl.DataFrame:
        """Ce qui était à reprendre à la livraison d'avant, et ce qu'il en est advenu."""
        traces = self.suivi.resolues(self.suivies)
        cadres = [pl.DataFrame(schema=RESOLUES)]
        for nom in sorted({t.table for t in traces.values() if t.table in modele.TABLES}):
            propres = {e: t for e, t in traces.items() if t.table == nom}
            cadres.append(self._resolues_de(nom, propres))
        return pl.concat(cadres)

    def _resolues_de(self, nom: str, traces: Mapping[str, Trace]) -> pl.DataFrame:
        lignes = self.passe.tables[nom]
        presentes = lignes.select(
            cle=_cle(nom), ici=pl.lit(True), **{c: pl.col(c) for c in IDENTIFIANTS if c in lignes.columns}
        ).with_columns(cle=_hacher(pl.col("cle"))).unique("cle", keep="first", maintain_order=True)  # fmt: skip
        cadre = pl.DataFrame(
            [
                {
                    "empreinte": e,
                    "cle": e.split("-")[1].partition("#")[0],
                    "regle": t.regle,
                    "table": nom,
                    "_fichier": t.fichier or None,
                    "_ligne": t.ligne,
                    "explication": self._explication(t.regle),
                    "ensemble": t.ligne is None,
                }
                for e, t in traces.items()
            ],
            schema={**{c: RESOLUES[c] for c in ("regle", "table", "_fichier", "_ligne", "explication")},
                    "empreinte": pl.String, "cle": pl.String, "ensemble": pl.Boolean},
        )  # fmt: skip
        rejetee = pl.col("regle").str.starts_with(f"{REJET}:")
        issue = (
            pl.when(~rejetee & ~pl.col("regle").is_in(list(self._regles)))
            .then(pl.lit(CADUQUE))
            .when(pl.col("empreinte").is_in(list(self._tolerees)))
            .then(pl.lit(TOLEREE))
            .when(pl.col("ici") | pl.col("ensemble") | rejetee)
            .then(pl.lit(CORRIGEE))
            .otherwise(pl.lit(RETIREE))
        )
        jointe = cadre.join(presentes, on="cle", how="left", maintain_order="left").with_columns(issue=issue)
        rendue = pl.concat([pl.DataFrame(schema=RESOLUES), jointe], how="diagonal")
        return rendue.sort("_fichier", "_ligne", "regle", nulls_last=True).select(list(RESOLUES))

    def _explication(self, nom: str) -> str:
        if nom in self._regles:
            return self._constats.get(nom) or en_mots(self._regles[nom].explication)
        if nom == f"{REJET}:{EFFACEE}":
            return "Une valeur de la ligne n'était pas gardée à l'import."
        if nom.startswith(f"{REJET}:"):
            return "La ligne était écartée à l'import."
        return f"Règle {nom}, qui ne s'applique plus."


_TEXTES = {
    "regle": pl.String,
    "gravite": pl.String,
    "ensemble": pl.String,
    "explication": pl.String,
    "constat": pl.String,
    "debloques": pl.Int64,
    "concernes": pl.List(pl.String),
}


def _levee(derogations: Iterable[Derogation], regle: Regle, service: str, annees: Iterable[int]) -> str:
    """La phrase de la dérogation qui couvre l'échec toutes ces années ; vide si une année n'est pas couverte."""
    if regle.structurelle:
        return ""
    phrases = []
    for annee in annees:
        couvrantes = [d for d in derogations if d.couvre(regle.regle, service, annee)]
        if not couvrantes:
            return ""
        phrases.append(max(couvrantes, key=lambda d: d.expire).phrase)
    return " ".join(dict.fromkeys(phrases))


def _annees_suivies(service: Service, entrepot: Entrepot, passe: Passe) -> tuple[int, ...]:
    """Les années que le verdict juge et que le service publie ; l'année en cours s'il n'y en a aucune."""
    actives = annees_d_activite(passe.tables, service.periode)[-ANNEES_MAX:]
    publiees = [a for a in actives if service.parametres.couvre(a) and a not in entrepot.annees_purgees]
    return tuple(sorted(publiees)) or (date.today().year,)


# --- Les lignes ----------------------------------------------------------------------------------------------


def _d_une_annee(annees: Sequence[int]) -> pl.Expr:
    return pl.col("annees").list.set_intersection(list(annees)).list.len() > 0


def _cle(table: str) -> pl.Expr:
    """Ce qui reconnaît une ligne d'une livraison à l'autre : sa clé, ou ses identifiants et sa place si elle est vide.

    Une partie facultative de la clé n'y compte pas : les populations de l'année la complètent.
    """
    declaree = modele.table(table)
    exigees = [c for c in declaree.cle if declaree.colonnes[c].obligatoire]
    reperes = [*(c for c in declaree.schema if c in IDENTIFIANTS), "_fichier", "_ligne"]
    complete = pl.all_horizontal(pl.col(c).is_not_null() for c in exigees)
    return pl.when(complete).then(_bout_a_bout(exigees)).otherwise(_bout_a_bout(reperes))


def _lignes_en_face(lignes: pl.DataFrame, table: pl.DataFrame, par: str, debut: str, fin: str) -> pl.Series:
    """Pour chaque ligne, celles de même `par` déjà ouvertes le jour où elle commence : où elles sont dans l'export."""
    fautives = lignes.select(par, _jour=debut, _ici="_fichier", _rang_ici="_ligne").with_row_index("_rang")
    autres = table.select(par, "_fichier", "_ligne", _debut=debut, _fin=fin)
    memes = (pl.col("_ici") == pl.col("_fichier")) & (pl.col("_rang_ici") == pl.col("_ligne"))
    ouverte = (pl.col("_debut") <= pl.col("_jour")) & (pl.col("_fin").is_null() | (pl.col("_fin") > pl.col("_jour")))
    ailleurs = pl.when(pl.col("_ici") != pl.col("_fichier")).then(pl.format(" de {}", "_fichier")).otherwise(pl.lit(""))
    en_face = (
        fautives.join(autres, on=par, how="inner")
        .filter(ouverte & ~memes)
        .sort("_rang", "_debut", "_ligne")
        .group_by("_rang", maintain_order=True)
        .agg(ou=pl.format("ligne {}{}", "_ligne", ailleurs).unique(maintain_order=True).head(EN_FACE).str.join(", "))
    )
    dites = fautives.select("_rang").join(en_face, on="_rang", how="left", maintain_order="left")
    return dites.select(pl.format("Déjà là ce jour-là : {}.", "ou")).to_series()


def _bout_a_bout(colonnes: Iterable[str]) -> pl.Expr:
    return pl.concat_str([pl.col(c).cast(pl.String).fill_null("") for c in colonnes], separator=_ENTRE)


def _hacher(textes: pl.Expr) -> pl.Expr:
    """Vingt chiffres qui reconnaissent un texte sans le dire."""
    return textes.map_batches(
        lambda s: pl.Series([hashlib.sha256(t.encode()).hexdigest()[:20] for t in s], dtype=pl.String),
        return_dtype=pl.String,
    )


def _fixes(correspondances: Iterable[Correspondance], table: str) -> pl.Expr:
    """Ce que la ligne porte dans les colonnes que le réglage fixe : de quelle lecture du fichier elle vient."""
    fixees = dict.fromkeys(
        c for lue in correspondances for a in lue.alimentations if a.table == table for c in a.constantes
    )
    if not fixees:
        return pl.lit(None, pl.String)
    return pl.struct(pl.col(c).cast(pl.String) for c in fixees).struct.json_encode()


def _empreintes(cadre: pl.DataFrame) -> pl.DataFrame:
    """Ajoute l'empreinte stable de chaque ligne fautive : son sujet, sa clé, son rang si la clé se répète."""
    rang = pl.int_range(pl.len()).over("sujet", "regle", "annees", "cle")
    return (
        cadre.with_columns(rang=rang, cle=_hacher(pl.col("cle")))
        .with_columns(suffixe=pl.when(pl.col("rang") > 0).then(pl.format("#{}", "rang")).otherwise(pl.lit("")))
        .with_columns(empreinte=pl.format("{}-{}{}", "sujet", "cle", "suffixe"))
    )


def _reunir(fautes: pl.DataFrame) -> pl.DataFrame:
    """Une ligne par faute : ses années réunies, sa règle la plus grave, et les remèdes de toutes.

    Une faute est levée si sa règle la plus grave l'est pour toutes ses années ; `alerte` nomme alors la règle plus
    douce du même sujet qui, elle, ne l'est pas. Levée pour une année et non pour une autre, elle reste à corriger.
    """
    libre, grave = pl.col("derogation") == "", pl.col("rang_gravite") == pl.col("rang_gravite").min().over("empreinte")
    retenue = libre | ~(libre & grave).any().over("empreinte")
    return (
        _empreintes(fautes)
        .filter(retenue)
        .sort("rang_gravite", maintain_order=True)
        .group_by("empreinte", maintain_order=True)
        .agg(
            pl.col("regle", "table", "_fichier", "_ligne", *IDENTIFIANTS, "fixes", "derogation").first(),
            precision=pl.col("precision").drop_nulls().first(),
            alerte=pl.col("regle").filter((pl.col("derogation") == "") & (pl.col("derogation").first() != "")).first(),
            annees=pl.col("annees").list.explode(keep_nulls=False, empty_as_null=False).unique().sort(),
            regles=pl.col("regle").unique(maintain_order=True).str.join(_ENTRE),
        )
    )


# --- Le suivi ------------------------------------------------------------------------------------------------


def _contenu(entrepot: Entrepot) -> str:
    """Ce qui change à chaque livraison : les tables, les livraisons actives et les lignes écartées."""
    fichier = entrepot.fichier_rejets
    parts = [entrepot.empreinte, *(i.id for i in entrepot.carnet.actives)]
    octets = fichier.read_bytes() if fichier.is_file() else b""
    return hashlib.sha256("\n".join(parts).encode() + octets).hexdigest()


def _traces(fautes: pl.DataFrame) -> dict[str, Trace]:
    return {
        empreinte: Trace(regle, table, fichier or "", ligne, tuple(annees))
        for empreinte, regle, table, fichier, ligne, annees in fautes.select(
            "empreinte", "regle", "table", "_fichier", "_ligne", "annees"
        ).iter_rows()
    }


def _traces_des_rejets(rejets: pl.DataFrame) -> dict[str, Trace]:
    colonnes = rejets.select("empreinte", "regle", "table", "fichier", "ligne", "contenu")
    return {e: Trace(f"{REJET}:{r or ''}", t, f, n, contenu=c) for e, r, t, f, n, c in colonnes.iter_rows()}
