"""L'histoire fictive de chaque petit service, de 2020 à 2022 : une fonction par service, qui remplit sa fabrique."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from generateur.hasard import choisir, etaler, jour_entre
from generateur.legers_fabrique import DEBUT, FIN, Fabrique, Foyer, arrivees, enchainer, plus_tard

ANNEES = (2020, 2021, 2022)
Connus = list[dict[str, Any]]


# --- Accompagnement vers et dans le logement -----------------------------------------------------


def avdl(f: Fabrique, connus: Connus) -> Connus:
    """Diagnostic, puis accompagnement vers, lors et dans le logement, par mesures de trois mois."""
    rng = f.rng
    relogees: Connus = []
    for jour in arrivees(rng, {2019: 9, 2020: 14, 2021: 16, 2022: 20}):
        foyer = f.foyer(jour)
        volet = choisir(rng, {"DALO": 3, "HORS_DALO": 2})
        f.photo(foyer, "demande", jour)
        suite = choisir(rng, {"ADMISE": 12, "REFUS_MENAGE": 1, "INJOIGNABLE": 1, "REORIENTE": 1})
        if jour > date(2022, 11, 10):
            suite = "EN_COURS"
        demande = f.demande(foyer, jour, suite, volet=volet, qpv=rng.choice(("oui", "non", "non", "NR")))
        if suite != "ADMISE":
            continue
        debut = jour + timedelta(days=rng.randint(6, 30))
        rendu = plus_tard(rng, debut, (12, 40))
        conclusion = choisir(rng, {"PRECONISATION": 12, "NON_LIEU": 2, "ORIENTATION": 2}) if rendu else None
        f.ajouter(
            "mesure",
            id_mesure=f.numero("X"),
            id_menage=foyer.menage,
            id_demande=demande,
            type_mesure="DIAGNOSTIC",
            volet=volet,
            date_notification=jour,
            date_debut=debut,
            date_fin=rendu,
            motif_fin=conclusion,
        )
        if conclusion == "PRECONISATION" and rendu:
            reloge = _mesures_avdl(f, foyer, demande, volet, rendu)
            if reloge and foyer.composition in ("HS", "FS", "FSE"):
                relogees.append(_identite(f, foyer.referent))
    for annee, total, etp in ((2020, 92, 1.8), (2021, 104, 2.0), (2022, 118, 2.3)):
        f.convention(
            annee,
            "État (FNAVDL)",
            total,
            dispositif="AVDL",
            etp=etp,
            objectif=110 + 10 * (annee - 2020),
            unite_objectif="mois_mesures",
        )
        f.convention(annee, "Action Logement", total // 5, dispositif="AVDL", etp=0.4)
    return relogees


def _mesures_avdl(f: Fabrique, foyer: Foyer, demande: str, volet: str, jour: date) -> bool:
    rng = f.rng
    intensite = choisir(rng, {"SIMPLE": 6, "ALLEGEE": 3, "LOURDE": 2})
    demarre = int(foyer.menage[-3:]) % 9 != 0  # une mesure sur neuf n'est jamais signée
    etapes = ["VERS"] * rng.randint(1, 3)
    issue = choisir(rng, {"PUBLIC": 7, "PRIVE": 2, "IML": 1, "ABANDON": 3})
    if issue != "ABANDON":
        etapes += ["LORS", "DANS"][: rng.randint(1, 2)]
    debut = jour + timedelta(days=rng.randint(2, 20))
    for rang, etape in enumerate(etapes, 1):
        if debut > FIN:
            return False
        mesure = f.numero("X")
        fin = plus_tard(rng, debut, (84, 96))
        derniere = rang == len(etapes)
        motif = (
            ("ACCES_LOGT" if issue != "ABANDON" else rng.choice(("PERTE_LIEN", "NON_ADHESION")))
            if derniere
            else "FIN_DUREE"
        )
        f.ajouter(
            "mesure",
            id_mesure=mesure,
            id_menage=foyer.menage,
            id_demande=demande if rang == 1 else None,
            rang=rang,
            type_mesure=etape,
            intensite=intensite,
            volet=volet,
            date_notification=debut - timedelta(days=rng.randint(1, 12)),
            date_debut=debut if demarre else None,
            date_signature=debut if demarre else None,
            date_fin=fin if demarre else None,
            motif_fin=motif if fin and demarre else None,
            objectif_atteint=choisir(rng, {"oui": 6, "partiel": 3, "non": 2}) if fin and demarre else None,
        )
        if not demarre:
            return False
        if rang == 1:
            f.photo(foyer, "entree", debut, id_mesure=mesure)
        f.actes(
            foyer,
            debut,
            fin,
            (32, 72),
            {"ENTRETIEN": 6, "VISITE": 3, "APPEL": 2, "DOSSIER": 2, "LIEN_PARTENAIRE": 2},
            id_mesure=mesure,
        )
        if etape == "LORS":
            f.ajouter(
                "relogement",
                id_relogement=f.numero("R"),
                id_menage=foyer.menage,
                id_mesure=mesure,
                date=debut,
                parc="ADAPTE" if issue == "IML" else issue,
                bailleur=rng.choice(("Bailleur social A", "Bailleur social B", "Bailleur social C"))
                if issue == "PUBLIC"
                else None,
                contingent=choisir(rng, {"ETAT": 6, "ACTION_LOGEMENT": 3, "BAILLEUR": 2})
                if issue == "PUBLIC"
                else None,
                commune=choisir(rng, f.profil.communes),
            )
        if fin is None:
            return "LORS" in etapes[:rang]
        if derniere:
            f.photo(foyer, "sortie", fin, id_mesure=mesure, logement="INCONNU" if issue == "ABANDON" else issue)
        debut = fin + timedelta(days=rng.randint(0, 6))
    return issue != "ABANDON"


def _identite(f: Fabrique, personne: str) -> dict[str, Any]:
    return next(p for p in f.lignes.par_table["personne"] if p["id_personne"] == personne)


# --- Intermédiation locative ---------------------------------------------------------------------


def iml(f: Fabrique, connus: Connus) -> Connus:
    """Des logements captés, loués ou gérés, et les ménages qui s'y succèdent jusqu'au glissement du bail."""
    rng = f.rng
    modalites = etaler(rng, {"SOUS_LOCATION": 6, "BAIL_GLISSANT": 6, "MANDAT_GESTION": 4})
    partants: Connus = []
    for rang, modalite in enumerate(modalites):
        captation = (
            jour_entre(rng, date(2018, 3, 1), date(2019, 10, 1))
            if rang < 11
            else (jour_entre(rng, date(2020, 2, 1), date(2022, 9, 30)))
        )
        ouverture = captation + timedelta(days=rng.randint(8, 60))
        parc = "PRIVE" if modalite == "MANDAT_GESTION" or rng.random() < 0.45 else "PUBLIC"
        typologie, places = choisir(rng, {("T2", 2): 5, ("T3", 4): 6, ("T1", 1): 3, ("T4", 5): 2})
        place = f.numero("L")
        ferme = date(2022, 6, 30) if rang == 3 else None
        f.ajouter(
            "place",
            id_place=place,
            nb_places=places,
            typologie=typologie,
            bailleur={"PRIVE": "Propriétaire privé"}.get(parc)
            or rng.choice(("Bailleur social A", "Bailleur social B")),
            commune=choisir(rng, f.profil.communes),
            regroupe_diffus="diffus",
            ouverture=ouverture,
            fermeture=ferme,
            modalite_gestion=modalite,
            parc=parc,
            date_captation=captation,
        )
        duree = (330, 900) if modalite != "MANDAT_GESTION" else (500, 1100)
        for entree, sortie in enchainer(rng, ouverture, duree, (6, 45), ferme):
            partants += _sejour_iml(f, place, modalite, parc, entree, sortie, connus)
    for annee, n in ((2020, 5), (2021, 5), (2022, 6)):
        for jour in arrivees(rng, {annee: n}):
            suite = choisir(rng, {"REFUS_MENAGE": 2, "REFUS_SERVICE": 2, "SANS_SUITE": 1})
            suite = "LISTE_ATTENTE" if jour > date(2022, 9, 1) else suite
            foyer = f.foyer(jour)
            f.photo(foyer, "demande", jour)
            f.demande(foyer, jour, suite, motif_suite=None if suite == "LISTE_ATTENTE" else "HORS_CRITERES")
        f.convention(annee, "État (BOP 177)", 74 + 6 * (annee - 2020), dispositif="IML", etp=1.5)
        f.convention(annee, "Métropole", 12, dispositif="IML", etp=0.2)
    return partants


def _sejour_iml(
    f: Fabrique, place: str, modalite: str, parc: str, entree: date, sortie: date | None, connus: Connus
) -> Connus:
    rng = f.rng
    connue = connus.pop(0) if connus and entree.year == 2022 else None
    foyer = f.foyer(entree, connue)
    f.demande(
        foyer,
        entree - timedelta(days=rng.randint(15, 110)),
        "ADMISE",
        date_decision=entree - timedelta(days=rng.randint(1, 12)),
    )
    sejour = f.numero("S")
    poids = (
        {"GLISSEMENT_BAIL": 8, "ACCES_LOGT": 2, "DEMENAGEMENT": 1}
        if modalite == "BAIL_GLISSANT"
        else ({"ACCES_LOGT": 7, "ORIENTATION": 2, "DEPART_VOLONTAIRE": 1, "EXCLUSION": 1})
    )
    motif = choisir(rng, poids) if sortie else None
    f.ajouter(
        "sejour",
        id_sejour=sejour,
        id_place=place,
        id_menage=foyer.menage,
        date_entree=entree,
        date_sortie=sortie,
        motif_fin=motif,
    )
    f.photo(foyer, "entree", entree, id_sejour=sejour)
    f.redevances(foyer, entree, sortie, rng.randint(24, 52) * 1000, choisir(rng, {0.02: 6, 0.25: 3}))
    f.actes(foyer, entree, sortie, (80, 150), {"VISITE": 5, "ENTRETIEN": 3, "APPEL": 1, "DOSSIER": 1})
    if sortie is None:
        return []
    suivant = {
        "GLISSEMENT_BAIL": parc,
        "ACCES_LOGT": rng.choice(("PUBLIC", "PUBLIC", "PRIVE")),
        "ORIENTATION": "PF",
        "DEMENAGEMENT": "PRIVE",
    }.get(motif or "", "INCONNU")
    f.photo(
        foyer,
        "sortie",
        sortie,
        id_sejour=sejour,
        logement=suivant,
        emploi=choisir(rng, {"CDI_TP": 2, "CDD": 2, "DEMANDEUR": 3, "CDI_PARTIEL": 2}),
    )
    return [_identite(f, foyer.referent)] if suivant == "PF" and foyer.composition in ("HS", "FS") else []


# --- Pension de famille --------------------------------------------------------------------------


def pension_famille(f: Fabrique, connus: Connus) -> Connus:
    """Dix-huit logements, des séjours sans terme, une vie collective."""
    rng = f.rng
    residents: list[tuple[Foyer, date, date | None]] = []
    protections = {"AUCUNE": 9, "CURATELLE": 7, "TUTELLE": 2, "MASP": 2, "HABILITATION": 1}
    for rang in range(18):
        ouverture = date(2014, 9, 1) if rang < 14 else date(2021, 3, 1)
        place = f.numero("L")
        f.ajouter(
            "place",
            id_place=place,
            nb_places=1,
            typologie=rng.choice(("T1", "T1", "T1_BIS")),
            bailleur="Bailleur social A",
            commune="38185" if rang < 14 else "38151",
            regroupe_diffus="regroupe",
            ouverture=ouverture,
            type_place="PENSION_FAMILLE" if rang < 14 else "RESIDENCE_ACCUEIL",
        )
        premiere = jour_entre(rng, date(2014, 10, 1), date(2019, 6, 1)) if rang < 14 else ouverture
        for entree, sortie in enchainer(rng, premiere, (900, 3400), (15, 70)):
            if sortie and sortie < DEBUT:
                continue
            connue = connus.pop(0) if connus and entree.year >= 2020 else None
            residents.append((_resident(f, place, entree, sortie, connue, protections), entree, sortie))
    themes = {"CULTURE_LOISIRS": 3, "VIE_SOCIALE": 3, "ENTRETIEN_LOGEMENT": 1}
    for jour in arrivees(rng, {2020: 7, 2021: 10, 2022: 13}):
        la = [x.referent for x, entree, sortie in residents if entree <= jour and (sortie is None or sortie > jour)]
        fideles = [p for p in la if int(p[-3:]) % 5 != 0 or not p.startswith("PDF")]
        presents = sorted(rng.sample(fideles, min(len(fideles), rng.randint(4, 9))))
        lieu = rng.choice(("Salle commune", "Salle commune", "Jardin partagé", "Sortie"))
        f.collectif(rng.choice(("ACTIVITE", "ACTIVITE", "ATELIER")), jour, choisir(rng, themes), lieu, presents)
    for annee in ANNEES:
        for jour in arrivees(rng, {annee: 5}):
            suite = choisir(rng, {"REFUS_SERVICE": 2, "REFUS_MENAGE": 1, "SANS_SUITE": 1})
            suite = "LISTE_ATTENTE" if jour > date(2022, 4, 1) else suite
            foyer = f.foyer(jour)
            f.photo(foyer, "demande", jour)
            f.demande(foyer, jour, suite, motif_suite=None if suite == "LISTE_ATTENTE" else "COMPLET")
        f.convention(annee, "État (BOP 177)", 118 + 4 * (annee - 2020), dispositif="Pension de famille", etp=2.0)
        f.convention(annee, "Redevances des résidents", 92 + 3 * (annee - 2020), dispositif="Pension de famille")
    return []


def _resident(f: Fabrique, place: str, entree: date, sortie: date | None, connue: Any, protections: dict) -> Foyer:
    rng = f.rng
    foyer = f.foyer(entree, connue)
    if entree >= DEBUT:
        f.demande(
            foyer,
            entree - timedelta(days=rng.randint(40, 300)),
            "ADMISE",
            date_decision=entree - timedelta(days=rng.randint(5, 30)),
        )
    sejour = f.numero("S")
    motif = choisir(rng, {"ACCES_LOGT": 3, "MEDICO_SOCIAL": 3, "DECES": 2, "RETOUR_FAMILLE": 1}) if sortie else None
    f.ajouter(
        "sejour",
        id_sejour=sejour,
        id_place=place,
        id_menage=foyer.menage,
        id_personne=foyer.referent,
        date_entree=entree,
        date_sortie=sortie,
        motif_fin=motif,
    )
    f.photo(foyer, "entree", entree, id_sejour=sejour, protection=choisir(rng, protections))
    f.redevances(foyer, entree, sortie, rng.randint(40, 47) * 1000, choisir(rng, {0.01: 8, 0.2: 2}))
    f.actes(foyer, entree, sortie, (170, 260), {"VISITE": 4, "ENTRETIEN": 4, "LIEN_PARTENAIRE": 2})
    if sortie and motif != "DECES":
        issue = {"ACCES_LOGT": "PUBLIC", "MEDICO_SOCIAL": "MEDICO_SOCIAL"}.get(motif or "", "TIERS_F")
        f.photo(foyer, "sortie", sortie, id_sejour=sejour, logement=issue)
    return foyer


# --- Insertion par l'activité économique ---------------------------------------------------------


def iae(f: Fabrique, connus: Connus) -> Connus:
    """Des parcours d'insertion, leurs contrats successifs, et ce que deviennent les salariés."""
    rng = f.rng
    for jour in arrivees(rng, {2019: 11, 2020: 13, 2021: 15, 2022: 17}):
        connue = connus.pop(0) if connus and jour.year >= 2021 and rng.random() < 0.6 else None
        candidature = jour - timedelta(days=rng.randint(6, 45))
        foyer = f.foyer(candidature, connue, referent_seul=True)
        if candidature >= DEBUT:
            f.photo(foyer, "demande", candidature)
            demande = f.demande(foyer, candidature, "ADMISE", date_decision=jour - timedelta(days=rng.randint(1, 5)))
        else:
            demande = None
        mesure, duree = f.numero("X"), choisir(rng, {(40, 85): 2, (150, 330): 6, (350, 720): 7})
        fin = plus_tard(rng, jour, duree)
        motif = choisir(
            rng, {"OBJECTIF": 9, "FIN_DUREE": 5, "DEPART_VOLONTAIRE": 3, "DEMENAGEMENT": 1, "SANTE": 1, "EXCLUSION": 1}
        )
        f.ajouter(
            "mesure",
            id_mesure=mesure,
            id_menage=foyer.menage,
            id_demande=demande,
            rang=1,
            type_mesure="INSERTION",
            date_notification=jour,
            date_debut=jour,
            date_signature=jour,
            date_fin_prevue=jour + timedelta(days=730),
            date_fin=fin,
            motif_fin=motif if fin else None,
            objectif_atteint=("oui" if motif == "OBJECTIF" else rng.choice(("partiel", "non"))) if fin else None,
        )
        f.photo(foyer, "entree", jour, id_mesure=mesure)
        _contrats(f, foyer, jour, fin)
        f.actes(
            foyer,
            jour,
            fin,
            (75, 150),
            {"ENTRETIEN": 6, "TRIPARTITE": 2, "LIEN_PARTENAIRE": 2, "ORIENTATION": 2},
            id_mesure=mesure,
        )
        if fin:
            f.photo(foyer, "sortie", fin, id_mesure=mesure, **_sortie_iae(rng, foyer, motif))
    for annee, suite in ((a, s) for a in ANNEES for s in ("REFUS_SERVICE", "SANS_SUITE", "REFUS_MENAGE", "REORIENTE")):
        jour = jour_entre(rng, date(annee, 2, 1), date(annee, 11, 1))
        foyer = f.foyer(jour, referent_seul=True)
        f.photo(foyer, "demande", jour)
        f.demande(foyer, jour, suite, motif_suite=rng.choice(("HORS_CRITERES", "NE_DONNE_PAS_SUITE", "COMPLET")))
    for annee in ANNEES:
        f.convention(annee, "État (aide au poste)", 262 + 9 * (annee - 2020), dispositif="ACI", etp=14.0)
        f.convention(annee, "Département", 58, dispositif="ACI", etp=1.5)
        f.convention(annee, "Fonds social européen", 36, dispositif="Accompagnement", etp=1.0)
    return []


