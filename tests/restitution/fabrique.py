"""Des rapports faits à la main pour éprouver la restitution sans calcul : un LTIAE et un CLLAJ fictifs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import polars as pl

from observatoire.campagne.donnees_types import SCHEMA_TABLE, Bloc, Definition, DonneesRapport, SectionRapport
from observatoire.periode import Periode
from observatoire.services import Parametres, Service

NOMS = {
    "menages_accompagnes": ("Ménages accompagnés", "ménages", "menages_accompagnes", "effectif"),
    "premieres_mesures": ("Premières mesures", "mesures", "mesures_de_l_annee", "effectif"),
    "composition_familiale": ("Composition familiale", "%", "menages_accompagnes", "repartition"),
    "age_tranches": ("Tranches d'âge", "%", "menages_accompagnes", "repartition"),
    "file_active_mensuelle": ("File active mensuelle", "ménages", "menages_accompagnes", "serie"),
    "matrice_parcours": ("Parcours logement", "parcours", "parcours_termines", "matrice"),
    "taux_sortie_logement": ("Taux de sortie vers le logement", "%", "parcours_termines", "rapport"),
    "duree_moyenne_accompagnement": ("Durée moyenne d'accompagnement", "mois", "parcours_termines", "moyenne"),
    "themes_travailles": ("Thèmes travaillés", "%", "mesures_terminees", "citations"),
    "demandeurs_distincts_cllaj": ("Demandeurs distincts", "personnes", "accueil", "effectif"),
    "ressources_moyennes_tous": ("Ressources moyennes, tous", "€", "personnes", "moyenne"),
    "mois_mesures": ("Mois-mesures", "mois", "menages_accompagnes", "effectif"),
}


def definition(nom: str, **autres) -> Definition:
    libelle, unite, univers, forme = NOMS.get(nom, (nom, "ménages", "menages_accompagnes", "effectif"))
    champs = dict(
        nom=nom,
        libelle=libelle,
        famille="profil",
        unite=unite,
        univers=univers,
        description=f"{libelle}, comptés sur la période.",
        numerateur=libelle.lower(),
        denominateur="ensemble de la population",
        source="règles de lecture",
        pieges="",
        version="2022",
        forme=forme,
    )
    return Definition(**{**champs, **autres})


def ligne(indicateur: str, valeur=None, *, m1=None, m2=None, v1=None, v2=None, **autres) -> dict:
    """Une ligne de la table protégée ; sans valeur, l'état doit dire pourquoi."""
    unite = NOMS.get(indicateur, ("", "ménages"))[1]
    base = dict.fromkeys(SCHEMA_TABLE) | {
        "service": "essai",
        "annee": 2022,
        "indicateur": indicateur,
        "ventilation_1": v1,
        "modalite_1": m1,
        "ventilation_2": v2,
        "modalite_2": m2,
        "valeur": valeur,
        "unite": unite,
        "etat": "publie",
        "version_definition": "2022",
        "libelle_1": m1,
        "libelle_2": m2,
    }
    return base | autres


def table(lignes: list[dict]) -> pl.DataFrame:
    return pl.DataFrame(lignes, schema=SCHEMA_TABLE)


def repartition(
    indicateur: str, ventilation: str, effectifs: dict[str, int | str], *, annee=2022, nr=None, base=None
) -> pl.DataFrame:
    """Répartition : total puis modalités ; un effectif donné en texte est un état (« masque »)."""
    n = base if base is not None else sum(e for e in effectifs.values() if isinstance(e, int))
    lignes = [ligne(indicateur, 100.0, numerateur=n, denominateur=n, base=n, non_renseignes=nr, annee=annee)]
    for rang, (modalite, effectif) in enumerate(effectifs.items()):
        commun = dict(
            m1=modalite.upper() if modalite in ("Autre", "nr") else modalite,
            v1=ventilation,
            annee=annee,
            libelle_1=modalite,
            ordre_1=rang,
        )
        if isinstance(effectif, str):
            lignes.append(ligne(indicateur, None, etat=effectif, **commun))
        else:
            lignes.append(ligne(indicateur, 100 * effectif / n, numerateur=effectif, denominateur=n, base=n, **commun))
    return table(lignes)


