"""Ce qui a bougé entre deux livraisons et entre deux années : des comptes justes, des phrases françaises."""

from __future__ import annotations

import json
import re
import tempfile
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observatoire import modele
from observatoire.erreurs import ErreurParametre
from observatoire.espace import Espace
from observatoire.livraisons import enregistrer, livraisons, retirer
from observatoire.nettoyage.doublons import MASQUE, masque
from observatoire.qualite import ResultatRegle, Verdict, derives
from observatoire.qualite.derives import (
    FAITS,
    LIGNES,
    DeriveLivraison,
    EcartEffectif,
    EcartRegle,
    Lignes,
    Mouvement,
    Retouche,
    derive_annees,
    derive_livraison,
    ecarts_de_regles,
    ecarts_de_remplissage,
)
from observatoire.qualite.historique import Releve
from observatoire.qualite.moteur import examiner
from observatoire.qualite.suites import lire_suites
from observatoire.rangement import CARNET
from observatoire.retention import purger
from tests.qualite.fabrique import ANNEE, SERVICE, abimer, espace_d_essai, tables_propres

JANVIER, FEVRIER = date(2023, 1, 12), date(2023, 2, 3)


@pytest.fixture
def espace(tmp_path: Path) -> Espace:
    return espace_vide(tmp_path)


def espace_vide(dossier: Path, reglage: str = "") -> Espace:
    (dossier / "data" / "services").mkdir(parents=True)
    (dossier / "data" / "services" / f"{SERVICE}.toml").write_text(f'libelle = "Essai"\n{reglage}\n', "utf-8")
    return Espace(dossier)


def livrer(espace: Espace, recue: date, fichier: str = "export.csv", **tables: list[dict[str, Any]]) -> str:
    """Une livraison reçue ce jour-là ; chaque table déclare les colonnes de sa première ligne."""
    cadres = {}
    for nom, lignes in tables.items():
        schema, colonnes = modele.table_vide(nom).schema, list(modele.table(nom).schema)
        commun = {c: v for c, v in (("id_service", SERVICE), ("id_menage", "M")) if c in colonnes and nom != "menage"}
        remplies = [{**commun, "_fichier": fichier, "_ligne": n, **ligne} for n, ligne in enumerate(lignes, 2)]
        declarees = [*commun, *(lignes[0] if lignes else colonnes)]
        bits = pl.lit(masque(colonnes, declarees), dtype=pl.Int64).alias(MASQUE)
        cadres[nom] = pl.DataFrame(remplies, schema=schema).with_columns(bits)
    somme = f"{fichier} {recue} {len(livraisons(espace, SERVICE))}"
    faite = enregistrer(espace, SERVICE, cadres, {"fichiers": {fichier: {"sha256": somme}}})
    carnet = espace.entrepot(SERVICE) / CARNET
    ecrit = json.loads(carnet.read_text(encoding="utf-8"))
    for inscription in ecrit["livraisons"]:
        if inscription["id"] == faite.id:
            inscription["date"] = f"{recue}T10:00:00+01:00"
    carnet.write_text(json.dumps(ecrit), encoding="utf-8")
    return faite.id


def mesure(identifiant: str, debut: date | None = None, fin: date | None = None, **autres: Any) -> dict[str, Any]:
    return {"id_mesure": identifiant, "date_debut": debut, "date_fin": fin, **autres}


def mouvements(derive: DeriveLivraison) -> dict[tuple[str, int], tuple[int, int, int, int]]:
    """(colonne, année) → ajoutés, tardifs, corrigés, effacés."""
    return {(m.colonne, m.annee): (m.ajoutes, m.tardifs, m.corriges, m.effaces) for m in derive.mouvements}


# --- Entre deux livraisons ---------------------------------------------------------------------------------------


def test_sans_livraison_il_n_y_a_rien_a_expliquer(espace):
    assert derive_livraison(espace, SERVICE) is None


def test_la_premiere_livraison_ne_se_compare_a_rien(espace):
    livrer(espace, JANVIER, mesure=[mesure("A", date(2022, 3, 1))])
    derive = derive_livraison(espace, SERVICE)
    assert derive.titre == "Livraison du 12 janvier 2023, la première"
    assert derive.phrases() == ("Première livraison : rien à quoi la comparer.",)
    assert (derive.mouvements, derive.annees) == ((), ())


