"""Les personnes d'une association, comptées une fois ; et ce qui se tait pour n'en désigner aucune."""

from __future__ import annotations

from itertools import chain

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.services import Parametres
from observatoire.syntheses.personnes import DISTINCTES, MULTI, SOMME, compter, proteger_personnes

LETTRES = "abcdefghijklmnopqrstuvwxyz"


def compter_listes(suivies: dict[str, list[str]]) -> pl.DataFrame:
    series = {nom: pl.Series(ids, dtype=pl.String) for nom, ids in suivies.items()}
    return compter("essai", 2022, series, {nom: nom.upper() for nom in suivies})


def lire(table: pl.DataFrame, indicateur: str, modalite: str | None = None, colonne: str = "valeur"):
    lignes = table.filter(pl.col("indicateur") == indicateur)
    lignes = lignes.filter(pl.col("modalite_1").is_null() if modalite is None else pl.col("modalite_1") == modalite)
    return lignes[colonne].item()


def test_le_tout_est_plus_petit_que_la_somme():
    """Trois services, six personnes, dont une vue partout et une par deux services."""
    table = compter_listes({"un": list("abcd"), "deux": list("cde"), "trois": list("df")})
    assert lire(table, DISTINCTES.nom) == 6
    assert lire(table, SOMME.nom) == 9
    assert {s: lire(table, SOMME.nom, s) for s in ("un", "deux", "trois")} == {"un": 4, "deux": 3, "trois": 2}
    assert [lire(table, DISTINCTES.nom, n) for n in "123"] == [4, 1, 1]
    assert lire(table, MULTI.nom, colonne="numerateur") == 2
    assert lire(table, MULTI.nom) == pytest.approx(100 / 3)


def test_une_personne_citee_deux_fois_par_un_service_compte_une_fois():
    table = compter_listes({"un": ["a", "a", "b"], "deux": []})
    assert lire(table, DISTINCTES.nom) == lire(table, SOMME.nom) == 2
    assert lire(table, MULTI.nom) == 0


def test_personne_nulle_part():
    table = compter_listes({"un": [], "deux": []})
    assert lire(table, DISTINCTES.nom) == 0
    assert lire(table, MULTI.nom, colonne="etat") == "sans_objet"


def test_d_un_seul_service_le_croisement_ne_se_mesure_pas():
    """Ses personnes en voient peut-être d'autres : ni 0 % ni aucune part."""
    table = compter_listes({"un": ["a", "b"]})
    assert lire(table, MULTI.nom, colonne="etat") == "sans_objet"
    assert lire(table, MULTI.nom) is None
    assert lire(table, DISTINCTES.nom) == 2


@given(st.lists(st.sets(st.sampled_from(LETTRES)), min_size=1, max_size=6))
def test_identites_du_compte(ensembles):
    """Distinctes = union ; somme = Σ services = Σ n × personnes de n services ; la part est entre 0 et 100."""
    suivies = {f"s{rang}": sorted(e) for rang, e in enumerate(ensembles)}
    table = compter_listes(suivies)
    distinctes, somme = lire(table, DISTINCTES.nom), lire(table, SOMME.nom)
    assert distinctes == len(set().union(*ensembles))
    assert somme == sum(map(len, ensembles)) == sum(lire(table, SOMME.nom, s) for s in suivies)
    assert distinctes <= somme
    vues = list(chain.from_iterable(ensembles))
    plusieurs = sum(vues.count(p) > 1 for p in set(vues))
    assert lire(table, MULTI.nom, colonne="numerateur") == (plusieurs if len(ensembles) > 1 else None)
    detail = table.filter((pl.col("indicateur") == DISTINCTES.nom) & pl.col("modalite_1").is_not_null())
    assert detail["valeur"].sum() == distinctes


