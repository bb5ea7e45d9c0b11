"""Les pseudonymes : stables, sans retour, avec une clé à part que nul autre ne lit."""

from __future__ import annotations

import datetime as dt
import hmac
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from observatoire import modele
from observatoire.erreurs import ErreurDefinition, ErreurFichier
from observatoire.espace import Espace
from observatoire.pseudonymes import CHIFFRES, ESPECES, LISIBLES, VARIABLE_CLE, Cle, identite

sans_windows = pytest.mark.skipif(os.name == "nt", reason="Windows n'a pas ces droits de fichier")


@pytest.fixture
def espace(tmp_path: Path) -> Espace:
    services = tmp_path / "espace" / "data" / "services"
    services.mkdir(parents=True)
    (services / "essai.toml").write_text('libelle = "Essai"\nassociation = "Le Passage"\n', encoding="utf-8")
    (services / "voisin.toml").write_text('libelle = "Voisin"\nassociation = "LE PASSAGE"\n', encoding="utf-8")
    return Espace(tmp_path / "espace")


@pytest.fixture(autouse=True)
def compte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Le dossier de réglages d'un compte imaginaire."""
    monkeypatch.delenv(VARIABLE_CLE, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "compte"))
    return tmp_path / "compte"


def serie(*valeurs: str | None) -> pl.Series:
    return pl.Series("id_menage", list(valeurs), dtype=pl.String)


# --- La clé --------------------------------------------------------------------------------------------------


def test_cle_creee_une_fois(espace: Espace, compte: Path) -> None:
    """Le premier import la crée et dit comment la sauvegarder ; les suivants la relisent sans rien dire."""
    premiere, seconde = Cle.ouvrir(espace), Cle.ouvrir(espace)
    assert premiere.creee and str(premiere.fichier) in premiere.consigne and "Copiez ce fichier" in premiere.consigne
    assert not seconde.creee and seconde.consigne == ""
    assert premiere.secret == seconde.secret and premiere.fichier.is_relative_to(compte)
    assert premiere.secret.hex() not in repr(premiere)


@sans_windows
def test_droits_serres(espace: Espace) -> None:
    ancien = os.umask(0)
    try:
        fichier = Cle.ouvrir(espace).fichier
    finally:
        os.umask(ancien)
    assert stat.S_IMODE(fichier.stat().st_mode) == 0o600
    assert stat.S_IMODE(fichier.parent.stat().st_mode) == 0o700


@sans_windows
@pytest.mark.parametrize("droits", [0o640, 0o604, 0o660, 0o620, 0o602])
def test_droits_laches_refuses(espace: Espace, droits: int) -> None:
    fichier = Cle.ouvrir(espace).fichier
    fichier.chmod(droits)
    with pytest.raises(ErreurFichier, match=r"ouverte à d'autres comptes.*chmod 600"):
        Cle.ouvrir(espace)


