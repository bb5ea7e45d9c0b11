"""« observatoire explorer » : ce qu'il refuse avant de démarrer, ce qu'il transmet, et un vrai serveur bien fermé."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from observatoire.erreurs import ErreurFichier, ErreurParametre
from observatoire.espace import Espace
from observatoire.exploration import ouvrir as module
from observatoire.exploration.ouvrir import ErreurLaboratoire, demande_recue, lancer
from observatoire.exploration.reglages_lab import CARNET, ecrire_reglages
from tests.exploration.lab import jupyter_isole


@pytest.fixture
def espace(tmp_path: Path) -> Espace:
    """Un espace sans données, avec un carnet d'exploration."""
    ici = Espace(tmp_path / "espace")
    ici.dossier_services.mkdir(parents=True)
    ici.notebooks.mkdir()
    (ici.racine / CARNET).write_text("{}", encoding="utf-8")
    return ici


@pytest.fixture
def sans_demarrage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ces refus doivent venir avant tout démarrage."""
    monkeypatch.setattr(module.subprocess, "Popen", lambda *_, **__: pytest.fail("JupyterLab a été lancé"))


def test_un_espace_sans_carnet_est_refuse_avec_le_remede(espace, sans_demarrage):
    (espace.racine / CARNET).unlink()
    with pytest.raises(ErreurFichier, match=r"n'a pas de carnet notebooks/exploration\.ipynb") as refus, lancer(espace):
        pass
    modele = Path(refus.value.remede.removeprefix("Recopiez-y celui de la bibliothèque : "))
    assert modele.parts[-2:] == ("notebooks", "exploration.ipynb") and modele.is_file()


@pytest.mark.parametrize("port", [0, 80, 70_000])
def test_un_port_hors_bornes_est_refuse(espace, sans_demarrage, port):
    with pytest.raises(ErreurParametre, match="hors des bornes"), lancer(espace, port=port):
        pass


def test_un_port_deja_pris_est_refuse(espace, sans_demarrage):
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        prise.listen()
        port = prise.getsockname()[1]
        with pytest.raises(ErreurParametre, match=f"Le port {port} est déjà pris") as refus, lancer(espace, port=port):
            pass
    assert "--port" in refus.value.remede


@pytest.mark.parametrize(
    ("demande", "message"),
    [
        ({"services": ["cllai"]}, "Service « cllai » inconnu"),
        ({"services": ["cllaj"], "annees": ["vingt"]}, "Année « vingt » illisible"),
        ({"services": ["cllaj"], "indicateur": "menages_acompagnes"}, "menages_accompagnes"),
        ({"services": ["cllaj"], "comparaison": "avant"}, "Comparaison « avant » inconnu"),
        ({"services": ["cllaj"], "diffusion": "tous"}, "Diffusion « tous » inconnu"),
        ({"services": ["cllaj"], "couleur": "rouge"}, "Paramètre « couleur » inconnu"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_une_demande_fausse_est_refusee_avant_de_demarrer(espace_exemple, sans_demarrage, demande, message):
    with pytest.raises(ErreurParametre, match=message), lancer(espace_exemple, demande):
        pass


def test_une_demande_partielle_devient_une_vue_complete(espace_exemple):
    complete = module._controler(espace_exemple, {"services": ["cllaj"], "annees": None, "ventilations": []})
    assert complete["services"] == ["cllaj"]
    assert complete["annees"] == [2022] and complete["indicateur"]
    assert json.loads(json.dumps(complete)) == complete
    assert module._controler(espace_exemple, {"services": None, "diffusion": None}) == {}


def test_le_noyau_relit_la_demande(monkeypatch):
    monkeypatch.delenv(module.VARIABLE_DEMANDE, raising=False)
    assert demande_recue() == {}
    monkeypatch.setenv(module.VARIABLE_DEMANDE, '{"services": ["cllaj"]}')
    assert demande_recue() == {"services": ["cllaj"]}
    for faux in ("[1]", "import os", '"cllaj"'):
        monkeypatch.setenv(module.VARIABLE_DEMANDE, faux)
        with pytest.raises(ErreurParametre, match=r"n'est pas une vue écrite en JSON"):
            demande_recue()


def test_les_reglages_d_un_hote_gardent_l_adresse_de_l_hote(tmp_path):
    """Un hôte choisit son adresse et son jeton : `postBuild` ne règle que l'ouverture et ce qui appelle au-dehors."""
    ecrire_reglages(tmp_path)
    serveur = json.loads((tmp_path / "jupyter_server_config.json").read_text(encoding="utf-8"))
    assert set(serveur["ServerApp"]) == {"jpserver_extensions", "default_url"} and "IdentityProvider" not in serveur
    assert serveur["LabApp"]["default_url"].endswith(CARNET) and serveur["LabApp"]["news_url"] is None
    preferences = json.loads((tmp_path / "labconfig/default_setting_overrides.json").read_text(encoding="utf-8"))
    assert preferences["@jupyterlab/translation-extension:plugin"] == {"locale": "fr_FR"}


