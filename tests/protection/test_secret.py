"""La porte de sortie : seuils, masquage secondaire, et rien d'interne qui passe."""

from __future__ import annotations

from datetime import date
from itertools import pairwise, product

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observatoire.campagne.donnees_types import COLONNES_CONTRAT, COLONNES_IMPRESSION
from observatoire.erreurs import ErreurParametre
from observatoire.indicateurs import calculer
from observatoire.indicateurs.calcul import SCHEMA_CALCUL
from observatoire.protection import proteger
from observatoire.services import Parametres
from tests.atelier import SERVICE, espace_de

REGLAGES = Parametres()
CACHES = ("masque", "masque_secondaire")


def tableau(effectifs: dict[tuple[str, str], int], forme: str = "matrice") -> pl.DataFrame:
    """Un tableau croisé complet (cellules, marges, total) à partir de ses cellules."""
    lignes = sorted({a for a, _ in effectifs})
    colonnes = sorted({b for _, b in effectifs})

    def ligne(v1, m1, v2, m2, n):
        return {
            "service": "s",
            "annee": 2022,
            "indicateur": "essai",
            "ventilation_1": v1,
            "modalite_1": m1,
            "ventilation_2": v2,
            "modalite_2": m2,
            "valeur": n,
            "numerateur": n,
            "effectif": n,
            "etat": "publie",
            "personnel": True,
            "montant": False,
            "interne_seulement": False,
            "forme": forme,
            "unite": "ménages",
            "version_definition": "1",
        }

    toutes = [ligne("a", a, "b", b, n) for (a, b), n in effectifs.items()]
    toutes += [ligne("a", a, None, None, sum(effectifs.get((a, b), 0) for b in colonnes)) for a in lignes]
    toutes += [ligne("b", b, None, None, sum(effectifs.get((a, b), 0) for a in lignes)) for b in colonnes]
    toutes.append(ligne(None, None, None, None, sum(effectifs.values())))
    return pl.DataFrame(toutes, schema=SCHEMA_CALCUL)


CROISEMENTS = st.dictionaries(st.sampled_from(list(product("ABC", "XYZ"))), st.integers(0, 15), min_size=1)


@given(CROISEMENTS)
def test_interne_ne_masque_rien(effectifs):
    table = tableau(effectifs)
    rendue = proteger(table, "interne", REGLAGES)
    assert rendue["valeur"].to_list() == table["valeur"].to_list()
    assert set(rendue["etat"]) == {"publie"}


@settings(max_examples=200)
@given(CROISEMENTS)
def test_public_aucun_petit_effectif_et_aucune_somme_a_une_seule_inconnue(effectifs):
    rendue = proteger(tableau(effectifs), "public", REGLAGES)
    publies = rendue.filter(pl.col("etat") == "publie")
    assert publies.filter((pl.col("valeur") > 0) & (pl.col("valeur") < 5)).is_empty()
    caches = rendue.filter(pl.col("etat").is_in(CACHES))
    for colonne in ("valeur", "numerateur", "denominateur", "base"):
        assert caches[colonne].null_count() == caches.height
    valeurs = {
        tuple(r[:4]): (r[4], r[5])
        for r in rendue.select(
            "ventilation_1", "modalite_1", "ventilation_2", "modalite_2", "valeur", "etat"
        ).iter_rows()
    }
    sommes: dict[tuple, list[tuple]] = {}
    for adresse in valeurs:
        v1, m1, v2, m2 = adresse
        if v1 and not v2:
            sommes.setdefault((None,) * 4 + (v1,), []).append(adresse)
        elif v2:
            sommes.setdefault((v1, m1, None, None, v2), []).append(adresse)
            sommes.setdefault((v2, m2, None, None, v1), []).append(adresse)
    for cle, membres in sommes.items():
        inconnues = [a for a in [cle[:4], *membres] if valeurs[a][1] in CACHES]
        assert len(inconnues) != 1, f"{inconnues[0]} se retrouve par différence"


