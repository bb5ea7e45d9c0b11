"""Les livraisons : réunies dans l'ordre, jamais deux fois la même, retirables."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observatoire import modele
from observatoire.entrepot import REJETS, ecrire_entrepot, lire_entrepot
from observatoire.erreurs import ErreurParametre
from observatoire.espace import Espace
from observatoire.livraisons import Livraison, enregistrer, livraisons, retirer
from observatoire.nettoyage.doublons import MASQUE, masque

SERVICE = "essai"
REJET = ["fichier", "feuille", "ligne", "table", "colonne", "valeur", "motif", "remede"]


def nouvel_espace(racine: Path) -> Espace:
    (racine / "data" / "services").mkdir(parents=True)
    (racine / "data" / "services" / f"{SERVICE}.toml").write_text('libelle = "Essai"\n', encoding="utf-8")
    return Espace(racine)


@pytest.fixture
def espace(tmp_path: Path) -> Espace:
    return nouvel_espace(tmp_path / "espace")


def lignes(nom: str, *donnees: dict[str, Any], fichier: str = "x.csv") -> dict[str, pl.DataFrame]:
    """Des lignes d'import qui déclarent les colonnes de la première."""
    schema = modele.table_vide(nom).schema
    colonnes = list(modele.table(nom).schema)
    cadre = pl.DataFrame([{"_fichier": fichier, "_ligne": n, **d} for n, d in enumerate(donnees, 2)], schema=schema)
    return {nom: cadre.with_columns(pl.lit(masque(colonnes, list(donnees[0])), dtype=pl.Int64).alias(MASQUE))}


def mesures(*donnees: dict[str, Any], fichier: str = "x.csv") -> dict[str, pl.DataFrame]:
    return lignes("mesure", *({"id_service": SERVICE, "id_menage": "M", **d} for d in donnees), fichier=fichier)


def fiche(**sommes: str) -> dict[str, Any]:
    return {"fichiers": {f"{nom}.csv": {"sha256": somme} for nom, somme in sommes.items()}}


def rejets(fichier: str, *valeurs: str) -> pl.DataFrame:
    return pl.DataFrame(
        [{**dict.fromkeys(REJET, ""), "fichier": fichier, "valeur": v} for v in valeurs],
        schema=dict.fromkeys(REJET, pl.String),
    )


def rangs(espace: Espace) -> dict[str, int | None]:
    return dict(lire_entrepot(espace, SERVICE).table("mesure").select("id_mesure", "rang").iter_rows())


def identifiants(espace: Espace, etat: str = "active") -> list[str]:
    return [livraison.id for livraison in livraisons(espace, SERVICE) if livraison.etat == etat]


def fichiers(espace: Espace) -> set[str]:
    dossier = espace.entrepot(SERVICE)
    return {f.relative_to(dossier).as_posix() for f in dossier.rglob("*") if f.is_file()}


# --- Réunir ----------------------------------------------------------------------------------------------------


def test_une_livraison_listee(espace: Espace) -> None:
    assert livraisons(espace, SERVICE) == []
    faite = enregistrer(espace, SERVICE, mesures({"id_mesure": "A"}, {"id_mesure": "B"}), fiche(x="1"))
    assert faite.nouvelle and faite.lignes == 2
    [lue] = livraisons(espace, SERVICE)
    assert isinstance(lue, Livraison) and lue.active and lue.purgee is None
    assert (lue.id, lue.fichiers, lue.tables) == (faite.id, ("x.csv",), {"mesure": 2})
    assert lue.id.startswith(f"{dt.date.today():%Y-%m-%d}-") and lue.date.tzinfo is not None


def test_cle_remplacee_et_le_reste_garde(espace: Espace) -> None:
    jour = dt.date(2022, 5, 1)
    premieres = mesures({"id_mesure": "A", "date_fin": jour}, {"id_mesure": "B", "date_fin": jour})
    enregistrer(espace, SERVICE, premieres, {})
    enregistrer(espace, SERVICE, mesures({"id_mesure": "A", "date_fin": None}), {})
    lu = lire_entrepot(espace, SERVICE).table("mesure")
    assert lu.select("id_mesure", "date_fin").rows() == [("A", None), ("B", jour)]