@sans_windows
def test_dossier_ouvert_refuse(espace: Espace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Le dossier des clés se ferme ; ailleurs, il suffit que nul autre ne puisse y écrire."""
    fichier = Cle.ouvrir(espace).fichier
    fichier.parent.chmod(0o755)
    with pytest.raises(ErreurFichier, match="chmod 700"):
        Cle.ouvrir(espace)
    monkeypatch.setenv(VARIABLE_CLE, str(fichier))
    assert not Cle.ouvrir(espace).creee
    fichier.parent.chmod(0o775)
    with pytest.raises(ErreurFichier, match="chmod 700"):
        Cle.ouvrir(espace)


def test_autre_cle_refusee(espace: Espace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Une autre clé ferait deux personnes d'une seule : elle est refusée, et l'ancienne continue de servir."""
    premiere = Cle.ouvrir(espace)
    monkeypatch.setenv(VARIABLE_CLE, str(tmp_path / "ailleurs" / "autre.cle"))
    with pytest.raises(ErreurFichier, match="introuvable"):
        Cle.ouvrir(espace)
    autre = tmp_path / "ailleurs" / "autre.cle"
    autre.parent.mkdir()
    autre.write_text("ab" * 32 + "\n", encoding="ascii")
    autre.chmod(0o600)
    with pytest.raises(ErreurFichier, match=f"n'est pas celle des données.*{premiere.empreinte}"):
        Cle.ouvrir(espace)
    monkeypatch.delenv(VARIABLE_CLE)
    assert Cle.ouvrir(espace).secret == premiere.secret


def test_cle_perdue_jamais_remplacee(espace: Espace) -> None:
    fichier = Cle.ouvrir(espace).fichier
    sauvegarde = fichier.read_bytes()
    fichier.unlink()
    with pytest.raises(ErreurFichier, match=r"introuvable.*copie de sauvegarde"):
        Cle.ouvrir(espace)
    assert not fichier.exists()
    fichier.write_bytes(sauvegarde)
    fichier.chmod(0o600)
    assert not Cle.ouvrir(espace).creee


@pytest.mark.parametrize("contenu", ["", "pas une clé", "ab" * 31, "ab" * 32 + "\n" + "cd" * 32, "é" * 64, "AB" * 32])
def test_fichier_qui_n_est_pas_une_cle(espace: Espace, contenu: str) -> None:
    fichier = Cle.ouvrir(espace).fichier
    fichier.write_text(contenu, encoding="utf-8")
    with pytest.raises(ErreurFichier, match="n'est pas une clé"):
        Cle.ouvrir(espace)


def test_cle_dans_l_espace_refusee(espace: Espace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE_CLE, str(espace.racine / "data" / "ma.cle"))
    with pytest.raises(ErreurFichier, match="dans l'espace de travail"):
        Cle.ouvrir(espace)
    assert not (espace.racine / "data" / "ma.cle").exists()


def test_l_espace_ne_garde_que_l_empreinte(espace: Espace) -> None:
    ouverte = Cle.ouvrir(espace)
    temoin = json.loads((espace.donnees / "entrepot" / "cle.json").read_text(encoding="utf-8"))
    assert temoin == {"cle": ouverte.fichier.name, "empreinte": ouverte.empreinte}
    contenus = [f.read_bytes() for f in espace.racine.rglob("*") if f.is_file()]
    assert contenus and not any(ouverte.secret.hex().encode() in c or ouverte.secret in c for c in contenus)


@pytest.mark.parametrize(
    "temoin",
    [
        "{",
        "[]",
        '{"cle": "x.cle"}',
        '{"cle": "../../x", "empreinte": "0123456789abcdef"}',
        '{"cle": "x.cle", "empreinte": "zz"}',
    ],
)
def test_temoin_abime(espace: Espace, temoin: str) -> None:
    """Un témoin abîmé, ou qui mène hors du dossier des clés, est refusé : pas de clé neuve en silence."""
    Cle.ouvrir(espace)
    (espace.donnees / "entrepot" / "cle.json").write_text(temoin, encoding="utf-8")
    with pytest.raises(ErreurFichier, match="témoin de clé abîmé"):
        Cle.ouvrir(espace)


def test_une_cle_par_association(espace: Espace, tmp_path: Path) -> None:
    """Deux espaces de la même association partagent la clé ; celui d'une autre association a la sienne."""
    jumeau, autre = tmp_path / "jumeau", tmp_path / "autre"
    for racine, association in ((jumeau, "le passage"), (autre, "La Halte")):
        (racine / "data" / "services").mkdir(parents=True)
        reglage = f'libelle = "x"\nassociation = "{association}"\n'
        (racine / "data" / "services" / "x.toml").write_text(reglage, encoding="utf-8")
    premiere = Cle.ouvrir(espace)
    assert Cle.ouvrir(Espace(jumeau)).secret == premiere.secret
    assert Cle.ouvrir(Espace(autre)).secret != premiere.secret


def test_le_nom_de_l_association_change(espace: Espace) -> None:
    """La clé en service reste la même si l'association est réécrite ou si une autre arrive."""
    premiere = Cle.ouvrir(espace)
    (espace.dossier_services / "essai.toml").write_text('libelle = "E"\nassociation = "Autre nom"\n', encoding="utf-8")
    assert Cle.ouvrir(espace).secret == premiere.secret


def test_deux_premiers_imports_a_la_fois(espace: Espace) -> None:
    """Plusieurs processus qui créent la clé ensemble finissent tous avec la même."""
    code = (
        "from pathlib import Path\nfrom observatoire.espace import Espace\nfrom observatoire.pseudonymes import Cle\n"
        f"c = Cle.ouvrir(Espace(Path({str(espace.racine)!r})))\nprint(c.empreinte, c.creee)"
    )
    lances = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(4)]
    sorties = [p.communicate(timeout=60)[0].split() for p in lances]
    assert len({empreinte for empreinte, _ in sorties}) == 1
    assert sum(creee == "True" for _, creee in sorties) == 1


# --- Les pseudonymes -----------------------------------------------------------------------------------------