def _contrats(f: Fabrique, foyer: Foyer, debut: date, fin: date | None) -> None:
    """Des contrats d'insertion de cinq à huit mois, l'un après l'autre, à 26 heures par semaine."""
    while debut < (fin or FIN):
        suivant = debut + timedelta(days=f.rng.randint(150, 240))
        terme = min(suivant, fin) if fin else (suivant if suivant <= FIN else None)
        jours = ((terme or FIN + timedelta(days=1)) - debut).days
        f.ajouter(
            "contrat_travail",
            id_contrat=f.numero("T"),
            id_personne=foyer.referent,
            id_menage=foyer.menage,
            type_contrat="CDDI",
            employeur_type="SIAE",
            date_debut=debut,
            date_fin=terme,
            heures=round(jours / 7 * 26 * f.rng.uniform(0.85, 1)),
            durable="non",
        )
        if terme is None:
            return
        debut = terme


def _sortie_iae(rng: Any, foyer: Foyer, motif: str) -> dict[str, str]:
    issues = {
        "OBJECTIF": {"CDI_TP": 4, "CDD_LONG": 5, "CDD": 4, "FORMATION": 4, "CDI_PARTIEL": 2, "CREATION": 1},
        "FIN_DUREE": {"DEMANDEUR": 6, "CDD": 2, "IAE": 2, "FORMATION": 1, "RETRAITE": 1},
    }.get(motif, {"DEMANDEUR": 5, "SANS_ACTIVITE": 1, "NR": 2})
    stable = foyer.logement in ("PUBLIC", "PRIVE", "RS_FJT")
    logement = foyer.logement if stable or rng.random() < 0.45 else rng.choice(("PUBLIC", "PUBLIC", "PRIVE", "RS_FJT"))
    return {"emploi": choisir(rng, issues), "logement": logement}