def effectifs(
    indicateur: str, ventilation: str, valeurs: dict[str, int | str], *, annee=2022, total=None, version="2022"
) -> pl.DataFrame:
    somme = total if total is not None else sum(v for v in valeurs.values() if isinstance(v, int))
    lignes = [ligne(indicateur, somme, numerateur=somme, base=somme, annee=annee, version_definition=version)]
    for rang, (modalite, valeur) in enumerate(valeurs.items()):
        commun = dict(m1=modalite, v1=ventilation, annee=annee, libelle_1=modalite, ordre_1=rang)
        lignes.append(
            ligne(indicateur, None, etat=valeur, **commun)
            if isinstance(valeur, str)
            else ligne(indicateur, valeur, numerateur=valeur, base=somme, **commun)
        )
    return table(lignes)


def total(indicateur: str, valeur, *, annee=2022, **autres) -> pl.DataFrame:
    return table([ligne(indicateur, valeur, annee=annee, **autres)])


def bloc(
    cle: str,
    graphique: str,
    indicateurs: list[str],
    courante: pl.DataFrame,
    precedente=None,
    *,
    titre=None,
    notes=(),
    alertes=(),
    reglage=None,
) -> Bloc:
    definitions = tuple(definition(i) for i in indicateurs)
    return Bloc(
        cle,
        titre or definitions[0].libelle,
        graphique,
        definitions,
        courante,
        precedente if precedente is not None else courante.clear(),
        courante,
        tuple(notes),
        tuple(alertes),
        reglage or {},
    )


MOIS = {f"2022-{m:02d}": v for m, v in enumerate([11, 9, 7, 11, 11, 13, 15, 15, 14, 12, 11, 11], 1)}


def bloc_serie() -> Bloc:
    return bloc(
        "file-active",
        "serie",
        ["file_active_mensuelle"],
        effectifs("file_active_mensuelle", "mois", MOIS, total=140),
        effectifs("file_active_mensuelle", "mois", {f"2021-{m:02d}": 8 + m % 4 for m in range(1, 13)}, annee=2021),
        notes=("Mois comptés au dernier jour.",),
    )


def bloc_repartition() -> Bloc:
    return bloc(
        "composition-familiale",
        "barres",
        ["composition_familiale"],
        repartition(
            "composition_familiale",
            "composition",
            {"Homme seul": 15, "Femme seule": 1, "Parent isolé": 2, "Couple avec enfant": 7, "Groupe": 0},
            nr=1,
        ),
        repartition(
            "composition_familiale",
            "composition",
            {"Homme seul": 11, "Femme seule": 4, "Parent isolé": 1, "Couple avec enfant": 6},
            annee=2021,
            nr=0,
        ),
        notes=("Profil lu au début de la mesure.",),
        alertes=("4 % des ménages n'ont pas de composition renseignée.",),
    )


def bloc_comparaison() -> Bloc:
    ages = ["moins de 25 ans", "25 à 40 ans", "41 à 50 ans", "51 à 60 ans", "61 ans et plus"]

    def deux(annee, a, b):
        return pl.concat(
            [
                effectifs("premieres_mesures", "age_tranche", dict(zip(ages, a, strict=True)), annee=annee),
                effectifs("menages_accompagnes", "age_tranche", dict(zip(ages, b, strict=True)), annee=annee),
            ]
        )

    return bloc(
        "ages",
        "comparaison",
        ["premieres_mesures", "menages_accompagnes"],
        deux(2022, [2, 9, 1, 1, 0], [2, 13, 6, 3, 1]),
        deux(2021, [1, 7, 2, 1, 0], [2, 11, 6, 2, 1]),
        titre="Âge des ménages",
    )


