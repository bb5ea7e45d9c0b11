"""Les pseudonymes : des empreintes à clé secrète, calculées à l'import, jamais rangées avec leur origine.

Un identifiant devient `men_5f0c…` : les 96 premiers bits de HMAC-SHA-256(clé, espèce + valeur). La même
valeur donne le même pseudonyme dans tous les services qui partagent la clé ; sans la clé, rien ne remonte du
pseudonyme à la personne, pas même en essayant tous les noms. La clé vit hors de l'espace de travail, dans
`OBSERVATOIRE_CLE` ou dans le dossier de réglages du compte, lisible par lui seul. L'espace n'en garde qu'une
empreinte, pour refuser une autre clé : deux clés feraient deux personnes d'une seule.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
import stat
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from observatoire import modele
from observatoire.ecriture import creer_fichier
from observatoire.erreurs import ErreurDefinition, ErreurFichier
from observatoire.espace import Espace
from observatoire.nettoyage.texte import cle as cle_de_texte
from observatoire.nettoyage.texte import normaliser

VARIABLE_CLE = "OBSERVATOIRE_CLE"
TEMOIN = "cle.json"  # dans data/entrepot : quelle clé a servi, jamais la clé
OCTETS_CLE = 32
_SEPARATEUR = "\x1f"
_LIGNES_PAR_VALEUR = 4
CHIFFRES = 24  # 96 bits : une collision sur un million de valeurs a moins d'une chance sur cent milliards

# Les colonnes d'identifiants qui désignent une personne, un foyer ou un fait de leur vie. Un service, une
# place, une convention ou une action n'en désignent aucun : leur numéro reste lisible.
LISIBLES = ("id_service", "id_place", "id_convention", "id_action")
ESPECES: dict[str, str] = {
    nom: "personne" if nom == "id_referent" else nom.removeprefix("id_")
    for nom in modele.VARIABLES
    if nom.startswith("id_") and nom not in LISIBLES
}

_CONTENU = """# Clé des pseudonymes de l'observatoire. Secrète : qui la lit peut reconnaître les personnes.
# Gardez-en une copie hors de cet ordinateur (coffre, gestionnaire de mots de passe) : sans elle, les
# prochains imports ne reconnaîtraient plus les personnes déjà connues.
{}
"""
_CONSIGNE = (
    "Une clé de pseudonymes neuve a été créée : {fichier} (empreinte {empreinte}). Copiez ce fichier aujourd'hui "
    "hors de cet ordinateur, dans le coffre ou le gestionnaire de mots de passe de l'association, jamais à côté "
    "des données : sans elle, les prochains imports ne reconnaîtraient plus les personnes déjà connues. Pour la "
    "remettre, recopiez-la au même endroit et réservez-la à votre compte (chmod 600)."
)


@dataclass(frozen=True)
class Cle:
    """La clé d'un espace de travail, ouverte et contrôlée.

    `fichier` : où elle est ; `creee` : vrai si cet appel vient de la créer, et `consigne` dit alors comment la
    sauvegarder. Le secret ne s'imprime pas.
    """

    fichier: Path
    secret: bytes = field(repr=False)
    creee: bool = False

    @classmethod
    def ouvrir(cls, espace: Espace) -> Cle:
        """Ouvre la clé de l'espace ; la crée, avec des droits serrés, si rien n'a encore été importé avec une autre.

        Lève `ErreurFichier` si la clé est lisible par d'autres comptes, illisible, perdue, rangée dans l'espace
        de travail, ou n'est pas celle qui a servi aux imports précédents.
        """
        temoin = espace.donnees / "entrepot" / TEMOIN
        connue = _lire_temoin(temoin)
        fichier = _emplacement(espace, connue.get("cle", ""))
        creee = not fichier.exists() and cls._creer(fichier, temoin, connue)
        ouverte = cls(fichier, _lire_secret(fichier), creee)
        if not connue:
            creer_fichier(temoin, _ecrire_temoin(fichier, ouverte.empreinte))
            connue = _lire_temoin(temoin)
        if connue["empreinte"] != ouverte.empreinte:
            raise ErreurFichier(
                f"{fichier} : cette clé (empreinte {ouverte.empreinte}) n'est pas celle des données déjà importées "
                f"(empreinte {connue['empreinte']}).",
                f"Remettez la bonne clé, ou indiquez-la par la variable {VARIABLE_CLE}.",
            )
        return ouverte

    @staticmethod
    def _creer(fichier: Path, temoin: Path, connue: dict[str, str]) -> bool:
        if connue:
            raise ErreurFichier(
                f"{fichier} : la clé des données déjà importées (empreinte {connue['empreinte']}) est introuvable.",
                f"Remettez votre copie de sauvegarde, ou indiquez où elle est par la variable {VARIABLE_CLE}. Si elle "
                f"est perdue, videz {temoin.parent} et réimportez tous les exports : une clé neuve sera créée.",
            )
        fichier.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return creer_fichier(fichier, _CONTENU.format(secrets.token_hex(OCTETS_CLE)).encode(), 0o600)

    @property
    def empreinte(self) -> str:
        """Seize chiffres qui reconnaissent la clé sans la dire."""
        return self._hacher(b"observatoire : empreinte de la cle")[:16]

    @property
    def consigne(self) -> str:
        """Ce qu'il faut dire à l'utilisateur quand la clé vient d'être créée ; vide sinon."""
        return _CONSIGNE.format(fichier=self.fichier, empreinte=self.empreinte) if self.creee else ""

    def _hacher(self, message: bytes) -> str:
        return hmac.digest(self.secret, message, "sha256").hex()

    def pseudonymiser(self, series: pl.Series, espece: str) -> pl.Series:
        """Les pseudonymes d'une colonne ; une valeur vide reste vide, et le nom de la colonne est gardé.

        `espece` (« personne », « menage », « demande »…, voir `ESPECES`) sépare les numéros : le ménage 12 et la
        personne 12 n'ont rien de commun. Chaque valeur distincte n'est calculée qu'une fois.
        """
        valeurs = series.cast(pl.String)
        # Peu de doublons : calculer tout de suite coûte moins que de rapprocher deux fois la colonne.
        if valeurs.approx_n_unique() * _LIGNES_PAR_VALEUR > valeurs.len():
            return self._calculer(valeurs, espece).alias(series.name)
        distinctes = valeurs.drop_nulls().unique()
        pseudonymes = self._calculer(distinctes, espece)
        return valeurs.replace_strict(distinctes, pseudonymes, default=None, return_dtype=pl.String)

    def _calculer(self, valeurs: pl.Series, espece: str) -> pl.Series:
        """Les pseudonymes d'une colonne, par l'extension de polars si elle est là : cinq fois plus vite."""
        try:
            import polars_hash  # noqa: F401 (l'import ajoute « chash » aux expressions)
        except ImportError:
            return pl.Series(self._pseudonymes(valeurs.to_list(), espece), dtype=pl.String)
        message = pl.lit(f"{espece}{_SEPARATEUR}") + pl.col("v")
        empreinte = message.chash.hmac_sha256(key=self._cle_hmac)  # type: ignore[attr-defined]
        tete = pl.lit(f"{espece[:3]}_")
        return pl.DataFrame({"v": valeurs}, schema={"v": pl.String}).select(
            (tete + empreinte.str.slice(0, CHIFFRES)).alias("v")
        )["v"]

    @property
    def _cle_hmac(self) -> str:
        """La clé telle que HMAC la reçoit : son écriture hexadécimale, 64 octets."""
        return self.secret.hex()

    def _pseudonymes(self, valeurs: Sequence[str | None], espece: str) -> list[str | None]:
        # HMAC écrit en deux hachages (RFC 2104) : deux fois plus vite, par valeur, que le module hmac.
        sha256, tete = hashlib.sha256, f"{espece[:3]}_"
        cle = self._cle_hmac.encode()
        dedans = bytes(o ^ 0x36 for o in cle) + f"{espece}{_SEPARATEUR}".encode()
        dehors = bytes(o ^ 0x5C for o in cle)
        return [
            None if v is None else tete + sha256(dehors + sha256(dedans + v.encode()).digest()).hexdigest()[:CHIFFRES]
            for v in valeurs
        ]

    def identifier(self, colonnes: Sequence[pl.Series], espece: str = "personne") -> pl.Series:
        """Les pseudonymes de personnes désignées par plusieurs colonnes (nom, prénom, date de naissance).

        Accents, casse, espaces et traits d'union ne comptent pas. Une date doit venir en type date : la même
        écrite de deux façons ferait deux personnes. Une colonne vide rend un pseudonyme vide : deux homonymes
        sans date de naissance ne se confondent pas.
        """
        return self.pseudonymiser(identite(colonnes), espece)

    def retrouver(self, valeurs: Iterable[str], espece: str) -> dict[str, str]:
        """Pseudonyme → valeur, pour des valeurs relues de l'export brut : rien d'autre ne garde ce lien."""
        liste = list(valeurs)
        return {p: v for p, v in zip(self._pseudonymes(liste, espece), liste, strict=True) if p is not None}