# --- Hébergement et réinsertion sociale ----------------------------------------------------------


def chrs(f: Fabrique, connus: Connus) -> Connus:
    """Des places regroupées ou diffuses, un séjour par personne, l'emploi à l'entrée, à l'enquête et à la sortie."""
    rng = f.rng
    entrants: Connus = []
    logements = [
        *[("URGENCE", 1)] * 3,
        *[("STABILISATION", 1)] * 3,
        *[("INSERTION", 1)] * 6,
        *[("INSERTION", 3)] * 2,
        *[("INSERTION", 2)] * 3,
    ]
    for rang, (sorte, places) in enumerate(logements):
        ouverture = date(2017, 1, 1) if rang < 17 else date(2021, 7, 1)
        place = f.numero("L")
        f.ajouter(
            "place",
            id_place=place,
            nb_places=places,
            typologie={1: "T1", 2: "T2", 3: "T3"}[places],
            bailleur="Bailleur social D",
            commune=choisir(rng, f.profil.communes) if places > 1 else "44109",
            regroupe_diffus="diffus" if places > 1 else "regroupe",
            ouverture=ouverture,
            type_place=sorte,
        )
        duree = (60, 200) if sorte == "URGENCE" else (240, 640)
        premiere = max(ouverture, jour_entre(rng, date(2019, 3, 1), date(2019, 11, 1)))
        for entree, sortie in enchainer(rng, premiere, duree, (1, 9)):
            if sortie is None or sortie > DEBUT:
                foyer = _hebergement(f, place, places, entree, sortie)
                if entree >= date(2020, 2, 1) and foyer.composition in ("HS", "FS") and len(entrants) < 14:
                    entrants.append({**_identite(f, foyer.referent), "entree": entree, "logement": foyer.logement})
    f.ajouter("indisponibilite", id_place="CHR-L-014", debut=date(2022, 4, 4), fin=date(2022, 5, 9), motif="TRAVAUX")
    for annee, dotation in ((2020, 318), (2021, 336), (2022, 361)):
        f.convention(annee, "État (dotation globale)", dotation, dispositif="CHRS", etp=6.5 + 0.5 * (annee - 2020))
        f.convention(annee, "Participation des personnes hébergées", 21 + annee - 2020, dispositif="CHRS")
    return entrants