def test_douze_sorties_ajoutees_tardivement_trois_corrigees(espace):
    """L'exemple qui a motivé ces phrases."""
    debut, lot = date(2022, 1, 10), [f"{n:02d}" for n in range(20)]
    connues = [mesure(n, debut, date(2022, 6, 1) if int(n) >= 15 else None) for n in lot]
    livrer(espace, JANVIER, mesure=connues)
    fins = {n: date(2022, 5, 1) for n in lot[:12]} | {n: date(2022, 7, 1) for n in lot[17:]}
    livrer(espace, FEVRIER, mesure=[mesure(n, debut, fins.get(n, connues[int(n)]["date_fin"])) for n in lot])
    derive = derive_livraison(espace, SERVICE)
    assert derive.titre == "Livraison du 3 février 2023, comparée à celle du 12 janvier 2023"
    assert mouvements(derive) == {("date_fin", 2022): (12, 12, 3, 0)}
    assert derive.phrases(2022) == ("12\xa0sorties de mesure ajoutées tardivement, 3 corrigées.",)
    assert derive.phrases() == ("2022 – 12\xa0sorties de mesure ajoutées tardivement, 3 corrigées.",)


@pytest.mark.parametrize(
    ("fin", "recue", "tardive"),
    [
        (date(2022, 6, 1), FEVRIER, True),
        (date(2022, 12, 1), FEVRIER, True),  # le jour même du dernier fait connu
        (date(2022, 12, 2), FEVRIER, False),  # après ce que la livraison d'avant couvrait
        (date(2023, 1, 5), FEVRIER, False),  # l'année n'est pas close
        (date(2022, 6, 1), date(2022, 12, 20), False),  # reçue avant la fin de l'année
    ],
)
def test_un_fait_est_tardif_si_la_livraison_d_avant_devait_le_porter(espace, fin, recue, tardive):
    livrer(espace, min(JANVIER, recue - timedelta(1)), mesure=[mesure("A", date(2022, 1, 3), date(2022, 12, 1))])
    livrer(espace, recue, mesure=[mesure("B", date(2021, 12, 31), fin)])
    [sortie] = [m for m in derive_livraison(espace, SERVICE).mouvements if m.colonne == "date_fin"]
    assert (sortie.ajoutes, sortie.tardifs) == (1, int(tardive))


def test_des_exports_annuels_repris_le_meme_jour_ne_sont_pas_tardifs(espace):
    for annee in (2020, 2021, 2022):
        livrer(espace, FEVRIER, f"{annee}.csv", acte=[{"id_acte": f"{annee}", "date": date(annee, 6, 1)}])
    assert mouvements(derive_livraison(espace, SERVICE)) == {("date", 2022): (1, 0, 0, 0)}


def test_une_date_a_venir_saisie_par_erreur_ne_rend_pas_tout_tardif(espace):
    livrer(espace, JANVIER, acte=[{"id_acte": "1", "date": date(2062, 6, 1)}])
    livrer(espace, FEVRIER, acte=[{"id_acte": "2", "date": date(2022, 6, 1)}])
    assert mouvements(derive_livraison(espace, SERVICE)) == {("date", 2022): (1, 0, 0, 0)}


def test_l_annee_est_celle_de_la_periode_du_service(tmp_path):
    espace = espace_vide(tmp_path, 'periode_debut = "10-01"')
    livrer(espace, JANVIER, mesure=[mesure("A", date(2020, 10, 1))])
    livrer(espace, FEVRIER, mesure=[mesure("A", date(2020, 9, 30)), mesure("B", date(2021, 10, 1))])
    derive = derive_livraison(espace, SERVICE)
    assert mouvements(derive) == {("date_debut", 2020): (0, 0, 1, 0), ("date_debut", 2022): (1, 0, 0, 0)}
    assert derive.annees == (2020, 2022)