def test_colonne_non_declaree_gardee(espace: Espace) -> None:
    """Un fichier qui ne déclare pas une colonne ne l'efface pas."""
    enregistrer(espace, SERVICE, mesures({"id_mesure": "A", "rang": 2}), {})
    enregistrer(espace, SERVICE, mesures({"id_mesure": "A", "territoire": "CALL"}), {})
    assert lire_entrepot(espace, SERVICE).table("mesure").select("rang", "territoire").rows() == [(2, "CALL")]


def test_table_partagee_jamais_effacee(espace: Espace) -> None:
    enregistrer(espace, SERVICE, lignes("personne", {"id_personne": "P", "genre": "F"}), {})
    enregistrer(espace, SERVICE, lignes("personne", {"id_personne": "P", "genre": None, "naissance": "1999-05"}), {})
    assert lire_entrepot(espace, SERVICE).table("personne").row(0)[:3] == ("P", "1999-05", "F")


def test_fiche_reunie(espace: Espace) -> None:
    enregistrer(espace, SERVICE, mesures({"id_mesure": "A"}), {"service": SERVICE, **fiche(b="1")})
    enregistrer(espace, SERVICE, lignes("menage", {"id_menage": "M"}), {"service": SERVICE, **fiche(a="2")})
    entrepot = lire_entrepot(espace, SERVICE)
    assert list(entrepot.livraison["fichiers"]) == ["a.csv", "b.csv"]
    assert entrepot.livraison["tables"] == {"menage": 1, "mesure": 1}
    assert entrepot.livraison["empreinte"] == entrepot.empreinte and entrepot.livraison["service"] == SERVICE