def identite(colonnes: Sequence[pl.Series]) -> pl.Series:
    """Le texte normalisé qui désigne une personne, vide si l'une des colonnes l'est. À ne jamais ranger."""
    if not colonnes:
        raise ErreurDefinition("Une identité demande au moins une colonne.", "Par exemple nom, prénom et naissance.")
    cadre = pl.DataFrame([serie.cast(pl.String).alias(str(rang)) for rang, serie in enumerate(colonnes)])
    textes = [cle_de_texte(pl.col(colonne)).str.replace_all(" ", "") for colonne in cadre.columns]
    remplis = [pl.when(texte != "").then(texte) for texte in textes]
    return cadre.select(pl.concat_str(remplis, separator=_SEPARATEUR).alias("identite")).to_series()


def _emplacement(espace: Espace, connue: str) -> Path:
    """Où est la clé : la variable, sinon le dossier de réglages du compte ; jamais dans l'espace de travail."""
    donne = os.environ.get(VARIABLE_CLE)
    if donne:
        fichier = Path(donne).expanduser().absolute()
        if fichier.resolve().is_relative_to(espace.racine.resolve()):
            raise ErreurFichier(
                f"{fichier} : la clé est dans l'espace de travail, à côté des données qu'elle protège.",
                f"Rangez-la ailleurs et corrigez la variable {VARIABLE_CLE}.",
            )
        return fichier
    reglages = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return reglages / "observatoire" / "cles" / (connue or f"{_association(espace)}.cle")