def _hebergement(f: Fabrique, place: str, places: int, entree: date, sortie: date | None) -> Foyer:
    rng = f.rng
    foyer = f.foyer(entree, adulte_seul=True) if places == 1 else _famille(f, entree, places)
    f.demande(
        foyer,
        entree - timedelta(days=rng.randint(8, 95)),
        "ADMISE",
        date_decision=entree - timedelta(days=rng.randint(1, 7)),
        volet="INSERTION",
    )
    motif = choisir(
        rng,
        {"ACCES_LOGT": 7, "ORIENTATION": 4, "PERTE_LIEN": 2, "EXCLUSION": 1, "DEPART_VOLONTAIRE": 2, "FIN_DUREE": 1},
    )
    logement = {
        "ACCES_LOGT": rng.choice(("PUBLIC", "PUBLIC", "PRIVE")),
        "ORIENTATION": rng.choice(("RS_FJT", "PF", "IML")),
        "FIN_DUREE": "HI",
        "DEPART_VOLONTAIRE": "TIERS_A",
    }.get(motif, "INCONNU")
    for personne in foyer.personnes:
        sejour, age = f.numero("S"), personne[2]
        f.ajouter(
            "sejour",
            id_sejour=sejour,
            id_place=place,
            id_menage=foyer.menage,
            id_personne=personne[0],
            date_entree=entree,
            date_sortie=sortie,
            motif_fin=motif if sortie else None,
        )
        emploi = foyer.emploi if age >= 18 else None
        f.photo(foyer, "entree", entree, personne=personne, id_sejour=sejour, emploi=emploi)
        if sortie:
            final = choisir(rng, EMPLOIS_SORTIE) if age >= 18 else None
            f.photo(foyer, "sortie", sortie, personne=personne, id_sejour=sejour, logement=logement, emploi=final)
        for enquete in (date(a, 10, 15) for a in ANNEES):
            if age >= 18 and entree <= enquete and (sortie is None or sortie > enquete):
                actuel = choisir(rng, EMPLOIS_ENQUETE) if rng.random() < 0.5 else emploi
                f.photo(foyer, "enquete", enquete, personne=personne, id_sejour=sejour, logement="HI", emploi=actuel)
    f.actes(foyer, entree, sortie, (105, 180), {"ENTRETIEN": 6, "VISITE": 1, "DOSSIER": 2, "LIEN_PARTENAIRE": 2})
    if sortie is None or (sortie - entree).days > 200:
        _atelier_adaptation(f, foyer, entree, sortie)
    return foyer