def bloc_matrice() -> Bloc:
    debut = ["Rue ou abri de fortune", "Hébergé par un tiers", "Centre d'hébergement", "Hôtel", "Parc privé", "CADA"]
    fin = ["Parc public", "Intermédiation locative", "Établissement pénitentiaire", "Rupture de lien"]
    valeurs = [[1, 0, 1, 1], [3, 1, 0, 3], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0], [1, 0, 0, 0]]
    lignes = [ligne("matrice_parcours", 14, base=14)]
    for i, origine in enumerate(debut):
        lignes.append(ligne("matrice_parcours", sum(valeurs[i]), m1=origine, v1="logement_entree", ordre_1=i))
    for j, sortie in enumerate(fin):
        lignes.append(ligne("matrice_parcours", sum(v[j] for v in valeurs), m1=sortie, v1="logement_sortie", ordre_1=j))
    for i, origine in enumerate(debut):
        for j, sortie in enumerate(fin):
            lignes.append(
                ligne(
                    "matrice_parcours",
                    valeurs[i][j],
                    m1=origine,
                    v1="logement_entree",
                    m2=sortie,
                    v2="logement_sortie",
                    ordre_1=i,
                    ordre_2=j,
                )
            )
    return bloc("parcours", "matrice", ["matrice_parcours"], table(lignes), titre="Du début à la fin de la mesure")


def bloc_historique() -> Bloc:
    lignes = [
        ligne("demandeurs_distincts_cllaj", v, annee=a, version_definition="2019")
        for a, v in ((2019, 526), (2020, 440), (2021, 553), (2022, 504))
    ]
    lignes.append(ligne("demandeurs_distincts_cllaj", 580, annee=2022, version_definition="2022"))
    return bloc(
        "frequentation",
        "historique",
        ["demandeurs_distincts_cllaj"],
        table(lignes),
        titre="Évolution de la fréquentation",
        notes=("À partir de 2022, les personnes rencontrées en « aller vers » sont comptées.",),
    )


def bloc_citations() -> Bloc:
    themes = {
        "Recherche de logement": 13,
        "Démarches administratives": 11,
        "Accès aux droits et ressources": 9,
        "Budget et dettes": 8,
        "Emploi et formation": 7,
        "Santé": "masque",
        "Mobilité": "masque_secondaire",
    }
    return bloc(
        "themes",
        "barres",
        ["themes_travailles"],
        repartition("themes_travailles", "theme", themes, base=14),
        titre="Thèmes travaillés",
    )


def bloc_retenu() -> Bloc:
    return bloc(
        "ressources",
        "barres",
        ["ressources_moyennes_tous"],
        total("ressources_moyennes_tous", None, etat="retenu"),
        titre="Ressources",
        alertes=("Les ressources manquent pour plus de la moitié des ménages : chiffre retenu.",),
    )


def bloc_tuiles() -> Bloc:
    indicateurs = [
        "menages_accompagnes",
        "premieres_mesures",
        "mois_mesures",
        "taux_sortie_logement",
        "duree_moyenne_accompagnement",
        "ressources_moyennes_tous",
    ]

    def annee_de(annee, valeurs):
        bases = [None, None, None, 14, 14, 25]
        trios = zip(indicateurs, valeurs, bases, strict=True)
        return pl.concat([total(i, v, annee=annee, base=b) for i, v, b in trios])

    return bloc(
        "chiffres-cles",
        "tuiles",
        indicateurs,
        annee_de(2022, [25, 13, 140, 50.0, 7.4, 1352.83]),
        annee_de(2021, [22, 11, 118, 41.7, 6.9, 1290.0]),
        titre="Chiffres clés",
    )


def bloc_tableau() -> Bloc:
    indicateurs = ["taux_sortie_logement", "duree_moyenne_accompagnement"]
    return bloc(
        "resultats",
        "tableau",
        indicateurs,
        pl.concat(
            [
                total("taux_sortie_logement", 50.0, numerateur=7, denominateur=14, base=14),
                total("duree_moyenne_accompagnement", 7.4, base=14),
            ]
        ),
        pl.concat(
            [
                total("taux_sortie_logement", 41.7, numerateur=5, denominateur=12, base=12, annee=2021),
                total("duree_moyenne_accompagnement", 6.9, base=12, annee=2021),
            ]
        ),
        titre="Résultats",
    )