def _association(espace: Espace) -> str:
    """Le nom de fichier de la clé : une empreinte de l'association si l'espace n'en a qu'une."""
    noms = set()
    for service in espace.dossier_services.glob("*.toml"):
        try:
            noms.add(normaliser(tomllib.loads(service.read_text(encoding="utf-8")).get("association", "")))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):
            continue
    noms.discard("")
    return hashlib.sha256(noms.pop().encode()).hexdigest()[:16] if len(noms) == 1 else "defaut"


def _lire_temoin(temoin: Path) -> dict[str, str]:
    if not temoin.is_file():
        return {}
    try:
        lu = json.loads(temoin.read_text(encoding="utf-8"))
        # Le nom vient d'un fichier de l'espace : il ne doit pas mener hors du dossier des clés.
        nom, empreinte = str(lu["cle"]), str(lu["empreinte"])
        if not re.fullmatch(r"[\w-]*(\.cle)?", nom) or not re.fullmatch(r"[0-9a-f]{16}", empreinte):
            raise ValueError(nom)
    except (ValueError, KeyError, TypeError) as erreur:
        raise ErreurFichier(
            f"{temoin} : témoin de clé abîmé.", "Remettez ce fichier depuis une sauvegarde de l'espace de travail."
        ) from erreur
    return {"cle": nom, "empreinte": empreinte}


def _ecrire_temoin(fichier: Path, empreinte: str) -> bytes:
    nom = "" if os.environ.get(VARIABLE_CLE) else fichier.name
    return (json.dumps({"cle": nom, "empreinte": empreinte}, indent=2) + "\n").encode()


def _lire_secret(fichier: Path) -> bytes:
    """Lit la clé après avoir contrôlé ses droits et ceux de son dossier."""
    try:
        with fichier.open("rb") as flux:
            _exiger_prive(fichier, os.fstat(flux.fileno()).st_mode)
            texte = flux.read(4096).decode("ascii", errors="replace")
        _exiger_dossier_sur(fichier.parent)
    except OSError as erreur:
        raise ErreurFichier(
            f"{fichier} : clé illisible ({erreur.strerror}).", "Vérifiez que votre compte peut lire ce fichier."
        ) from erreur
    lignes = [ligne.strip() for ligne in texte.splitlines() if ligne.strip() and not ligne.startswith("#")]
    if len(lignes) != 1 or not re.fullmatch(rf"[0-9a-f]{{{2 * OCTETS_CLE}}}", lignes[0]):
        raise ErreurFichier(
            f"{fichier} : ce fichier n'est pas une clé de pseudonymes.",
            "Remettez-la depuis votre copie de sauvegarde : une ligne de 64 chiffres et lettres de a à f.",
        )
    return bytes.fromhex(lignes[0])


def _exiger_prive(fichier: Path, mode: int) -> None:
    if os.name != "nt" and stat.S_IMODE(mode) & 0o077:
        raise ErreurFichier(
            f"{fichier} : la clé est ouverte à d'autres comptes (droits {stat.S_IMODE(mode):04o}).",
            f"Réservez-la à votre compte : chmod 600 « {fichier} ».",
        )


def _exiger_dossier_sur(dossier: Path) -> None:
    """Le dossier des clés doit être fermé (0700) ; ailleurs, nul autre ne doit pouvoir remplacer le fichier."""
    mode = dossier.stat().st_mode
    refuses = 0o022 if os.environ.get(VARIABLE_CLE) else 0o077
    if os.name != "nt" and mode & refuses and not (refuses == 0o022 and mode & stat.S_ISVTX):
        raise ErreurFichier(
            f"{dossier} : le dossier de la clé est ouvert à d'autres comptes (droits {stat.S_IMODE(mode):04o}).",
            f"Réservez-le à votre compte : chmod 700 « {dossier} ».",
        )