def suivies_de(seuls: dict[str, int], communs: int, triples: int = 0) -> dict[str, list[str]]:
    """Des services qui ont des personnes à eux, des communes aux deux premiers, et des communes aux trois premiers."""
    suivies = {nom: [f"{nom}-{n}" for n in range(nombre)] for nom, nombre in seuls.items()}
    noms = list(seuls)
    for n in range(communs):
        for nom in noms[:2]:
            suivies[nom].append(f"commun-{n}")
    for n in range(triples):
        for nom in noms[:3]:
            suivies[nom].append(f"triple-{n}")
    return suivies


def publique(suivies: dict[str, list[str]]) -> pl.DataFrame:
    return proteger_personnes(compter_listes(suivies), "public", Parametres())


def etat(table: pl.DataFrame, indicateur: str, modalite: str | None = None) -> str:
    return lire(table, indicateur, modalite, "etat")


def test_en_interne_tout_se_lit():
    table = proteger_personnes(compter_listes(suivies_de({"un": 40, "deux": 40}, 2)), "interne", Parametres())
    assert set(table["etat"]) == {"publie"}


def test_assez_de_relais_se_publient():
    table = publique(suivies_de({"un": 60, "deux": 50}, 12))
    assert (lire(table, DISTINCTES.nom), lire(table, SOMME.nom)) == (122, 134)
    assert etat(table, MULTI.nom) == "publie"


def test_trop_peu_de_relais_taisent_le_compte_distinct():
    """Chaque service publie ses personnes : la différence dirait que deux passent de l'un à l'autre."""
    table = publique(suivies_de({"un": 60, "deux": 50}, 2))
    assert etat(table, DISTINCTES.nom) != "publie" and lire(table, DISTINCTES.nom) is None
    assert etat(table, MULTI.nom) != "publie" and lire(table, MULTI.nom, colonne="numerateur") is None
    assert etat(table, SOMME.nom) == "publie"
    assert all(lire(table, DISTINCTES.nom, n) is None for n in "12")


def test_trop_peu_de_triples_taisent_la_repartition():
    """Le compte et la somme restent : à eux deux ils ne disent pas combien sont vus par trois services."""
    table = publique(suivies_de({"un": 60, "deux": 50, "trois": 40}, 12, triples=2))
    assert etat(table, DISTINCTES.nom) == etat(table, SOMME.nom) == "publie"
    assert etat(table, MULTI.nom) != "publie"
    assert all(lire(table, DISTINCTES.nom, n) is None for n in "123")


def test_un_service_trop_petit_tait_la_somme():
    """La somme moins les autres services redonnerait le petit ; le nombre de services redonnerait la somme."""
    table = publique(suivies_de({"un": 60, "deux": 50, "petit": 3}, 12))
    assert etat(table, SOMME.nom, "petit") == "masque"
    assert lire(table, SOMME.nom) is None
    assert lire(table, MULTI.nom) is None and lire(table, DISTINCTES.nom, "2") is None


@given(
    st.fixed_dictionaries({n: st.integers(0, 80) for n in ("un", "deux", "trois")}),
    st.integers(0, 12),
    st.integers(0, 12),
)
def test_aucun_petit_effectif_ne_se_deduit(seuls, communs, triples):
    """Qui a les services et le compte distinct n'en tire jamais de 1 à 4 répétitions."""
    suivies = suivies_de(seuls, communs, triples)
    vraie, table = compter_listes(suivies), publique(suivies)
    repetitions = lire(vraie, SOMME.nom) - lire(vraie, DISTINCTES.nom)
    if 0 < repetitions < 5:
        assert lire(table, DISTINCTES.nom) is None and lire(table, MULTI.nom) is None
    publies = table.filter(pl.col("etat") == "publie")["valeur"].drop_nulls()
    effectifs = table.filter((pl.col("etat") == "publie") & (pl.col("unite") == "personnes"))["valeur"]
    assert not effectifs.is_between(1, 4).any()
    assert table.filter(pl.col("etat") != "publie")["valeur"].null_count() == table.height - len(publies)