def service(libelle="Logement temporaire et insertion (essai)") -> Service:
    return Service(
        "essai",
        libelle,
        "Essai",
        "LTIAE",
        "Association d'essai",
        "Métropole d'essai",
        "Un service fictif qui accompagne des salariés en insertion vers le logement.",
        Parametres(),
        {},
        (),
        (),
        Path("essai.toml"),
    )


def verdict(etat="publiable", resultats=()) -> SimpleNamespace:
    """Un verdict de qualité : mêmes attributs que l'objet du contrôle."""
    return SimpleNamespace(
        service="essai",
        annee=2022,
        empreinte="ab" * 32,
        etat=etat,
        resultats=list(resultats),
        colonnes_retenues={},
        bloquants=[r for r in resultats if r.structurelle and not r.reussie],
        avertissements=lambda colonnes: [],
        derogees=tuple(r for r in resultats if r.derogation),
    )


def regle(nom="cle_unique", severite="critical", reussie=True, structurelle=True, echecs=0, **autres):
    champs = dict(
        regle=nom,
        table="mesure",
        colonnes=("mesure.id_mesure",),
        severite=severite,
        structurelle=structurelle,
        reussie=reussie,
        lignes=120,
        echecs=echecs,
        explication="Chaque mesure doit avoir un numéro unique.",
        remede="Supprimez la ligne en double dans l'export.",
        derogation="",
        niveau="ligne",
    )
    faite = SimpleNamespace(**{**champs, **autres})
    faite.active = not faite.reussie and not faite.derogation
    return faite


def donnees(diffusion="interne", **autres) -> DonneesRapport:
    """Un rapport complet, avec un bloc de chaque sorte."""
    sections = (
        SectionRapport("Activité", "L'année en nombre de mesures et de mois.", (bloc_serie(), bloc_historique())),
        SectionRapport("Les ménages", "", (bloc_repartition(), bloc_comparaison(), bloc_retenu())),
        SectionRapport("Accompagnement et résultats", "", (bloc_citations(), bloc_matrice(), bloc_tableau())),
    )
    complet = DonneesRapport(
        service=service(),
        annee=2022,
        periode=Periode.de_l_annee(2022),
        diffusion=diffusion,
        verdict=verdict(
            resultats=[
                regle(),
                regle(
                    "ressources_renseignees",
                    "warning",
                    False,
                    False,
                    3,
                    explication="Ressources absentes pour 3 ménages.",
                    remede="Complétez l'export.",
                ),
            ]
        ),
        sections=sections,
        empreinte="ab" * 32,
        version_code="0.1.0",
        chiffres_cles=bloc_tuiles(),
    )
    return replace(complet, **autres)


def carnet_execute(rapport, dossier: Path, parties=None) -> Path:
    """Un carnet déjà exécuté, sans noyau : ses sorties sont celles des parties d'un rapport."""
    import nbformat

    parties = parties or [
        (rapport.entete(), "entete"),
        (rapport.sommaire(), "sommaire"),
        (rapport.chiffres_cles(), ""),
        *((s, "") for s in rapport.sections()),
        (rapport.qualite(), ""),
        (rapport.definitions(), ""),
        (rapport.provenance(), "pied"),
    ]
    cellules = []
    for fragment, etiquette in parties:
        sortie = nbformat.v4.new_output("display_data", {"text/html": fragment._repr_html_()})
        cellule = nbformat.v4.new_code_cell("secret = 1", outputs=[sortie])
        cellule.metadata["tags"] = [etiquette] if etiquette else []
        cellules.append(cellule)
    carnet = dossier / "essai.ipynb"
    carnet.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=cellules)), encoding="utf-8")
    return carnet
