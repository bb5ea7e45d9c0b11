"""Noter chaque colonne d'un export contre chaque colonne du modèle : le nom d'abord, que le contenu confirme."""

from __future__ import annotations

from dataclasses import replace

from observatoire import modele
from observatoire.modele import Type
from observatoire.nettoyage.texte import normaliser
from observatoire.proposition.entetes import Entetes, numero_nu, separer_moment
from observatoire.proposition.exports import Groupe
from observatoire.proposition.personnel import NOM
from observatoire.proposition.plan import DECIDE, HORS_CHOIX, POSSIBLE, Candidat, Ecartee, Plan
from observatoire.proposition.profils import Lecteur, Profil, profiler

# Ces vocabulaires se reconnaissent à leurs seules modalités, quel que soit l'en-tête.
VOCABULAIRES_PARLANTS = frozenset(
    (
        "genre",
        "role",
        "composition",
        "ressource_principale",
        "emploi",
        "typologie",
        "moment",
        "logement",
        "motif_fin",
        "type_contrat",
    )
)
# « oui », « présent » : ces modalités se trouvent partout et ne disent pas de quoi l'on parle.
VOCABULAIRES_MUETS = ("oui_non", "presence", "objectif_atteint")


class Colonnes:
    """Les colonnes d'un groupe de feuilles : leur profil, leurs candidats, les identifiants reconnus."""

    def __init__(self, groupe: Groupe, entetes: Entetes, lecteur: Lecteur) -> None:
        self.groupe, self.entetes, self.lecteur = groupe, entetes, lecteur
        self.profils = {c: profiler(groupe.donnees, c) for c in groupe.colonnes}
        self.plan = Plan(groupe, self.profils)
        self.candidats: dict[str, list[Candidat]] = {}
        self.identifiants: dict[str, tuple[str, str]] = {}  # en-tête → (colonne id_*, raison)

    def noter(self) -> None:
        """Les candidats de chaque colonne, des plus aux moins probables ; met de côté le personnel et le vide."""
        for entete, profil in self.profils.items():
            if not normaliser(entete) or (profil.vide and not self.entetes.connu(entete)):
                raison = "colonne vide" if normaliser(entete) else "colonne sans nom lisible"
                self.plan.ecartees.append(Ecartee(entete, raison))
                continue
            if raison := self._raison_personnelle(entete, profil):
                self.plan.ecartees.append(Ecartee(entete, raison))
                continue
            notes = [self._candidat(profil, t, c) for t in modele.TABLES.values() for c in t.colonnes.values()]
            retenus = _departager([n for n in notes if n and n.note >= POSSIBLE])
            self.candidats[entete] = retenus
            if retenus and _identifie(entete, retenus[0]):
                self.identifiants[entete] = (retenus[0].colonne, retenus[0].raison)

    def _raison_personnelle(self, entete: str, profil: Profil) -> str:
        """Pourquoi ne pas importer une colonne ; un en-tête connu excuse un nom trompeur (« Adressé par »)."""
        connu = self.entetes.connu(entete)
        if profil.contenu_personnel and not (connu and profil.contenu_personnel == NOM and self._texte_attendu(entete)):
            return profil.contenu_personnel
        return "" if connu else profil.entete_personnel

    def _texte_attendu(self, entete: str) -> bool:
        return any(
            self.entetes.ressemblance(entete, t.nom, c.nom).note >= 0.97
            for t in modele.TABLES.values()
            for c in t.colonnes.values()
            if c.nom not in ("id_personne", "id_menage", "prescripteur")
        )

    def _candidat(self, profil: Profil, table: modele.Table, colonne: modele.Colonne) -> Candidat | None:
        if table.nom in HORS_CHOIX and colonne.nom != "id_menage":
            return None
        if colonne.nom == "id_referent":
            return None
        nom = self.entetes.ressemblance(profil.entete, table.nom, colonne.nom)
        code = colonne.variable.type in (Type.CODE, Type.CODES)
        if nom.note < 0.55 and not code and colonne.nom not in ("commune", "commune_origine"):
            return None
        contenu, vu = self.lecteur.contenu(profil, colonne)
        note = _note(nom.note, contenu, colonne.variable.type)
        if nom.note < 0.55:
            note = self._note_du_contenu(profil, colonne, contenu)
        if note < POSSIBLE:
            return None
        moment = nom.moment or (separer_moment(normaliser(profil.entete))[0] if table.nom == "situation" else "")
        raisons = [r for r in (nom.raison if nom.note >= 0.55 else "", vu) if r]
        return Candidat(table.nom, colonne.nom, moment, note, nom.note, ", ".join(raisons))

    def _note_du_contenu(self, profil: Profil, colonne: modele.Colonne, contenu: float | None) -> float:
        """La note d'un en-tête qui ne dit rien : seules des modalités assez particulières parlent d'elles-mêmes."""
        if contenu is None or contenu < 0.7 or profil.ressemble_identifiant:
            return 0.0
        if not colonne.variable.nomenclature:
            return 0.45 if profil.distinctes > 3 and contenu >= 0.9 else 0.0
        if colonne.variable.nomenclature in VOCABULAIRES_MUETS:
            return 0.0
        codes = self.lecteur.codes_connus(profil, colonne)
        if codes < 2:
            return 0.0
        return 0.72 if contenu >= 0.8 and colonne.variable.nomenclature in VOCABULAIRES_PARLANTS else 0.5

    def entete_identifiant(self, colonne: str) -> str:
        """L'en-tête reconnu comme cet identifiant, ou vide."""
        return next((e for e, (c, _) in self.identifiants.items() if c == colonne), "")

    def distingue(self, entetes: list[str]) -> bool:
        """Vrai si ces colonnes réunies distinguent toutes les lignes."""
        donnees = self.groupe.donnees.select(entetes)
        return donnees.n_unique() == donnees.height


def _identifie(entete: str, candidat: Candidat) -> bool:
    """Vrai si l'en-tête dit de quoi il est le numéro ; « N° » seul n'en dit rien."""
    propre = candidat.colonne.startswith("id_") and candidat.colonne != "id_service"
    return propre and candidat.note >= DECIDE and candidat.nom >= 0.8 and not numero_nu(entete)


def _note(nom: float, contenu: float | None, type_: Type) -> float:
    """La note d'une place : le nom d'abord, que le contenu confirme ou dément."""
    if contenu is None:
        return 0.8 * nom  # colonne vide : seul le nom parle
    if type_ in (Type.CODE, Type.CODES):
        # Des écritures locales inconnues ne démentent pas un nom sûr.
        return max(0.5 * nom + 0.5 * contenu, (0.75 if contenu >= 0.2 else 0.55) * nom if nom >= 0.85 else 0.0)
    if type_ in (Type.DATE, Type.MOIS, Type.ENTIER, Type.DECIMAL, Type.MONTANT) and contenu < 0.5:
        return 0.3 * nom
    note = 0.6 * nom + 0.4 * contenu
    # Un nom seulement voisin ne décide pas : « Nb enfants » n'est pas « enfants de moins de 14 ans ».
    return note if nom >= 0.8 else min(note, DECIDE - 0.01)


def _departager(candidats: list[Candidat]) -> list[Candidat]:
    """Les candidats par note, affaiblis quand l'en-tête désigne nettement mieux une autre colonne du modèle."""
    meilleur = max((c.nom for c in candidats), default=0.0)
    ajustes = [replace(c, note=0.8 * c.note) if c.nom < meilleur - 0.1 else c for c in candidats]
    return sorted((c for c in ajustes if c.note >= POSSIBLE), key=lambda c: (-c.note, -c.nom))