def test_une_date_effacee_compte_dans_son_annee(espace):
    livrer(espace, JANVIER, mesure=[mesure("A", date(2022, 1, 3), date(2022, 12, 1))])
    livrer(espace, FEVRIER, mesure=[mesure("A", date(2022, 1, 3), None)])
    derive = derive_livraison(espace, SERVICE)
    assert mouvements(derive) == {("date_fin", 2022): (0, 0, 0, 1)}
    assert derive.phrases(2022) == ("1\xa0sortie de mesure effacée.",)


def test_une_colonne_que_l_export_ne_declare_pas_n_a_pas_change(espace):
    livrer(espace, JANVIER, mesure=[mesure("A", date(2022, 1, 3), date(2022, 12, 1), motif_fin="ABANDON")])
    livrer(espace, FEVRIER, mesure=[{"id_mesure": "A", "date_debut": date(2022, 1, 3)}])
    derive = derive_livraison(espace, SERVICE)
    assert (derive.mouvements, derive.retouches, derive.phrases()) == ((), (), ("Rien n'a changé.",))


def test_les_autres_colonnes_completees_corrigees_effacees(espace):
    motifs = (None, "NR", "ABANDON", "ABANDON", "ABANDON")
    suivants = ("ABANDON", "ACCES_LOGT", "ACCES_LOGT", "NR", "ABANDON")
    debut = date(2022, 1, 3)
    for recue, lot in ((JANVIER, motifs), (FEVRIER, suivants)):
        livrer(espace, recue, mesure=[mesure(str(n), debut, motif_fin=m) for n, m in enumerate(lot)])
    derive = derive_livraison(espace, SERVICE)
    assert derive.retouches == (Retouche("mesure", "motif_fin", 2022, completees=2, corrigees=1, effacees=1),)
    assert derive.phrases(2022) == (
        "Motif de fin de la mesure ou du séjour (mesures) : 2\xa0valeurs complétées, 1 corrigée, 1 effacée.",
    )


def test_un_montant_corrige_et_une_ligne_sans_annee(espace):
    photo = {"moment": "entree", "date": date(2022, 1, 3)}
    livrer(espace, JANVIER, situation=[{**photo, "ressources": Decimal(500)}], menage=[{"id_menage": "M"}])
    livrer(
        espace,
        FEVRIER,
        situation=[{**photo, "ressources": Decimal(0)}],
        menage=[{"id_menage": "N"}, {"id_menage": "O"}],
    )
    derive = derive_livraison(espace, SERVICE)
    assert derive.retouches == (Retouche("situation", "ressources", 2022, corrigees=1),)
    assert derive.lignes == (Lignes("menage", None, ajoutees=2, absentes=1),)
    assert derive.phrases(2021) == (
        "2\xa0ménages ajoutés. 1\xa0ménage ne figure plus dans le fichier redonné ; il est gardé.",
    )


def test_une_ligne_disparue_du_fichier_redonne_est_dite_et_gardee(espace):
    lot = [mesure(n, date(2022, 1, 3)) for n in "ABC"]
    livrer(espace, JANVIER, mesure=lot)
    livrer(espace, JANVIER, "autre.csv", mesure=[mesure("D", date(2022, 1, 3))])
    livrer(espace, FEVRIER, mesure=lot[:1])
    derive = derive_livraison(espace, SERVICE)
    assert derive.lignes == (Lignes("mesure", 2022, absentes=2),)
    assert derive.phrases(2022) == ("2\xa0mesures ne figurent plus dans le fichier redonné ; elles sont gardées.",)


def test_un_fichier_redonne_vide_dit_tout_ce_qui_n_y_est_plus(espace):
    livrer(espace, JANVIER, mesure=[mesure(n, date(2022, 1, 3)) for n in "ABC"])
    livrer(espace, FEVRIER, mesure=[])
    assert derive_livraison(espace, SERVICE).lignes == (Lignes("mesure", 2022, absentes=3),)