EMPLOIS_SORTIE = {
    "DEMANDEUR": 9,
    "CDI_TP": 1,
    "CDI_PARTIEL": 1,
    "CDD": 2,
    "IAE": 2,
    "FORMATION": 2,
    "SANS_ACTIVITE": 4,
    "NR": 2,
}
EMPLOIS_ENQUETE = {"DEMANDEUR": 4, "IAE": 2, "FORMATION": 2, "CDD": 1, "CDI_PARTIEL": 1, "INTERIM": 1}


def _famille(f: Fabrique, entree: date, places: int) -> Foyer:
    """Un foyer d'au plus `places` personnes, pour un logement diffus."""
    adultes = [("FSE", 2)] if places == 2 else [("FSE", 3), ("CAE", 3)]
    composition, taille = f.rng.choice(adultes)
    foyer = Foyer(f.numero("M"), composition, [], choisir(f.rng, f.profil.communes), choisir(f.rng, f.profil.logements))
    foyer.emploi = choisir(f.rng, f.profil.emplois)
    roles = ["referent", *(["conjoint"] if composition == "CAE" else []), "enfant", "enfant"][:taille]
    for role, genre in zip(roles, "FHH", strict=False):
        foyer.personnes.append(f.personne(foyer.menage, role, genre, entree))
    f.ajouter("menage", id_menage=foyer.menage, id_referent=foyer.referent)
    return foyer