ETAPES = st.lists(
    st.tuples(
        st.sampled_from(["mesure", "personne"]),
        st.dictionaries(st.sampled_from("ABC"), st.sampled_from([None, 1, 2]), min_size=1),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
)


def _etape(table: str, valeurs: dict[str, int | None], complete: bool) -> dict[str, pl.DataFrame]:
    if table == "mesure":
        return mesures(
            *(
                {"id_mesure": c, **({"rang": v} if complete else {"date_fin": dt.date(2022, 1, v or 9)})}
                for c, v in valeurs.items()
            )
        )
    colonne = "genre" if complete else "parcours_ase"
    return lignes("personne", *({"id_personne": c, colonne: None if v is None else str(v)} for c, v in valeurs.items()))


@settings(max_examples=25, deadline=None)
@given(etapes=ETAPES, retiree=st.integers(0, 5))
def test_retirer_revient_a_n_avoir_jamais_importe(
    tmp_path_factory: pytest.TempPathFactory, etapes: list, retiree: int
) -> None:
    """Ajouter pas à pas, ou tout réunir d'un coup après un retrait, donne les mêmes tables."""
    avec, sans = (nouvel_espace(tmp_path_factory.mktemp("e") / "e") for _ in range(2))
    for numero, etape in enumerate(etapes):
        enregistrer(avec, SERVICE, _etape(*etape), fiche(x=str(numero)))
        if numero != retiree:
            enregistrer(sans, SERVICE, _etape(*etape), fiche(x=str(numero)))
    if retiree < len(etapes):
        retirer(avec, SERVICE, livraisons(avec, SERVICE)[retiree].id)
    un, autre = lire_entrepot(avec, SERVICE), lire_entrepot(sans, SERVICE)
    assert un.tables == autre.tables and un.empreinte == autre.empreinte
    assert all(un.table(nom).equals(autre.table(nom)) for nom in un.tables)


# --- Deux fois la même -----------------------------------------------------------------------------------------


def test_meme_contenu_deux_fois(espace: Espace) -> None:
    """Redonner le même fichier, même renommé, ne change rien : ni livraison, ni octet."""
    premiere = enregistrer(espace, SERVICE, mesures({"id_mesure": "A"}), fiche(x="1"), rejets("x.csv", "v"))
    avant = {f: (espace.entrepot(SERVICE) / f).read_bytes() for f in fichiers(espace)}
    for nom in ("x", "copie"):
        contenu = mesures({"id_mesure": "A"}, fichier=f"{nom}.csv")
        seconde = enregistrer(espace, SERVICE, contenu, fiche(**{nom: "1"}), rejets(f"{nom}.csv", "v"))
        assert seconde.id == premiere.id and not seconde.nouvelle
    assert {f: (espace.entrepot(SERVICE) / f).read_bytes() for f in fichiers(espace)} == avant


@pytest.mark.parametrize("change", ["valeur", "colonnes déclarées", "fichier", "rejets"])
def test_un_contenu_different_est_une_livraison(espace: Espace, change: str) -> None:
    enregistrer(espace, SERVICE, mesures({"id_mesure": "A", "rang": None}), fiche(x="1"), rejets("x.csv", "v"))
    autre = mesures({"id_mesure": "A", "rang": 1 if change == "valeur" else None})
    if change == "colonnes déclarées":
        autre = mesures({"id_mesure": "A"})
    refus = rejets("x.csv", "v", *(["w"] if change == "rejets" else []))
    assert enregistrer(espace, SERVICE, autre, fiche(x="2" if change == "fichier" else "1"), refus).nouvelle
    assert len(livraisons(espace, SERVICE)) == 2


def test_revenir_a_un_fichier_plus_ancien(espace: Espace) -> None:
    """Un ancien contenu redonné après un autre repasse devant, sans livraison de plus."""
    ancien, corrige = mesures({"id_mesure": "A", "rang": 1}), mesures({"id_mesure": "A", "rang": 2})
    premiere = enregistrer(espace, SERVICE, ancien, fiche(x="1"))
    seconde = enregistrer(espace, SERVICE, corrige, fiche(x="2"))
    assert rangs(espace) == {"A": 2}
    assert enregistrer(espace, SERVICE, ancien, fiche(x="1")).nouvelle
    assert rangs(espace) == {"A": 1} and identifiants(espace) == [seconde.id, premiere.id]


def test_redonner_un_contenu_que_rien_n_a_recouvert(espace: Espace) -> None:
    premiere = enregistrer(espace, SERVICE, mesures({"id_mesure": "A"}), fiche(x="1"))
    seconde = enregistrer(espace, SERVICE, mesures({"id_mesure": "B"}), fiche(x="2"))
    assert not enregistrer(espace, SERVICE, mesures({"id_mesure": "A"}), fiche(x="1")).nouvelle
    assert identifiants(espace) == [premiere.id, seconde.id]


@pytest.mark.parametrize("degat", ["vidé", "effacé", "écrasé"])
def test_redonner_repare_un_fichier_abime(espace: Espace, degat: str) -> None:
    enregistrer(espace, SERVICE, mesures({"id_mesure": "A"}), fiche(x="1"))
    reference = lire_entrepot(espace, SERVICE).empreinte
    fichier = lire_entrepot(espace, SERVICE).fichier("mesure")
    if degat == "effacé":
        fichier.unlink()
    else:
        fichier.write_bytes(b"" if degat == "vidé" else b"PAR1 rien")
    assert enregistrer(espace, SERVICE, mesures({"id_mesure": "A"}), fiche(x="1")).nouvelle
    assert lire_entrepot(espace, SERVICE).empreinte == reference and rangs(espace) == {"A": None}
    assert len(livraisons(espace, SERVICE)) == 1


# --- Retirer ---------------------------------------------------------------------------------------------------


def test_retirer_efface_du_disque(espace: Espace) -> None:
    """Une livraison retirée ne laisse aucun octet de ses données, ni dans l'état d'avant, ni dans les rejets."""
    enregistrer(espace, SERVICE, mesures({"id_mesure": "garde"}), fiche(x="1"), rejets("x.csv", "rejet-un"))
    fautive = enregistrer(
        espace,
        SERVICE,
        mesures({"id_mesure": "indesirable"}, fichier="y.csv"),
        fiche(y="2"),
        rejets("y.csv", "rejet-deux"),
        rejets("y.csv", "correction-deux"),
    )
    assert contient(espace, "indesirable") and contient(espace, "rejet-deux") and contient(espace, "correction-deux")
    rendue = retirer(espace, SERVICE, fautive.id)
    assert rendue.etat == "retiree" and not rendue.active
    assert not any(contient(espace, mot) for mot in ("indesirable", "rejet-deux", "correction-deux"))
    assert contient(espace, "garde") and contient(espace, "rejet-un")
    assert [i.etat for i in livraisons(espace, SERVICE)] == ["active", "retiree"]
    assert list(lire_entrepot(espace, SERVICE).livraison["fichiers"]) == ["x.csv"]


def contient(espace: Espace, mot: str) -> bool:
    """Vrai si un fichier de l'espace cite `mot`, en clair ou dans une colonne Parquet."""
    for fichier in espace.racine.rglob("*"):
        if fichier.suffix == ".parquet":
            textes = pl.read_parquet(fichier).select(pl.col(pl.String).str.contains(mot, literal=True).any())
            if any(textes.row(0) if textes.width else ()):
                return True
        elif fichier.is_file() and mot.encode() in fichier.read_bytes():
            return True
    return False


def test_retirer_une_correction_rend_l_ancienne_valeur(espace: Espace) -> None:
    enregistrer(espace, SERVICE, mesures({"id_mesure": "A", "rang": 1}), fiche(x="1"), rejets("x.csv", "ancien"))
    corrigee = enregistrer(espace, SERVICE, mesures({"id_mesure": "A", "rang": 2}), fiche(x="2"))
    assert not (espace.entrepot(SERVICE) / REJETS).is_file()
    retirer(espace, SERVICE, corrigee.id)
    assert rangs(espace) == {"A": 1}
    assert "ancien" in (espace.entrepot(SERVICE) / REJETS).read_text(encoding="utf-8-sig")


def test_retirer_la_seule_livraison(espace: Espace) -> None:
    seule = enregistrer(espace, SERVICE, mesures({"id_mesure": "A"}), fiche(x="1"))
    retirer(espace, SERVICE, seule.id)
    entrepot = lire_entrepot(espace, SERVICE)
    assert entrepot.vide and entrepot.tables == [] and entrepot.livraison == {}


def test_reimporter_ce_qui_a_ete_retire(espace: Espace) -> None:
    premiere = enregistrer(espace, SERVICE, mesures({"id_mesure": "A"}), fiche(x="1"))
    retirer(espace, SERVICE, premiere.id)
    seconde = enregistrer(espace, SERVICE, mesures({"id_mesure": "A"}), fiche(x="1"))
    assert seconde.nouvelle and seconde.id != premiere.id and rangs(espace) == {"A": None}


@pytest.mark.parametrize("identifiant", ["2022-01-01-000000000000", "../../etc", ""])
def test_retirer_l_inconnue(espace: Espace, identifiant: str) -> None:
    faite = enregistrer(espace, SERVICE, mesures({"id_mesure": "A"}), {})
    with pytest.raises(ErreurParametre, match=f"inconnu.*{faite.id}"):
        retirer(espace, SERVICE, identifiant)
    retirer(espace, SERVICE, faite.id)
    with pytest.raises(ErreurParametre, match="déjà retirée"):
        retirer(espace, SERVICE, faite.id)


# --- Rejets et corrections ---------------------------------------------------------------------------------------


def test_un_fichier_relu_remplace_ses_rejets(espace: Espace) -> None:
    enregistrer(espace, SERVICE, mesures({"id_mesure": "A"}), fiche(x="1"), rejets("x.csv", "ancien", "=1+1"))
    enregistrer(espace, SERVICE, mesures({"id_mesure": "B"}), fiche(y="1"), rejets("y.csv", "autre"))
    lu = pl.read_csv(lire_entrepot(espace, SERVICE).fichier_rejets, separator=";", infer_schema=False)
    assert lu["valeur"].to_list() == ["ancien", "'=1+1", "autre"]
    enregistrer(espace, SERVICE, mesures({"id_mesure": "A", "rang": 1}), fiche(x="2"), rejets("x.csv", "nouveau"))
    lu = pl.read_csv(espace.entrepot(SERVICE) / REJETS, separator=";", infer_schema=False)
    assert lu.select("fichier", "valeur").rows() == [("y.csv", "autre"), ("x.csv", "nouveau")]


def test_copie_effacee_ou_perimee_remise(espace: Espace) -> None:
    """La copie à ouvrir se refait ; ce que lit le contrôle qualité est du même instant que les tables."""
    enregistrer(espace, SERVICE, mesures({"id_mesure": "A"}), fiche(x="1"), rejets("x.csv", "v"))
    copie = espace.entrepot(SERVICE) / REJETS
    bonne = copie.read_bytes()
    copie.write_text("périmée", encoding="utf-8")
    assert lire_entrepot(espace, SERVICE).fichier_rejets.read_bytes() == bonne
    enregistrer(espace, SERVICE, mesures({"id_mesure": "A"}), fiche(x="1"), rejets("x.csv", "v"))
    assert copie.read_bytes() == bonne


def test_ecrire_entrepot_remplace_tout(espace: Espace) -> None:
    enregistrer(espace, SERVICE, mesures({"id_mesure": "A"}), fiche(x="1"), rejets("x.csv", "v"))
    ecrire_entrepot(espace, SERVICE, {"menage": modele.table_vide("menage")}, {})
    assert lire_entrepot(espace, SERVICE).tables == ["menage"] and len(livraisons(espace, SERVICE)) == 1
    assert not (espace.entrepot(SERVICE) / REJETS).exists()


# --- À plusieurs -------------------------------------------------------------------------------------------------

IMPORT = textwrap.dedent("""
    import sys
    from pathlib import Path
    from observatoire.espace import Espace
    from observatoire.livraisons import enregistrer
    from tests.test_livraisons import SERVICE, fiche, mesures
    espace, qui = Espace(Path(sys.argv[1])), sys.argv[2]
    print("prêt", flush=True)
    sys.stdin.readline()
    for n in range(int(sys.argv[3])):
        lignes = [{"id_mesure": f"{qui}{n}-{i}"} for i in range(20)] + [{"id_mesure": "commune", "rang": n}]
        enregistrer(espace, SERVICE, mesures(*lignes), fiche(**{qui: f"{qui}{n}"}))
""")


def test_imports_simultanes(espace: Espace) -> None:
    """Trois processus importent en même temps : rien ne se perd, rien ne se mélange."""
    lances = [
        subprocess.Popen(
            [sys.executable, "-c", IMPORT, str(espace.racine), qui, "5"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[1],
        )
        for qui in "abc"
    ]
    for lance in lances:
        assert lance.stdout.readline() == "prêt\n"
    for lance in lances:
        lance.stdin.write("\n")
        lance.stdin.flush()
    assert [lance.wait(timeout=120) for lance in lances] == [0, 0, 0]
    assert len(livraisons(espace, SERVICE)) == 15
    entrepot = lire_entrepot(espace, SERVICE)
    assert entrepot.table("mesure").height == 15 * 20 + 1
    assert not [f for f in fichiers(espace) if "/.tmp-" in f or f.startswith(".tmp-")]
    assert list(entrepot.livraison["fichiers"]) == ["a.csv", "b.csv", "c.csv"]
