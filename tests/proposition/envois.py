"""De faux envois de logiciels inventés, et de quoi trancher un brouillon comme le ferait un humain."""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from observatoire.collecte.indecis import indecisions

NOMS, PRENOMS = ("DURAND", "MARTIN", "PETIT", "MOREAU", "LEROY"), ("Lina", "Karim", "Zoé", "Paul", "Inès", "Hugo")
VILLES = ("Arras", "Lens", "Béthune", "HENIN-BEAUMONT", "Carvin")


def ecrire(fichier: Path, lignes: Sequence[Sequence[str]], separateur: str = ";", encodage: str = "cp1252") -> Path:
    """Un CSV sans guillemets."""
    fichier.parent.mkdir(parents=True, exist_ok=True)
    fichier.write_bytes("\r\n".join(separateur.join(ligne) for ligne in lignes).encode(encodage))
    return fichier


def _jour(jour: dt.date | None) -> str:
    return jour.strftime("%d/%m/%Y") if jour else ""


ENTETE_LARGE = [
    "Dossier n°",
    "NOM",
    "Prénom",
    "Né(e) le",
    "Sexe",
    "Tél portable",
    "Adresse complète",
    "Ville",
    "Adressé par",
    "Reçu le",
    "Suite donnée",
    "Type de mesure",
    "Date de début",
    "Date de fin",
    "Motif de sortie",
    "Situation familiale",
    "Nature des ressources",
    "Montant des ressources",
    "Logement à l'entrée",
    "Logement à la sortie",
    "Situation pro",
    "Bailleur",
    "Réservataire",
    "Parc",
    "Date du bail",
    "Observations",
    "Nb enfants",
]


def envoi_large(dossier: Path, menages: int = 120) -> Path:
    """Un export où chaque ligne porte tout d'un ménage : personne, demande, mesure, photos, relogement."""
    hasard = random.Random(3)
    lignes = [ENTETE_LARGE]
    for rang in range(1, menages + 1):
        debut = dt.date(2021, 1, 1) + dt.timedelta(days=hasard.randrange(700))
        fin = debut + dt.timedelta(days=hasard.randrange(60, 400))
        fin = fin if hasard.random() < 0.5 and fin.year < 2023 else None
        bail = debut + dt.timedelta(days=50) if hasard.random() < 0.4 else None
        naissance = dt.date(1960, 1, 1) + dt.timedelta(days=hasard.randrange(15_000))
        lignes.append([
            f"A{rang:04d}", hasard.choice(NOMS), hasard.choice(PRENOMS), _jour(naissance), hasard.choice("MF"),
            "06" + "".join(f" {hasard.randrange(10, 99)}" for _ in range(4)), f"{rang} rue des Lilas",
            hasard.choice(VILLES), hasard.choice(("Mission locale", "CCAS", "SIAO")),
            _jour(debut - dt.timedelta(days=30)), "Admise",
            hasard.choice(("Accès", "Maintien")), _jour(debut), _jour(fin),
            hasard.choice(("Objectif atteint", "Déménagement")) if fin else "",
            hasard.choice(("Homme seul", "Femme seule", "Couple sans enft")), hasard.choice(("Salaire", "RSA", "AAH")),
            str(hasard.randrange(0, 1800)), hasard.choice(("Hébergé chez un tiers", "Parc privé", "Rue")),
            hasard.choice(("Parc public", "Parc privé")) if fin else "",
            hasard.choice(("CDI", "Demandeur d'emploi", "Autre situation")), "Habitat du Nord" if bail else "",
            hasard.choice(("Etat", "Action logement")) if bail else "", "Parc public" if bail else "", _jour(bail),
            f"Appelé ce matin, doit rappeler la semaine prochaine pour le dossier numéro {rang}", str(rang % 4),
        ])  # fmt: skip
    return ecrire(dossier / "export_asll.csv", lignes)