def _atelier_adaptation(f: Fabrique, foyer: Foyer, entree: date, sortie: date | None) -> None:
    """Un passage de quelques mois en atelier d'adaptation à la vie active, au plus 80 heures par mois."""
    rng = f.rng
    debut = entree + timedelta(days=rng.randint(30, 100))
    if rng.random() > 0.4 or debut < date(2019, 10, 1) or debut > FIN:
        return
    fin = plus_tard(rng, debut, (60, 175))
    fin = min(fin, sortie) if fin and sortie else fin
    jours = ((fin or FIN) - debut).days
    f.ajouter(
        "contrat_travail",
        id_contrat=f.numero("T"),
        id_personne=foyer.referent,
        id_menage=foyer.menage,
        type_contrat="AAVA",
        employeur_type="ASSOCIATION",
        date_debut=debut,
        date_fin=fin,
        heures=max(8, round(jours / 30 * rng.randint(24, 74))),
        durable="non",
    )


# --- Accueil et orientation ----------------------------------------------------------------------


def siao(f: Fabrique, connus: Connus) -> Connus:
    """Des demandes répétées, un stock qui attend, des orientations vers les places du département."""
    rng = f.rng
    for connue in connus:
        jour = connue["entree"] - timedelta(days=rng.randint(20, 90))
        foyer = f.foyer(jour, connue, adulte_seul=True)
        foyer.logement = connue["logement"]
        _passage(f, foyer, jour, "ADMISE", "INSERTION", connue["entree"] - timedelta(days=4))
    for jour in arrivees(rng, {2020: 19, 2021: 23, 2022: 29}):
        foyer = f.foyer(jour)
        volet = choisir(rng, {"URGENCE": 5, "INSERTION": 5, "LOGEMENT_ADAPTE": 3})
        for _ in range(choisir(rng, {1: 6, 2: 3, 3: 1})):
            attente = 7 if jour > date(2022, 7, 1) else 1
            suite = choisir(
                rng,
                {
                    "ADMISE": 6,
                    "REFUS_MENAGE": 2,
                    "REFUS_SERVICE": 2,
                    "SANS_SUITE": 3,
                    "LISTE_ATTENTE": attente,
                    "EN_COURS": attente // 2,
                },
            )
            _passage(f, foyer, jour, suite, volet, None)
            suivant = plus_tard(rng, jour, (45, 260))
            if suite in ("ADMISE", "LISTE_ATTENTE", "EN_COURS") or suivant is None:
                break
            jour = suivant
    for annee in ANNEES:
        for sorte, nombre, communes in (
            ("URGENCE", 38, "44109"),
            ("INSERTION", 26, "44109"),
            ("INSERTION", 17, "44162"),
        ):
            f.ajouter(
                "place",
                id_place=f.numero("L"),
                nb_places=nombre + 2 * (annee - 2020),
                type_place=sorte,
                commune=communes,
                regroupe_diffus="regroupe",
                ouverture=date(annee, 1, 1),
                fermeture=date(annee + 1, 1, 1),
            )
        f.convention(annee, "État (BOP 177)", 143 + 5 * (annee - 2020), dispositif="SIAO", etp=3.5)
    return []


