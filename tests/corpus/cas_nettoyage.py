"""Les fichiers bien lus mais douteux : dates à deux lectures, doublons, modalités, communes, données personnelles."""

from __future__ import annotations

import polars as pl

from observatoire.entrepot import lire_entrepot
from observatoire.espace import Espace
from observatoire.importation import BilanImport
from observatoire.nettoyage.personnel import MASQUE_VALEUR
from observatoire.nettoyage.rejets import NATURE_DOUBLON
from tests.corpus.fabrique import ENTETE, REGLAGE, Cas, en_texte, texte
from tests.nettoyage.outils import TELEPHONE

DECLARE = REGLAGE.replace('motif = "*"', 'motif = "*"\nformat_date = "jma"')
AVEC_MOTIF = REGLAGE.replace('date_debut = "Début"', 'date_debut = "Début", motif_fin = "Motif"')
PROCHES = AVEC_MOTIF.replace("[[import", "[import]\naccepter_proches = true\n[[import", 1)
EN_1904 = DECLARE.replace('"jma"', '"jma"\ndate_1904 = true')
PLACES = """
libelle = "Essai"
[[import.fichiers]]
motif = "*"
format_date = "jma"
  [[import.fichiers.tables]]
  table = "place"
  colonnes = { id_place = "N°", nb_places = "Places", ouverture = "Ouverte le", commune = "Commune" }
"""
IDENTITE = """
libelle = "Essai"
[[import.fichiers]]
motif = "*"
  [[import.fichiers.tables]]
  table = "personne"
  colonnes = { id_personne = ["Nom", "Prénom", "Date de naissance"], naissance = "Date de naissance" }
"""
EN_TETE_PLACES = ("N°", "Places", "Ouverte le", "Commune")
EN_TETE_MOTIF = (*ENTETE, "Motif")


def _mesures(*debuts: str) -> str:
    return texte((ENTETE, *((f"M{i}", f"D{i}", debut) for i, debut in enumerate(debuts, start=1))))


def _motifs(*motifs: str) -> str:
    return texte((EN_TETE_MOTIF, *((f"M{i}", f"D{i}", "25/12/2022", m) for i, m in enumerate(motifs, start=1))))


def _debuts(*attendus: str):
    def verifier(bilan: BilanImport, espace: Espace) -> None:
        lus = lire_entrepot(espace, "essai").table("mesure")["date_debut"]
        assert sorted(lus.cast(pl.String)) == sorted(attendus)

    return verifier


def _corrigees(*attendues: tuple[str | None, ...]):
    """Les (avant, après, nature) attendus parmi les corrections."""

    def verifier(bilan: BilanImport, espace: Espace) -> None:
        lues = bilan.corrections.select("avant", "apres", "nature").rows()
        assert set(attendues) <= set(lues), lues

    return verifier


def _communes(bilan: BilanImport, espace: Espace) -> None:
    lues = lire_entrepot(espace, "essai").table("place").sort("id_place")["commune"]
    assert lues.to_list() == ["62427", "62427", "62427", "01033", None, None]
    proposees = bilan.corrections.filter(pl.col("apres").is_null() & pl.col("avant").is_not_null())
    assert dict(proposees.select("avant", "proposition").iter_rows())["Henin Beaumon"] == "Hénin-Beaumont (62427)"
    assert "(93066)" in dict(proposees.select("avant", "proposition").iter_rows())["Saint-Denis"]


def _rien_de_personnel(bilan: BilanImport, espace: Espace) -> None:
    ecrit = bilan.rejets.write_csv() + bilan.corrections.write_csv()
    ecrit += lire_entrepot(espace, "essai").table("personne").write_csv()
    assert not any(mot in ecrit for mot in ("Zorglubine", "Xylophanie", "1987-05-17", "17/05/1987"))
    assert lire_entrepot(espace, "essai").table("personne")["naissance"].to_list() == ["1987-05"]


def _les_deux(bilan: BilanImport, espace: Espace) -> None:
    assert bilan.rejets["regle"].to_list() == ["cle_contradictoire"] * 2
    une, autre = bilan.rejets["valeur"]
    assert une == "date_debut = 2022-12-25 ; l'autre ligne : date_debut = 2022-12-26"
    assert autre == "date_debut = 2022-12-26 ; l'autre ligne : date_debut = 2022-12-25"


def _proposee(bilan: BilanImport, espace: Espace) -> None:
    assert bilan.rejets["remede"][0].startswith("Vouliez-vous dire « Perte de lien » ?")