def envoi_en_deux(dossier: Path) -> Path:
    """Des mesures par personne, et les foyers de ces personnes dans un autre fichier."""
    hasard = random.Random(5)
    personnes = [("Code usager", "Foyer", "Civilité", "Date de naissance", "Lien de parenté")]
    mesures = [("Réf. mesure", "Code usager", "Notification", "Démarrage", "Terminée le", "Cause de fin")]
    numero = 0
    for foyer in range(60):
        for rang in range(hasard.choice((1, 1, 2, 3))):
            numero += 1
            naissance = dt.date(1960, 1, 1) + dt.timedelta(days=hasard.randrange(15_000))
            role, sexe = ("Demandeur", "Conjoint", "Enfant")[rang], hasard.choice(("M.", "Mme"))
            personnes.append((f"U{numero:04d}", f"F{foyer:03d}", sexe, _jour(naissance), role))
            if rang == 0:
                debut = dt.date(2022, 1, 3) + dt.timedelta(days=hasard.randrange(300))
                fin = debut + dt.timedelta(days=60) if foyer % 3 == 0 else None
                avant, motif = _jour(debut - dt.timedelta(days=9)), "Déménagement" if fin else ""
                mesures.append((f"MS-{foyer:03d}", f"U{numero:04d}", avant, _jour(debut), _jour(fin), motif))
    ecrire(dossier / "personnes.csv", personnes)
    ecrire(dossier / "mesures_2022.csv", mesures)
    return dossier


ENTETES_CLLAJ: dict[str, tuple[str, dict[str, str]]] = {
    "usagers_cllaj.csv": (
        "fichier_jeunes.csv",
        {"N° jeune": "Identifiant", "N° dossier": "Réf. foyer", "Qualité": "Lien", "Sexe": "Civilité",
         "Naissance": "DDN", "Parcours ASE": "Ancien ASE", "1er accueil": "Inscrit le"},
    ),
    "accueils_*.csv": (
        "demandes_{}.csv",
        {"N° accueil": "Num", "Date": "Reçu le", "N° dossier": "Réf. foyer", "Orienté par": "Origine",
         "Problématique": "Problème exposé", "Autres problématiques": "Difficultés annexes",
         "Commune d'origine": "Ville", "QPV": "Quartier prioritaire"},
    ),
    "rendez_vous_*.csv": (
        "agenda_{}.csv",
        {"N°": "Id RDV", "Date": "Le", "Type": "Nature", "N° dossier": "Réf. foyer", "Lieu": "Permanence",
         "Mode": "Canal", "Présence": "Statut du RDV", "Dossier constitué": "Démarche",
         "État du dossier": "Avancement", "Orientation vers": "Orienté vers"},
    ),
    "ateliers_cllaj.csv": (
        "collectif.csv", {"N° atelier": "Séance", "Date": "Jour", "Lieu": "Salle", "N° jeune": "Identifiant"},
    ),
    "issues_logement_cllaj.csv": (
        "acces.csv",
        {"N°": "Clé", "N° dossier": "Réf. foyer", "Date": "Entrée dans les lieux", "Issue": "Accès à",
         "Bailleur": "Organisme", "Contingent": "Réservataire", "Commune": "Localité", "Su le (enquête)": "Connu le"},
    ),
}  # fmt: skip


def exemple_renomme(exemple: Path, dossier: Path) -> Path:
    """L'échantillon du CLLAJ tel qu'un autre logiciel l'exporterait : autres fichiers, autres en-têtes."""
    dossier.mkdir(parents=True)
    for motif, (nom, entetes) in ENTETES_CLLAJ.items():
        for fichier in sorted(exemple.glob(motif)):
            brut = fichier.read_bytes()
            try:
                texte = brut.decode("utf-8-sig")
            except UnicodeDecodeError:
                texte = brut.decode("cp1252")
            tete, _, corps = texte.partition("\n")
            separateur = ";" if ";" in tete else ","
            colonnes = [entetes[c.strip()] for c in tete.split(separateur)]
            annee = re.search(r"20\d\d", fichier.name)
            sortie = dossier / nom.format(annee.group() if annee else "")
            sortie.write_text(separateur.join(colonnes) + "\n" + corps, encoding="utf-8")
    return dossier


def trancher(texte: str, reponses: Mapping[str, str]) -> str:
    """Le brouillon où chaque « ? » est remplacé, à sa ligne, par la réponse donnée à sa clé.

    Une modalité sans réponse devient « NR », une colonne sans réponse n'est pas importée.
    """
    lignes = texte.split("\n")
    for indecision in indecisions(texte):
        ligne = lignes[indecision.ligne - 1]
        reponse = reponses.get(indecision.cle, "NR" if "cellule(s)" in ligne else "")
        lignes[indecision.ligne - 1] = ligne.replace('"?"', f'"{reponse}"', 1)
    return "\n".join(lignes)