def test_une_livraison_d_avant_se_demande_par_son_identifiant(espace):
    premiere = livrer(espace, JANVIER, acte=[{"id_acte": "1", "date": date(2022, 1, 3)}])
    deuxieme = livrer(espace, FEVRIER, acte=[{"id_acte": "2", "date": date(2022, 1, 3)}])
    livrer(espace, FEVRIER, acte=[{"id_acte": str(n), "date": date(2022, 1, 3)} for n in range(3, 9)])
    assert mouvements(derive_livraison(espace, SERVICE, deuxieme)) == {("date", 2022): (1, 1, 0, 0)}
    assert mouvements(derive_livraison(espace, SERVICE)) == {("date", 2022): (6, 6, 0, 0)}
    assert derive_livraison(espace, SERVICE, premiere).precedente == ""
    with pytest.raises(ErreurParametre, match="inconnu"):
        derive_livraison(espace, SERVICE, "2099-01-01-abc")


def test_une_livraison_retiree_ne_compte_plus_et_ne_s_explique_plus(espace):
    livrer(espace, JANVIER, acte=[{"id_acte": "1", "date": date(2022, 1, 3)}])
    deuxieme = livrer(espace, JANVIER, acte=[{"id_acte": "2", "date": date(2022, 1, 3)}])
    livrer(espace, FEVRIER, acte=[{"id_acte": "2", "date": date(2022, 1, 3)}, {"id_acte": "3", "date": FEVRIER}])
    assert mouvements(derive_livraison(espace, SERVICE)) == {("date", 2023): (1, 0, 0, 0)}
    retirer(espace, SERVICE, deuxieme)
    assert mouvements(derive_livraison(espace, SERVICE)) == {("date", 2022): (1, 1, 0, 0), ("date", 2023): (1, 0, 0, 0)}
    with pytest.raises(ErreurParametre, match="retirée"):
        derive_livraison(espace, SERVICE, deuxieme)


def test_une_purge_ne_casse_rien_et_se_dit(tmp_path):
    espace = espace_vide(tmp_path, "premiere_annee = 2020")
    vieille = {"id_menage": "V", "date_debut": date(2015, 1, 3), "date_fin": date(2015, 6, 1)}
    for recue, fin in ((JANVIER, None), (FEVRIER, date(2022, 12, 1))):
        lignes = [{"id_mesure": "A", **vieille}, {"id_mesure": "B", "id_menage": "N", "date_debut": date(2022, 1, 3)}]
        livrer(espace, recue, mesure=[{**ligne, "date_fin": ligne.get("date_fin") or fin} for ligne in lignes])
    assert purger(espace, SERVICE, date(2023, 6, 1)).menages == 1
    derive = derive_livraison(espace, SERVICE)
    assert mouvements(derive) == {("date_fin", 2022): (1, 0, 0, 0)}
    assert derive.phrases(2022)[-1].startswith("Les ménages retirés depuis")


def test_les_petits_nombres_se_taisent_sous_un_seuil():
    derive = DeriveLivraison(
        SERVICE,
        "b",
        FEVRIER,
        "a",
        JANVIER,
        (Mouvement("mesure", "date_fin", 2022, 12, 12, 3), Mouvement("acte", "date", 2022, 40)),
    )
    assert len(derive.phrases(2022)) == 2
    assert derive.phrases(2022, seuil=5) == (
        "40\xa0actes ajoutés.",
        "D'autres changements portent sur moins de 5 cas : ils ne sont pas détaillés.",
    )


@pytest.mark.parametrize(
    ("mouvement", "phrase"),
    [
        (Mouvement("acte", "date", 2022, 1), "1 acte ajouté."),
        (Mouvement("mesure", "date_debut", 2022, 1, 1), "1 entrée en mesure ajoutée tardivement."),
        (Mouvement("sejour", "date_sortie", 2022, 5, 2), "5 sorties de séjour ajoutées (dont 2 tardivement)."),
        (Mouvement("relogement", "date", 2022, 0, 0, 2, 1), "2 relogements corrigés, 1 effacé."),
    ],
)
def test_les_phrases_s_accordent(mouvement, phrase):
    assert mouvement.phrase.replace("\xa0", " ") == phrase


def test_les_faits_et_les_lignes_nomment_des_dates_et_des_tables_du_modele():
    assert FAITS
    for table, colonnes in FAITS.items():
        assert {modele.VARIABLES[c].type for c in colonnes} <= {modele.Type.DATE, modele.Type.MOIS}
        assert set(colonnes) <= set(modele.table(table).schema)
    assert set(LIGNES) <= set(modele.TABLES)


