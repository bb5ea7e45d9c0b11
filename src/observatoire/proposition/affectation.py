"""Choisir, pour chaque groupe de feuilles, les tables du modèle qu'il nourrit et la place de chaque colonne."""

from __future__ import annotations

from observatoire import modele
from observatoire.collecte.indecis import MARQUE
from observatoire.proposition.entetes import numero_nu
from observatoire.proposition.foyers import Foyers
from observatoire.proposition.plan import (
    CLE_PROPRE,
    DATE_PRINCIPALE,
    DECIDE,
    GAIN_MINIMAL,
    HORS_CHOIX,
    Alimente,
    Candidat,
    Ecartee,
    Indecise,
    entetes_dans,
)
from observatoire.proposition.profils import Lecteur, Profil

# (table, colonne, moment) → le candidat retenu et son en-tête
Places = dict[tuple[str, str, str], tuple[Candidat, str]]


class Atelier(Foyers):
    """Le plan d'un groupe de feuilles : ses tables, puis la place de chaque colonne."""

    def reconnaitre_numeros(self) -> None:
        """Prend pour clé un numéro qui ne dit pas de quoi, ou une colonne de valeurs presque toutes différentes."""
        libres = {e for e in self.candidats if e not in self.identifiants}
        gains = self._gains(libres)
        principale = max(gains, key=lambda t: gains[t])
        propre = CLE_PROPRE.get("personne" if principale == "membre" else principale)
        if gains[principale] < GAIN_MINIMAL or propre is None or propre in {c for c, _ in self.identifiants.values()}:
            return
        nus = [e for e in libres if numero_nu(e) and self.profils[e].presque_unique]
        uniques = [
            e
            for e in libres
            if self.profils[e].presque_unique
            and self.profils[e].ressemble_identifiant
            and all(c.nom < DECIDE for c in self.candidats[e])
        ]
        for entete in sorted(nus, key=self.groupe.colonnes.index) + sorted(uniques, key=self.groupe.colonnes.index):
            self.identifiants[entete] = (
                propre,
                "presque une valeur par ligne : le numéro de ce que la feuille énumère",
            )
            return

    def choisir_tables(self) -> None:
        """Ouvre la table principale, puis celles que justifient les colonnes restantes ; écrit le plan."""
        libres = {e for e in self.candidats if e not in self.identifiants}
        gains = self._gains(libres)
        possibles = list(gains)
        principale = max(gains, key=lambda t: gains[t])
        ouvertes = [principale] if gains[principale] >= GAIN_MINIMAL else []
        if ouvertes and principale == "membre":
            ouvertes = ["personne", "membre"]
        while ouvertes:
            reste = self._reste(ouvertes, libres)
            apports = {
                t: sum(c.note for c, _ in self._affecter([t], reste).values() if c.note >= DECIDE)
                for t in possibles
                if t not in ouvertes and not self._impossibles(t, libres) and self._rattachable(t)
            }
            # Un apport vaut une table s'il est décidé et propre : deux tables qui se valent se départagent par le gain.
            meilleure = max(apports, key=lambda t: (round(apports[t], 2), gains[t]), default="")
            if not meilleure or apports[meilleure] < DECIDE:
                break
            ouvertes.append(meilleure)
        self._ecrire(ouvertes, libres)

    def _gains(self, libres: set[str]) -> dict[str, float]:
        return {t: self._gain(t, libres) for t in modele.TABLES if t not in HORS_CHOIX}

    def _gain(self, table: str, libres: set[str]) -> float:
        """Ce qu'une table explique : somme des notes, pondérée par ce que ses colonnes ont de particulier."""
        declaree = modele.TABLES[table]
        gain = sum(
            c.note * (1 if c.note >= DECIDE else 0.4) * (0.35 + 0.65 / _tables_de(c.colonne))
            for c, _ in self._affecter([table], libres).values()
        )
        propre = CLE_PROPRE.get(table)
        for entete, (colonne, _) in self.identifiants.items():
            profil = self.profils[entete]
            if colonne == propre:
                gain += 1.2 if profil.presque_unique else 0.4
            elif colonne in declaree.colonnes:
                gain += 0.1
        nommees = self.entetes.table_nommee(self.groupe.feuille, *(f.fichier for f in self.groupe.feuilles))
        return gain + (1.0 if table in nommees else 0.0) - 0.8 * len(self._impossibles(table, libres))

    def _impossibles(self, table: str, libres: set[str]) -> list[str]:
        """Les colonnes obligatoires que rien dans la feuille ne peut donner."""
        if table in ("menage", "participation"):
            return []
        places = {c for _, c, _ in self._affecter([table], libres)}
        ids = {colonne for colonne, _ in self.identifiants.values()}
        donnees = {*places, *ids, "id_service", "moment", CLE_PROPRE.get(table, "")}
        manquantes = []
        for colonne in modele.TABLES[table].colonnes.values():
            if not colonne.obligatoire or colonne.nom in donnees:
                continue
            if colonne.nom in ("id_menage", "id_personne") and table != "contact_employeur":
                continue  # un autre fichier, ou une identité, peut les donner
            if table in ("situation", "relogement") and colonne.nom == DATE_PRINCIPALE.get(table):
                continue
            manquantes.append(colonne.nom)
        return manquantes

    def _affecter(self, tables: list[str], libres: set[str]) -> Places:
        """La meilleure colonne de l'export pour chaque place des tables ; une colonne ne sert qu'une fois par table."""
        couples = sorted(
            (
                (candidat, entete)
                for entete in libres
                for candidat in self.candidats[entete]
                if candidat.table in tables and not candidat.colonne.startswith("id_")
            ),
            key=lambda ce: (-ce[0].note, -self.profils[ce[1]].remplies, self.groupe.colonnes.index(ce[1])),
        )
        places: Places = {}
        servies: set[tuple[str, str]] = set()
        for candidat, entete in couples:
            if candidat.cible not in places and (candidat.table, entete) not in servies:
                places[candidat.cible] = candidat, entete
                servies.add((candidat.table, entete))
        return places

    def _rattachable(self, table: str) -> bool:
        """Une table secondaire doit se rattacher aux lignes par un identifiant ou une identité."""
        return bool(self.identite()) or any(
            colonne in modele.TABLES[table].colonnes or colonne in ("id_menage", "id_personne")
            for colonne, _ in self.identifiants.values()
        )

    def _reste(self, ouvertes: list[str], libres: set[str]) -> set[str]:
        """Les colonnes qu'aucune table ouverte n'explique assez."""
        return libres - {e for c, e in self._affecter(ouvertes, libres).values() if c.note >= DECIDE}

    def _ecrire(self, ouvertes: list[str], libres: set[str]) -> None:
        """Écrit le plan : chaque table ouverte avec ses colonnes décidées, puis tout ce qui s'en déduit."""
        reprises: dict[str, str] = {}
        for table in ouvertes:
            places = {k: p for k, p in self._affecter([table], libres).items() if p[0].note >= DECIDE}
            moments = self._moments(places, ouvertes) if table == "situation" else [""]
            self.plan.tables += [self._alimenter(table, places, m, moments[0], reprises) for m in moments]
        self.identifier()
        self.dater()
        self.distinguer_chiffres()
        self.reunir_personnes()
        self.exiger_obligatoires()
        self._trancher()

    def _alimenter(self, table: str, places: Places, moment: str, defaut: str, reprises: dict[str, str]) -> Alimente:
        """Une table et les colonnes du moment voulu ; une colonne déjà reprise ailleurs n'est que signalée."""
        alimente = Alimente(table)
        for (_, colonne, sien), (candidat, entete) in places.items():
            if (sien or defaut) != moment or colonne in alimente.colonnes:
                continue
            if entete in reprises and colonne != DATE_PRINCIPALE.get(table):
                alimente.notes.append(f"« {entete} » pourrait aussi donner {colonne}, mais nourrit {reprises[entete]}.")
                continue
            alimente.poser(colonne, entete, candidat.raison)
            reprises.setdefault(entete, str(candidat))
        if table == "situation" and "moment" not in alimente.colonnes:
            alimente.constantes["moment"] = moment or MARQUE
        return alimente

    def _moments(self, places: Places, ouvertes: list[str]) -> list[str]:
        """Les moments des photos d'une feuille ; le premier prend les colonnes dont l'en-tête n'en dit aucun."""
        if ("situation", "moment", "") in places:
            return [""]
        moments = sorted({moment for _, _, moment in places})
        nommes = [m for m in moments if m]
        # Une photo à part demande autre chose qu'une date.
        pleins = [m for m in nommes if any(c != "date" and sien == m for _, c, sien in places)]
        if "" not in moments:
            return pleins or nommes or [""]
        defaut = "entree" if {"mesure", "sejour"} & set(ouvertes) else "demande" if "demande" in ouvertes else ""
        if not defaut and nommes and not pleins:
            defaut = nommes[0]
        return [defaut, *(m for m in pleins if m != defaut)]

    def _trancher(self) -> None:
        """Ce qui n'a pas trouvé de place : écarté si cela n'apporte rien, sinon laissé à choisir."""
        poses = {p for t in self.plan.tables for v in t.colonnes.values() for p in entetes_dans(v)}
        for entete in (e for e in self.candidats if e not in poses):
            profil = self.profils[entete]
            possibles = tuple(
                c for c in self.candidats[entete] if not c.colonne.startswith("id_") or profil.ressemble_identifiant
            )
            if not possibles and profil.distinctes <= 1:
                raison = "même valeur sur toutes les lignes" if profil.distinctes else "colonne vide"
                self.plan.ecartees.append(Ecartee(entete, raison))
            else:
                self.plan.indecises.append(Indecise(entete, possibles[:4], _vu(profil, self.lecteur)))


def _tables_de(colonne: str) -> int:
    return sum(colonne in t.colonnes for t in modele.TABLES.values())


def _vu(profil: Profil, lecteur: Lecteur) -> str:
    """Ce qu'on voit dans une colonne, sans en montrer une valeur."""
    parts = {
        "dates": profil.dates,
        "mois": profil.mois,
        "nombres": profil.nombres,
        "communes": lecteur.part_communes(profil),
    }
    nature = next((f"{n} : {p:.0%}".replace("%", " %") for n, p in parts.items() if p > 0.5), "textes")
    return f"{nature}, {profil.distinctes} valeurs différentes sur {profil.remplies} cellules remplies"