def test_un_carnet_ouvert_depuis_son_dossier_trouve_son_espace(espace, monkeypatch):
    monkeypatch.delenv("OBSERVATOIRE_ESPACE", raising=False)
    monkeypatch.chdir(espace.notebooks)
    assert Espace.ouvrir() == espace
    with pytest.raises(ErreurParametre):
        Espace.ouvrir(espace.notebooks)


def test_un_serveur_qui_meurt_au_demarrage_le_dit(espace, monkeypatch, tmp_path):
    monkeypatch.setattr(module.sys, "executable", "/bin/false")
    with pytest.raises(ErreurLaboratoire, match="s'est arrêté au démarrage"), lancer(espace):
        pass


def test_le_serveur_reste_local_garde_son_jeton_et_s_arrete_proprement(espace, tmp_path):
    """Des réglages du compte qui ouvriraient tout sont sans effet ; Ctrl+C ferme le serveur et le dit en français."""
    isole = jupyter_isole(tmp_path)
    ouvert = "c.ServerApp.ip = '0.0.0.0'\nc.IdentityProvider.token = ''\nc.LabApp.news_url = 'http://exemple.test'\n"
    for nom in ("jupyter_server_config.py", "jupyter_lab_config.py", "jupyter_config.py"):
        (tmp_path / "config").mkdir(exist_ok=True)
        (tmp_path / "config" / nom).write_text(ouvert, encoding="utf-8")
    code = "import sys, observatoire.exploration.ouvrir as o; o.ouvrir(o.Espace(o.Path(sys.argv[1])), navigateur=False)"
    lance = subprocess.Popen(
        [sys.executable, "-u", "-c", code, str(espace.racine)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env={**os.environ, **isole, "JUPYTER_TOKEN": "", "TMPDIR": str(tmp_path)},
    )
    try:
        ligne = lance.stdout.readline()
        adresse = re.search(r"http://127\.0\.0\.1:\d+/lab/tree/notebooks/exploration\.ipynb\?token=\S{40,}", ligne)
        assert adresse, ligne
        base, jeton = adresse[0].split("lab/tree")[0], adresse[0].split("token=")[1]
        with pytest.raises(urllib.error.HTTPError, match="403"):
            lire(f"{base}api/contents")
        noms = {f["name"] for f in lire(f"{base}api/contents", jeton)["content"]}
        assert noms == {"data", "notebooks"}
        noyau = lire(f"{base}api/kernelspecs", jeton)["kernelspecs"]["python3"]["spec"]
        assert noyau["argv"][0] == sys.executable
        assert noyau["env"]["OBSERVATOIRE_ESPACE"] == str(espace.racine)
        assert lire(f"{base}lab/api/news", jeton)["news"] == []
        assert lire(f"{base}lab/api/update", jeton)["notification"] is None
        with pytest.raises(ConnectionRefusedError):  # une autre adresse de la même machine
            socket.create_connection(("127.0.0.2", int(base.rsplit(":", 1)[1].strip("/"))), timeout=5)
        lance.stdout.readline()
        os.kill(lance.pid, signal.SIGINT)
        dit, _ = lance.communicate(timeout=30)
    finally:
        if lance.poll() is None:
            lance.kill()
    assert lance.returncode == 0
    assert dit == "JupyterLab est arrêté. Les carnets enregistrés sont dans notebooks/.\n"
    with pytest.raises(urllib.error.URLError):
        lire(f"{base}api")
    assert not list(tmp_path.glob("observatoire-lab-*")), "les réglages jetables sont effacés, jeton compris"


def lire(adresse: str, jeton: str = "") -> dict:
    """Une réponse du serveur."""
    entetes = {"Authorization": f"token {jeton}"} if jeton else {}
    ouvreur = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with ouvreur.open(urllib.request.Request(adresse, headers=entetes), timeout=10) as reponse:
        return json.load(reponse)