def _service_masque(bilan: BilanImport, espace: Espace) -> None:
    assert bilan.rejets["valeur"].to_list() == [MASQUE_VALEUR]


CAS = [
    Cas("date à deux lectures que la colonne prouve", "ambigu.csv", en_texte(_mesures("03/04/2022", "25/12/2022")),
        comptes={"lues": 2, "gardees": 2, "corrigees": 0}, verifier=_debuts("2022-04-03", "2022-12-25")),
    Cas("colonne entière en mois/jour", "us.csv", en_texte(_mesures("03/04/2022", "12/25/2022")),
        comptes={"gardees": 2, "corrigees": 2}, verifier=_debuts("2022-03-04", "2022-12-25")),
    Cas("date à deux lectures que rien ne prouve", "seule.csv", en_texte(_mesures("03/04/2022", "2022-05-06")),
        comptes={"gardees": 1, "rejetees": 1},
        motifs=["date ambiguë : jour/mois ou mois/jour, rien dans la colonne ne le prouve"]),
    Cas("date à deux lectures, ordre déclaré", "declare.csv", en_texte(_mesures("03/04/2022")), reglage=DECLARE,
        comptes={"gardees": 1}, verifier=_debuts("2022-04-03")),
    Cas("ordre déclaré que la colonne contredit", "contredit.csv", en_texte(_mesures("03/04/2022", "12/25/2022")),
        reglage=DECLARE, comptes={"gardees": 0, "rejetees": 2},
        motifs=["date ambiguë : l'ordre déclaré est contredit par les autres dates de la colonne",
                "date qui n'existe pas"]),
    Cas("numéros de jour de 1904 dans un texte", "mac.csv", en_texte(_mesures("43102")), reglage=EN_1904,
        comptes={"gardees": 1}, verifier=_debuts("2022-01-03")),
    Cas("doublons écrits de trois façons", "doublons.csv",
        en_texte(texte((ENTETE, ("M1", "D1", "25/12/2022"), (" M1", "D1 ", "2022-12-25"), ("M1", "D1", "44920")))),
        comptes={"lues": 3, "gardees": 1, "fusionnees": 2},
        verifier=_corrigees(("ligne 3", "fondue dans doublons.csv, ligne 2", NATURE_DOUBLON))),
    Cas("même clé et valeurs contraires", "contraires.csv",
        en_texte(texte((ENTETE, ("M1", "D1", "25/12/2022"), ("M1", "D1", "26/12/2022")))),
        comptes={"gardees": 0, "rejetees": 2}, verifier=_les_deux),
    Cas("modalité proche proposée", "proche.csv", en_texte(_motifs("Perte de liens")), reglage=AVEC_MOTIF,
        comptes={"gardees": 0, "rejetees": 1}, motifs=["modalité inconnue de la liste motif_fin"],
        verifier=_proposee),
    Cas("modalité proche acceptée", "acceptee.csv", en_texte(_motifs("Perte de liens")), reglage=PROCHES,
        comptes={"gardees": 1, "corrigees": 1},
        verifier=_corrigees(("Perte de liens", "PERTE_LIEN", "modalité proche acceptée"))),
    Cas("erreur de tableur et absence écrite", "erreur.csv", en_texte(_motifs("#N/A", "N/A")), reglage=AVEC_MOTIF,
        comptes={"gardees": 1, "rejetees": 1}, motifs=["cellule en erreur dans le tableur"]),
    Cas("communes de toutes les écritures", "places.csv",
        en_texte(texte((EN_TETE_PLACES, *((str(i), "1", "25/12/2020", c) for i, c in enumerate(
            ("HENIN BT", "Hénin-Beaumont", "62110", "Bellegarde-sur-Valserine", "Saint-Denis", "Henin Beaumon")))))),
        reglage=PLACES, attendues=EN_TETE_PLACES, comptes={"gardees": 6, "rejetees": 0}, verifier=_communes),
    Cas("identité par l'état civil", "identites.csv",
        en_texte(texte((("Nom", "Prénom", "Date de naissance"), ("Zorglubine", "Xylophanie", "17/05/1987"),
                        ("ZORGLUBINE ", "xylophanie", "1987-05-17")))),
        reglage=IDENTITE, attendues=("Nom", "Prénom", "Date de naissance"),
        comptes={"gardees": 1, "fusionnees": 1}, verifier=_rien_de_personnel),
    Cas("téléphone dans une colonne de date", "telephone.csv", en_texte(_mesures(TELEPHONE)),
        comptes={"gardees": 0, "rejetees": 1}, motifs=["date illisible"], verifier=_service_masque),
]  # fmt: skip