def test_une_cellule_masquee_en_entraine_une_seconde():
    rendue = proteger(tableau({("A", "X"): 2, ("B", "X"): 8, ("C", "X"): 30}, "repartition"), "public", REGLAGES)
    etats = {
        m: e
        for v, m, w, e in rendue.select("ventilation_1", "modalite_1", "ventilation_2", "etat").iter_rows()
        if v == "a" and w is None
    }
    assert etats == {"A": "masque", "B": "masque_secondaire", "C": "publie"}


def test_les_citations_masquees_ne_se_deduisent_pas_de_leur_total():
    """Trois modalités citées une fois : leur total, moins les autres, dirait « une » pour chacune."""
    cites = {("SANTE", "X"): 1, ("SPIP", "X"): 1, ("CCAS", "X"): 1, ("BAILLEUR", "X"): 7, ("EMPLOI", "X"): 13}
    table = tableau(cites, "citations").filter(pl.col("ventilation_2").is_null(), pl.col("ventilation_1") != "b")
    total = tableau(cites, "citations").filter(pl.col("ventilation_1").is_null())
    rendue = proteger(pl.concat([table, total]), "public", REGLAGES)
    etats = dict(rendue.select("modalite_1", "etat").iter_rows())
    assert etats["BAILLEUR"] == "masque_secondaire" and etats["EMPLOI"] == "publie"


def test_zero_reste_un_zero():
    rendue = proteger(tableau({("A", "X"): 0, ("B", "X"): 30}), "public", REGLAGES)
    assert set(rendue["etat"]) == {"publie"}


def personnes(nombre: int, ressources) -> dict:
    return {
        "mesure": [
            {"id_mesure": f"m{i}", "id_menage": f"M{i}", "rang": 1, "date_debut": date(2022, 1, 1)}
            for i in range(nombre)
        ],
        "situation": [
            {
                "id_menage": f"M{i}",
                "moment": "entree",
                "date": date(2022, 1, 1),
                "ressources": ressources(i),
                "composition": "HS",
            }
            for i in range(nombre)
        ],
    }


@pytest.mark.parametrize(("nombre", "etat"), [(10, "masque"), (11, "publie")])
def test_seuil_plus_haut_quand_un_montant_est_croise(tmp_path, nombre, etat):
    espace = espace_de(tmp_path, **personnes(nombre, lambda i: 500 + i))
    table = calculer(espace, SERVICE, 2022, ["ressources_moyennes_tous", "ressources_medianes"])
    assert set(proteger(table, "public", REGLAGES)["etat"]) == {etat}
    assert set(proteger(table, "interne", REGLAGES)["etat"]) == {"publie"}


def test_taux_dont_le_complement_est_trop_petit_est_masque(tmp_path):
    espace = espace_de(tmp_path, **personnes(40, lambda i: 0 if i < 3 else 100))
    table = calculer(espace, SERVICE, 2022, ["part_sans_ressource", "part_ressources_faibles"])
    assert set(proteger(table, "public", REGLAGES)["etat"]) == {"masque", "publie"}
    inverse = espace_de(tmp_path / "b", **personnes(40, lambda i: 900 if i < 3 else 100))
    table = calculer(inverse, SERVICE, 2022, ["part_ressources_faibles"])
    assert set(proteger(table, "public", REGLAGES)["etat"]) == {"masque"}


@pytest.mark.parametrize(("nombre", "etat"), [(29, "masque"), (30, "publie")])
def test_un_taux_sur_une_petite_base_ne_sort_pas(tmp_path, nombre, etat):
    """Sur une petite base, un taux redonnerait la cellule masquée d'un tableau voisin."""
    mesures = [
        {
            "id_mesure": f"m{i}",
            "id_menage": f"M{i}",
            "rang": 1,
            "date_debut": date(2022, 1, 1),
            "date_fin": date(2022, 9, 1),
            "motif_fin": "PERTE_LIEN" if i < 12 else "ACCES_LOGT",
        }
        for i in range(nombre)
    ]
    espace = espace_de(tmp_path, mesure=mesures)
    table = calculer(espace, SERVICE, 2022, ["taux_rupture_lien"])
    assert proteger(table, "public", REGLAGES)["etat"].to_list() == [etat]
    croisee = calculer(espace, SERVICE, 2022, ["motifs_fin"], ["deja_reloge"])
    etats = set(proteger(croisee, "public", REGLAGES).filter(pl.col("ventilation_2").is_not_null())["etat"])
    assert etats == {etat}


