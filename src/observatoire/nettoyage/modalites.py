"""Reconnaître les modalités d'un vocabulaire malgré leur écriture.

Dans l'ordre : l'écriture déclarée par le service (TOML), le code, le libellé, puis les variantes de la
nomenclature, sans tenir compte de la casse, des accents, de la ponctuation et des espaces doubles. Ce
qui ne correspond à rien est refusé, avec les modalités proches en proposition. La plus proche n'est
appliquée que si le service l'accepte (`[import] accepter_proches = true`) et qu'elle est sans rivale.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import polars as pl
from rapidfuzz import fuzz, process

from observatoire.erreurs import ErreurDefinition, suggestion
from observatoire.modele import ABSENCES
from observatoire.nettoyage import absences
from observatoire.nettoyage.texte import compact, normaliser
from observatoire.nomenclatures import Nomenclature

_PLURIEL = re.compile(r"\((\w{1,2})\)")
NATURE, NATURE_PROCHE = "modalité reconnue malgré son écriture", "modalité proche acceptée"
MOTIF = "modalité inconnue de la liste"

# Ressemblance de 0 à 100 : à partir de PROPOSEE la modalité est proposée ; à partir d'ACCEPTEE, et plus proche
# que toute autre d'au moins ECART, elle peut être appliquée si le service le demande.
PROPOSEE, ACCEPTEE, ECART = 75, 88, 6
_COURTE = 4  # une écriture plus courte ressemble à trop de choses pour être acceptée


@dataclass(frozen=True)
class Vocabulaire:
    """Les écritures connues d'une liste : `exactes` à la casse près, `cles` une fois normalisées.

    Reconnaître une écriture exacte est une traduction ; la retrouver par sa clé est une correction.
    """

    nom: str
    exactes: dict[str, str | None]
    cles: dict[str, str | None]
    libelles: dict[str, str]

    @classmethod
    def de(cls, nomenclature: Nomenclature, ecritures: dict[str, Any] | None = None, origine: str = "") -> Vocabulaire:
        """Vocabulaire d'une nomenclature, enrichi des écritures d'un service (écriture → code, vide = rien).

        Lève `ErreurDefinition` si une écriture désigne un code qui n'existe pas ; `origine` nomme le
        fichier de réglage dans ce message.
        """
        exactes: dict[str, str | None] = {}
        cles: dict[str, str | None] = {}

        def ajouter(ecriture: str, code: str | None) -> None:
            exactes.setdefault(" ".join(ecriture.split()).casefold(), code)
            # « enfant(s) » se retrouve aussi sous « enfant » et « enfants ».
            for forme in (ecriture, _PLURIEL.sub("", ecriture), _PLURIEL.sub(r"\1", ecriture)):
                if normaliser(forme):
                    cles.setdefault(normaliser(forme), code)

        permis = {*nomenclature.codes, *ABSENCES}
        for ecriture, code in (ecritures or {}).items():
            if code not in permis and code != "":
                raise ErreurDefinition(
                    f"{origine} : « {ecriture} » désigne le code « {code} », absent de la liste {nomenclature.nom}.",
                    suggestion(str(code), nomenclature.codes),
                )
            ajouter(ecriture, code or None)
        for code in nomenclature.codes:
            ajouter(code, code)
        for code, libelle in nomenclature.libelles.items():
            ajouter(libelle or code, code)
        for code, variantes in nomenclature.modalites.select("code", "variantes").iter_rows():
            for variante in (variantes or "").split("|"):
                if variante.strip():
                    ajouter(variante, code)
        return cls(nomenclature.nom, exactes, cles, nomenclature.libelles)

    def proches(self, texte: str) -> list[tuple[str, float]]:
        """Les codes les plus ressemblants et leur note, du plus proche au moins proche, trois au plus."""
        cherchee = normaliser(texte)
        cles = [cle for cle, code in self.cles.items() if code is not None]
        notes: dict[str, float] = {}
        trouvees = process.extract(cherchee, cles, scorer=_ressemblance, score_cutoff=PROPOSEE, limit=12)
        for cle, note, _ in trouvees:
            notes.setdefault(str(self.cles[cle]), note)
        return list(notes.items())[:3]

    def proposition(self, texte: str) -> str | None:
        """Phrase qui propose les modalités les plus proches, None si aucune ne l'est assez."""
        libelles = [f"« {self.libelles.get(code, code)} »" for code, _ in self.proches(texte)]
        return f"Vouliez-vous dire {' ou '.join(libelles)} ?" if libelles else None

    def acceptee(self, texte: str) -> str | None:
        """Le code de la seule modalité assez proche pour être appliquée, None s'il y a doute."""
        proches = self.proches(texte)
        if not proches or len(normaliser(texte)) < _COURTE or proches[0][1] < ACCEPTEE:
            return None
        sans_rivale = len(proches) == 1 or proches[0][1] - proches[1][1] >= ECART
        return proches[0][0] if sans_rivale else None