def test_c_est_bien_hmac_sha256(espace: Espace) -> None:
    cle = Cle.ouvrir(espace)
    attendu = hmac.new(cle.secret.hex().encode(), "menage\x1fD-12 é".encode(), "sha256").hexdigest()
    assert cle.pseudonymiser(serie("D-12 é"), "menage").to_list() == [f"men_{attendu[:CHIFFRES]}"]


def test_avec_ou_sans_l_extension(espace: Espace, monkeypatch: pytest.MonkeyPatch) -> None:
    """L'extension de polars et le calcul en Python donnent les mêmes pseudonymes, vides et répétitions compris."""
    cle, valeurs = Cle.ouvrir(espace), serie("D-1", None, "é œ € ", "D-1", "", "x" * 200)
    avec = cle.pseudonymiser(valeurs, "menage").to_list()
    monkeypatch.setitem(sys.modules, "polars_hash", None)
    assert cle.pseudonymiser(valeurs, "menage").to_list() == avec
    assert cle.pseudonymiser(pl.concat([valeurs] * 9), "menage").to_list() == avec * 9


@pytest.mark.parametrize("repetitions", [1, 50])
def test_vides_ordre_et_repetitions(espace: Espace, repetitions: int) -> None:
    """Les deux chemins (peu ou beaucoup de doublons) rendent la même chose, à la même place."""
    cle, valeurs = Cle.ouvrir(espace), ["b", None, "a", "b", ""]
    obtenus = cle.pseudonymiser(serie(*valeurs * repetitions), "menage")
    un_par_un = [None if v is None else cle.pseudonymiser(serie(v), "menage")[0] for v in valeurs]
    assert obtenus.to_list() == un_par_un * repetitions
    assert obtenus.name == "id_menage" and obtenus.dtype == pl.String


def test_colonne_vide_ou_sans_valeur(espace: Espace) -> None:
    cle = Cle.ouvrir(espace)
    assert cle.pseudonymiser(serie(), "menage").to_list() == []
    assert cle.pseudonymiser(serie(None, None), "menage").to_list() == [None, None]


def test_espece_et_valeur_ne_se_melangent_pas(espace: Espace) -> None:
    cle = Cle.ouvrir(espace)
    rendus = {cle.pseudonymiser(serie("12"), espece)[0][4:] for espece in set(ESPECES.values())}
    assert len(rendus) == len(set(ESPECES.values()))


def test_toutes_les_colonnes_d_identifiants_sont_rangees() -> None:
    """Chaque identifiant du modèle est pseudonymisé ou déclaré lisible : aucun n'est oublié."""
    identifiants = {nom for nom in modele.VARIABLES if nom.startswith("id_")}
    assert identifiants == {*ESPECES, *LISIBLES} and not set(ESPECES) & set(LISIBLES)
    assert ESPECES["id_referent"] == ESPECES["id_personne"] == "personne"


def test_identite_de_nom(espace: Espace) -> None:
    """Accents, casse, espaces et traits d'union ne comptent pas ; une colonne vide n'identifie personne."""
    cle, jour = Cle.ouvrir(espace), dt.date(1999, 5, 4)
    noms = pl.Series(["Lefèvre-Roux", "LEFEVRE ROUX ", "lefevre  roux", "Lefevreroux", "Lefèvre-Roux", None, " "])
    prenoms = pl.Series(["Zoé", "ZOE", " zoé", "Zoe", "Zoé", "Zoé", "Zoé"])
    naissances = pl.Series([jour, jour, jour, jour, dt.date(1999, 4, 5), jour, jour])
    rendus = cle.identifier([noms, prenoms, naissances]).to_list()
    assert len(set(rendus[:4])) == 1 and rendus[4] not in {rendus[0], None} and rendus[5:] == [None, None]
    assert identite([pl.Series(["ab"]), pl.Series(["c"])])[0] != identite([pl.Series(["a"]), pl.Series(["bc"])])[0]
    with pytest.raises(ErreurDefinition, match="au moins une colonne"):
        cle.identifier([])


def test_retrouver_depuis_l_export(espace: Espace) -> None:
    cle = Cle.ouvrir(espace)
    pseudonyme = cle.pseudonymiser(serie("D12"), "menage")[0]
    assert cle.retrouver(["D11", "D12"], "menage")[pseudonyme] == "D12"


def test_aucune_collision_sur_de_nombreuses_valeurs(espace: Espace) -> None:
    valeurs = pl.Series("v", [f"{n}" for n in range(300_000)])
    assert Cle.ouvrir(espace).pseudonymiser(valeurs, "acte").n_unique() == valeurs.len()