def test_la_duree_maximale_ne_sort_jamais_en_public(tmp_path):
    mesures = [
        {
            "id_mesure": f"m{i}",
            "id_menage": f"M{i}",
            "rang": 1,
            "date_debut": date(2021, 1, 1),
            "date_fin": date(2022, 3, 1),
        }
        for i in range(50)
    ]
    table = calculer(espace_de(tmp_path, mesure=mesures), SERVICE, 2022, ["duree_maximale_accompagnement"])
    assert proteger(table, "public", REGLAGES)["valeur"].to_list() == [None]
    assert proteger(table, "interne", REGLAGES)["valeur"][0] > 13


def test_peu_de_non_renseignes_ne_s_impriment_pas(tmp_path):
    tables = personnes(30, lambda i: 100)
    tables["situation"] = tables["situation"][:28]
    table = calculer(espace_de(tmp_path, **tables), SERVICE, 2022, ["composition_familiale"])
    assert table["non_renseignes"].max() == 2
    assert proteger(table, "public", REGLAGES)["non_renseignes"].null_count() == table.height


def test_rien_d_interne_ne_sort(tmp_path):
    table = calculer(espace_de(tmp_path, **personnes(3, lambda i: 1)), SERVICE, 2022, ["menages_accompagnes"])
    for diffusion in ("interne", "public"):
        assert proteger(table, diffusion, REGLAGES).columns == [*COLONNES_CONTRAT, *COLONNES_IMPRESSION]


def test_diffusion_inconnue_refusee():
    with pytest.raises(ErreurParametre, match="public"):
        proteger(pl.DataFrame(schema=SCHEMA_CALCUL), "publique", REGLAGES)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 60)), min_size=2, max_size=6))
def test_un_taux_ventile_ne_se_retrouve_pas_par_difference(parts):
    """Numérateurs et bases d'un taux s'additionnent : jamais une seule modalité masquée à côté du total."""
    parts = [(min(n, base), base) for n, base in parts]

    def ligne(modalite: str | None, n: int, base: int) -> dict:
        return {
            "service": "s",
            "annee": 2022,
            "indicateur": "taux",
            "ventilation_1": "a" if modalite else None,
            "modalite_1": modalite,
            "valeur": 100 * n / base if base else None,
            "numerateur": n,
            "denominateur": base,
            "base": base,
            "effectif": n,
            "etat": "publie" if base else "sans_objet",
            "personnel": True,
            "montant": False,
            "interne_seulement": False,
            "forme": "rapport",
            "unite": "%",
            "version_definition": "1",
        }

    lignes = [ligne(chr(65 + rang), *part) for rang, part in enumerate(parts)]
    lignes.append(ligne(None, sum(n for n, _ in parts), sum(b for _, b in parts)))
    publiee = proteger(pl.DataFrame(lignes, schema=SCHEMA_CALCUL), "public", REGLAGES)
    detail = publiee.filter(pl.col("ventilation_1").is_not_null())
    total = publiee.filter(pl.col("ventilation_1").is_null())["etat"].item()
    assert total != "publie" or detail["etat"].is_in(CACHES).sum() != 1