def _ressemblance(une: str, autre: str, **_: Any) -> float:
    """Note de 0 à 100, que les mots soient dans l'ordre ou non."""
    return max(fuzz.ratio(une, autre), fuzz.token_sort_ratio(une, autre))


def _reconnaitre(bruts: pl.Series, vocabulaire: Vocabulaire, accepter: bool) -> pl.DataFrame:
    """Table `brut, valeur, motif, nature, proposition` d'écritures d'une seule modalité chacune."""
    cadre = pl.DataFrame({"brut": bruts}).with_columns(
        _t=compact(pl.col("brut")), _marque=absences.marque(pl.col("brut"))
    )
    lignes = []
    for brut, texte, marque in cadre.iter_rows():
        if texte == "":
            lignes.append((brut, None, None, None, None))
        elif texte.casefold() in vocabulaire.exactes:
            lignes.append((brut, vocabulaire.exactes[texte.casefold()], None, None, None))
        elif (cle := normaliser(texte)) in vocabulaire.cles:
            lignes.append((brut, vocabulaire.cles[cle], None, NATURE, None))
        elif marque is not None:
            lignes.append((brut, marque, None, absences.NATURE, None))
        elif accepter and (code := vocabulaire.acceptee(texte)) is not None:
            lignes.append((brut, code, None, NATURE_PROCHE, None))
        else:
            lignes.append((brut, None, f"{MOTIF} {vocabulaire.nom}", None, vocabulaire.proposition(texte)))
    schema = dict.fromkeys(("brut", "valeur", "motif", "nature", "proposition"), pl.String)
    return pl.DataFrame(lignes, schema=schema, orient="row")


def nettoyer_modalites(bruts: pl.Series, vocabulaire: Vocabulaire, accepter: bool = False) -> pl.DataFrame:
    """Traduit des écritures en codes ; rend `brut, valeur (code), motif, nature, proposition`.

    `accepter` : appliquer la modalité proche quand elle est sans rivale, au lieu de la proposer.
    """
    return _reconnaitre(bruts, vocabulaire, accepter)


def nettoyer_listes(bruts: pl.Series, vocabulaire: Vocabulaire, accepter: bool = False) -> pl.DataFrame:
    """Traduit des cellules à plusieurs modalités (`|`, `;`, retour, ou virgule) en codes joints par « | ».

    Une cellule reconnue entière n'est pas découpée : un libellé peut contenir une virgule.
    """
    entieres = _reconnaitre(bruts, vocabulaire, False)
    a_couper = entieres.filter(pl.col("motif").is_not_null())["brut"]
    if a_couper.is_empty():
        return entieres
    morceaux = pl.DataFrame({"brut": a_couper}).with_columns(
        morceau=pl.col("brut").str.replace_all(r"[;\n]", "|").str.split("|")
    )
    morceaux = morceaux.explode("morceau").filter(pl.col("morceau").str.strip_chars() != "")
    connus = _reconnaitre(morceaux["morceau"].unique(), vocabulaire, False).rename({"brut": "morceau"})
    refuses = connus.filter(pl.col("motif").is_not_null())["morceau"].to_list()
    morceaux = (
        morceaux.with_columns(
            morceau=pl.when(pl.col("morceau").is_in(refuses))
            .then(pl.col("morceau").str.split(","))
            .otherwise(pl.concat_list("morceau"))
        )
        .explode("morceau")
        .filter(pl.col("morceau").str.strip_chars() != "")
    )
    connus = _reconnaitre(morceaux["morceau"].unique(), vocabulaire, accepter).rename({"brut": "morceau"})
    coupees = (
        morceaux.join(connus, on="morceau", how="left", maintain_order="left")
        .group_by("brut", maintain_order=True)
        .agg(
            valeur=pl.col("valeur").drop_nulls().unique(maintain_order=True).str.join("|"),
            motif=pl.col("motif").drop_nulls().first(),
            nature=pl.col("nature").drop_nulls().first(),
            proposition=pl.col("proposition").drop_nulls().first(),
        )
        .with_columns(valeur=pl.when(pl.col("motif").is_null() & (pl.col("valeur") != "")).then(pl.col("valeur")))
    )
    return pl.concat([entieres.filter(~pl.col("brut").is_in(a_couper.implode())), coupees])