def _passage(f: Fabrique, foyer: Foyer, jour: date, suite: str, volet: str, decidee: date | None) -> None:
    """Une demande au SIAO : évaluation, photo, décision, et orientation si une place est proposée."""
    rng = f.rng
    motifs = {
        "REFUS_SERVICE": ("HORS_CRITERES", "COMPLET"),
        "REFUS_MENAGE": ("AUTRE_SOLUTION", "NE_DONNE_PAS_SUITE"),
        "SANS_SUITE": ("NE_DONNE_PAS_SUITE", "AUTRE_SOLUTION"),
    }
    autres = {"date_decision": decidee} if decidee else {}
    f.demande(foyer, jour, suite, volet=volet, motif_suite=rng.choice(motifs.get(suite, (None,))), **autres)
    f.photo(foyer, "demande", jour)
    f.ajouter(
        "acte",
        id_acte=f.numero("A"),
        type_acte="ENTRETIEN",
        date=jour,
        id_menage=foyer.menage,
        lieu="Accueil",
        mode=rng.choice(("physique", "telephone")),
        presence="present",
    )
    if suite in ("ADMISE", "REFUS_MENAGE", "REFUS_SERVICE"):
        vers = {
            "URGENCE": ("CHU", "Hôtel"),
            "INSERTION": ("CHRS",),
            "LOGEMENT_ADAPTE": ("Pension de famille", "Résidence sociale", "IML"),
        }
        le = min(jour + timedelta(days=rng.randint(2, 40)), FIN)
        f.ajouter(
            "acte",
            id_acte=f.numero("A"),
            type_acte="ORIENTATION",
            date=le,
            id_menage=foyer.menage,
            dispositif=rng.choice(vers[volet]),
        )


HISTOIRES = {"avdl": avdl, "iml": iml, "pension_famille": pension_famille, "iae": iae, "chrs": chrs, "siao": siao}