JOURS = st.none() | st.dates(date(2020, 1, 1), date(2024, 12, 31))
TABLES = st.dictionaries(st.sampled_from("ABCDEFGH"), st.tuples(JOURS, JOURS), min_size=1)


@settings(max_examples=10, deadline=None)
@given(TABLES, TABLES)
def test_les_comptes_expliquent_toute_la_difference(avant, apres):
    """Par année : faits d'avant + ajoutés + corrigés venus − effacés − corrigés partis = faits d'après."""
    with tempfile.TemporaryDirectory() as dossier:
        espace = espace_vide(Path(dossier) / "espace")
        for recue, lot in ((JANVIER, avant), (FEVRIER, apres)):
            livrer(espace, recue, f"{recue}.csv", mesure=[mesure(nom, *jours) for nom, jours in sorted(lot.items())])
        derive = derive_livraison(espace, SERVICE)
    reunies = {**avant, **apres}
    for rang, colonne in enumerate(("date_debut", "date_fin")):
        lus = [m for m in derive.mouvements if m.colonne == colonne]
        couples = [(avant.get(n, (None, None))[rang], jours[rang]) for n, jours in reunies.items()]
        attendus = {
            "ajoutes": sum(a is None and b is not None for a, b in couples),
            "corriges": sum(None not in (a, b) and a != b for a, b in couples),
            "effaces": sum(a is not None and b is None for a, b in couples),
        }
        assert {quoi: sum(getattr(m, quoi) for m in lus) for quoi in attendus} == attendus
        assert all(m.tardifs <= m.ajoutes for m in lus)


# --- D'un verdict à l'autre --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("avant", "apres", "sens"),
    [
        (Releve(10, 0, True), Releve(10, 3, False), "nouveau"),
        (None, Releve(10, 3, False), "nouveau"),
        (Releve(10, 3, False), Releve(10, 1, True), "leve"),
        (Releve(10, 3, False), Releve(10, 4, False), "aggrave"),
        (Releve(10, 3, False), Releve(20, 3, False), "allege"),
        (Releve(1000, 3, False), Releve(1000, 6, False), "aggrave"),
        (Releve(46, 14, False), Releve(50, 14, False), ""),
        (Releve(10, 3, False), Releve(10, 3, False, True), ""),
        (Releve(10, 0, True), Releve(10, 1, True), ""),
        (None, Releve(10, 0, True), ""),
        (Releve(10, 3, False), None, ""),
    ],
)
def test_le_sens_d_une_regle(avant, apres, sens):
    ecart = EcartRegle("r", avant, apres)
    assert ecart.sens == sens
    assert len(ecarts_de_regles({"r": avant} if avant else {}, {"r": apres} if apres else {})) == bool(sens)


def test_les_phrases_d_une_regle():
    ecart = EcartRegle("r", Releve(10, 3, False), Releve(20, 8, False))
    assert ecart.phrase("Trop de vides.") == "Aggravé (8 sur 20, contre 3 sur 10) : Trop de vides."
    assert EcartRegle("r", None, Releve(20, 8, False)).phrase("Trop.") == "Nouveau (8 sur 20) : Trop."
    assert EcartRegle("r", None, Releve(1, 1, False)).phrase("Stock faux.") == "Nouveau : Stock faux."
    assert EcartRegle("r", Releve(10, 3, False), Releve(9, 0, True)).phrase("Trop.") == "Levé : Trop."


def test_un_taux_de_remplissage_se_compare_une_fois_par_champ(espace):
    regles = [r for suite in lire_suites(espace).values() for r in suite]
    champ = "mesure.motif_fin"
    deux = (f"{champ}.remplissage", f"{champ}.remplissage_faible")
    avant, apres = ({nom: Releve(20, n, True) for nom in deux} for n in (1, 5))
    [ecart] = ecarts_de_remplissage(regles, avant, apres)
    assert (ecart.champ, ecart.avant, ecart.apres, ecart.base, ecart.notable) == (champ, 0.95, 0.75, 20, True)
    texte = ecart.phrase((2021, 2022)).replace("\xa0", " ")
    assert texte == "Motif de fin de la mesure ou du séjour (mesures) : rempli à 75 % en 2022, 95 % en 2021."
    [stable] = ecarts_de_remplissage(regles, avant, {nom: Releve(25, 2, True) for nom in deux})
    assert not stable.notable
    assert ecarts_de_remplissage(regles, {}, {nom: Releve(0, 0, True) for nom in deux}) == ()