@given(st.lists(st.integers(0, 9), min_size=1, max_size=12))
def test_une_marche_de_courbe_ne_designe_jamais_quelques_personnes(marches):
    """Entre deux échéances publiées, personne ou au moins le seuil ; le total suit la dernière échéance."""
    commune = {"service": "s", "annee": 2022, "indicateur": "survie", "unite": "%", "version_definition": "1"}
    commune |= {"etat": "publie", "forme": "survie", "personnel": True, "montant": False, "interne_seulement": False}
    cumuls = [sum(marches[: n + 1]) for n in range(len(marches))]
    lignes = [
        {**commune, "ventilation_1": "mois_ecoules", "modalite_1": f"{n + 1:02d}", "effectif": c, "base": 150.0}
        for n, c in enumerate(cumuls)
    ]
    total = {**commune, "ventilation_1": None, "modalite_1": None, "effectif": cumuls[-1], "base": 150.0}
    donnees = [{**ligne, "valeur": 100 - ligne["effectif"] / 1.5} for ligne in (*lignes, total)]
    rendue = proteger(pl.DataFrame(donnees, schema=SCHEMA_CALCUL, strict=False), "public", REGLAGES)
    etats = dict(rendue.select("modalite_1", "etat").iter_rows())
    dites = [0, *(c for n, c in enumerate(cumuls) if etats[f"{n + 1:02d}"] == "publie")]
    assert all(b - a == 0 or b - a >= REGLAGES.seuil_diffusion for a, b in pairwise(dites))
    if etats[f"{len(marches):02d}"] != "publie":
        assert etats[None] != "publie"


COMMUNES = st.lists(st.tuples(st.sampled_from(["E1", "E2", "E3"]), st.integers(1, 20)), min_size=2, max_size=9)


@given(COMMUNES)
def test_une_commune_masquee_ne_se_deduit_pas_du_total_de_son_intercommunalite(situees):
    """Ni une seule commune masquée, ni plusieurs trop petites, dans une intercommunalité dont le total se publie."""
    effectifs = {(f"C{n}", "X"): effectif for n, (_, effectif) in enumerate(situees)}
    table = tableau(effectifs, "repartition").filter(pl.col("ventilation_1").ne_missing("b"))
    table = table.filter(pl.col("ventilation_2").is_null())
    epcis = {f"C{n}": epci for n, (epci, _) in enumerate(situees)}
    table = table.with_columns(pl.col("modalite_1").replace_strict(epcis, default=None).alias("epci"))
    etats = dict(proteger(table, "public", REGLAGES).select("modalite_1", "etat").iter_rows())
    for epci in {e for e, _ in situees}:
        siennes = {f"C{n}": effectif for n, (e, effectif) in enumerate(situees) if e == epci}
        cachees = [effectif for nom, effectif in siennes.items() if etats[nom] in CACHES]
        if not cachees or sum(siennes.values()) < REGLAGES.seuil_diffusion:
            continue
        seule_a_publier = len(siennes) == 1 and cachees[0] >= REGLAGES.seuil_diffusion
        assert seule_a_publier or (len(cachees) >= 2 and sum(cachees) >= REGLAGES.seuil_diffusion)


@pytest.mark.parametrize(("sans_rien", "etat"), [(3, "masque"), (10, "masque"), (11, "publie")])
def test_deux_moyennes_de_meme_somme_ne_disent_pas_combien_n_ont_rien(sans_rien, etat):
    """Ressources de tous et de ceux qui en ont : la seconde se tait si l'écart des nombres désigne peu de personnes."""
    commune = {
        "service": "s",
        "annee": 2022,
        "unite": "€",
        "etat": "publie",
        "forme": "moyenne",
        "version_definition": "1",
    }
    commune |= {"personnel": True, "montant": True, "interne_seulement": False, "numerateur": 13_272.0}
    lignes = [
        {**commune, "indicateur": nom, "denominateur": n, "base": n, "effectif": n, "valeur": 13_272.0 / n}
        for nom, n in (("tous", 60.0), ("avec_ressources", 60.0 - sans_rien))
    ]
    rendue = proteger(pl.DataFrame(lignes, schema=SCHEMA_CALCUL), "public", REGLAGES)
    assert dict(rendue.select("indicateur", "etat").iter_rows()) == {"tous": "publie", "avec_ressources": etat}
