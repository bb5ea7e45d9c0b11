"""Les mêmes ruptures dans de vrais exports : l'échantillon, abîmé fichier par fichier, puis réimporté."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from observatoire.entrepot import lire_entrepot
from observatoire.espace import Espace
from observatoire.importation import importer
from observatoire.qualite.moteur import Passe
from observatoire.services import lire_service

Lignes = list[dict[str, str]]
SERVICE, ANNEES = "ltiae", (2020, 2021, 2022)


def poser(colonne: str, valeur: str, *, rang: int = 0, nombre: int = 1) -> Callable[[Lignes], Lignes]:
    """La valeur mise dans `nombre` lignes à partir de la ligne `rang`."""
    choisies = range(rang, rang + nombre)
    return lambda lignes: [{**ligne, colonne: valeur} if i in choisies else ligne for i, ligne in enumerate(lignes)]


# Fichier, ce qu'on y change, les règles qui doivent le dire.
RUPTURES = {
    "une décision avant la demande": (
        "prescriptions_2022.csv",
        poser("Décision le", "01/12/2021", rang=3),
        {"demande.date_demande.avant.date_decision.isole"},
    ),
    "un acte d'une mesure inconnue": (
        "actes_ltiae_2022.csv",
        poser("N° mesure", "MES-1999-001-1"),
        {"acte.id_mesure.reference_isolee"},
    ),
    "un relogement par la mesure d'un autre": (
        "relogements_ltiae.csv",
        poser("N° mesure", "MES-2019-002-1", rang=1),
        {"relogement.id_mesure.meme_menage"},
    ),
    "un siècle de trop": (
        "menages_ltiae.csv",
        poser("Né(e) en", "10/1910"),
        {"personne.naissance.age_isole", "personne.naissance.plausible"},
    ),
    "un conjoint qui n'en est plus un": (
        "menages_ltiae.csv",
        poser("Qualité", "Autre personne", rang=1),
        {"situation.composition.membres"},
    ),
    "un acte à venir": (
        "actes_ltiae_2021.csv",
        poser("Date", "04/01/2090"),
        {"acte.date.pas_de_futur"},
    ),
}


def en_defaut(espace: Espace) -> set[str]:
    passe = Passe(espace, lire_service(espace, SERVICE), lire_entrepot(espace, SERVICE))
    return {e.regle.regle for annee in ANNEES for e in passe.examiner(annee) if not e.reussie}


def abimer(fichier: Path, changer: Callable[[Lignes], Lignes]) -> None:
    octets = fichier.read_bytes()
    codage = "utf-8-sig" if octets.startswith(b"\xef\xbb\xbf") else "cp1252"
    entete, *suite = octets.decode(codage).splitlines()
    separateur = ";" if ";" in entete else ","
    colonnes = entete.split(separateur)
    assert not [ligne for ligne in suite if '"' in ligne], "un champ entre guillemets ne se coupe pas ainsi"
    lignes = [dict(zip(colonnes, ligne.split(separateur), strict=True)) for ligne in suite]
    textes = [entete, *(separateur.join(ligne.values()) for ligne in changer(lignes))]
    fichier.write_bytes("\r\n".join([*textes, ""]).encode(codage))


def test_chaque_rupture_d_un_export_declenche_sa_regle_et_elle_seule(espace_jetable: Espace):
    """Les ruptures s'ajoutent l'une à l'autre : à chacune, seules ses règles apparaissent."""
    connues = en_defaut(espace_jetable)
    for nom, (export, changer, attendues) in RUPTURES.items():
        fichier = espace_jetable.donnees / "exemple" / SERVICE / export
        abimer(fichier, changer)
        importer(espace_jetable, fichier, SERVICE)
        trouvees = en_defaut(espace_jetable)
        assert trouvees - connues == attendues, nom
        connues = trouvees