def test_l_effectif_dit_son_evolution():
    texte = EcartEffectif("mesure", "date_fin", 120, 95).phrase((2021, 2022)).replace("\xa0", " ")
    assert texte == "Sorties de mesure : 120 en 2021, 95 en 2022 (−21 %)."
    assert EcartEffectif("acte", "date", 359, 358).phrase((2021, 2022)).endswith("(−0,3\xa0%).")
    assert EcartEffectif("acte", "date", 29, 40).phrase((2021, 2022)).endswith("29 en 2021, 40 en 2022 (+11).")
    assert EcartEffectif("acte", "date", 0, 3).phrase((2021, 2022)) == "Actes : 0 en 2021, 3 en 2022."


def juger(espace: Espace, service: str, annee: int) -> Verdict:
    """Un verdict tiré du moteur seul, sans charger Great Expectations."""
    resultats = [
        ResultatRegle(
            **{c: getattr(e.regle, c) for c in ("regle", "table", "colonnes", "severite", "structurelle")},
            **{c: getattr(e.regle, c) for c in ("explication", "remede", "famille")},
            reussie=e.reussie,
            lignes=e.examen.lignes,
            echecs=e.examen.echecs,
        )
        for e in examiner(espace, service, annee)
    ]
    return Verdict(service, annee, "abc", tuple(resultats))


def test_d_une_annee_a_l_autre(tmp_path, monkeypatch):
    """Deux fois les tables propres, la seconde année sans motif de fin."""
    monkeypatch.setattr(derives, "verdict", juger)
    propres = tables_propres()
    anciennes = {nom: _decaler(nom, t) for nom, t in propres.items() if nom in ("mesure", "acte")}
    sans_motif = abimer(propres, "mesure", "motif_fin", None)
    tables = {nom: pl.concat([anciennes.get(nom, t.head(0)), t]) for nom, t in sans_motif.items()}
    espace = espace_d_essai(tmp_path, tables)
    derive = derive_annees(espace, SERVICE, ANNEE)
    assert (derive.precedente, derive.annee) == (ANNEE - 1, ANNEE)
    assert EcartEffectif("mesure", "date_fin", 12, 12) in derive.effectifs
    assert EcartEffectif("relogement", "date", 0, 12) in derive.effectifs
    [motif] = [e for e in derive.remplissages if e.champ == "mesure.motif_fin"]
    assert (motif.avant, motif.apres) == (1, 0)
    textes = [t.replace("\xa0", " ") for t in derive.phrases()]
    assert "Sorties de mesure : 12 en 2021, 12 en 2022 (stable)." in textes
    assert "Motif de fin de la mesure ou du séjour (mesures) : rempli à 0 % en 2022, 100 % en 2021." in textes
    [vide] = [e for e in derive.regles if e.regle == "mesure.motif_fin.remplissage"]
    assert (vide.sens, vide.apres.echecs) == ("nouveau", 12)
    assert f"Nouveau (12 sur 12) : {derive.explications[vide.regle]}" in derive.phrases()
    assert not [t for t in derive.phrases(seuil=13) if re.search(r"\b12\b", t)]
    [rien] = derive_annees(espace, SERVICE, ANNEE, 2010).phrases()
    assert rien == "Rien n'est daté de 2010 : il n'y a pas de quoi comparer."


def _decaler(nom: str, table: pl.DataFrame) -> pl.DataFrame:
    """La même table un an plus tôt, sous d'autres identifiants."""
    return table.with_columns(
        pl.col(pl.Date).dt.offset_by("-1y"), pl.concat_str(pl.lit("avant-"), f"id_{nom}").alias(f"id_{nom}")
    )
