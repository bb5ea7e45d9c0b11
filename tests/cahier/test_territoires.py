"""Le tableau par département : sommes, absences, ruptures et secret."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observatoire.cahiers.apports import STRUCTURE, mesure
from observatoire.cahiers.recus import DEPARTEMENT
from observatoire.cahiers.reglage import lire_cahier
from observatoire.cahiers.territoires import proteger_territoires, table_territoires
from observatoire.erreurs import ErreurDefinition
from observatoire.espace import Espace
from observatoire.services import Parametres
from tests.atelier import espace_de
from tests.cahier.fabrique import (
    BLOC,
    TAUX,
    cellules,
    ecrire_recu,
    espace_cahier,
    ligne,
    par_departement,
    preparer,
)

ENQUETE = {"44": (30, 100), "49": (10, 50), "53": (0, 20)}


def test_le_total_est_la_somme_et_non_la_moyenne_des_taux(tmp_path):
    donnees = preparer(espace_cahier(tmp_path, {"a.csv": par_departement(2020, ENQUETE)}))
    valeurs = cellules(donnees)
    assert valeurs[None] == pytest.approx(40 / 170 * 100)
    assert valeurs["44"] == 30 and valeurs["53"] == 0
    assert cellules(donnees, "numerateur")[None] == 40 and cellules(donnees, "base")[None] == 170


def test_un_departement_sans_reponse_est_non_recu_et_non_zero(tmp_path):
    donnees = preparer(espace_cahier(tmp_path, {"a.csv": par_departement(2020, ENQUETE)}))
    etats = cellules(donnees, "etat")
    assert etats["85"] == etats["72"] == "non_recu" and etats["53"] == "publie"
    assert cellules(donnees)["85"] is None


def test_le_cahier_livre_reproduit_le_tableau_des_sorties_de_chrs(racine):
    """Le tableau imprimé 2016-2017 : chaque n, chaque N, et 19 % puis 17 % recalculés sur les sommes."""
    donnees = preparer(Espace(racine), annee=2017)
    figure = donnees.figures[0]
    for table, (n, base, taux) in ((figure.bloc.precedente, (228, 1183, 19)), (figure.bloc.table, (223, 1304, 17))):
        total = table.filter(pl.col("ventilation_1").is_null()).row(0, named=True)
        departements = table.filter(pl.col("ventilation_1") == DEPARTEMENT)
        assert (total["numerateur"], total["base"], round(total["valeur"])) == (n, base, taux)
        assert departements["numerateur"].sum() == n and departements["base"].sum() == base
    moyenne = figure.bloc.table.filter(pl.col("ventilation_1") == DEPARTEMENT)["valeur"].mean()
    assert round(moyenne) == 18, "la moyenne des cinq taux de 2017 aurait donné un autre chiffre"
    assert figure.sources == ("Enquête CINODE 2017",) and figure.sources_avant == ("Enquête AHI 2016",)
    assert any("source change" in r for r in figure.ruptures)
    assert any("391 à 529" in r for r in figure.ruptures), "le Maine-et-Loire change sans doute de champ"
    assert not figure.bloc.alertes, "les totaux imprimés par les sources sont ceux de leurs lignes"


def test_un_total_imprime_faux_est_signale(tmp_path):
    lignes = [ligne(2020, numerateur=41, denominateur=170, base=170), *par_departement(2020, ENQUETE)]
    donnees = preparer(espace_cahier(tmp_path, {"a.csv": lignes}))
    (alerte,) = donnees.figures[0].bloc.alertes
    assert "total de 41" in alerte and "font 40" in alerte
    assert cellules(donnees, "numerateur")[None] == 40


def test_un_total_masque_ne_se_dit_pas_dans_une_alerte(tmp_path):
    effectifs = {"44": (1, 10), "49": (1, 9)}
    lignes = [ligne(2020, numerateur=3, denominateur=19, base=19), *par_departement(2020, effectifs)]
    espace = espace_cahier(tmp_path, {"a.csv": lignes})
    assert preparer(espace, "public").figures[0].bloc.alertes == ()
    assert len(preparer(espace).figures[0].bloc.alertes) == 1


def test_meme_source_memes_repondants_pas_de_rupture(tmp_path):
    lignes = [*par_departement(2019, ENQUETE), *par_departement(2020, ENQUETE)]
    donnees = preparer(espace_cahier(tmp_path, {"a.csv": lignes}))
    assert donnees.figures[0].ruptures == () and donnees.figures[0].bloc.precedente.height


def test_des_repondants_qui_changent_font_une_rupture(tmp_path):
    avant = par_departement(2019, {"44": (30, 100), "49": (10, 50)})
    donnees = preparer(espace_cahier(tmp_path, {"a.csv": [*avant, *par_departement(2020, ENQUETE)]}))
    assert any("répondu changent (Mayenne)" in r for r in donnees.figures[0].ruptures)


def test_les_services_de_l_espace_et_les_tables_recues_s_additionnent(tmp_path):
    blocs = (
        '{ titre = "Accompagnés", genre = "departements", indicateurs = ["menages_accompagnes"], types = ["CHRS"] },'
        '{ titre = "Côte à côte", genre = "comparaison", indicateurs = ["menages_accompagnes"], types = ["CHRS"] }'
    )
    recue = [ligne(2020, "menages_accompagnes", valeur=4, unite="ménages")]
    espace_cahier(tmp_path, {"d49.csv": recue}, blocs=blocs)
    mesures = [
        {"id_mesure": f"m{n}", "id_menage": f"h{n}", "date_debut": date}
        for n, date in enumerate(["2020-02-01", "2020-03-01", "2020-11-01"])
    ]
    espace = espace_de(
        tmp_path,
        'type_service = "CHRS"\ndepartement = "44"\nassociation = "Association fictive"\npremiere_annee = 2020',
        mesure=[{**m, "date_debut": pl.Series([m["date_debut"]]).str.to_date()[0]} for m in mesures],
        menage=[{"id_menage": f"h{n}"} for n in range(3)],
    )
    donnees = preparer(espace)
    par_territoire, par_structure = cellules(donnees), cellules(donnees, figure=1)
    assert (par_territoire[None], par_territoire["44"], par_territoire["49"]) == (7, 3, 4)
    assert par_structure == {None: 7, "essai": 3, "d49.csv": 4}
    (locale,) = [s for s in donnees.sources if "observatoire" in s.source]
    assert (locale.interrogees, locale.repondantes) == (1, 1)


def test_une_structure_absente_une_annee_n_y_vaut_pas_zero(tmp_path):
    blocs = BLOC.replace('"departements"', '"comparaison"')
    recus = {
        "d44.csv": [ligne(2020, numerateur=30, denominateur=100), ligne(2019, numerateur=20, denominateur=90)],
        "d49.csv": [ligne(2020, numerateur=10, denominateur=50)],
        "d53.csv": [ligne(2019, numerateur=9, denominateur=40)],
    }
    bloc = preparer(espace_cahier(tmp_path, recus, blocs=blocs)).figures[0].bloc
    etats = [dict(t.select("modalite_1", "etat").iter_rows()) for t in (bloc.table, bloc.precedente)]
    assert etats[0] == {None: "publie", "d44.csv": "publie", "d49.csv": "publie", "d53.csv": "non_recu"}
    assert etats[1] == {None: "publie", "d44.csv": "publie", "d49.csv": "non_recu", "d53.csv": "publie"}


def test_un_service_d_une_autre_region_n_en_est_pas(tmp_path):
    espace_cahier(tmp_path, {"a.csv": par_departement(2020, ENQUETE)})
    espace = espace_de(tmp_path, 'type_service = "CHRS"\ndepartement = "62"')
    assert all("observatoire" not in s.source for s in preparer(espace).sources)


def test_une_cellule_recue_masquee_le_reste_et_rend_le_total_partiel(tmp_path):
    lignes = [*par_departement(2020, {"44": (30, 100)})]
    masquee = [ligne(2020, etat="masque")]
    donnees = preparer(espace_cahier(tmp_path, {"a.csv": lignes, "d49.csv": masquee}), "public")
    assert cellules(donnees, "etat")["49"] == "masque"
    assert cellules(donnees)[None] == 30, "le total se fait sur ce qui est connu"
    assert any("Total partiel" in a for a in donnees.figures[0].bloc.alertes)


def test_une_mediane_ne_s_additionne_pas(tmp_path):
    blocs = BLOC.replace(TAUX, "delai_admission_median")
    with pytest.raises(ErreurDefinition, match="ne s'additionne pas"):
        preparer(espace_cahier(tmp_path, {"a.csv": []}, blocs=blocs))


def test_un_taux_sans_numerateur_ne_se_totalise_pas(tmp_path):
    lignes = [*par_departement(2020, {"44": (30, 100)})]
    lignes.append(ligne(2020, ventilation_1="departement", modalite_1="49", valeur=20, denominateur=50, base=50))
    donnees = preparer(espace_cahier(tmp_path, {"a.csv": lignes}))
    assert cellules(donnees)["49"] == 20 and cellules(donnees, "etat")[None] == "sans_objet"


# --- Secret ------------------------------------------------------------------------------------------


def _apports(effectifs: dict[tuple[str, str], tuple[int, int]], m) -> pl.DataFrame:
    lignes = [
        {
            DEPARTEMENT: departement,
            STRUCTURE: structure,
            "libelle_structure": structure,
            "ventilation_1": None,
            "numerateur": float(n),
            "denominateur": float(d),
            "valeur": n / d * 100 if d else None,
            "effectif": float(n),
            "etat": "publie" if d else "sans_objet",
        }
        for (departement, structure), (n, d) in effectifs.items()
    ]
    return pl.DataFrame(lignes, schema_overrides={"ventilation_1": pl.String, "valeur": pl.Float64})


_CELLULE = st.integers(0, 80).flatmap(lambda d: st.tuples(st.integers(0, d), st.just(d)))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(_CELLULE, _CELLULE), min_size=2, max_size=5))
def test_aucune_cellule_masquee_seule_dans_une_somme(racine, paires):
    """En public, ni n ni N − n d'une cellule masquée ne se retrouve par différence avec une marge publiée."""
    reglage = lire_cahier(Espace(racine), "52")
    m = mesure(reglage, TAUX, 2020)
    codes = list(reglage.departements)[: len(paires)]
    effectifs = {(c, f"{c}-{r}"): p[r] for c, p in zip(codes, paires, strict=True) for r in (0, 1)}
    table = table_territoires(_apports(effectifs, m), m, "cahier", 2020, {c: c for c in codes})
    rendue = proteger_territoires(table, "public", Parametres()).join(
        table.select("modalite_1", "modalite_2", pl.col("numerateur").alias("vrai"), pl.col("base").alias("tout")),
        on=["modalite_1", "modalite_2"],
        nulls_equal=True,
    )
    publiees = rendue.filter(pl.col("etat") == "publie")
    assert publiees.filter((pl.col("base") > 0) & (pl.col("base") < 30)).is_empty()
    assert publiees.filter((pl.col("numerateur") > 0) & (pl.col("numerateur") < 5)).is_empty()
    sommes = [(None, rendue.filter(pl.col("modalite_1").is_not_null() & pl.col("modalite_2").is_null()))]
    sommes += [(c, rendue.filter((pl.col("modalite_1") == c) & pl.col("modalite_2").is_not_null())) for c in codes]
    for code, membres in sommes:
        marge = publiees.filter(pl.col("modalite_2").is_null() & pl.col("modalite_1").eq_missing(code))
        cachees = membres.filter(pl.col("etat").is_in(["masque", "masque_secondaire"]) & (pl.col("tout") > 0))
        assert marge.is_empty() or cachees.height != 1, f"une seule cellule masquée sous {code}"


def test_en_interne_rien_n_est_masque(tmp_path):
    donnees = preparer(espace_cahier(tmp_path, {"a.csv": par_departement(2020, {"44": (1, 3), "49": (2, 7)})}))
    assert cellules(donnees)["44"] == pytest.approx(100 / 3)


def test_en_public_un_petit_departement_en_masque_un_autre(tmp_path):
    lignes = par_departement(2020, {"44": (30, 100), "49": (20, 90), "53": (2, 40)})
    donnees = preparer(espace_cahier(tmp_path, {"a.csv": lignes}), "public")
    etats = cellules(donnees, "etat")
    assert etats["53"] == "masque" and "masque_secondaire" in etats.values()
    assert etats[None] == "publie"


def test_l_ancienne_livraison_est_relue(tmp_path):
    """Une table reçue corrigée sur place se voit aussitôt : rien ne garde l'ancienne."""
    espace = espace_cahier(tmp_path, {"a.csv": par_departement(2020, {"44": (30, 100)})})
    assert cellules(preparer(espace))["44"] == 30
    ecrire_recu(espace, "a.csv", par_departement(2020, {"44": (55, 100)}))
    assert cellules(preparer(espace))["44"] == pytest.approx(55)
